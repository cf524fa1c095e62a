"""An object that starts a thread which receives, and is asked: its methods, and what the program does with it."""

from __future__ import annotations

CLIENT = """\
class Client:
    def __init__(self):
        self.answers = queue.Queue()
        self.reader = None
        self.ws = connect("ws://localhost:8765", close_timeout=1)

    def start(self):
        START

    def listen(self):
        for message in self.ws:
            self.answers.put(message)

    def ask(self):
        try:
            ANSWER
        except (TimeoutError, queue.Empty):
            return None

    def close(self):
        self.ws.close()
"""

# How the object starts its thread.
READERS = {
    "starts a reader": """\
self.reader = threading.Thread(target=self.listen, daemon=True)
self.reader.start()
""",
    "starts one reader": """\
if self.reader is None:
    self.reader = threading.Thread(target=self.listen, daemon=True)
    self.reader.start()
""",
}

# Where the object has the answer from. The peer says nothing, so that whoever receives does so for a while.
ANSWERS = {
    "receives": "return self.ws.recv(timeout=0.5)\n",
    "takes from the reader": "return self.answers.get(timeout=0.5)\n",
    "asks for the reader": """\
if self.reader is not None:
    return self.answers.get(timeout=0.5)
return self.ws.recv(timeout=0.5)
""",
}

# What the program does with the object ``client``.
QUESTIONS = {
    "asks": "print(client.ask())\n",
    "starts and asks": """\
client.start()
time.sleep(0.2)
print(client.ask())
""",
    "asks and starts": """\
print(client.ask())
client.start()
time.sleep(0.2)
""",
    "starts twice": """\
client.start()
time.sleep(0.1)
client.start()
time.sleep(0.2)
""",
    "asks by another name": """\
client.start()
time.sleep(0.2)
friend = client
print(friend.ask())
""",
    "asks on a thread": """\
client.start()
time.sleep(0.2)
asker = threading.Thread(target=client.ask, daemon=True)
asker.start()
asker.join()
""",
    "asks on two threads": """\
askers = [threading.Thread(target=client.ask, daemon=True) for _ in range(2)]
for asker in askers:
    asker.start()
for asker in askers:
    asker.join()
""",
    "asks on one thread after the other": """\
first = threading.Thread(target=client.ask, daemon=True)
second = threading.Thread(target=client.ask, daemon=True)
first.start()
first.join()
second.start()
second.join()
""",
}

USER = """\
client = Client()
try:
    QUESTION
    check()
finally:
    client.close()
"""
