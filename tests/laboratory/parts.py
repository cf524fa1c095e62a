"""What a random program does with its connection and how it closes it: plain text."""

from __future__ import annotations

HEAD = '''\
import asyncio
import atexit
import logging
import multiprocessing
import queue
import sys
import threading
import time
import weakref
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing

from websockets.sync.client import connect


def check():
    if "raise" in sys.argv:
        raise ValueError("the check failed")
'''

LISTEN = """\
def listen(ws):
    for message in ws:
        print(message)
"""
REPORT = """\
def report(ws):
    for number in range(3):
        ws.send(f"report {number}")
"""
REPORT_LATE = """\
def report_late(ws):
    time.sleep(0.3)
    ws.send("too late")
"""
SERVE = """\
waiting = queue.Queue()


def serve():
    ws = waiting.get()
    ws.send("you are next")
"""
ASK_ALONE = """\
def ask_alone():
    with connect("ws://localhost:8765", close_timeout=1) as mine:
        mine.send("hello")
        print(mine.recv())
"""
OPEN_FEED = """\
def open_feed():
    return connect("ws://localhost:8765", close_timeout=1)
"""

# What a program does with its connection, and the functions that it needs for that.
USES = {
    "nobody": ([], []),
    "ask": (['ws.send("hello")', "print(ws.recv())"], []),
    "reader": (
        ["threading.Thread(target=listen, args=(ws,), daemon=True).start()", "time.sleep(0.1)"],
        [LISTEN],
    ),
    "reader, and main asks": (
        [
            "threading.Thread(target=listen, args=(ws,), daemon=True).start()",
            "time.sleep(0.1)",
            'ws.send("hello")',
            "time.sleep(0.1)",
        ],
        [LISTEN],
    ),
    "non-daemon reader": (
        ["threading.Thread(target=listen, args=(ws,), daemon=False).start()", "time.sleep(0.1)"],
        [LISTEN],
    ),
    "second reader": (
        [
            "threading.Thread(target=listen, args=(ws,), daemon=True).start()",
            "time.sleep(0.1)",
            "threading.Thread(target=listen, args=(ws,), daemon=True).start()",
            "time.sleep(0.2)",
        ],
        [LISTEN],
    ),
    "reader, and main receives": (
        [
            "threading.Thread(target=listen, args=(ws,), daemon=True).start()",
            "time.sleep(0.2)",
            "print(ws.recv(timeout=0.2))",
        ],
        [LISTEN],
    ),
    "writer": (
        ["writer = threading.Thread(target=report, args=(ws,))", "writer.start()", "writer.join()"],
        [REPORT],
    ),
    "closure": (
        [
            "def speak():",
            '    ws.send("speech")',
            "",
            "speaker = threading.Thread(target=speak, daemon=True)",
            "speaker.start()",
            "speaker.join()",
        ],
        [],
    ),
    "late writer": (
        ["threading.Thread(target=report_late, args=(ws,), daemon=False).start()"],
        [REPORT_LATE],
    ),
    "one connection a thread": (
        [
            "others = [threading.Thread(target=ask_alone) for _ in range(2)]",
            "for other in others:",
            "    other.start()",
            'ws.send("hello")',
            "print(ws.recv())",
            "for other in others:",
            "    other.join()",
        ],
        [ASK_ALONE],
    ),
    "queue": (
        [
            "server = threading.Thread(target=serve, daemon=True)",
            "server.start()",
            "waiting.put(ws)",
            "server.join()",
        ],
        [SERVE],
    ),
}

