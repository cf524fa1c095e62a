"""WST202: two threads that receive from one connection at the same time."""

from __future__ import annotations

from collections.abc import Iterator

from flake8_wsthreads.facts import ConcurrentReceive, Model, Spawner
from flake8_wsthreads.finding import Finding, TraceStep
from flake8_wsthreads.rules.predicates import followed_connections
from flake8_wsthreads.rules.rule import Example, Rule
from flake8_wsthreads.rules.trace import hand_over_steps, opening_steps
from flake8_wsthreads.rules.wording import concurrency_error
from flake8_wsthreads.target import ReleaseRange, Target


def check(model: Model, target: Target) -> Iterator[Finding]:
    """A finding for each hand-over that makes a second receiver, or several receivers at once."""
    error = concurrency_error(target)
    for connection in followed_connections(model):
        # one thread receives, the other one sends: no concurrent receive at all
        for receive in connection.concurrent_receives:
            yield Finding(
                "WST202",
                receive.location,
                f"{_who(receive)}: one gets {error}; receive in one thread only",
                (
                    *opening_steps(connection),
                    TraceStep(receive.first, "received from here"),
                    TraceStep(receive.second, "received from here by another thread at the same time"),
                ),
            )
        for hand_over in connection.hand_overs:
            # for name in names: Thread(target=greet, args=(ws, name)).start(), where greet() only sends
            if hand_over.received is None:
                continue
            # Thread(target=read, args=(ws,)).start()
            if not hand_over.repeated:
                continue
            # for _ in range(3): Process(target=read, args=(ws,)).start()
            if hand_over.spawner is Spawner.PROCESS:
                continue
            yield Finding(
                "WST202",
                hand_over.location,
                f"several threads receive at once (line {hand_over.received.line}): "
                f"all but one get {error}; receive in one thread only",
                opening_steps(connection) + hand_over_steps(hand_over),
            )


def _who(receive: ConcurrentReceive) -> str:
    first, second = receive.first.line, receive.second.line
    if first == second:
        return f"started twice, line {first} receives from this connection in two threads at once"
    return f"lines {first} and {second} can receive from this connection at once"


