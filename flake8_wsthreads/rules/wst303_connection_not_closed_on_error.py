"""WST303: a connection that an exception leaves open."""

from __future__ import annotations

from collections.abc import Iterator

from flake8_wsthreads.facts import Model
from flake8_wsthreads.finding import Finding
from flake8_wsthreads.rules.predicates import never_closed, owned_connections
from flake8_wsthreads.rules.rule import Example, Rule
from flake8_wsthreads.rules.trace import leaving_steps, opening_steps
from flake8_wsthreads.rules.wording import close_it, subject
from flake8_wsthreads.target import ReleaseRange, Target


def check(model: Model, target: Target) -> Iterator[Finding]:
    """A finding for each connection that is closed or given away when all goes well, but not after an exception."""
    for connection in owned_connections(model):
        paths = connection.paths
        # ws = connect(URL); try: ws.send("hello"); finally: ws.close()
        if paths.leaks_on_error is None:
            continue
        # ws = connect(URL); ws.send("hello")
        if never_closed(connection):
            continue
        # ws = connect(URL); if ws.recv() == "welcome": ws.close()
        if paths.leaks_normally is not None or paths.unreachable_close is not None:
            continue
        yield Finding(
            "WST303",
            connection.location,
            f"{subject(connection)} may stay open if line {paths.leaks_on_error.line} raises: "
            f"its socket and thread live on; {close_it(connection)}",
            opening_steps(connection) + leaving_steps(connection),
        )


RULE = Rule(
    code="WST303",
    name="connection-not-closed-on-error",
    summary="an exception between connect and close leaves the connection open",
    affects=(ReleaseRange(),),
    why="""\
As long as all goes well, the connection is closed. But an exception on the way there skips the `close()`: a timeout,
an answer that is no JSON, a missing key, a keyboard interrupt. Then the connection stays open: its socket and its
thread live on until the program ends. A program that catches the error and tries again collects them. The same
happens when the exception comes before an opener returns the connection, or before an object has taken it over:
nobody else can close it then.

Seen on every release. Before 13.0 such a program may even hang at its end: see WST101.
""",
    fix="""\
Open the connection in a `with` block. In a generator with `@contextmanager`, put the `yield` into the `with` block.

Where a function gives the connection away, or an object keeps it, close it in an `except BaseException:` and raise
the exception again. `ExitStack` with `pop_all()` at the end of the good way does the same.
""",
    fix_safety="""\
`--fix` moves the uses of the connection into a `with` block. That is safe when every use moves, nothing else in the
block changes its meaning, and no comment is lost. Openers and objects that keep their connection need a change by
hand: a block in them would close it before anybody has used it.
""",
    bad=(
        Example(
            "an answer that is no number skips the close",
            """\
from websockets.sync.client import connect


def read_temperature(sensor):
    ws = connect("ws://localhost:8765")  # WST101 WST303
    ws.send(f"temperature of {sensor}")
    celsius = float(ws.recv())
    ws.close()
    return celsius


try:
    print(read_temperature("kitchen"))
except ValueError as error:
    print("no reading:", error)
""",
        ),
        Example(
            "a login that fails before the session is returned",
            """\
from websockets.sync import client


def log_in(user):
    ws = client.connect("ws://localhost:8765")  # WST101 WST303
    ws.send(user)
    answer = ws.recv()
    if answer != "welcome":
        raise PermissionError(f"the server said {answer!r}")
    return ws, answer


try:
    session, greeting = log_in("guest")
    with session:
        print(greeting)
except PermissionError as error:
    print("login failed:", error)
""",
            websockets="<17.1",
        ),
        Example(
            "__enter__ raises, so __exit__ never runs",
            """\
import json

from websockets.sync.client import connect


class Session:
    def __init__(self, url):
        self.url = url

    def __enter__(self):
        self.ws = connect(self.url)  # WST101 WST303
        self.ws.send(json.dumps({"model": "small"}))
        self.id = json.loads(self.ws.recv())["session_id"]
        return self

    def __exit__(self, *exc_info):
        self.ws.close()


try:
    with Session("ws://localhost:8765") as session:
        print(session.id)
except KeyError as error:
    print("no session:", error)
""",
        ),
        Example(
            "a generator that is not ready for the caller's exception",
            """\
from contextlib import contextmanager

from websockets.sync.client import connect


@contextmanager
def robot(name):
    ws = connect("ws://localhost:8765")  # WST303
    yield ws
    ws.close()


try:
    with robot("picker") as ws:
        ws.send("lift")
        if ws.recv() != "lifted":
            raise RuntimeError("the picker does not lift")
except RuntimeError as error:
    print(error)
""",
            websockets=">=13.0",
        ),
    ),
    good=(
        Example(
            "the with block closes, whatever the answer is",
            """\
from websockets.sync.client import connect


def read_temperature(sensor):
    with connect("ws://localhost:8765") as ws:
        ws.send(f"temperature of {sensor}")
        return float(ws.recv())


try:
    print(read_temperature("kitchen"))
except ValueError as error:
    print("no reading:", error)
""",
            goodbye="the exception leaves through the with block, which closes with code 1011",
        ),
        Example(
            "a login that fails closes before it raises",
            """\
from websockets.sync import client


def log_in(user):
    ws = client.connect("ws://localhost:8765")
    try:
        ws.send(user)
        answer = ws.recv()
        if answer != "welcome":
            raise PermissionError(f"the server said {answer!r}")
    except BaseException:
        ws.close()
        raise
    return ws


try:
    with log_in("guest") as session:
        session.send("hello")
except PermissionError as error:
    print("login failed:", error)
""",
            websockets="<17.1",
        ),
        Example(
            "__enter__ keeps the connection only when all went well",
            """\
import json
from contextlib import ExitStack

from websockets.sync.client import connect


class Session:
    def __init__(self, url):
        self.url = url

    def __enter__(self):
        with ExitStack() as stack:
            self.ws = stack.enter_context(connect(self.url))
            self.ws.send(json.dumps({"model": "small"}))
            self.id = json.loads(self.ws.recv())["session_id"]
            self.stack = stack.pop_all()
        return self

    def __exit__(self, *exc_info):
        self.stack.close()


try:
    with Session("ws://localhost:8765") as session:
        print(session.id)
except KeyError as error:
    print("no session:", error)
""",
            goodbye="the exception leaves through the with block, which closes with code 1011",
        ),
        Example(
            "a generator whose with block is around the yield",
            """\
from contextlib import contextmanager

from websockets.sync.client import connect


@contextmanager
def robot(name):
    with connect("ws://localhost:8765") as ws:
        yield ws


try:
    with robot("picker") as ws:
        ws.send("lift")
        if ws.recv() != "lifted":
            raise RuntimeError("the picker does not lift")
except RuntimeError as error:
    print(error)
""",
            goodbye="the exception leaves through the with block, which closes with code 1011",
        ),
    ),
    check=check,
)
