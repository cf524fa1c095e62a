"""WST103: a connection that the constructor of a Thread subclass opens."""

from __future__ import annotations

from collections.abc import Iterator

from flake8_wsthreads.facts import Model, OwnerKind
from flake8_wsthreads.finding import Finding
from flake8_wsthreads.rules.predicates import opened_connections, opened_outside_daemon
from flake8_wsthreads.rules.rule import Example, Rule
from flake8_wsthreads.rules.trace import opening_steps
from flake8_wsthreads.rules.wording import never_exits, or_pin
from flake8_wsthreads.target import ReleaseRange, Target

AFFECTED = (ReleaseRange(before="13.0"),)


def check(model: Model, target: Target) -> Iterator[Finding]:
    """A finding for each connection that a thread object opens on its creator's thread, and closes in run() at best."""
    for connection in opened_connections(model):
        # def run(self): self.ws = connect(URL)
        if not connection.in_thread_constructor:
            continue
        # a daemon thread creates it: the library's own thread is a daemon thread, too
        if not opened_outside_daemon(connection):
            continue
        owner = connection.owner
        # def __init__(self): with connect(URL) as ws: self.greeting = ws.recv()
        if owner is None or owner.kind is not OwnerKind.ATTRIBUTE or not owner.thread_subclass:
            continue
        # def stop(self): self.ws.close()
        if owner.closed_outside_run or owner.handed_out:
            continue
        yield Finding(
            "WST103",
            connection.location,
            f"opened in a thread's __init__: {never_exits(target, AFFECTED, 'may never')}; "
            f"{or_pin('connect in run()', target)}",
            opening_steps(connection),
        )


RULE = Rule(
    code="WST103",
    name="connection-in-thread-constructor",
    summary="connection opened in __init__ of a thread class does not get the daemon flag of that thread",
    affects=AFFECTED,
    why="""\
`__init__` of a thread class runs on the thread that creates the object, mostly the main thread. Only `run()` runs on
the new thread. Before websockets 13.0 the library's own thread for the connection takes the daemon flag of the thread
that calls `connect()`. So your thread is a daemon thread, and the connection is not: at the end of the program Python
waits for it, and the program hangs. A `finally` in `run()` does not help, as `run()` is still busy at that time.

Seen on 11.0.3 and 12.0: the process hangs until it is killed. On 13.0 and later it exits. The library's maintainers
discuss this program in their issue 1455.
""",
    fix="""\
Call `connect()` in `run()`, best in a `with` block. The connection then belongs to the new thread.

If the connection must exist before the thread starts, give the class a method that closes it (`stop()`, `__exit__()`)
and call it before the program ends. Or require `websockets>=13.0`.
""",
    fix_safety="""\
`--unsafe-fixes` moves the opening to the head of `run()`, where nothing but `run()` uses the attribute. Not safe: an
error of `connect()` appears in the thread then, instead of where the object is created. Where other methods use the
connection, they might come before `run()` has opened it: only you can say who waits for whom.
""",
    bad=(
        Example(
            "a daemon receiver that connects in __init__",
            """\
import threading
import time

from websockets.sync.client import connect


class Receiver(threading.Thread):
    def __init__(self):
        super().__init__(daemon=True)
        self.ws = connect("ws://localhost:8765")  # WST103 WST201 WST304

    def run(self):
        for message in self.ws:
            print("received", message)

    def say(self, text):
        self.ws.send(text)


receiver = Receiver()
receiver.start()
receiver.say("hello")
time.sleep(0.2)
""",
        ),
        Example(
            "run() closes, but main ends first",
            """\
import time
from threading import Thread

from websockets.sync import client


class PriceFeed(Thread):
    def __init__(self, symbol):
        Thread.__init__(self, name="prices", daemon=True)
        self.symbol = symbol
        self.ws = client.connect("ws://localhost:8765")  # WST103

    def run(self):
        with self.ws:
            self.ws.send(self.symbol)
            for price in self.ws:
                print(price)


feed = PriceFeed("ETH-EUR")
feed.start()
time.sleep(0.2)
""",
            goodbye="the daemon thread stops with the program, in the middle of its with block",
        ),
        Example(
            "the constructor connects through a method, and stop() only sets a flag",
            """\
import threading
import time

import websockets.sync.client as ws_client


class Microphone(threading.Thread):
    daemon = True

    def __init__(self, url):
        super().__init__()
        self.running = True
        self.open(url)

    def open(self, url):
        self.ws = ws_client.connect(url)  # WST103 WST201 WST304

    def run(self):
        while self.running:
            self.ws.send(b"20 milliseconds of sound")
            print(len(self.ws.recv()), "bytes heard")
            time.sleep(0.1)

    def stop(self):
        self.running = False


microphone = Microphone("ws://localhost:8765")
microphone.start()
time.sleep(0.2)
microphone.stop()
""",
        ),
    ),
    good=(
        Example(
            "run() opens and closes",
            """\
import threading
import time

from websockets.sync.client import connect


class Receiver(threading.Thread):
    def __init__(self, url):
        super().__init__(daemon=True)
        self.url = url

    def run(self):
        with connect(self.url) as ws:
            ws.send("hello")
            for message in ws:
                print("received", message)


Receiver("ws://localhost:8765").start()
time.sleep(0.2)
""",
            goodbye="the daemon thread stops with the program, in the middle of its with block",
        ),
        Example(
            "stop() closes from outside",
            """\
import time
from threading import Thread

from websockets.sync import client


class PriceFeed(Thread):
    def __init__(self, symbol):
        Thread.__init__(self, name="prices", daemon=True)
        self.symbol = symbol
        self.ws = client.connect("ws://localhost:8765")

    def run(self):
        with self.ws:
            self.ws.send(self.symbol)
            for price in self.ws:
                print(price)

    def stop(self):
        self.ws.close()


feed = PriceFeed("ETH-EUR")
feed.start()
time.sleep(0.2)
feed.stop()
""",
        ),
        Example(
            "a constructor that asks once and closes",
            """\
import threading

from websockets.sync.client import connect


class Robot(threading.Thread):
    def __init__(self, url):
        super().__init__(daemon=True)
        with connect(url) as ws:
            ws.send("model name")
            self.model = ws.recv()

    def run(self):
        print("driving", self.model)


robot = Robot("ws://localhost:8765")
robot.start()
robot.join()
""",
        ),
        Example(
            "only a daemon thread creates the object",
            """\
import threading
import time

from websockets.sync.client import connect


class Listener(threading.Thread):
    def __init__(self, url):
        super().__init__()
        self.ws = connect(url)

    def run(self):
        with self.ws:
            self.ws.send("subscribe")
            print(self.ws.recv())


def supervise():
    listener = Listener("ws://localhost:8765")
    listener.start()
    listener.join()


threading.Thread(target=supervise, daemon=True).start()
time.sleep(0.3)
""",
        ),
    ),
    check=check,
)
