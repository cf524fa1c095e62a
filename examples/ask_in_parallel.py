"""Several questions at once, over one connection.

Only one thread may receive at a time, and an answer could reach the wrong question anyway. Each question needs a
connection of its own.
"""

from concurrent.futures import ThreadPoolExecutor

from websockets.sync.client import connect

URL = "ws://localhost:8765"
QUESTIONS = ["how high", "how far", "how deep"]


def ask(ws, question):
    ws.send(question)
    return ws.recv()


if __name__ == "__main__":
    with connect(URL) as ws, ThreadPoolExecutor() as pool:
        answers = [pool.submit(ask, ws, question) for question in QUESTIONS]  # WST202
        for answer in answers:
            print(answer.result())
