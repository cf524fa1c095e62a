"""Speech to text: audio goes out in pieces, one text comes back.

Silence has no text, and then the early return leaves the connection open.
"""

from websockets.sync.client import connect

URL = "ws://localhost:8765"


def transcribe(pieces):
    ws = connect(URL)  # WST101 WST302
    for piece in pieces:
        ws.send(piece)
    text = ws.recv()
    if not text:
        return None
    ws.close()
    return text


if __name__ == "__main__":
    print(transcribe(["", "hello"]))
