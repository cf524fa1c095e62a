"""WST105: a connection that only the end of the interpreter closes."""

from __future__ import annotations

from collections.abc import Iterator

from flake8_wsthreads.facts import LateCloser, Model, Owner
from flake8_wsthreads.finding import Finding, TraceStep
from flake8_wsthreads.rules.predicates import opened_connections, opened_outside_daemon, too_late_close
from flake8_wsthreads.rules.rule import Example, Rule
from flake8_wsthreads.rules.trace import opening_steps
from flake8_wsthreads.rules.wording import never_exits, or_pin, use_with
from flake8_wsthreads.target import ReleaseRange, Target

# The library's own thread is waited for: the interpreter never comes to its exit handlers.
EXIT_WAITS = ReleaseRange(before="13.0")
# The close itself waits for threads that no longer run at that time.
CLOSE_WAITS = ReleaseRange(since="15.0")

AFFECTED = {
    LateCloser.ATEXIT: (EXIT_WAITS,),
    LateCloser.FINALIZE: (EXIT_WAITS,),
    LateCloser.DEL: (EXIT_WAITS, CLOSE_WAITS),
}


def check(model: Model, target: Target) -> Iterator[Finding]:
    """A finding for each connection whose only close runs at exit, where the target's releases do not survive that."""
    for connection in opened_connections(model):
        # Thread(target=read, daemon=True): the library's own thread is a daemon thread, too
        if not opened_outside_daemon(connection):
            continue
        late = too_late_close(connection)
        # atexit.register(ws.close) and, before the end, ws.close()
        if late is None:
            continue
        closer, close = late
        affected = AFFECTED[closer]
        # __del__ of a global, and a daemon thread that keeps the globals alive: nobody calls it
        if closer is LateCloser.DEL and model.daemon_threads:
            affected = (EXIT_WAITS,)
        # atexit.register(ws.close) with websockets>=13.0
        if not target.admits_any(affected):
            continue
        owner = connection.owner
        advice = use_with(connection) if owner is None else _close_earlier(owner)
        # A pin of 13.0 leads __del__ from one fault into the other.
        remedy = advice if closer is LateCloser.DEL else or_pin(advice, target)
        yield Finding(
            "WST105",
            connection.location,
            f"{closer.value.rpartition('.')[2]} on line {close.line} closes too late: "
            f"{never_exits(target, affected)}; {remedy}",
            (*opening_steps(connection), TraceStep(close, "closed from here, and only at the exit")),
        )


def _close_earlier(owner: Owner) -> str:
    what = f"what is in {owner.name}" if owner.is_container else owner.name
    return f"close {what} earlier"


RULE = Rule(
    code="WST105",
    name="connection-closed-too-late",
    summary="the only close of the connection comes at the exit of the interpreter, which is too late",
    affects=(EXIT_WAITS, CLOSE_WAITS),
    why="""\
At the end of a program Python first waits for every thread that is not a daemon. Only then it calls what `atexit` and
`weakref.finalize` have registered, and `__del__` of the objects that are left. Before websockets 13.0 the library's
own thread for a connection that the main thread opened is not a daemon. Python waits for that thread, the thread
waits for the close, and the close waits for Python.

From 15.0 on, a close in `__del__` hangs for another reason: at that time Python no longer runs the library's threads,
and the close waits for them. (A daemon thread that still runs a function of the module keeps the globals of the module
alive. Then nobody calls `__del__`, and the program exits with the connection open.)

Seen on 11.0.3 and 12.0 with all three, and on 15.0.1, 16.0 and 17 with `__del__` of a module global: the process
hangs until it is killed. `atexit` and `weakref.finalize` close properly on 13.0 and later. An object that dies before
the exit closes in time on every release.
""",
    fix="""\
Close before the program ends: with a `with` block, or in a `finally` around the main function. An object that keeps
the connection gets a `close()` or an `__exit__()`; `__del__` may stay as a second net.

For `atexit` and `weakref.finalize`, requiring `websockets>=13.0` is enough. For `__del__` no pin is a good answer.
""",
    fix_safety="""\
`--fix` moves the uses of a variable into a `with` block and takes the late close away: that is safe. An object gets a
closing method with `--unsafe-fixes`, and a `with` block where the file makes one object of its class. Not safe: where
the work of an object ends is for you to say.
""",
    bad=(
        Example(
            "a script that leaves the close to atexit",
            """\
import atexit

from websockets.sync.client import connect

ws = connect("ws://localhost:8765")  # WST105 WST305
atexit.register(ws.close)

ws.send("hello")
print(ws.recv())
""",
        ),
        Example(
            "a gripper that closes in __del__",
            """\
from websockets.sync import client


class Gripper:
    def __init__(self, url):
        self.ws = client.connect(url)  # WST105

    def grip(self, force):
        self.ws.send(f"grip {force}")
        return self.ws.recv()

    def __del__(self):
        self.ws.close()


gripper = Gripper("ws://localhost:8765")
print(gripper.grip(0.5))
""",
        ),
        Example(
            "__del__ where the project pins a recent release",
            """\
from websockets.sync.client import connect


class Speaker:
    def __init__(self):
        self.connection = connect("ws://localhost:8765")  # WST105

    def say(self, text):
        self.connection.send(text)
        print("spoken:", self.connection.recv())

    def __del__(self):
        self.connection.close()


speaker = Speaker()
speaker.say("good evening")
""",
            websockets=">=15.0,<17.1",
        ),
        Example(
            "weakref.finalize on an object that lives as long as the program",
            """\
import json
import weakref

import websockets.sync.client as ws_client


class Exchange:
    def __init__(self, url):
        self.ws = ws_client.connect(url)  # WST105 WST305
        weakref.finalize(self, self.ws.close)

    def ask(self, **question):
        self.ws.send(json.dumps(question))
        return json.loads(self.ws.recv())


exchange = Exchange("ws://localhost:8765")
print(exchange.ask(symbol="BTC-USD"))
""",
        ),
    ),
    good=(
        Example(
            "closed before the exit",
            """\
from websockets.sync.client import connect


def main():
    with connect("ws://localhost:8765") as ws:
        ws.send("hello")
        print(ws.recv())


main()
""",
        ),
        Example(
            "atexit with a release whose threads are daemon threads",
            """\
import atexit

from websockets.sync.client import connect

ws = connect("ws://localhost:8765")
atexit.register(ws.close)

ws.send("hello")
print(ws.recv())
""",
            websockets=">=13.0,<17.1",
        ),
        Example(
            "__del__ as a second net below a with block",
            """\
from contextlib import ExitStack

from websockets.sync import client


class Gripper:
    def __init__(self, url):
        self.stack = ExitStack()
        self.ws = self.stack.enter_context(client.connect(url))

    def grip(self, force):
        self.ws.send(f"grip {force}")
        return self.ws.recv()

    def __enter__(self):
        return self

    def __exit__(self, *exc_info):
        self.stack.close()

    def __del__(self):
        self.stack.close()


with Gripper("ws://localhost:8765") as gripper:
    print(gripper.grip(0.5))
""",
        ),
        Example(
            "an object that dies with the function closes in time",
            """\
from websockets.sync.client import connect


class Speaker:
    def __init__(self):
        self.connection = connect("ws://localhost:8765")

    def say(self, text):
        self.connection.send(text)
        print("spoken:", self.connection.recv())

    def __del__(self):
        self.connection.close()


def main():
    speaker = Speaker()
    speaker.say("good evening")


main()
""",
            websockets="<17.1",
        ),
    ),
    check=check,
)
