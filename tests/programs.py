"""Small programs that the tests of flake8's adapter lint."""

from __future__ import annotations

NEVER_CLOSED = """\
from websockets.sync.client import connect

ws = connect("ws://localhost:8765")
ws.send("hello")
"""

# Nothing is wrong with it, but an opt-in rule reports every connection of the main thread.
CLOSED = """\
from websockets.sync.client import connect

with connect("ws://localhost:8765") as ws:
    ws.send("hello")
"""

# Nothing is wrong with it either, but another opt-in rule reports every connection that two threads touch.
SHARED = """\
import threading

from websockets.sync.client import connect


def read(ws):
    for message in ws:
        print(message)


with connect("ws://localhost:8765") as ws:
    reader = threading.Thread(target=read, args=(ws,), daemon=True)
    reader.start()
    ws.send("hello")
    reader.join()
"""
