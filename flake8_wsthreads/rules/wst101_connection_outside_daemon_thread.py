"""WST101: a connection opened on the main thread that may stay open."""

from __future__ import annotations

from collections.abc import Iterator

from flake8_wsthreads.facts import Context, Model
from flake8_wsthreads.finding import Finding
from flake8_wsthreads.rules.predicates import may_stay_open, owned_connections
from flake8_wsthreads.rules.rule import Example, Rule
from flake8_wsthreads.rules.trace import leaving_steps, opening_steps
from flake8_wsthreads.rules.wording import close_it, never_exits, or_pin, subject
from flake8_wsthreads.target import ReleaseRange, Target

AFFECTED = (ReleaseRange(before="13.0"),)


def check(model: Model, target: Target) -> Iterator[Finding]:
    """A finding for each connection that a main thread opens and that may be open when the program ends."""
    for connection in owned_connections(model):
        # Thread(target=read, daemon=True): the library's own thread is a daemon thread, too
        if connection.contexts.isdisjoint({Context.MAIN, Context.CHILD_PROCESS}):
            continue
        # with connect(URL) as ws: ...
        if not may_stay_open(connection):
            continue
        yield Finding(
            "WST101",
            connection.location,
            f"{subject(connection)} may stay open: {never_exits(target, AFFECTED)}; "
            f"{or_pin(close_it(connection), target)}",
            opening_steps(connection) + leaving_steps(connection),
        )


RULE = Rule(
    code="WST101",
    name="connection-outside-daemon-thread",
    summary="connection opened on the main thread may stay open and keeps the program from exiting",
    affects=AFFECTED,
    why="""\
The library starts a thread of its own for each connection. Before websockets 13.0 that thread is a daemon thread only
if the thread that calls `connect()` is one. The main thread is not. Python waits for every thread that is not a
daemon before it exits, so a program that ends while the connection is open hangs: the last line has run, and the
process is still there. An exception or `sys.exit()` before `ws.close()` is enough.

Seen on 11.0.3 and 12.0: the process hangs until it is killed. On 13.0 and later it exits, and the server sees the
connection drop (code 1006). The main thread of a child process behaves the same, and its parent hangs in `join()`.
""",
    fix="""\
Open the connection in a `with` block: it closes on every way out, also by an exception. If an object keeps the
connection, give the object a `close()` or an `__exit__()` that closes it, and call that on every way out.

Or require `websockets>=13.0`, where the program exits anyway. The connection still wants to be closed: see WST301.
""",
    fix_safety="""\
`--fix` moves the uses of the connection into a `with` block, where one block can hold them all: that is safe. With
`--unsafe-fixes` it does so also where threads use the connection. An object that keeps the connection is mended by
WST304. A connection that the function returns, or that comes back in the same variable again and again, has no block to
stand in: restructure the code, or require `websockets>=13.0`.
""",
    bad=(
        Example(
            "a chat script that forgets to close",
            """\
from websockets.sync.client import connect

ws = connect("ws://localhost:8765")  # WST101 WST301
ws.send("hello, is anybody there?")
print(ws.recv())
""",
        ),
        Example(
            "an answer without a price skips the close",
            """\
import json

from websockets.sync import client


def last_price(symbol):
    feed = client.connect("ws://localhost:8765")  # WST101 WST303
    feed.send(json.dumps({"subscribe": symbol}))
    tick = json.loads(feed.recv())
    price = tick["price"]
    feed.close()
    return price


try:
    print(last_price("BTC-USD"))
except KeyError:
    print("the exchange sent no price")
""",
        ),
        Example(
            "a robot arm that keeps its connection for good",
            """\
import json

import websockets.sync.client


class Arm:
    def __init__(self, url):
        self.ws = websockets.sync.client.connect(url)  # WST101 WST304

    def move(self, joint, degrees):
        self.ws.send(json.dumps({"joint": joint, "degrees": degrees}))
        return json.loads(self.ws.recv())


arm = Arm("ws://localhost:8765")
print(arm.move("wrist", 30))
""",
        ),
        Example(
            "a child process that does not close",
            """\
import multiprocessing

from websockets.sync.client import connect


def transcribe(path):
    ws = connect("ws://localhost:8765")  # WST101 WST301
    ws.send(path)
    print("transcript:", ws.recv())


if __name__ == "__main__":
    worker = multiprocessing.Process(target=transcribe, args=("interview.wav",))
    worker.start()
    worker.join()
""",
        ),
    ),
    good=(
        Example(
            "the with block closes it",
            """\
from websockets.sync.client import connect

with connect("ws://localhost:8765") as ws:
    ws.send("hello, is anybody there?")
    print(ws.recv())
""",
        ),
        Example(
            "a missing price leaves through the with block",
            """\
import json

from websockets.sync import client


def last_price(symbol):
    with client.connect("ws://localhost:8765") as feed:
        feed.send(json.dumps({"subscribe": symbol}))
        tick = json.loads(feed.recv())
        return tick["price"]


try:
    print(last_price("BTC-USD"))
except KeyError:
    print("the exchange sent no price")
""",
            goodbye="the exception leaves through the with block, which closes with code 1011",
        ),
        Example(
            "the robot arm closes what it keeps",
            """\
import json
from contextlib import ExitStack

import websockets.sync.client


class Arm:
    def __init__(self, url):
        self.url = url
        self.stack = ExitStack()

    def __enter__(self):
        self.ws = self.stack.enter_context(websockets.sync.client.connect(self.url))
        return self

    def __exit__(self, *exc_info):
        self.stack.close()

    def move(self, joint, degrees):
        self.ws.send(json.dumps({"joint": joint, "degrees": degrees}))
        return json.loads(self.ws.recv())


with Arm("ws://localhost:8765") as arm:
    print(arm.move("wrist", 30))
""",
        ),
        Example(
            "the project requires a release that exits, and closes all the same",
            """\
import sys

from websockets.sync.client import connect

ws = connect("ws://localhost:8765")
try:
    ws.send("status")
    if ws.recv() != "ready":
        sys.exit("the robot is not ready")
finally:
    ws.close()
""",
            websockets=">=13.0,<17.1",
        ),
    ),
    check=check,
)
