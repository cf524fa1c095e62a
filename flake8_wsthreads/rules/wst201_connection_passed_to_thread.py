"""WST201: an unclosed connection of one thread that another thread uses."""

from __future__ import annotations

from collections.abc import Iterator

from flake8_wsthreads.facts import Connection, Model, Spawner
from flake8_wsthreads.finding import Finding
from flake8_wsthreads.rules.predicates import leaking_owner, opened_connections, opened_outside_daemon, too_late_close
from flake8_wsthreads.rules.rule import Example, Rule
from flake8_wsthreads.rules.trace import hand_over_steps, leaving_steps, opening_steps
from flake8_wsthreads.rules.wording import close_it, never_exits, or_pin
from flake8_wsthreads.target import ReleaseRange, Target

AFFECTED = (ReleaseRange(before="13.0"),)


def check(model: Model, target: Target) -> Iterator[Finding]:
    """A finding for each place where a thread gets a connection that its creator never closes."""
    for connection in opened_connections(model):
        # a daemon thread opens it and starts a helper
        if not opened_outside_daemon(connection):
            continue
        # with connect(URL) as ws: Thread(target=read, args=(ws,)).start(); ...
        if not _creator_leaves_open(connection):
            continue
        for hand_over in connection.hand_overs:
            # Process(target=read, args=(ws,))
            if hand_over.spawner is Spawner.PROCESS:
                continue
            # Thread(target=keep, args=(ws,)), where keep() never touches it
            if hand_over.used is None:
                continue
            # def read(ws): with ws: ...
            if hand_over.closed:
                continue
            yield Finding(
                "WST201",
                hand_over.location,
                f"connection of line {connection.location.line} stays open: "
                f"{never_exits(target, AFFECTED)}; "
                f"{or_pin(close_it(connection), target)}",
                opening_steps(connection) + hand_over_steps(hand_over) + leaving_steps(connection),
            )


def _creator_leaves_open(connection: Connection) -> bool:
    """Whether the side that opened it leaves the connection open although nothing goes wrong."""
    paths = connection.paths
    if paths.leaks_normally is not None or paths.overwritten is not None:
        return True
    return leaking_owner(connection) is not None or too_late_close(connection) is not None


RULE = Rule(
    code="WST201",
    name="connection-passed-to-thread",
    summary="a connection of the main thread that a daemon thread uses still keeps the program from exiting",
    affects=AFFECTED,
    why="""\
The library starts a thread of its own for each connection. Before websockets 13.0 that thread is a daemon thread only
if the thread that calls `connect()` is one. Which threads use the connection later changes nothing. So the usual
recipe, connect first and then start a daemon thread that reads, makes a program that hangs at its end.

Seen on 11.0.3 and 12.0: created on the main thread, passed to `Thread(..., daemon=True)` and never closed, the
process hangs until it is killed. On 13.0 and later it exits, and the server sees the connection drop (code 1006).
""",
    fix="""\
Keep the connection in a `with` block where it is opened, start the thread inside the block, and wait there until the
work is done. The block closes the connection, and the thread's `recv` or loop ends with it.

Or open the connection inside the daemon thread, so that both share the flag. Or require `websockets>=13.0`, and close
it all the same: see WST301.
""",
    fix_safety="""\
No fix of its own: whether the thread should end first, or get a connection of its own, is for you to say. The block
that `--unsafe-fixes` makes for WST101 or WST301 at the opening often mends this, too.
""",
    bad=(
        Example(
            "a chat client whose daemon thread reads",
            """\
import threading
import time

from websockets.sync.client import connect


def print_messages(ws):
    while True:
        print(ws.recv())


ws = connect("ws://localhost:8765")  # WST101 WST301
threading.Thread(target=print_messages, args=(ws,), daemon=True).start()  # WST201
ws.send("hello")
time.sleep(0.2)
""",
        ),
        Example(
            "a microphone object whose method runs in a thread",
            """\
import threading
import time

from websockets.sync import client


class Microphone:
    def __init__(self, url):
        self.ws = client.connect(url)  # WST101 WST304

    def start(self):
        self.thread = threading.Thread(target=self._pump, daemon=True)  # WST201
        self.thread.start()

    def _pump(self):
        for number in range(3):
            self.ws.send(f"sound {number}")
            print(self.ws.recv())


microphone = Microphone("ws://localhost:8765")
microphone.start()
time.sleep(0.2)
""",
        ),
        Example(
            "a nested function that speaks in the background",
            """\
import threading

from websockets.sync.client import connect


def announce(sentences):
    ws = connect("ws://localhost:8765")  # WST101 WST301

    def speak():
        for sentence in sentences:
            ws.send(sentence)
            print("spoken:", ws.recv())

    speaker = threading.Thread(target=speak)  # WST201
    speaker.start()
    speaker.join()


announce(["Mind the gap.", "Doors are closing."])
""",
        ),
        Example(
            "a queue that carries the connection",
            """\
import queue
import threading
import time

from websockets.sync.client import connect

waiting = queue.Queue()


def serve():
    ws = waiting.get()
    ws.send("you are next")
    print(ws.recv())


threading.Thread(target=serve, daemon=True).start()
ws = connect("ws://localhost:8765")  # WST101 WST301
waiting.put(ws)  # WST201
time.sleep(0.2)
""",
        ),
    ),
    good=(
        Example(
            "the with block outlives the reader's work",
            """\
import threading
import time

from websockets.sync.client import connect


def print_messages(ws):
    for message in ws:
        print(message)


with connect("ws://localhost:8765") as ws:
    threading.Thread(target=print_messages, args=(ws,), daemon=True).start()
    ws.send("hello")
    time.sleep(0.2)
""",
        ),
        Example(
            "the daemon thread opens its own connection",
            """\
import threading
import time

from websockets.sync import client


class Microphone:
    def __init__(self, url):
        self.url = url

    def start(self):
        self.thread = threading.Thread(target=self._pump, daemon=True)
        self.thread.start()

    def _pump(self):
        with client.connect(self.url) as ws:
            for number in range(3):
                ws.send(f"sound {number}")
                print(ws.recv())


microphone = Microphone("ws://localhost:8765")
microphone.start()
time.sleep(0.2)
""",
        ),
        Example(
            "sentences travel through a queue, the connection stays",
            """\
import queue
import threading

from websockets.sync.client import connect

sentences = queue.Queue()


def speak():
    with connect("ws://localhost:8765") as ws:
        while True:
            sentence = sentences.get()
            if sentence is None:
                break
            ws.send(sentence)
            print("spoken:", ws.recv())


speaker = threading.Thread(target=speak)
speaker.start()
sentences.put("Mind the gap.")
sentences.put(None)
speaker.join()
""",
        ),
        Example(
            "shared and closed at the end, where old releases are excluded",
            """\
import threading

from websockets.sync.client import connect


def ask(ws):
    ws.send("status")
    print(ws.recv())


ws = connect("ws://localhost:8765")
try:
    worker = threading.Thread(target=ask, args=(ws,))
    worker.start()
    worker.join()
finally:
    ws.close()
""",
            websockets=">=13.0,<17.1",
        ),
    ),
    check=check,
)
