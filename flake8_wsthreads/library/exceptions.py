"""Exceptions that are no builtins: by which other names they go, and below which classes they are.

As the standard library of Python 3.10 to 3.13 and websockets 11.0.3 to 17.4 (``websockets/exceptions.py``) have them;
tests compare both tables with them. A class without a row may be below any other.
"""

from __future__ import annotations

from collections.abc import Mapping

_WEBSOCKETS: Mapping[str, tuple[str, ...]] = {
    "WebSocketException": ("Exception",),
    "ConnectionClosed": ("WebSocketException",),
    "ConnectionClosedOK": ("ConnectionClosed",),
    "ConnectionClosedError": ("ConnectionClosed",),
    "InvalidHandshake": ("WebSocketException",),
    "InvalidHeader": ("InvalidHandshake",),
    "InvalidHeaderFormat": ("InvalidHeader",),
    "InvalidHeaderValue": ("InvalidHeader",),
    "InvalidOrigin": ("InvalidHeader",),
    "InvalidProxy": ("WebSocketException",),
    "InvalidStatus": ("InvalidHandshake",),
    "InvalidUpgrade": ("InvalidHeader",),
    "InvalidURI": ("WebSocketException",),
    "NegotiationError": ("InvalidHandshake",),
    "SecurityError": ("InvalidHandshake",),
    "PayloadTooBig": ("WebSocketException",),
    "ProtocolError": ("WebSocketException",),
}


def _qualified(name: str) -> str:
    return f"websockets.exceptions.{name}" if name in _WEBSOCKETS else name


BASES: Mapping[str, tuple[str, ...]] = {
    **{_qualified(name): tuple(map(_qualified, bases)) for name, bases in _WEBSOCKETS.items()},
    "asyncio.IncompleteReadError": ("EOFError",),
    "asyncio.QueueEmpty": ("Exception",),
    "asyncio.QueueFull": ("Exception",),
    "binascii.Error": ("ValueError",),
    "concurrent.futures.BrokenExecutor": ("RuntimeError",),
    "http.client.HTTPException": ("Exception",),
    "json.JSONDecodeError": ("ValueError",),
    "queue.Empty": ("Exception",),
    "queue.Full": ("Exception",),
    "socket.gaierror": ("OSError",),
    "sqlite3.Error": ("Exception",),
    "ssl.SSLError": ("OSError",),
    "ssl.SSLCertVerificationError": ("ssl.SSLError", "ValueError"),
    "struct.error": ("Exception",),
    "subprocess.SubprocessError": ("Exception",),
    "subprocess.CalledProcessError": ("subprocess.SubprocessError",),
    "subprocess.TimeoutExpired": ("subprocess.SubprocessError",),
    "threading.BrokenBarrierError": ("RuntimeError",),
    "urllib.error.URLError": ("OSError",),
    "urllib.error.HTTPError": ("urllib.error.URLError",),
}
"""The classes right above each."""

ALIASES: Mapping[str, str] = {
    **{f"websockets.{name}": _qualified(name) for name in _WEBSOCKETS},
    "asyncio.TimeoutError": "TimeoutError",
    "concurrent.futures.TimeoutError": "TimeoutError",
    "json.decoder.JSONDecodeError": "json.JSONDecodeError",
    "select.error": "OSError",
    "socket.error": "OSError",
    "socket.timeout": "TimeoutError",
    "ssl.CertificateError": "ssl.SSLCertVerificationError",
}
"""Other names of an exception. Two of the timeouts are the builtin one since Python 3.11."""
