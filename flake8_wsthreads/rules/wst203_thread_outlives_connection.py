"""WST203: a thread that still uses the connection when the ``with`` block closes it."""

from __future__ import annotations

from collections.abc import Iterator

from flake8_wsthreads.facts import Model, Spawner
from flake8_wsthreads.finding import Finding, TraceStep
from flake8_wsthreads.rules.predicates import followed_connections
from flake8_wsthreads.rules.rule import Example, Rule
from flake8_wsthreads.rules.trace import hand_over_steps, opening_steps
from flake8_wsthreads.target import ReleaseRange, Target


def check(model: Model, target: Target) -> Iterator[Finding]:
    """A finding for each thread that starts in a ``with`` block which ends without waiting for anything."""
    for connection in followed_connections(model):
        for hand_over in connection.hand_overs:
            # with connect(URL) as ws: reader = Thread(...); reader.start(); reader.join()
            if hand_over.ends_before_thread is None:
                continue
            # Thread(target=log, args=(ws,)), where log() never touches it
            if hand_over.used is None:
                continue
            # with connect(URL) as ws: Process(target=read, args=(ws,)).start()
            if hand_over.spawner is Spawner.PROCESS:
                continue
            end = hand_over.ends_before_thread
            yield Finding(
                "WST203",
                hand_over.location,
                f'the "with" block ends on line {end.line} and closes the connection under this thread; '
                "wait for the thread inside the block",
                (
                    *opening_steps(connection),
                    *hand_over_steps(hand_over),
                    TraceStep(end, "closed here, whether or not the other thread is done"),
                ),
            )


RULE = Rule(
    code="WST203",
    name="thread-outlives-connection",
    summary="the with block ends and closes the connection while a thread that it started still uses it",
    affects=(ReleaseRange(),),
    why="""\
Starting a thread does not wait for it. When the `with` block comes to its end right after the start, it closes the
connection, and the thread has hardly begun. What the thread sends then raises `ConnectionClosedOK` in the thread,
where perhaps nobody sees it. A `for message in ws` loop in the thread just ends, without a word.

Seen on every release from 11.0.3 to 17.4.
""",
    fix="""\
Wait inside the block for the thread to finish: `thread.join()`, `future.result()`, or put the pool into the same
`with` statement after the connection, so that it shuts down first. Or let the thread open the connection itself.
""",
    fix_safety="""\
No fix: a wait that is added may be a wait without an end.
""",
    bad=(
        Example(
            "the upload has hardly begun when the block ends",
            """\
import threading
import time

from websockets.sync.client import connect


def upload(ws, chunks):
    for chunk in chunks:
        ws.send(chunk)
        time.sleep(0.05)
        print("sent", len(chunk), "bytes")


with connect("ws://localhost:8765", close_timeout=1) as ws:
    uploader = threading.Thread(target=upload, args=(ws, [b"left", b"right", b"both"]))  # WST203
    uploader.start()
print("all sound uploaded")
""",
        ),
        Example(
            "a pool that is not asked for its result",
            """\
import time
from concurrent.futures import ThreadPoolExecutor

from websockets.sync import client

pool = ThreadPoolExecutor(max_workers=1)


def subscribe(ws, symbols):
    for symbol in symbols:
        time.sleep(0.05)
        ws.send(f"subscribe {symbol}")
        print(ws.recv())


def start_feed():
    with client.connect("ws://localhost:8765") as ws:
        pool.submit(subscribe, ws, ["BTC-USD", "ETH-USD"]).add_done_callback(print)  # WST203


start_feed()
""",
        ),
        Example(
            "a timer that says goodbye too late",
            """\
import threading

from websockets.sync.client import connect

with connect("ws://localhost:8765") as ws:
    ws.send("hello")
    print(ws.recv())
    goodbye = threading.Timer(0.2, lambda: ws.send("goodbye"))  # WST203
    goodbye.start()
""",
        ),
        Example(
            "a window whose reader outlives the method that opened it",
            """\
import threading
import time

from websockets.sync.client import connect


class ChatWindow:
    def __init__(self):
        self.lines = []

    def open(self, url):
        with connect(url) as ws:
            reader = threading.Thread(target=self.show, args=(ws,), daemon=True)  # WST203
            reader.start()

    def show(self, ws):
        for line in ws:
            self.lines.append(line)


window = ChatWindow()
window.open("ws://localhost:8765")
time.sleep(0.5)
print(len(window.lines), "lines")
""",
        ),
    ),
    good=(
        Example(
            "the block waits for the upload",
            """\
import threading

from websockets.sync.client import connect


def upload(ws, chunks):
    for chunk in chunks:
        ws.send(chunk)
        print("server has", len(ws.recv()), "bytes")


with connect("ws://localhost:8765") as ws:
    uploader = threading.Thread(target=upload, args=(ws, [b"left", b"right", b"both"]))
    uploader.start()
    uploader.join()
print("all sound uploaded")
""",
        ),
        Example(
            "the pool shuts down before the connection closes",
            """\
from concurrent.futures import ThreadPoolExecutor

from websockets.sync import client


def subscribe(ws, symbols):
    for symbol in symbols:
        ws.send(f"subscribe {symbol}")
        print(ws.recv())


with client.connect("ws://localhost:8765") as ws:
    with ThreadPoolExecutor(max_workers=1) as pool:
        pool.submit(subscribe, ws, ["BTC-USD", "ETH-USD"])
""",
        ),
        Example(
            "main waits for an event that the thread sets",
            """\
import threading

from websockets.sync.client import connect

done = threading.Event()


def rehearse(ws):
    ws.send("one, two")
    print(ws.recv())
    done.set()


with connect("ws://localhost:8765") as ws:
    threading.Thread(target=rehearse, args=(ws,), daemon=True).start()
    done.wait(timeout=5)
""",
        ),
        Example(
            "the thread opens the connection that it uses",
            """\
import threading

from websockets.sync.client import connect


class ChatWindow:
    def __init__(self):
        self.lines = []

    def open(self, url):
        self.reader = threading.Thread(target=self.show, args=(url, 1), daemon=True)
        self.reader.start()

    def show(self, url, count):
        with connect(url) as ws:
            ws.send("joined")
            for _ in range(count):
                self.lines.append(ws.recv())


window = ChatWindow()
window.open("ws://localhost:8765")
window.reader.join()
print(len(window.lines), "lines")
""",
        ),
    ),
    check=check,
)
