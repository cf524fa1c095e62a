"""The server of the laboratory, run as a process of its own: ``python echo_server.py``, with websockets on the path.

It listens on ephemeral ports of the loopback interface and writes one line for each thing that happens:

- ``listening PORT DEAF_PORT``
- ``open RUN NUMBER``: the run, which is the last part of the path, has opened a connection;
- ``close RUN NUMBER CODE``: it is closed, with the close code that this side saw.

The first part of the path says how the connection behaves:

- ``echo``: each message comes back;
- ``slow``: each message comes back after 0.3 s, so that whoever waits for it surely waits;
- ``brief``: the first message comes back, and then the server closes the connection by itself;
- ``speaking``: the server says something unasked, and then closes the connection by itself.

The second port belongs to a server that is deaf once it has said hello: it never answers a message nor a close.
The server ends when its standard input does, so it never outlives who started it.
"""

from __future__ import annotations

import base64
import contextlib
import hashlib
import itertools
import os
import socket
import sys
import threading
import time

from websockets.exceptions import ConnectionClosed
from websockets.sync.server import ServerConnection, serve

SLOW = 0.3
HANDSHAKE_KEY = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"

_numbers = itertools.count()


def report(*words: object) -> None:
    """Write one line for the laboratory; one call writes it as a whole, whichever thread it is."""
    os.write(sys.stdout.fileno(), (" ".join(map(str, words)) + "\n").encode())


def handle(connection: ServerConnection) -> None:
    """Serve one connection as its path says."""
    assert connection.request is not None
    kind, run = connection.request.path.split("/")[1:3]
    number = next(_numbers)
    report("open", run, number)
    try:
        with contextlib.suppress(ConnectionClosed):
            if kind == "speaking":
                connection.send("news")
                return
            for message in connection:
                if kind == "slow":
                    time.sleep(SLOW)
                connection.send(message)
                if kind == "brief":
                    break
    finally:
        connection.close()
        code = connection.protocol.close_code
        report("close", run, number, None if code is None else int(code))


def serve_deaf(listener: socket.socket) -> None:
    """Accept connections, answer their handshake, and then never answer anything."""
    while True:
        client, _ = listener.accept()
        threading.Thread(target=handle_deaf, args=(client,), daemon=True).start()


def handle_deaf(client: socket.socket) -> None:
    """Be deaf for one connection; one that is dropped counts as 1006, as nobody said goodbye to it."""
    with client:
        request = b""
        while b"\r\n\r\n" not in request:
            request += client.recv(4096)
        path, *headers = request.decode().split("\r\n")
        key = next(line.split(":")[1].strip() for line in headers if line.lower().startswith("sec-websocket-key"))
        accept = base64.b64encode(hashlib.sha1(key.encode() + HANDSHAKE_KEY).digest()).decode()
        client.sendall(
            "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            f"Sec-WebSocket-Accept: {accept}\r\n\r\n".encode()
        )
        run, number = path.split()[1].split("/")[2], next(_numbers)
        report("open", run, number)
        with contextlib.suppress(OSError):
            while client.recv(4096):
                pass
        report("close", run, number, 1006)


def main() -> None:
    """Serve until the standard input ends."""
    deaf = socket.create_server(("127.0.0.1", 0))
    threading.Thread(target=serve_deaf, args=(deaf,), daemon=True).start()
    # A client that hangs may answer no ping, and shall not be dropped for it.
    server = serve(handle, "127.0.0.1", 0, compression=None, ping_interval=None)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    report("listening", server.socket.getsockname()[1], deaf.getsockname()[1])
    sys.stdin.buffer.read()
    os._exit(0)


if __name__ == "__main__":
    main()
