"""The chat in the terminal, as it should be: the main thread closes the connection when the input ends.

The thread that prints then leaves its loop, since a closed connection has no more messages.
"""

import sys
from threading import Thread

from websockets.sync.client import connect

URL = "ws://localhost:8765"


def print_messages(ws):
    for message in ws:
        print(">", message.rstrip())


def chat():
    with connect(URL) as ws:
        Thread(target=print_messages, args=(ws,), daemon=True).start()
        for line in sys.stdin:
            ws.send(line)


if __name__ == "__main__":
    chat()
