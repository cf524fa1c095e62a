"""WST106: a thread that sees its stop flag only after the next message."""

from __future__ import annotations

from collections.abc import Iterator

from flake8_wsthreads.facts import Model
from flake8_wsthreads.finding import Finding, Location, TraceStep
from flake8_wsthreads.rules.predicates import opened_connections
from flake8_wsthreads.rules.rule import Example, Rule
from flake8_wsthreads.rules.trace import opening_steps
from flake8_wsthreads.target import ReleaseRange, Target


def check(model: Model, target: Target) -> Iterator[Finding]:
    """A finding for each receive that keeps a thread from seeing that it is to stop, while something waits for it."""
    found: set[Location] = set()
    for connection in opened_connections(model):
        stop = connection.unseen_stop
        if stop is None or stop.receive in found:
            continue
        found.add(stop.receive)
        steps = [*opening_steps(connection), TraceStep(stop.receive, "waits here for the next message")]
        if stop.join is None:
            waits = "the program cannot exit before; close the connection"
        else:
            waits = f"join() on line {stop.join.line} waits for it; close first"
            steps.append(TraceStep(stop.join, "waits here for the thread to end"))
        yield Finding(
            "WST106",
            stop.receive,
            f"{stop.signal} is seen only after the next message: {waits}, or use recv(timeout=...)",
            tuple(steps),
        )


RULE = Rule(
    code="WST106",
    name="stop-unseen-while-receiving",
    summary="a thread is told to stop while it waits for a message, and sees it only after the next one",
    affects=(ReleaseRange(),),
    why="""\
A loop such as `while running: ws.recv()` asks about its flag only between two messages. `recv()` without a timeout
waits for the next message, however long that takes; setting a flag or an event does not wake it. Whoever sets the flag
and then waits for the thread with `join()` waits for the server to say something. If the server stays silent, the
program hangs. A close that comes after the `join()` comes too late. Without a `join()`, a thread that is not a daemon
keeps the program from exiting just as long.

Seen on every release from 11.0.3 to 17.4: the process hangs until the server sends a message or goes away.
""",
    fix="""\
Close the connection first, then join: `ws.close()` from another thread wakes `recv()`, which raises
`ConnectionClosed`, and ends `for message in ws`.

Or give the receive a timeout, and ask about the flag after each: `ws.recv(timeout=1)` in a `try` with
`except TimeoutError: continue`. If the thread opens the connection itself, this is the simplest.

No release of websockets changes this: a flag cannot wake a thread that waits for the network.
""",
    fix_safety="""\
No fix: only you know what the thread still has to do when it is told to stop.
""",
    bad=(
        Example(
            "a feed that joins its reader before it closes",
            """\
import threading
import time

from websockets.sync.client import connect


class Feed:
    def __init__(self, url):
        self.running = True
        self.ws = connect(url).__enter__()
        self.reader = threading.Thread(target=self.read)
        self.reader.start()

    def read(self):
        while self.running:
            print("tick", self.ws.recv())  # WST106

    def close(self):
        self.running = False
        self.reader.join()
        self.ws.close()


feed = Feed("ws://localhost:8765")
try:
    feed.ws.send("subscribe BTC")
    time.sleep(0.2)
finally:
    feed.close()
""",
        ),
        Example(
            "an event that is asked about between two messages",
            """\
import threading

from websockets.sync.client import connect

stop = threading.Event()


def log_readings():
    with connect("ws://localhost:8765") as ws:
        ws.send("subscribe temperature")
        for reading in ws:  # WST106
            print(reading)
            if stop.is_set():
                break


logger = threading.Thread(target=log_readings)
logger.start()
stop.wait(timeout=0.2)
stop.set()
logger.join()
""",
        ),
        Example(
            "joined inside the with block",
            """\
import threading
import time

from websockets.sync import client


def watch(ws, stopping):
    while not stopping.is_set():
        print("alarm:", ws.recv())  # WST106


stopping = threading.Event()
with client.connect("ws://localhost:8765") as ws:
    watcher = threading.Thread(target=watch, args=(ws, stopping), daemon=True)
    watcher.start()
    time.sleep(0.2)
    stopping.set()
    watcher.join()
""",
        ),
        Example(
            "nobody joins, and the exit waits",
            """\
import threading
import time

from websockets.sync.client import connect

running = True


def print_captions():
    with connect("ws://localhost:8765") as ws:
        while running:
            print(ws.recv())  # WST106


threading.Thread(target=print_captions).start()
time.sleep(0.2)
running = False
""",
        ),
    ),
    good=(
        Example(
            "closed first, then joined",
            """\
import threading

from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect


class Feed:
    def __init__(self, url):
        self.running = True
        self.ws = connect(url).__enter__()
        self.reader = threading.Thread(target=self.read)
        self.reader.start()

    def read(self):
        try:
            while self.running:
                print("tick", self.ws.recv())
        except ConnectionClosed:
            print("no more ticks")

    def close(self):
        self.running = False
        self.ws.close()
        self.reader.join()


feed = Feed("ws://localhost:8765")
try:
    feed.ws.send("subscribe BTC")
finally:
    feed.close()
""",
        ),
        Example(
            "a timeout lets the loop ask",
            """\
import threading

from websockets.sync.client import connect

stop = threading.Event()


def log_readings():
    with connect("ws://localhost:8765") as ws:
        ws.send("subscribe temperature")
        while not stop.is_set():
            try:
                print(ws.recv(timeout=0.1))
            except TimeoutError:
                continue


logger = threading.Thread(target=log_readings)
logger.start()
stop.wait(timeout=0.2)
stop.set()
logger.join()
""",
        ),
        Example(
            "the with block closes, and the thread is joined behind it",
            """\
import threading
import time

from websockets.exceptions import ConnectionClosed
from websockets.sync import client


def watch(ws, stopping):
    try:
        while not stopping.is_set():
            print("alarm:", ws.recv())
    except ConnectionClosed:
        print("no more alarms")


stopping = threading.Event()
with client.connect("ws://localhost:8765") as ws:
    watcher = threading.Thread(target=watch, args=(ws, stopping), daemon=True)
    watcher.start()
    time.sleep(0.2)
    stopping.set()
watcher.join()
""",
        ),
    ),
    check=check,
)