# How a function closes the variable ``ws``; OPEN is the call that opens it, STEPS is what it does with it.
CLOSES = {
    "never": """\
ws = OPEN
STEPS
""",
    "with": """\
with OPEN as ws:
    STEPS
""",
    "with, later": """\
ws = OPEN
with ws:
    STEPS
""",
    "finally": """\
ws = OPEN
try:
    STEPS
finally:
    ws.close()
""",
    "straight line": """\
ws = OPEN
STEPS
ws.close()
""",
    "handler": """\
ws = OPEN
try:
    STEPS
    ws.close()
except ValueError as error:
    print(error)
""",
    "handler and finally": """\
ws = OPEN
try:
    STEPS
except ValueError as error:
    print(error)
finally:
    ws.close()
""",
    "except and raise": """\
ws = OPEN
try:
    STEPS
except BaseException:
    ws.close()
    raise
ws.close()
""",
    "guard": """\
ws = None
try:
    ws = OPEN
    STEPS
finally:
    if ws is not None:
        ws.close()
""",
    "guard by locals": """\
try:
    ws = OPEN
    STEPS
finally:
    if "ws" in locals():
        ws.close()
""",
    "same question twice": """\
wanted = len(sys.argv) < 5
if wanted:
    ws = OPEN
try:
    if wanted:
        STEPS
finally:
    if wanted:
        ws.close()
""",
    "reports and closes": """\
ws = OPEN
try:
    STEPS
except Exception as error:
    print("failed:", error)
    logging.getLogger("feed").warning("failed: %s", error)
    ws.close()
    raise
logging.info("done")
ws.close()
""",
    "flag": """\
ws = OPEN
STEPS
if len(sys.argv) > 5:
    ws.close()
""",
    "early return": """\
ws = OPEN
STEPS
if len(sys.argv) < 5:
    return
ws.close()
""",
    "closing": """\
with closing(OPEN) as ws:
    STEPS
""",
    "stack": """\
with ExitStack() as stack:
    ws = stack.enter_context(OPEN)
    STEPS
""",
    "stack callback": """\
with ExitStack() as stack:
    ws = OPEN
    stack.callback(ws.close)
    STEPS
""",
    "atexit": """\
ws = OPEN
atexit.register(ws.close)
STEPS
""",
}

# How an object closes what it keeps: its methods beside __init__ and use, and how the function works with it.
OBJECTS = {
    "object never": (
        "",
        """\
client = Client()
client.use()
""",
    ),
    "object that only forgets": (
        """\
def close(self):
    self.ws = None
""",
        """\
client = Client()
client.use()
client.close()
""",
    ),
    "object not closed": (
        """\
def close(self):
    self.ws.close()
""",
        """\
client = Client()
client.use()
""",
    ),
    "object not entered": (
        """\
def __enter__(self):
    return self

def __exit__(self, *exc_info):
    self.ws.close()
""",
        """\
client = Client()
client.use()
""",
    ),
    "object closed if all goes well": (
        """\
def close(self):
    self.ws.close()
""",
        """\
client = Client()
client.use()
client.close()
""",
    ),
    "object finally": (
        """\
def close(self):
    self.ws.close()
""",
        """\
client = Client()
try:
    client.use()
finally:
    client.close()
""",
    ),
    "object stops by its closer": (
        """\
def close(self):
    if self.ws is not None:
        self.ws.close()
        self.ws = None

def stop(self):
    print("stopping")
    self.close()
""",
        """\
client = Client()
try:
    client.use()
finally:
    client.stop()
""",
    ),
    "object with": (
        """\
def __enter__(self):
    return self

def __exit__(self, *exc_info):
    self.ws.close()
""",
        """\
with Client() as client:
    client.use()
""",
    ),
    "object del": (
        """\
def __del__(self):
    self.ws.close()
""",
        """\
client = Client()
client.use()
""",
    ),
    "object atexit": (
        """\
def leave(self):
    atexit.register(self.ws.close)
""",
        """\
client = Client()
client.leave()
client.use()
""",
    ),
    "object finalize": (
        """\
def leave(self):
    weakref.finalize(self, self.ws.close)
""",
        """\
client = Client()
client.leave()
client.use()
""",
    ),
}

# These close when the object dies; an exception that reaches the top keeps it alive to the exit.
DIES = frozenset({"object del", "object finalize"})
