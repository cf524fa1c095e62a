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


def _repeated(body: str, lines: int, header: str = HEADER) -> str:
    times = lines // body.count("\n")
    return header + "".join(body.format(n=n, before=max(n - 1, 0)) for n in range(times))


DENSE: tuple[Callable[[int], str], ...] = (functions, classes, script, one_connection)
