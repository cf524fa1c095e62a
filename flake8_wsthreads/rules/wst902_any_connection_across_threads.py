"""WST902: any connection that more than one thread touches. Off by default."""

from __future__ import annotations

from collections.abc import Iterator

from flake8_wsthreads.facts import Model, Spawner
from flake8_wsthreads.finding import Finding
from flake8_wsthreads.rules.predicates import followed_connections
from flake8_wsthreads.rules.rule import Example, Rule
from flake8_wsthreads.rules.trace import hand_over_steps, opening_steps
from flake8_wsthreads.rules.wording import origin
from flake8_wsthreads.target import ReleaseRange, Target


def check(model: Model, target: Target) -> Iterator[Finding]:
    """A finding for each place where another thread or process gets a connection that it uses."""
    for connection in followed_connections(model):
        for hand_over in connection.hand_overs:
            # Thread(target=log, args=(ws,)), where log() never touches it
            if hand_over.used is None:
                continue
            other = "process" if hand_over.spawner is Spawner.PROCESS else "thread"
            yield Finding(
                "WST902",
                hand_over.location,
                f"another {other} uses this connection, too ({origin(connection)}); "
                "keep it in one thread and pass messages through a queue",
                opening_steps(connection) + hand_over_steps(hand_over),
            )


RULE = Rule(
    code="WST902",
    name="any-connection-across-threads",
    summary="any connection that more than one thread touches",
    affects=(ReleaseRange(),),
    why="""\
This rule is off by default. It is for projects that give each connection to one thread alone. The library allows one
thread to receive while others send, so sharing is not wrong as such. But who may receive, who closes, and what a
thread does when another one has closed are agreements that no line of code shows. Programs that hang or lose messages
mostly broke one of them.
""",
    fix="""\
Open, use and close the connection in one thread. Other threads put what they want to send into a `queue.Queue`, and
take what was received from another one. Where that is too much, leave this rule off: WST201 to WST204 report the
sharing that goes wrong.
""",
    fix_safety="""\
Not safe: a queue between threads changes the order of things.
""",
    bad=(
        Example(
            "a reader beside the main thread",
            """\
import threading
import time

from websockets.sync.client import connect


def print_messages(ws):
    for message in ws:
        print(message)


with connect("ws://localhost:8765") as ws:
    threading.Thread(target=print_messages, args=(ws,), daemon=True).start()  # WST902
    ws.send("hello")
    time.sleep(0.2)
""",
        ),
        Example(
            "a robot whose watchdog sends in the background",
            """\
import threading

from websockets.sync import client


class Robot:
    def work(self, url):
        with client.connect(url) as self.ws:
            watchdog = threading.Thread(target=self.report)  # WST902
            watchdog.start()
            watchdog.join()
            print(self.ws.recv())

    def report(self):
        self.ws.send("still alive")


Robot().work("ws://localhost:8765")
""",
        ),
        Example(
            "a pool that plays sound on one connection",
            """\
from concurrent.futures import ThreadPoolExecutor

from websockets.sync.client import connect


def play(ws, sound):
    ws.send(sound)


with connect("ws://localhost:8765") as ws:
    with ThreadPoolExecutor(max_workers=1) as pool:
        pool.submit(play, ws, b"ding")  # WST902
    print(len(ws.recv()), "bytes")
""",
        ),
    ),
    good=(
        Example(
            "one thread sends and receives",
            """\
from websockets.sync.client import connect

with connect("ws://localhost:8765") as ws:
    for line in ("hello", "bye"):
        ws.send(line)
        print(ws.recv())
""",
        ),
        Example(
            "a sender thread of its own, fed by a queue",
            """\
import queue
import threading

from websockets.sync import client

reports = queue.Queue()


def send_reports():
    with client.connect("ws://localhost:8765") as ws:
        while (report := reports.get()) is not None:
            ws.send(report)
            print(ws.recv())


sender = threading.Thread(target=send_reports)
sender.start()
reports.put("still alive")
reports.put(None)
sender.join()
""",
        ),
        Example(
            "the pool works on messages, main keeps the connection",
            """\
from concurrent.futures import ThreadPoolExecutor

from websockets.sync.client import connect


def loudness(sound):
    return sum(sound)


with connect("ws://localhost:8765") as ws, ThreadPoolExecutor() as pool:
    ws.send(b"ding")
    print(pool.submit(loudness, ws.recv()).result())
""",
        ),
    ),
    check=check,
    on_by_default=False,
)