RULE = Rule(
    code="WST202",
    name="concurrent-receive",
    summary="two threads receive from one connection at the same time, and one of them gets an error",
    affects=(ReleaseRange(),),
    why="""\
Only one thread at a time may wait for a message of a connection: with `recv()`, with `recv_streaming()` or in a `for
message in ws` loop. The library refuses the second one with an error. Which thread loses depends on timing, so a
program can work on your machine and fail on another. And even if it did not fail, a thread could get the answer that
belongs to another thread.

It is easily overlooked in a class: `start()` runs a loop in a thread, `ask()` sends and waits for the answer, and
whoever uses the class calls both.

Seen on every release: `RuntimeError` up to 13.0, `ConcurrencyError` from 13.1 on. Two threads that send, or one that
sends and one that receives, are fine.
""",
    fix="""\
Let one thread receive, and let it pass the messages on, for instance through a `queue.Queue` per consumer. Or open
one connection per thread. If each thread asks and waits for its own answer, a lock around both steps is enough.

No release of websockets allows two receivers, so no pin helps.
""",
    fix_safety="""\
No fix: which thread should get which message is for you to say.
""",
    bad=(
        Example(
            "main waits for an answer while the reader reads",
            """\
import threading

from websockets.sync.client import connect


def print_messages(ws):
    for message in ws:
        print("reader:", message)


with connect("ws://localhost:8765") as ws:
    threading.Thread(target=print_messages, args=(ws,), daemon=True).start()  # WST202
    ws.send("who is there?")
    print("main:", ws.recv(timeout=1))
""",
            server="slow",
        ),
        Example(
            "several robots ask over one connection",
            """\
import threading

from websockets.sync import client


def ask_position(ws, robot):
    ws.send(f"where is {robot}?")
    print(robot, ws.recv(timeout=1))


with client.connect("ws://localhost:8765", close_timeout=1) as ws:
    askers = []
    for robot in ("picker", "packer", "sorter"):
        asker = threading.Thread(target=ask_position, args=(ws, robot))  # WST202
        asker.start()
        askers.append(asker)
    for asker in askers:
        asker.join()
""",
            server="slow",
        ),
        Example(
            "a pool that shares one translation connection",
            """\
from concurrent.futures import ThreadPoolExecutor

from websockets.sync.client import connect

with connect("ws://localhost:8765", close_timeout=1) as ws, ThreadPoolExecutor(max_workers=4) as pool:

    def translate(word):
        ws.send(word)
        return ws.recv(timeout=1)

    for translation in pool.map(translate, ["eins", "zwei", "drei", "vier"]):  # WST202
        print(translation)
""",
            server="slow",
        ),
        Example(
            "a price reader and a heartbeat that waits for its echo",
            """\
import threading
import time

from websockets.sync.client import connect


class Market:
    def run(self, url):
        with connect(url) as self.ws:
            reader = threading.Thread(target=self.read, daemon=True)
            heart = threading.Thread(target=self.beat, daemon=True)  # WST202
            reader.start()
            heart.start()
            time.sleep(0.5)

    def read(self):
        while True:
            print("price", self.ws.recv())

    def beat(self):
        while True:
            self.ws.send("ping")
            print("alive", self.ws.recv() == "ping")
            time.sleep(0.1)


Market().run("ws://localhost:8765")
""",
            server="slow",
        ),
    ),
    good=(
        Example(
            "one thread reads, main writes",
            """\
import threading
import time

from websockets.sync.client import connect


def print_messages(ws):
    for message in ws:
        print("reader:", message)


with connect("ws://localhost:8765") as ws:
    threading.Thread(target=print_messages, args=(ws,), daemon=True).start()
    for line in ("hello", "anybody there?", "bye"):
        ws.send(line)
    time.sleep(0.2)
""",
        ),
        Example(
            "each thread has a connection of its own",
            """\
from concurrent.futures import ThreadPoolExecutor

from websockets.sync.client import connect


def translate(word):
    with connect("ws://localhost:8765") as ws:
        ws.send(word)
        return ws.recv(timeout=1)


with ThreadPoolExecutor(max_workers=4) as pool:
    for translation in pool.map(translate, ["eins", "zwei", "drei", "vier"]):
        print(translation)
""",
        ),
        Example(
            "one reader passes the answers on",
            """\
import queue
import threading

from websockets.sync import client

answers = queue.Queue()


def collect(ws, count):
    for _ in range(count):
        answers.put(ws.recv())


robots = ("picker", "packer", "sorter")
with client.connect("ws://localhost:8765") as ws:
    reader = threading.Thread(target=collect, args=(ws, len(robots)))
    reader.start()
    for robot in robots:
        ws.send(f"where is {robot}?")
        print(robot, answers.get(timeout=1))
    reader.join()
""",
        ),
        Example(
            "a lock lets one thread at a time ask and wait",
            """\
import threading

from websockets.sync import client

turn = threading.Lock()


def ask_position(ws, robot):
    with turn:
        ws.send(f"where is {robot}?")
        print(robot, ws.recv(timeout=1))


with client.connect("ws://localhost:8765") as ws:
    askers = [threading.Thread(target=ask_position, args=(ws, robot)) for robot in ("picker", "packer")]
    for asker in askers:
        asker.start()
    for asker in askers:
        asker.join()
""",
        ),
        Example(
            "several threads that only send",
            """\
import threading

from websockets.sync.client import connect


def report(ws, sensor):
    ws.send(f"{sensor}: ok")


with connect("ws://localhost:8765") as ws:
    reporters = [threading.Thread(target=report, args=(ws, sensor)) for sensor in ("camera", "sonar")]
    for reporter in reporters:
        reporter.start()
    for reporter in reporters:
        reporter.join()
    print(ws.recv())
    print(ws.recv())
""",
        ),
    ),
    check=check,
)
