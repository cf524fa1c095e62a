"""WST302: a connection that one way through the function closes and another leaves open."""

from __future__ import annotations

from collections.abc import Iterator

from flake8_wsthreads.facts import Connection, Model
from flake8_wsthreads.finding import Finding
from flake8_wsthreads.rules.predicates import function_leaks, never_closed, owned_connections
from flake8_wsthreads.rules.rule import Example, Rule
from flake8_wsthreads.rules.trace import leaving_steps, opening_steps
from flake8_wsthreads.rules.wording import close_it, subject
from flake8_wsthreads.target import ReleaseRange, Target


def check(model: Model, target: Target) -> Iterator[Finding]:
    """A finding for each connection that some way out of its function, without an exception, leaves open."""
    for connection in owned_connections(model):
        # with connect(URL) as ws: ...
        if not function_leaks(connection):
            continue
        # ws = connect(URL); ws.send("hello")
        if never_closed(connection):
            continue
        # ws = connect(URL); ws.send("hello"); ws.close()
        if connection.paths.leaks_normally is None and connection.paths.unreachable_close is None:
            continue
        yield Finding(
            "WST302",
            connection.location,
            f"{_fact(connection)}: its socket and thread live on; {close_it(connection)}",
            opening_steps(connection) + leaving_steps(connection),
        )


def _fact(connection: Connection) -> str:
    paths = connection.paths
    if paths.unreachable_close is not None:
        return f"connection stays open, no path reaches the close on line {paths.unreachable_close.line}"
    line = connection.location.line if paths.leaks_normally is None else paths.leaks_normally.line
    return f"{subject(connection)} stays open on the way out at line {line}"


RULE = Rule(
    code="WST302",
    name="connection-not-closed-on-every-path",
    summary="one way through the function closes the connection, another one leaves it open",
    affects=(ReleaseRange(),),
    why="""\
The function has a `close()`, but not every way out comes by: an early `return`, a `break`, a branch, a flag, or an
`except` that prints the error and goes on. On that way the connection stays open: its socket and its thread live on
until the program ends, and the server sees it drop (code 1006) instead of a proper goodbye.

Seen on every release. Before 13.0 such a program may even hang at its end: see WST101.
""",
    fix="""\
Open the connection in a `with` block: every way out of the block closes it. Where a block does not fit, close it in a
`finally`.
""",
    fix_safety="""\
`--fix` moves the uses of the connection into a `with` block, and takes away each close after which nothing of the
block runs. That is safe when every use moves, nothing else in the block changes its meaning, and no comment is lost.
A close in the middle stays: closing twice does no harm.
""",
    bad=(
        Example(
            "an early return for a wrong password",
            """\
from websockets.sync.client import connect


def join(room, password):
    ws = connect("ws://localhost:8765")  # WST101 WST302
    ws.send(password)
    if ws.recv() != "welcome":
        print("wrong password for", room)
        return False
    ws.send(f"join {room}")
    print(ws.recv())
    ws.close()
    return True


join("lobby", "secret")
""",
        ),
        Example(
            "a handler that prints the error and goes on",
            """\
import json
import threading

from websockets.sync import client


def print_price(symbol):
    feed = client.connect("ws://localhost:8765")  # WST302
    try:
        feed.send(symbol)
        print(json.loads(feed.recv())["price"])
        feed.close()
    except json.JSONDecodeError as error:
        print("the exchange sent no JSON:", error)


quote = threading.Thread(target=print_price, args=("BTC-USD",), daemon=True)
quote.start()
quote.join()
""",
        ),
        Example(
            "a flag that has nothing to do with it",
            """\
import websockets.sync.client as ws_client


def speak(sentences, verbose=False):
    ws = ws_client.connect("ws://localhost:8765")  # WST302
    for sentence in sentences:
        ws.send(sentence)
        print("spoken:", ws.recv())
    if verbose:
        print("closing")
        ws.close()


speak(["Mind the gap.", "Doors are closing."])
""",
            websockets=">=13.0",
        ),
        Example(
            "a close after a loop that is only left by return",
            """\
from websockets.sync.client import connect


def drive(commands):
    ws = connect("ws://localhost:8765")  # WST302
    while True:
        ws.send(commands.pop(0))
        answer = ws.recv()
        if answer == "stop":
            return answer
    ws.close()


print(drive(["left", "right", "stop"]))
""",
            websockets=">=13.0",
        ),
    ),
    good=(
        Example(
            "the early return leaves through the with block",
            """\
from websockets.sync.client import connect


def join(room, password):
    with connect("ws://localhost:8765") as ws:
        ws.send(password)
        if ws.recv() != "welcome":
            print("wrong password for", room)
            return False
        ws.send(f"join {room}")
        print(ws.recv())
        return True


join("lobby", "secret")
""",
        ),
        Example(
            "the handler stands outside the with block",
            """\
import json
import threading

from websockets.sync import client


def print_price(symbol):
    try:
        with client.connect("ws://localhost:8765") as feed:
            feed.send(symbol)
            print(json.loads(feed.recv())["price"])
    except json.JSONDecodeError as error:
        print("the exchange sent no JSON:", error)


quote = threading.Thread(target=print_price, args=("BTC-USD",), daemon=True)
quote.start()
quote.join()
""",
            goodbye="the exception leaves through the with block, which closes with code 1011",
        ),
        Example(
            "finally closes what was opened, if anything was",
            """\
import websockets.sync.client as ws_client


def speak(sentences):
    ws = None
    try:
        if sentences:
            ws = ws_client.connect("ws://localhost:8765")
        for sentence in sentences:
            ws.send(sentence)
            print("spoken:", ws.recv())
    finally:
        if ws is not None:
            ws.close()


speak(["Mind the gap.", "Doors are closing."])
""",
            websockets="<17.1",
        ),
        Example(
            "break and return both leave through the with block",
            """\
from websockets.sync.client import connect


def drive(commands):
    with connect("ws://localhost:8765") as ws:
        for command in commands:
            ws.send(command)
            answer = ws.recv()
            if answer == "stop":
                break
            if answer == "fault":
                return None
        return answer


print(drive(["left", "right", "stop"]))
""",
        ),
    ),
    check=check,
)
