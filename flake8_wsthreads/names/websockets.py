"""What the `websockets` library calls things, and how one reaches its synchronous client."""

from __future__ import annotations

import ast
from collections.abc import Sequence

from flake8_wsthreads.names.annotations import annotation_alternatives
from flake8_wsthreads.names.choices import choices
from flake8_wsthreads.names.evaluate import Names
from flake8_wsthreads.names.scopes import Scope
from flake8_wsthreads.names.values import Imported, Instance, Method, Partial, Value

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
STATE_ATTRIBUTES = frozenset({"state", "protocol", "close_code", "close_reason", "socket", "closed", "open"})
# What a method of an open connection raises is one of the first three, or says that two threads receive.
_CLOSED_ERRORS = {"ConnectionClosed", "ConnectionClosedOK", "ConnectionClosedError", "WebSocketException"}


def is_closed_error(name: str) -> bool:
    """Whether an exception's qualified name says that the connection is closed."""
    module, _, short = name.rpartition(".")
    return short in _CLOSED_ERRORS and module.partition(".")[0] == "websockets"


def opens(names: Names, call: ast.Call, scope: Scope, factories: frozenset[str]) -> bool:
    """Whether the call itself opens a connection that its caller must close."""
    return is_opener(names, call.func, call.keywords, scope, factories)


def is_opener(
    names: Names, function: ast.expr, keywords: Sequence[ast.keyword], scope: Scope, factories: frozenset[str]
) -> bool:
    """Whether a call of what an expression names, with these keywords among its arguments, opens a connection."""
    callees = choices(names, function, scope)
    return bool(callees) and all(_opens(callee, keywords, factories) for callee in callees)


def _opens(callee: Value, given: Sequence[ast.keyword], factories: frozenset[str]) -> bool:
    keywords = list(given)
    while isinstance(callee, Partial):
        keywords.extend(callee.call.keywords)
        callee = callee.function
    if isinstance(callee, Method):
        # feed = Feed(); feed.connect()
        return callee.qualified_name in factories
    if not isinstance(callee, Imported):
        return False
    if callee.name in factories:
        return True
    # connect(…, legacy=False) opens nothing until it is entered
    return callee.name in OPENERS and not any(
        keyword.arg == "legacy" and isinstance(keyword.value, ast.Constant) and keyword.value.value is False
        for keyword in keywords
    )


def is_connection(names: Names, node: ast.expr, scope: Scope, factories: frozenset[str]) -> bool:
    """Whether an expression is known to be an open connection, as its only binding says."""
    value = names.evaluate(node, scope)
    if not isinstance(value, Instance) or not isinstance(value.of, str):
        return False
    return value.of in OPENERS or value.of in CONNECTION_CLASSES or value.of in factories


def is_legacy(call: ast.Call) -> bool:
    """Whether the call says ``legacy=True``, or says it in a way that the file does not tell."""
    return any(
        keyword.arg == "legacy" and not (isinstance(keyword.value, ast.Constant) and not keyword.value.value)
        for keyword in call.keywords
    )


def is_connection_annotation(names: Names, annotation: ast.expr | None, scope: Scope) -> bool:
    """Whether an annotation says that what it annotates is a connection, None aside."""
    named = list(annotation_alternatives(annotation, scope, names.qualified_name))
    return bool(named) and all(names.qualified_name(alternative, scope) in CONNECTION_CLASSES for alternative in named)
