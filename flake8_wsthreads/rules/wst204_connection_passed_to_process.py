"""WST204: a connection that is handed to another process."""

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
    """A finding for each place where another process gets a connection."""
    for connection in followed_connections(model):
        for hand_over in connection.hand_overs:
            # Thread(target=read, args=(ws,))
            if hand_over.spawner is not Spawner.PROCESS:
                continue
            yield Finding(
                "WST204",
                hand_over.location,
                f"connection ({origin(connection)}) cannot move to another process: it hangs or fails there; "
                "connect in that process",
                opening_steps(connection) + hand_over_steps(hand_over),
            )


RULE = Rule(
    code="WST204",
    name="connection-passed-to-process",
    summary="a connection does not work in another process",
    affects=(ReleaseRange(),),
    why="""\
A connection is a socket together with a thread of the library that reads from it. A forked process gets a copy of the
socket, but threads are not copied: nobody reads, and `recv()` waits for ever. Its parent then hangs as well when it
waits for the child. Where the process is spawned instead of forked, or the connection goes through a process pool, it
would have to be pickled, and that raises `TypeError`.

Seen on every release from 11.0.3 to 17.4.
""",
    fix="""\
Pass the address, and open the connection inside the other process. Or keep the connection where it is and pass the
messages: as arguments of the pool's calls, or through a `multiprocessing.Queue`.

No release of websockets changes this, so no pin helps.
""",
    fix_safety="""\
No fix: a second connection is a second client for the server, with its own login and its own messages.
""",
    bad=(
        Example(
            "a child process that shall listen",
            """\
import multiprocessing

from websockets.sync.client import connect


def listen(ws):
    print("heard", ws.recv())


if __name__ == "__main__":
    with connect("ws://localhost:8765", close_timeout=1) as ws:
        listener = multiprocessing.Process(target=listen, args=(ws,))  # WST204
        listener.start()
        ws.send("hello")
        listener.join()
""",
        ),
        Example(
            "a process pool that shall score",
            """\
from concurrent.futures import ProcessPoolExecutor

from websockets.sync import client


def score(ws, sentence):
    ws.send(sentence)
    return len(ws.recv())


if __name__ == "__main__":
    with ProcessPoolExecutor(max_workers=1) as pool, client.connect("ws://localhost:8765") as ws:
        future = pool.submit(score, ws, "how was your day?")  # WST204
        print(future.result(timeout=5))
""",
        ),
        Example(
            "a camera process whose method uses the connection of its object",
            """\
from multiprocessing import Process

from websockets.sync.client import connect


class Camera:
    def stream(self):
        with connect("ws://localhost:8765", close_timeout=1) as self.ws:
            shutter = Process(target=self.take_pictures, daemon=True)  # WST204
            shutter.start()
            shutter.join(timeout=1)
            print("pictures taken:", shutter.exitcode == 0)

    def take_pictures(self):
        self.ws.send("shutter")
        print(self.ws.recv())


if __name__ == "__main__":
    Camera().stream()
""",
        ),
    ),
    good=(
        Example(
            "the child process connects itself",
            """\
import multiprocessing

from websockets.sync.client import connect


def listen(url):
    with connect(url) as ws:
        ws.send("hello")
        print("heard", ws.recv())


if __name__ == "__main__":
    listener = multiprocessing.Process(target=listen, args=("ws://localhost:8765",))
    listener.start()
    listener.join()
""",
        ),
        Example(
            "the pool gets the message, not the connection",
            """\
from concurrent.futures import ProcessPoolExecutor

from websockets.sync import client


def score(sentence):
    return len(sentence.split())


if __name__ == "__main__":
    with ProcessPoolExecutor(max_workers=1) as pool, client.connect("ws://localhost:8765") as ws:
        ws.send("how was your day?")
        future = pool.submit(score, ws.recv())
        print(future.result(timeout=5))
""",
        ),
        Example(
            "pictures come through a queue, the parent sends them",
            """\
import multiprocessing

from websockets.sync.client import connect


def take_pictures(pictures, count):
    for number in range(count):
        pictures.put(f"picture {number}")
    pictures.put(None)


if __name__ == "__main__":
    pictures = multiprocessing.Queue()
    camera = multiprocessing.Process(target=take_pictures, args=(pictures, 3))
    camera.start()
    with connect("ws://localhost:8765") as ws:
        while (picture := pictures.get()) is not None:
            ws.send(picture)
            print(ws.recv())
    camera.join()
""",
        ),
    ),
    check=check,
)
