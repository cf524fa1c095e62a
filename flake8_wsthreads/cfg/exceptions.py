"""Which handler catches which exception, as far as the file tells."""

from __future__ import annotations

import ast
import builtins
from collections.abc import Container, Mapping

from flake8_wsthreads.cfg.graph import ANY_EXCEPTION, Raised
from flake8_wsthreads.names.evaluate import Names
from flake8_wsthreads.names.scopes import Scope
from flake8_wsthreads.names.values import Class, Imported

Caught = tuple[str, ...] | None
"""The classes that a handler names; None for a bare ``except``."""

OPENING_ERROR: Raised = ("?opening", *ANY_EXCEPTION)
"""What a call that opens a connection raises."""

# Only opening a connection raises these (the builtins for TCP, and websockets/exceptions.py for the handshake).
_OPENING_ERRORS = {
    "ConnectionRefusedError", "socket.gaierror", "websockets.exceptions.InvalidHandshake",
    "websockets.exceptions.InvalidStatus", "websockets.exceptions.InvalidURI", "websockets.exceptions.InvalidProxy",
    "websockets.exceptions.InvalidHeader", "websockets.exceptions.InvalidUpgrade",
    "websockets.exceptions.NegotiationError", "websockets.InvalidHandshake", "websockets.InvalidStatus",
    "websockets.InvalidURI",
}  # fmt: skip

CONNECTION_ERROR: Raised = (*ANY_EXCEPTION, "not OSError")
"""What a method of an open connection raises where it has no timeout (``TimeoutError`` is an ``OSError``): errors of
the socket reach its caller as ``ConnectionClosed`` (websockets, sync/connection.py)."""
KEYBOARD_INTERRUPT: Raised = ("KeyboardInterrupt", "BaseException")
"""Control-C may come at any step; that counts where the program has a handler for it."""
OLDER = "older"
"""A name among those of an exception that was under way when the connection was opened: it tells nothing of it."""
EXCEPTION_GROUP: Raised = ("ExceptionGroup", "BaseExceptionGroup", "Exception", "BaseException")
FAILED_TEST = "failed test"
"""The first name of an exception by which a test or program says that it should never have come to this."""
GENERATOR_EXIT: Raised = ("GeneratorExit", "BaseException")


def failing(raised: Raised) -> Raised:
    """The exception as one that says: it should never have come to this."""
    return (FAILED_TEST, *raised)


def exception_names(kind: type[BaseException]) -> Raised:
    """A builtin exception as the names of its class and bases."""
    return tuple(base.__name__ for base in kind.__mro__ if base is not object)


def raised_names(names: Names, node: ast.expr, scope: Scope) -> Raised:
    """What a raised expression is: names of classes, with "?" where there may be others."""
    value = names.evaluate(node, scope)
    if isinstance(value, Class):
        found: list[str] = [f"class:{known.index}" for known in names.ancestors(value.scope)]
        for base in names.foreign_bases(value.scope):
            found.extend(_foreign_exception(base))
        return tuple(found)
    if isinstance(value, Imported):
        return _foreign_exception(value.name)
    return ANY_EXCEPTION


def _foreign_exception(name: str) -> Raised:
    module, _, short = name.rpartition(".")
    kind = getattr(builtins, short, None) if module == "builtins" else None
    if isinstance(kind, type) and issubclass(kind, BaseException):
        return exception_names(kind)
    return (name, *ANY_EXCEPTION) if name else ANY_EXCEPTION


def caught_names(names: Names, node: ast.expr | None, scope: Scope) -> Caught:
    """The classes that a handler names; None for a bare ``except``."""
    if node is None:
        return None
    found: list[str] = []
    for part in node.elts if isinstance(node, ast.Tuple) else [node]:
        value = names.evaluate(part, scope)
        if isinstance(value, Class):
            found.append(f"class:{value.scope.index}")
        elif isinstance(value, Imported) and value.name.startswith("builtins."):
            short = value.name.removeprefix("builtins.")
            kind = getattr(builtins, short, None)
            found.append(kind.__name__ if isinstance(kind, type) else short)
        elif isinstance(value, Imported):
            found.append(value.name)
        else:
            found.append("?")
    return tuple(found)


def matches(caught: Caught, raised: Raised) -> bool | None:
    """Whether a handler catches an exception; None where it may."""
    if caught is None or "BaseException" in caught:
        return True
    excluded = {known.removeprefix("not ") for known in raised if known.startswith("not ")}
    if excluded and all(caught_before(name, excluded) for name in caught):
        return False  # a handler further in would have caught it
    if any(name in raised for name in caught if name != "?"):
        return True
    if "?" in caught:
        return None
    if "?opening" not in raised and all(name in _OPENING_ERRORS for name in caught):
        return False
    if any(_may_be(name, known) for known in raised if known.startswith("? ") for name in caught):
        return None
    if "?" not in raised:
        return False
    # An unknown exception is an Exception of some class, or control-C: no SystemExit, no GeneratorExit.
    return None if any(not _is_exit(name) for name in caught) else False


def possible_classes(caught: Caught, raised: Raised) -> tuple[str, ...]:
    """Those of the classes that a handler names which the exception may be, as far as other handlers tell."""
    excluded = {known.removeprefix("not ") for known in raised if known.startswith("not ")}
    return tuple(name for name in caught or () if not caught_before(name, excluded))


def caught_before(name: str, passed: Container[str]) -> bool:
    """Whether handlers for these classes leave nothing to one for ``name``: after LookupError no KeyError comes."""
    if name == "?":
        return False
    kind = getattr(builtins, name, None)
    if not (isinstance(kind, type) and issubclass(kind, BaseException)):
        return name in passed
    return any(base in passed for base in exception_names(kind))


def _may_be(name: str, known: str) -> bool:
    """Whether a builtin exception may be what ``? LookupError`` stands for: that class or one below it."""
    kind, base = getattr(builtins, name, None), getattr(builtins, known.removeprefix("? "), None)
    return isinstance(kind, type) and isinstance(base, type) and issubclass(kind, base)


def _is_exit(name: str) -> bool:
    return name in ("SystemExit", "GeneratorExit")


def refined(caught: Caught, raised: Raised, known: Mapping[str, Raised]) -> Raised:
    """What is known of the exception inside a handler that may have caught it.

    ``known`` are the exception classes of the file: one of them is that class, or one below it.
    """
    if caught is None or "?" not in raised or len(caught) != 1:
        return raised
    if caught[0] in known:
        return known[caught[0]]
    kind = getattr(builtins, caught[0], None)
    if isinstance(kind, type) and issubclass(kind, BaseException):
        return (*exception_names(kind), f"? {kind.__name__}")
    return (caught[0], *raised) if caught[0] not in raised else raised
