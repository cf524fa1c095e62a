"""What the ``websockets`` library calls things, and what its methods do."""

from __future__ import annotations

CONNECT = frozenset({"websockets.sync.client.connect", "websockets.sync.client.unix_connect"})
RECONNECT = frozenset({"websockets.sync.client.reconnect", "websockets.sync.client.unix_reconnect"})
CONNECTION_CLASSES = frozenset(
    {
        "websockets.sync.client.ClientConnection",
        "websockets.sync.connection.Connection",
        "websockets.sync.client.Connection",
    }
)
OPENERS = CONNECT | {"websockets.sync.client.ClientConnection"}

CLOSE_METHODS = frozenset({"close", "close_socket", "__exit__"})
SENDING = frozenset({"send", "ping", "pong"})
RECEIVE_METHODS = frozenset({"recv", "recv_streaming", "__iter__", "__next__"})
# The methods that warn since 17.1 on a connection that was not entered (websockets 17.4, sync/connection.py).
DEPRECATED_BEFORE_ENTER = frozenset({"recv", "recv_streaming", "send", "ping", "pong", "close", "__iter__", "__exit__"})
# Attributes that tell whether a connection is open: who asks them knows more than its paths show.
STATE_ATTRIBUTES = frozenset(
    {"state", "protocol", "close_code", "close_reason", "socket", "closed", "open", "recv_events_thread"}
)
# Methods of what these attributes hold that do not raise.
NEVER_RAISING = frozenset({"fileno", "is_alive"})
# What a method of an open connection raises is one of the first three, or says that two threads receive.
_CLOSED_ERRORS = {"ConnectionClosed", "ConnectionClosedOK", "ConnectionClosedError", "WebSocketException"}
# Only opening a connection raises these and what is below them (for TCP, and websockets/exceptions.py for the rest).
OPENING_ERRORS = frozenset(
    {
        "ConnectionRefusedError", "socket.gaierror", "websockets.exceptions.InvalidHandshake",
        "websockets.exceptions.InvalidProxy", "websockets.exceptions.InvalidURI",
    }
)  # fmt: skip


def is_closed_error(name: str) -> bool:
    """Whether an exception's qualified name says that the connection is closed."""
    module, _, short = name.rpartition(".")
    return short in _CLOSED_ERRORS and module.partition(".")[0] == "websockets"
