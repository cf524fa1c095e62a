"""WST305: a connection that is used before it was entered."""

from __future__ import annotations

from collections.abc import Iterator

from flake8_wsthreads.facts import BlockRoom, Connection, Model
from flake8_wsthreads.finding import Finding, Location, TraceStep
from flake8_wsthreads.rules.predicates import close_never_returns, closed_at_all, opened_connections
from flake8_wsthreads.rules.rule import Example, Rule
from flake8_wsthreads.rules.trace import opening_steps
from flake8_wsthreads.rules.wording import ON_STACK, outlives_function, use_with
from flake8_wsthreads.target import ReleaseRange, Target

DEPRECATED = ReleaseRange(since="17.1")
KNOWS_NO_LEGACY = ReleaseRange(before="17.1")


def check(model: Model, target: Target) -> Iterator[Finding]:
    """A finding for each connection that is closed somehow, if by the peer, and used without having been entered."""
    for connection in opened_connections(model):
        # connect(URL, legacy=True)
        if connection.legacy:
            continue
        # ws = connect(URL); ws.send("hello"): nothing closes it, which is the greater fault
        if not closed_at_all(connection):
            continue
        # def __del__(self): self.ws.close(), at the exit
        if close_never_returns(connection, model):
            continue
        use = _used_before_enter(connection)
        # ws = connect(URL); with ws: ws.send("hello")
        if use is None:
            continue
        # stack.callback(ws.close); return ws — and a block that would have to hold the uses of another block, too
        no_block = outlives_function(connection) or connection.room is not BlockRoom.FITS
        advice = ON_STACK if no_block else use_with(connection)
        # legacy=True raises TypeError before 17.1
        if not target.admits_any([KNOWS_NO_LEGACY]):
            advice += " or pass legacy=True"
        yield Finding(
            "WST305",
            connection.location,
            f'use on line {use.line} without "with": deprecated in websockets 17.1, will break later; {advice}',
            (*opening_steps(connection), TraceStep(use, "used here without having been entered")),
        )


def _used_before_enter(connection: Connection) -> Location | None:
    if connection.paths.used_before_enter is not None:
        return connection.paths.used_before_enter
    return connection.owner.used_before_enter if connection.owner is not None else None


RULE = Rule(
    code="WST305",
    name="connect-without-context-manager",
    summary="the connection is used without having been entered, which is deprecated since websockets 17.1",
    affects=(DEPRECATED,),
    why="""\
From websockets 17.1 on, using what `connect()` returns without a `with` block gives a `DeprecationWarning` on first
use: with `send()`, `recv()`, a loop, `ping()`, and also with `close()`. The library announces that a later release
will make `connect()` behave like `reconnect()`: a loop over it then gives connections instead of messages, and a
program like this one breaks. `contextlib.closing()` and `ExitStack.callback(ws.close)` close, but do not enter.

Seen on 17.4 with all of these. A connection that is entered before its first use gives no warning.
""",
    fix="""\
Use `with connect(...) as ws:`, or enter later: `with ws:`, `stack.enter_context(ws)`. An object that keeps the
connection enters it on an exit stack of its own, `self.ws = self.stack.enter_context(connect(...))`, and closes the
stack where it closed the connection.

Where that does not fit, pass `legacy=True`: it silences the warning, but raises `TypeError` before 17.1, so require
`websockets>=17.1` together with it.
""",
    fix_safety="""\
`--fix` makes one `with` block of `try` and `finally: ws.close()`, takes `closing()` away, and enters the connection on
the exit stack that was to close it: all safe. With `--unsafe-fixes` an object enters its connection on an exit stack
of its own, and what nothing else fits gets `legacy=True` in a project that excludes every release before 17.1.
""",
    bad=(
        Example(
            "try and finally around a chat",
            """\
from websockets.sync.client import connect

ws = connect("ws://localhost:8765")  # WST305
try:
    ws.send("hello")
    print(ws.recv())
finally:
    ws.close()
""",
        ),
        Example(
            "closing() does not enter",
            """\
from contextlib import closing

from websockets.sync import client


def last_price(symbol):
    with closing(client.connect("ws://localhost:8765")) as feed:  # WST305
        feed.send(symbol)
        return feed.recv(timeout=5)


print(last_price("BTC-USD"))
""",
        ),
        Example(
            "an exit stack that only calls close",
            """\
from contextlib import ExitStack

import websockets.sync.client as ws_client

with ExitStack() as stack:
    ws = ws_client.connect("ws://localhost:8765")  # WST305
    stack.callback(ws.close)
    ws.send("transcribe")
    print(ws.recv())
""",
        ),
        Example(
            "a robot with open() and close()",
            """\
from websockets.sync.client import connect


class Robot:
    def open(self, url):
        self.ws = connect(url)  # WST305

    def drive(self, direction):
        self.ws.send(direction)
        return self.ws.recv()

    def close(self):
        self.ws.close()


robot = Robot()
robot.open("ws://localhost:8765")
try:
    print(robot.drive("left"))
finally:
    robot.close()
""",
        ),
        Example(
            "a loop that the server ends",
            """\
from websockets.sync.client import connect

ws = connect("ws://localhost:8765")  # WST305
for message in ws:
    print(message)
""",
            server="speaking",
        ),
    ),
    good=(
        Example(
            "the with block enters and closes",
            """\
from websockets.sync.client import connect

with connect("ws://localhost:8765") as ws:
    ws.send("hello")
    print(ws.recv())
""",
        ),
        Example(
            "opened first, entered before its first use",
            """\
from websockets.sync import client


def last_price(symbol):
    feed = client.connect("ws://localhost:8765")
    with feed:
        feed.send(symbol)
        return feed.recv(timeout=5)


print(last_price("BTC-USD"))
""",
        ),
        Example(
            "an exit stack that enters",
            """\
from contextlib import ExitStack

import websockets.sync.client as ws_client

with ExitStack() as stack:
    ws = stack.enter_context(ws_client.connect("ws://localhost:8765"))
    ws.send("transcribe")
    print(ws.recv())
""",
        ),
        Example(
            "legacy=True where the project requires a release that knows it",
            """\
from websockets.sync.client import connect

ws = connect("ws://localhost:8765", legacy=True)
try:
    ws.send("hello")
    print(ws.recv())
finally:
    ws.close()
""",
            websockets=">=17.1",
        ),
        Example(
            "try and finally where 17.1 is excluded",
            """\
from websockets.sync.client import connect

ws = connect("ws://localhost:8765")
try:
    ws.send("hello")
    print(ws.recv())
finally:
    ws.close()
""",
            websockets="<17.1",
        ),
    ),
    check=check,
)
