"""A thread that owns its connection, after websockets issue 1455.

The thread is a daemon, so it looks as if the program could end at any time. But ``__init__`` runs on the thread that
creates the object, here the main thread, and the connection's hidden thread belongs to that one.
"""

import time
from threading import Thread

from websockets.sync.client import connect

URL = "ws://localhost:8765"


class Echo(Thread):
    def __init__(self):
        super().__init__(daemon=True)
        self.ws = connect(URL)  # WST103 WST201 WST304

    def run(self):
        for message in self.ws:
            print("received", message)

    def say(self, text):
        self.ws.send(text)


if __name__ == "__main__":
    echo = Echo()
    echo.start()
    echo.say("hello")
    time.sleep(1)
