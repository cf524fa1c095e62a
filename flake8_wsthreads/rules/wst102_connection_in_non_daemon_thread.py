"""WST102: a connection opened on a non-daemon thread that may stay open."""

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
    """A finding for each connection that a non-daemon thread opens and that may be open when the program ends."""
    for connection in owned_connections(model):
        # Thread(target=read, daemon=True): the library's own thread is a daemon thread, too
        if Context.NON_DAEMON not in connection.contexts:
            continue
        # pool.submit(ask, question), where ask() has: with connect(URL) as ws: ...
        if not may_stay_open(connection):
            continue
        yield Finding(
            "WST102",
            connection.location,
            f"{subject(connection)} may stay open: {never_exits(target, AFFECTED)}; "
            f"{or_pin(close_it(connection), target)}",
            opening_steps(connection) + leaving_steps(connection),
        )


RULE = Rule(
    code="WST102",
    name="connection-in-non-daemon-thread",
    summary="connection opened on a non-daemon thread may stay open and keeps the program from exiting",
    affects=AFFECTED,
    why="""\
The library starts a thread of its own for each connection. Before websockets 13.0 that thread is a daemon thread only
if the thread that calls `connect()` is one. A `Thread` started from the main thread without `daemon=True`, a `Timer`,
a worker of a `ThreadPoolExecutor` and what `asyncio.to_thread()` runs are not. Python waits for every thread that is
not a daemon before it exits. So your function can return, the pool can shut down, and the program still hangs.

Seen on 11.0.3 and 12.0 with all of these: the process hangs until it is killed. On 13.0 and later it exits, and the
server sees the connection drop (code 1006).
""",
    fix="""\
Open the connection in a `with` block inside the function that the thread runs: it closes on every way out, also by an
exception. If an object keeps the connection, let the thread close it in a `finally`.

A thread of your own can be made a daemon thread (`Thread(..., daemon=True)`); a worker of a pool cannot. Or require
`websockets>=13.0`, where the program exits anyway. The connection still wants to be closed: see WST301.
""",
    fix_safety="""\
`--fix` moves the uses of the connection into a `with` block, where one block can hold them all: that is safe. Where
none can, `--unsafe-fixes` makes the thread a daemon thread. That is not safe: the program may then end in the middle
of the thread's work.
""",
    bad=(
        Example(
            "a ticker thread that returns without closing",
            """\
import threading

from websockets.sync.client import connect


def print_ticks(symbol, count):
    ws = connect("ws://localhost:8765")  # WST102 WST301
    for number in range(count):
        ws.send(f"{symbol} {number}")
        print(ws.recv())


ticker = threading.Thread(target=print_ticks, args=("BTC-USD", 3))
ticker.start()
ticker.join()
""",
        ),
        Example(
            "a pool worker that returns early",
            """\
from concurrent.futures import ThreadPoolExecutor

from websockets.sync.client import connect


def synthesize(sentence):
    ws = connect("ws://localhost:8765")  # WST102 WST302
    ws.send(sentence)
    audio = ws.recv()
    if not audio:
        return None
    ws.close()
    return audio


with ThreadPoolExecutor(max_workers=2) as pool:
    for speech in pool.map(synthesize, ["Good morning.", ""]):
        print(speech)
""",
        ),
        Example(
            "a timer that reports once",
            """\
import threading

from websockets.sync.client import connect


class BatteryReport:
    def __init__(self, url, delay):
        self.url = url
        self.timer = threading.Timer(delay, self.report)

    def report(self):
        self.ws = connect(self.url)  # WST102 WST304
        self.ws.send("battery 80%")
        print(self.ws.recv())


BatteryReport("ws://localhost:8765", delay=0.1).timer.start()
""",
        ),
        Example(
            "a blocking client under asyncio",
            """\
import asyncio


def translate(text):
    from websockets.sync.client import connect as ws_connect

    ws = ws_connect("ws://localhost:8765")  # WST102 WST303
    ws.send(text)
    translation = ws.recv(timeout=5)
    language, _, words = translation.partition(":")
    if not words:
        raise ValueError(f"no language in {translation!r}")
    ws.close()
    return language, words


async def main():
    print(await asyncio.gather(asyncio.to_thread(translate, "bonjour"), return_exceptions=True))


asyncio.run(main())
""",
        ),
    ),
    good=(
        Example(
            "the ticker thread closes at its end",
            """\
import threading

from websockets.sync.client import connect


def print_ticks(symbol, count):
    with connect("ws://localhost:8765") as ws:
        for number in range(count):
            ws.send(f"{symbol} {number}")
            print(ws.recv())


ticker = threading.Thread(target=print_ticks, args=("BTC-USD", 3))
ticker.start()
ticker.join()
""",
        ),
        Example(
            "each worker of the pool closes its own",
            """\
from concurrent.futures import ThreadPoolExecutor

from websockets.sync.client import connect


def synthesize(sentence):
    with connect("ws://localhost:8765") as ws:
        ws.send(sentence)
        audio = ws.recv()
        return audio or None


with ThreadPoolExecutor(max_workers=2) as pool:
    for speech in pool.map(synthesize, ["Good morning.", ""]):
        print(speech)
""",
        ),
        Example(
            "a timer that closes in finally",
            """\
import threading

from websockets.sync.client import connect


class BatteryReport:
    def __init__(self, url, delay):
        self.url = url
        self.timer = threading.Timer(delay, self.report)

    def report(self):
        ws = connect(self.url)
        try:
            ws.send("battery 80%")
            print(ws.recv())
        finally:
            ws.close()


BatteryReport("ws://localhost:8765", delay=0.1).timer.start()
""",
            websockets="<17.1",
        ),
        Example(
            "a blocking client under asyncio, in a with block",
            """\
import asyncio


def translate(text):
    from websockets.sync.client import connect as ws_connect

    with ws_connect("ws://localhost:8765") as ws:
        ws.send(text)
        return ws.recv(timeout=5)


async def main():
    print(await asyncio.to_thread(translate, "bonjour"))


asyncio.run(main())
""",
        ),
    ),
    check=check,
)
