"""A chat in the terminal: a thread prints what arrives, the main thread sends what is typed.

The thread is a daemon and the loop ends with the input, but nothing closes the connection.
"""

import sys
from threading import Thread

from websockets.sync.client import connect

URL = "ws://localhost:8765"


def print_messages(ws):
    for message in ws:
        print(">", message.rstrip())


def chat():
    ws = connect(URL)  # WST101 WST301
    Thread(target=print_messages, args=(ws,), daemon=True).start()  # WST201
    for line in sys.stdin:
        ws.send(line)


if __name__ == "__main__":
    chat()
