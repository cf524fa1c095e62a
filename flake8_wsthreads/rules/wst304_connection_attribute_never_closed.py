"""WST304: a connection that an object, a class or a module keeps, and that nothing closes."""

from __future__ import annotations

from collections.abc import Iterator

from flake8_wsthreads.facts import Model, Owner, OwnerKind
from flake8_wsthreads.finding import Finding
from flake8_wsthreads.rules.predicates import leaking_owner, opened_connections
from flake8_wsthreads.rules.rule import Example, Rule
from flake8_wsthreads.rules.trace import opening_steps
from flake8_wsthreads.target import ReleaseRange, Target


def check(model: Model, target: Target) -> Iterator[Finding]:
    """A finding for each connection in an attribute or a module global that nothing in the file closes."""
    for connection in opened_connections(model):
        owner = leaking_owner(connection)
        # def close(self): self.ws.close()
        if owner is None:
            continue
        # a variable of an enclosing function is a local variable: connection-never-closed speaks of it
        if owner.kind is OwnerKind.CLOSURE:
            continue
        yield Finding("WST304", connection.location, _message(owner), opening_steps(connection))


def _message(owner: Owner) -> str:
    name = owner.name
    by_method = owner.kind is not OwnerKind.GLOBAL
    if owner.is_container:
        advice = "add a method that closes every one" if by_method else "close every one when done"
        return f"nothing in this file closes the connections in {name}: their sockets and threads live on; {advice}"
    kept = f"{name} once it is kept" if owner.closed_unless_kept is not None else name
    advice = f"add a method that calls {name}.close()" if by_method else f"call {name}.close() when done"
    return f"nothing in this file closes {kept}: its socket and thread live on; {advice}"


RULE = Rule(
    code="WST304",
    name="connection-attribute-never-closed",
    summary="nothing closes the connection that an object, a class or a module keeps",
    affects=(ReleaseRange(),),
    why="""\
An object that keeps a connection is the only one that can close it, and nothing in its file does. Dropping the object
does not close it either: the library's own threads keep the connection alive. Its socket stays open and its thread
keeps running until the program ends, and the server sees it drop (code 1006) instead of a proper goodbye. A method
named `close` that only forgets the connection closes nothing.

Seen on every release. Before 13.0 such a program may even hang at its end: see WST101.
""",
    fix="""\
Give the class a method that closes the connection, best `__enter__()` and `__exit__()`, so that its users can write
`with Client(...) as client:`. Enter the connection there, for instance with an `ExitStack`: from websockets 17.1 on,
a connection that was never entered gives a `DeprecationWarning`. For a module global, pass the connection as an
argument instead, or close it where the program ends its work. A list, a dict or a set has no `close()`: close every
connection in it.
""",
    fix_safety="""\
`--unsafe-fixes` adds a `close()`, or a line to the `close()`, `stop()`, `disconnect()` or `shutdown()` that is there,
and makes the class a context manager. Where the file makes one object of it, that moves into a `with` block. Not safe:
a method helps only when somebody calls it, and where is for you to say. What a list or a dict keeps, and what is in a
variable of the module, has no fix.
""",
    bad=(
        Example(
            "a market client without a close",
            """\
import json

from websockets.sync.client import connect


class MarketClient:
    def __init__(self, url):
        self.ws = connect(url)  # WST101 WST304

    def price(self, symbol):
        self.ws.send(json.dumps({"symbol": symbol, "price": 42}))
        return json.loads(self.ws.recv())["price"]


market = MarketClient("ws://localhost:8765")
print(market.price("BTC-USD"))
""",
        ),
        Example(
            "a close method that only forgets",
            """\
from websockets.sync import client


class Speech:
    def __init__(self):
        self._socket = None

    def open(self, url):
        self._socket = client.connect(url)  # WST101 WST304

    def say(self, text):
        self._socket.send(text)
        print("spoken:", self._socket.recv())

    def close(self):
        print("goodbye")
        self._socket = None


speech = Speech()
speech.open("ws://localhost:8765")
speech.say("good morning")
speech.close()
""",
        ),
        Example(
            "a module global that start() fills",
            """\
from websockets.sync.client import connect

ws = None


def start():
    global ws
    ws = connect("ws://localhost:8765")  # WST101 WST304


def ask(question):
    ws.send(question)
    return ws.recv()


start()
print(ask("are you there?"))
""",
        ),
        Example(
            "one connection for all robots, kept on the class",
            """\
import websockets.sync.client as ws_client


class Robot:
    _hub = None

    def __init__(self, name):
        self.name = name
        if Robot._hub is None:
            Robot._hub = ws_client.connect("ws://localhost:8765")  # WST304

    def drive(self, direction):
        Robot._hub.send(f"{self.name} {direction}")
        return Robot._hub.recv()


for name in ("picker", "packer"):
    print(Robot(name).drive("left"))
""",
            websockets=">=13.0",
        ),
    ),
    good=(
        Example(
            "a market client that is a context manager",
            """\
import json

from websockets.sync.client import connect


class MarketClient:
    def __init__(self, url):
        self.url = url

    def __enter__(self):
        self.ws = connect(self.url).__enter__()
        return self

    def __exit__(self, *exc_info):
        self.ws.__exit__(*exc_info)

    def price(self, symbol):
        self.ws.send(json.dumps({"symbol": symbol, "price": 42}))
        return json.loads(self.ws.recv())["price"]


with MarketClient("ws://localhost:8765") as market:
    print(market.price("BTC-USD"))
""",
        ),
        Example(
            "a close method that closes",
            """\
from websockets.sync import client


class Speech:
    def __init__(self):
        self._socket = None

    def open(self, url):
        self._socket = client.connect(url)

    def say(self, text):
        self._socket.send(text)
        print("spoken:", self._socket.recv())

    def close(self):
        if self._socket is not None:
            self._socket.close()
            self._socket = None


speech = Speech()
speech.open("ws://localhost:8765")
try:
    speech.say("good morning")
finally:
    speech.close()
""",
            websockets="<17.1",
        ),
        Example(
            "a test case whose cleanup closes",
            """\
import contextlib
import unittest

from websockets.sync.client import connect


class EchoTest(unittest.TestCase):
    def setUp(self):
        stack = contextlib.ExitStack()
        self.addCleanup(stack.close)
        self.ws = stack.enter_context(connect("ws://localhost:8765"))

    def test_echo(self):
        self.ws.send("ping")
        self.assertEqual(self.ws.recv(timeout=2), "ping")


if __name__ == "__main__":
    unittest.main()
""",
        ),
        Example(
            "a module global that stop() closes",
            """\
from websockets.sync.client import connect

ws = None


def start():
    global ws
    ws = connect("ws://localhost:8765").__enter__()


def ask(question):
    ws.send(question)
    return ws.recv()


def stop():
    ws.close()


start()
try:
    print(ask("are you there?"))
finally:
    stop()
""",
        ),
    ),
    check=check,
)
