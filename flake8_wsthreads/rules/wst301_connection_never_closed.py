"""WST301: a connection in a variable that nothing closes."""

from __future__ import annotations

from collections.abc import Iterator

from flake8_wsthreads.facts import Connection, Model
from flake8_wsthreads.finding import Finding
from flake8_wsthreads.rules.predicates import never_closed, owned_connections
from flake8_wsthreads.rules.rule import Example, Rule
from flake8_wsthreads.rules.trace import leaving_steps, opening_steps
from flake8_wsthreads.rules.wording import close_it, subject
from flake8_wsthreads.target import ReleaseRange, Target


def check(model: Model, target: Target) -> Iterator[Finding]:
    """A finding for each connection of a function that no path closes or gives away, or that is overwritten open."""
    for connection in owned_connections(model):
        # ws = connect(URL); ...; return ws
        if not never_closed(connection):
            continue
        yield Finding(
            "WST301",
            connection.location,
            _message(connection),
            opening_steps(connection) + leaving_steps(connection),
        )


def _message(connection: Connection) -> str:
    overwritten = connection.paths.overwritten
    if overwritten is not None:
        fact, advice = f"overwritten on line {overwritten.line} while open", "close it first"
    else:
        fact, advice = "never closed", close_it(connection)
    return f"{subject(connection)} is {fact}: its socket and thread live on; {advice}"


RULE = Rule(
    code="WST301",
    name="connection-never-closed",
    summary="nothing closes the connection, so its socket and its thread live on",
    affects=(ReleaseRange(),),
    why="""\
Dropping the last name of a connection does not close it: the library's own threads keep it alive. Its socket stays
open and its thread keeps running until the program ends. A program that opens one per request collects them. The
server does not get a proper goodbye: it sees the connection drop (code 1006), and may log an error or keep the
session for a while.

Seen on every release, also after `gc.collect()`. Before 13.0 such a program may even hang at its end: see WST101. The
same holds for a connection whose variable is given another value first: afterwards nobody can close it.

An object that keeps a connection is one: a `close()` that the class has and nobody calls closes nothing. The finding
stands where the object is made, or where the method is called that connects.
""",
    fix="""\
Open the connection in a `with` block. For several connections at once use `contextlib.ExitStack` and its
`enter_context()`. Make an object that keeps one in a `with` block, too, if it can be entered; else call its `close()`
in a `finally`.
""",
    fix_safety="""\
`--fix` moves the uses of the connection into a `with` block. That is safe when every use moves, nothing else in the
block changes its meaning, and no comment is lost. Not safe, and left to `--unsafe-fixes`: a connection that threads
use, one that is open for nobody to use it, and a list of connections that goes onto an exit stack in reach. An object
moves into a block if it can be entered and nothing closes it yet.
""",
    bad=(
        Example(
            "a background thread that leaves its connection behind",
            """\
import threading

from websockets.sync.client import connect


def show_weather(city):
    ws = connect("ws://localhost:8765")  # WST301
    ws.send(f"sunny in {city}")
    print(ws.recv())


weather = threading.Thread(target=show_weather, args=("Lisbon",), daemon=True)
weather.start()
weather.join()
""",
        ),
        Example(
            "a message sent on a connection that has no name",
            """\
from websockets.sync.client import connect


def notify(text):
    connect("ws://localhost:8765").send(text)  # WST101 WST301


notify("build 1402 failed")
""",
        ),
        Example(
            "the second feed takes the name of the first",
            """\
from websockets.sync import client

feed = client.connect("ws://localhost:8765/btc")  # WST101 WST301
feed.send("BTC-USD")
print(feed.recv())

with client.connect("ws://localhost:8765/eth") as feed:
    feed.send("ETH-USD")
    print(feed.recv())
""",
        ),
        Example(
            "a client that could be closed, and is not",
            """\
from websockets.sync.client import connect


class Assistant:
    def __init__(self, url):
        self.ws = connect(url).__enter__()

    def ask(self, question):
        self.ws.send(question)
        return self.ws.recv()

    def close(self):
        self.ws.close()


assistant = Assistant("ws://localhost:8765")  # WST101 WST301
print(assistant.ask("what time is it?"))
""",
        ),
        Example(
            "a test that asserts and forgets",
            """\
import unittest

from websockets.sync.client import connect


class EchoTest(unittest.TestCase):
    def test_echo(self):
        ws = connect("ws://localhost:8765", open_timeout=2)  # WST301
        ws.send("ping")
        self.assertEqual(ws.recv(timeout=2), "ping")


if __name__ == "__main__":
    unittest.main()
""",
            websockets=">=13.0",
        ),
    ),
    good=(
        Example(
            "the background thread closes",
            """\
import threading

from websockets.sync.client import connect


def show_weather(city):
    with connect("ws://localhost:8765") as ws:
        ws.send(f"sunny in {city}")
        print(ws.recv())


weather = threading.Thread(target=show_weather, args=("Lisbon",), daemon=True)
weather.start()
weather.join()
""",
        ),
        Example(
            "an opener gives the connection to its caller",
            """\
from websockets.sync.client import connect


def open_feed(symbol):
    return connect(f"ws://localhost:8765/{symbol}", open_timeout=5)


with open_feed("btc") as feed:
    feed.send("BTC-USD")
    print(feed.recv())
""",
        ),
        Example(
            "one stack closes them all",
            """\
from contextlib import ExitStack

from websockets.sync import client

with ExitStack() as stack:
    feeds = [stack.enter_context(client.connect(f"ws://localhost:8765/{name}")) for name in ("btc", "eth")]
    for feed in feeds:
        feed.send("subscribe")
        print(feed.recv())
""",
        ),
        Example(
            "a client that is made in a with block",
            """\
from contextlib import ExitStack

from websockets.sync.client import connect


class Assistant:
    def __init__(self, url):
        self.stack = ExitStack()
        self.ws = self.stack.enter_context(connect(url))

    def __enter__(self):
        return self

    def __exit__(self, *exc_info):
        self.stack.close()

    def ask(self, question):
        self.ws.send(question)
        return self.ws.recv()


with Assistant("ws://localhost:8765") as assistant:
    print(assistant.ask("what time is it?"))
""",
        ),
        Example(
            "a generator keeps it open for the caller's block",
            """\
from contextlib import contextmanager

from websockets.sync.client import connect


@contextmanager
def assistant(voice):
    with connect("ws://localhost:8765") as ws:
        ws.send(f"use the voice {voice}")
        print(ws.recv())
        yield ws


with assistant("alto") as ws:
    ws.send("what time is it?")
    print(ws.recv())
""",
        ),
    ),
    check=check,
)
