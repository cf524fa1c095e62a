"""WST104: a non-daemon thread that receives without an end."""

from __future__ import annotations

from collections.abc import Iterator

from flake8_wsthreads.facts import Model
from flake8_wsthreads.finding import Finding, TraceStep
from flake8_wsthreads.rules.predicates import opened_connections
from flake8_wsthreads.rules.rule import Example, Rule
from flake8_wsthreads.rules.trace import opening_steps
from flake8_wsthreads.target import ReleaseRange, Target


def check(model: Model, target: Target) -> Iterator[Finding]:
    """A finding for each connection from which a non-daemon thread receives for ever, closed by nobody else."""
    for connection in opened_connections(model):
        # while not stop.is_set(): ws.recv(timeout=1)
        if connection.received_forever is None:
            continue
        loop, signal = connection.received_forever, connection.unset_signal
        if signal:
            message = f"nothing sets {signal} to end the loop on line {loop.line}: the program never exits; set it"
        else:
            verb = "receives" if connection.receives_in_sight else "goes on"
            message = f"line {loop.line} {verb} without an end: the program never exits; break on an event"
        yield Finding(
            "WST104",
            connection.location,
            f"{message}, or use a daemon thread that nobody joins",
            (*opening_steps(connection), TraceStep(connection.received_forever, "received from here without an end")),
        )


RULE = Rule(
    code="WST104",
    name="endless-receive-in-non-daemon-thread",
    summary="a non-daemon thread receives without an end, so the program never exits",
    affects=(ReleaseRange(),),
    why="""\
Python waits for every thread that is not a daemon before it exits. A loop such as `for message in ws` or `while True:
ws.recv()` ends only when the connection closes. If only the thread itself would close it, after the loop, that never
happens: the rest of the program is done, and the process is still there. A `with` block does not help, since the loop
never leaves it. A timeout that the loop catches and ignores does not help either: leave by `break` there, or let the
`TimeoutError` out of the loop. A loop that only sends or pings without an end is the same.

Seen on every release from 11.0.3 to 17.4, in a plain `Thread` and in a `ThreadPoolExecutor`: the process hangs until
it is killed, or until the server goes away.
""",
    fix="""\
If the thread may simply stop with the program, make it a daemon thread: `Thread(..., daemon=True)`.

If it must end in order, give the loop an end: a `threading.Event` that it asks about between two `recv(timeout=...)`,
or a message that means the end. Or close the connection from another thread: the loop then ends. A worker of a pool
cannot be a daemon thread: end its loop, or use a thread of your own.

No release of websockets changes this: it is how Python ends a program.
""",
    fix_safety="""\
`--unsafe-fixes` makes the thread a daemon thread. Not safe: a daemon thread may be stopped in the middle of its work,
and only you know when the loop should end. Nothing is proposed where the file waits for a thread by `join()` without a
timeout: that wait would not end.
""",
    bad=(
        Example(
            "a chat listener that main does not wait for",
            """\
import threading

from websockets.sync.client import connect


def listen(room):
    with connect("ws://localhost:8765") as ws:  # WST104
        ws.send(f"join {room}")
        for message in ws:
            print(f"[{room}] {message}")


threading.Thread(target=listen, args=("lobby",)).start()
print("type to chat")
""",
        ),
        Example(
            "a market data feed in a pool",
            """\
import json
import time
from concurrent.futures import ThreadPoolExecutor

from websockets.sync.client import connect

prices = {}


def follow(symbol):
    with connect("ws://localhost:8765") as ws:  # WST104
        ws.send(json.dumps({"symbol": symbol, "price": 1}))
        while True:
            tick = json.loads(ws.recv())
            prices[tick["symbol"]] = tick["price"]


pool = ThreadPoolExecutor()
pool.submit(follow, "BTC-USD")
time.sleep(0.2)
print(prices)
""",
        ),
        Example(
            "a timeout alone is no end",
            """\
import threading

from websockets.sync import client


class Telemetry:
    def __init__(self, url):
        self.url = url
        self.thread = threading.Thread(target=self.follow, name="telemetry")

    def follow(self):
        with client.connect(self.url) as ws:  # WST104
            ws.send("subscribe battery")
            while True:
                try:
                    print("battery", ws.recv(timeout=0.1))
                except TimeoutError:
                    continue


telemetry = Telemetry("ws://localhost:8765")
telemetry.thread.start()
""",
        ),
        Example(
            "opened on main, read for ever in a plain thread",
            """\
import threading

from websockets.sync.client import connect


def print_captions(ws):
    while True:
        print(ws.recv())


ws = connect("ws://localhost:8765")  # WST104 WST301
threading.Thread(target=print_captions, args=(ws,)).start()  # WST201
ws.send("captions on")
""",
        ),
    ),
    good=(
        Example(
            "a daemon thread ends with the program",
            """\
import threading
import time

from websockets.sync.client import connect


def listen(room):
    with connect("ws://localhost:8765") as ws:
        ws.send(f"join {room}")
        for message in ws:
            print(f"[{room}] {message}")


threading.Thread(target=listen, args=("lobby",), daemon=True).start()
time.sleep(0.2)
""",
            goodbye="the daemon thread stops with the program, in the middle of its with block",
        ),
        Example(
            "an event ends the loop",
            """\
import threading
import time

from websockets.sync import client


class Telemetry:
    def __init__(self, url):
        self.url = url
        self.stopping = threading.Event()
        self.thread = threading.Thread(target=self.follow, name="telemetry")

    def follow(self):
        with client.connect(self.url) as ws:
            ws.send("subscribe battery")
            while not self.stopping.is_set():
                try:
                    print("battery", ws.recv(timeout=0.1))
                except TimeoutError:
                    continue


telemetry = Telemetry("ws://localhost:8765")
telemetry.thread.start()
time.sleep(0.2)
telemetry.stopping.set()
""",
        ),
        Example(
            "a message that means the end",
            """\
from concurrent.futures import ThreadPoolExecutor

from websockets.sync.client import connect


def transcribe(chunks):
    with connect("ws://localhost:8765") as ws:
        for chunk in chunks:
            ws.send(chunk)
        ws.send("end of speech")
        for text in ws:
            if text == "end of speech":
                break
            print(text)


with ThreadPoolExecutor() as pool:
    pool.submit(transcribe, ["good", "morning"])
""",
        ),
        Example(
            "main closes the connection, so the reader ends",
            """\
import threading
import time

from websockets.sync.client import connect


def print_captions(ws):
    for caption in ws:
        print(caption)


with connect("ws://localhost:8765") as ws:
    reader = threading.Thread(target=print_captions, args=(ws,))
    reader.start()
    ws.send("captions on")
    time.sleep(0.2)
""",
        ),
    ),
    check=check,
)
