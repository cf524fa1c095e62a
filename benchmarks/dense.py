"""Generated programs in which nearly every line has to do with a connection or a thread."""

from __future__ import annotations

from collections.abc import Callable

HEADER = "import threading\nfrom websockets.sync.client import connect\n"


def functions(lines: int) -> str:
    """Functions that open, branch, pass on and close, each calling the one before."""
    body = """
def talk{n}(host, flag):
    ws = connect(host)
    try:
        if flag:
            ws.send("hello")
            say{n}(ws)
        else:
            return None
        for message in ws:
            if message == "end":
                break
        return message
    finally:
        ws.close()

def say{n}(ws):
    for word in ("a", "b"):
        ws.send(word)
    talk{before}("host", False)
"""
    return _repeated(body, lines)


def classes(lines: int) -> str:
    """Clients that keep their connection and read it on a thread."""
    body = """
class Client{n}:
    def __init__(self, host):
        self.ws{n} = connect(host)
        self.reader{n} = threading.Thread(target=self.read{n}, daemon=True)
        self.reader{n}.start()

    def read{n}(self):
        for message in self.ws{n}:
            self.handle{n}(message)

    def handle{n}(self, message):
        if message:
            self.ws{n}.send(message)

    def close(self):
        self.ws{n}.close()

client{n} = Client{n}("host")
client{n}.close()
"""
    return _repeated(body, lines)


def script(lines: int) -> str:
    """One function from the first line to the last."""
    body = """
    if flag{n}:
        ws = connect("host")
        try:
            ws.send("hello")
        except OSError:
            pass
        ws.close()
"""
    return _repeated(body, lines, HEADER + "def main():\n")


def one_connection(lines: int) -> str:
    """One connection, used in a function that does not end."""
    body = """
    if flag{n}:
        ws.send("hello")
        if ws.recv() == "{n}":
            answer = ws.recv()
"""
    return _repeated(body, lines, HEADER + 'def main():\n    ws = connect("host")\n') + "    ws.close()\n"


def namesakes(lines: int) -> str:
    """Clients whose attributes and methods all have the same names."""
    body = """
class Client{n}:
    def __init__(self, host):
        self.ws = connect(host)
        self.reader = threading.Thread(target=self.read, daemon=True)
        self.reader.start()

    def read(self):
        while True:
            print(self.ws.recv())

    def close(self):
        self.ws.close()

Client{n}("host").close()
"""
    return _repeated(body, lines)


def reconnecting(lines: int) -> str:
    """Clients that open their connection again and again, until they are told to stop."""
    body = """
class Client{n}:
    def __init__(self, host):
        self.ws = None
        self.stopped = False
        self.reader = threading.Thread(target=self.read)

    def start(self):
        self.reader.start()

    def read(self):
        while not self.stopped:
            try:
                self.ws = connect("host")
                for message in self.ws:
                    print(message)
            except OSError:
                pass
            finally:
                if self.ws:
                    self.ws.close()

    def stop(self):
        self.stopped = True
        self.ws.close()
"""
    return _repeated(body, lines)


def told_to_stop(lines: int) -> str:
    """Clients that wait for their thread before they close, which sees the flag only after the next message."""
    body = """
class Client{n}:
    def __init__(self, host):
        self.running = True
        self.ws = connect("host")
        self.reader = threading.Thread(target=self.read)
        self.reader.start()

    def read(self):
        while self.running:
            print(self.ws.recv())

    def stop(self):
        self.running = False
        self.reader.join()
        self.ws.close()
"""
    return _repeated(body, lines)


def subclasses(lines: int) -> str:
    """Thread classes with one base, which opens the connection for all of them."""
    base = """
class Base(threading.Thread):
    def __init__(self):
        super().__init__()
        self.ws = connect("host")

    def run(self):
        print(self.ws.recv())
"""
    body = """
class Reader{n}(Base):
    def run(self):
        self.ws.send("{n}")

Reader{n}().start()
"""
    return HEADER + base + _repeated(body, lines).removeprefix(HEADER)


def methods(lines: int) -> str:
    """Methods of one class that each call the one before, on a thread."""
    beginning = """
class Client:
    def __init__(self):
        self.ws = connect("host")

    def method0(self):
        self.ws.send("0")
"""
    body = """
    def method{n}(self):
        self.method{before}()
        self.ws.send("{n}")
"""
    end = """
    def close(self):
        self.ws.close()

threading.Thread(target=Client().method1).start()
"""
    return HEADER + beginning + _repeated(body, lines).removeprefix(HEADER) + end


def rebinding(lines: int) -> str:
    """One variable that is bound to a new connection again and again, while the one before is open."""
    body = """
    ws = connect("host")
    print("{n}")
    ws.send("hello")
"""
    return _repeated(body, lines, HEADER + "def main():\n") + "    ws.close()\n"


def choosing(lines: int) -> str:
    """One function that opens a connection on many conditions: from the next line on they are all alike."""
    body = """
    if place == {n}:
        ws = connect("ws://{n}")
"""
    return _repeated(body, lines, f"{HEADER}def main(place):\n    ws = None\n") + "    ws.close()\n"


def defaults(lines: int) -> str:
    """One statement with many results of which each is one of two: no path needs to know all of them."""
    body = """
        name{n}=options.name{n} or "host",
        same{n}=options.size{n} == size,
"""
    end = "    )\n    ws.send(told)\n    ws.close()\n"
    teller = "def tell(**options):\n    return options\n\n"
    begin = "def main(options, size):\n    ws = connect('host')\n    told = tell("
    return _repeated(body, lines, f"{HEADER}{teller}{begin}") + end


def _repeated(body: str, lines: int, header: str = HEADER) -> str:
    times = lines // body.count("\n")
    return header + "".join(body.format(n=n, before=max(n - 1, 0)) for n in range(times))


DENSE: tuple[Callable[[int], str], ...] = (
    functions, classes, script, one_connection, namesakes, reconnecting, told_to_stop, subclasses, methods, rebinding,
    choosing, defaults,
)  # fmt: skip
