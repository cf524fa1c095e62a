"""WST901: any connection that is not opened on a daemon thread. Off by default."""

from __future__ import annotations

from collections.abc import Iterator

from flake8_wsthreads.facts import Context, Model
from flake8_wsthreads.finding import Finding
from flake8_wsthreads.rules.predicates import WAITED_FOR_AT_EXIT, opened_connections, opened_outside_daemon
from flake8_wsthreads.rules.rule import Example, Rule
from flake8_wsthreads.rules.trace import opening_steps
from flake8_wsthreads.target import ReleaseRange, Target


def check(model: Model, target: Target) -> Iterator[Finding]:
    """A finding for each connection that is known to be opened on a thread that is not a daemon."""
    for connection in opened_connections(model):
        # Thread(target=read, daemon=True)
        if not opened_outside_daemon(connection):
            continue
        threads = [thread.value for thread in Context if thread in connection.contexts & WAITED_FOR_AT_EXIT]
        yield Finding(
            "WST901",
            connection.location,
            f"connection opened on {' or '.join(threads)}; open it on a daemon thread: Thread(..., daemon=True)",
            opening_steps(connection),
        )


RULE = Rule(
    code="WST901",
    name="any-connection-outside-daemon-thread",
    summary="any connection that is not opened on a daemon thread, closed or not",
    affects=(ReleaseRange(),),
    why="""\
This rule is off by default. It is for projects that must never hang at exit, and that therefore keep every connection
on a daemon thread, even the ones that a `with` block closes: a block that waits for a message that never comes does
not close either. Python does not wait for a daemon thread when the program ends.
""",
    fix="""\
Open the connection in a function that a daemon thread runs: `Thread(target=..., daemon=True)`. Where that is too
much, close it in a `with` block and leave this rule off: WST101 to WST105 report the connections that can really
hang.
""",
    fix_safety="""\
Not safe: what a daemon thread does may stop in the middle when the program ends.
""",
    bad=(
        Example(
            "a quick question from the main thread",
            """\
from websockets.sync.client import connect

with connect("ws://localhost:8765") as ws:  # WST901
    ws.send("what is the time?")
    print(ws.recv())
""",
        ),
        Example(
            "a pool of translators",
            """\
from concurrent.futures import ThreadPoolExecutor

from websockets.sync import client


def translate(word):
    with client.connect("ws://localhost:8765") as ws:  # WST901
        ws.send(word)
        return ws.recv()


with ThreadPoolExecutor() as pool:
    print(list(pool.map(translate, ["eins", "zwei"])))
""",
        ),
        Example(
            "a thread class that is no daemon",
            """\
import threading

from websockets.sync.client import connect


class PriceCheck(threading.Thread):
    def run(self):
        with connect("ws://localhost:8765") as ws:  # WST901
            ws.send("BTC-USD")
            print(ws.recv(timeout=5))


check = PriceCheck()
check.start()
check.join()
""",
        ),
    ),
    good=(
        Example(
            "a question from a daemon thread",
            """\
import threading

from websockets.sync.client import connect


def ask():
    with connect("ws://localhost:8765") as ws:
        ws.send("what is the time?")
        print(ws.recv())


clock = threading.Thread(target=ask, daemon=True)
clock.start()
clock.join(timeout=5)
""",
        ),
        Example(
            "a thread class that makes itself a daemon",
            """\
import threading

from websockets.sync.client import connect


class PriceCheck(threading.Thread):
    def __init__(self, symbol):
        super().__init__(name=f"check {symbol}", daemon=True)
        self.symbol = symbol

    def run(self):
        with connect("ws://localhost:8765") as ws:
            ws.send(self.symbol)
            print(ws.recv(timeout=5))


check = PriceCheck("BTC-USD")
check.start()
check.join()
""",
        ),
        Example(
            "a worker that is made a daemon before it starts",
            """\
import queue
import threading

from websockets.sync import client

words = queue.Queue()


def translate():
    with client.connect("ws://localhost:8765") as ws:
        while (word := words.get()) is not None:
            ws.send(word)
            print(ws.recv())


translator = threading.Thread(target=translate)
translator.daemon = True
translator.start()
for word in ("eins", "zwei", None):
    words.put(word)
translator.join()
""",
        ),
    ),
    check=check,
    on_by_default=False,
)
