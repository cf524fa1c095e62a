"""Exceptions that are the end of an endless loop: the program goes on, or its thread ends, when one leaves the loop."""

from __future__ import annotations

import ast
import builtins
from collections.abc import Iterator

from flake8_wsthreads.cfg.exceptions import Caught, caught_names, exception_names, matches
from flake8_wsthreads.cfg.graph import Raised
from flake8_wsthreads.names.evaluate import Names
from flake8_wsthreads.names.scopes import Scope
from flake8_wsthreads.source.syntax import children

_TIMEOUT: Raised = (
    *exception_names(TimeoutError), "socket.timeout", "asyncio.TimeoutError", "concurrent.futures.TimeoutError",
)  # fmt: skip
_END_OF_INPUT = exception_names(EOFError)
_FAILED_ASSERTION = exception_names(AssertionError)
# Who catches these is prepared for anything, or for what opening the connection raises, or for control-C, which only
# the main thread sees.
_NO_END = (OSError, KeyboardInterrupt)
_NO_END_ITSELF = (Exception, BaseException)
_WITH_OWN_BODY = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)
_TRY = (ast.Try, getattr(ast, "TryStar", ast.Try))


def ends_on_purpose(caught: Caught) -> bool:
    """Whether a handler around a loop is there for the exception that ends it: ``EOFError``, ``queue.Empty``."""
    return any(_is_an_end(name) for name in caught or ())


def _is_an_end(name: str) -> bool:
    if name.startswith("class:"):
        return True  # a class of the program: something in it raises it on purpose
    kind = getattr(builtins, name, None)
    if isinstance(kind, type) and issubclass(kind, BaseException):
        return not issubclass(kind, _NO_END) and kind not in _NO_END_ITSELF
    return "." in name and not name.startswith("websockets.")


def ending_error(node: ast.AST) -> Raised:
    """What a call or an ``assert`` raises in the course of things; empty where it is not meant to raise.

    ``ws.recv(timeout=1)`` raises when no message comes, ``input()`` at the end of what is typed in.
    """
    if isinstance(node, ast.Assert):
        return () if _narrows(node.test) else _FAILED_ASSERTION
    if not isinstance(node, ast.Call):
        return ()
    if isinstance(node.func, ast.Name):
        return _END_OF_INPUT if node.func.id == "input" else ()
    if isinstance(node.func, ast.Attribute) and node.func.attr == "recv" and _has_timeout(node):
        return _TIMEOUT
    return ()


def _has_timeout(call: ast.Call) -> bool:
    given = [*call.args[:1], *(keyword.value for keyword in call.keywords if keyword.arg in (None, "timeout"))]
    return any(not (isinstance(value, ast.Constant) and value.value is None) for value in given)


def _narrows(test: ast.expr) -> bool:
    """``assert isinstance(message, str)``: it tells a type checker what always holds."""
    if isinstance(test, ast.Call):
        return isinstance(test.func, ast.Name) and test.func.id == "isinstance"
    return isinstance(test, ast.Compare) and isinstance(test.ops[0], ast.IsNot)


def passes(raised: Raised, handlers: tuple[Caught, ...]) -> bool:
    """Whether an exception may get past these handlers."""
    return not any(matches(caught, raised) for caught in handlers)


def suppressed_by(names: Names, manager: ast.expr, scope: Scope) -> Caught:
    """The exceptions that ``contextlib.suppress(…)`` swallows; an empty tuple for any other context manager."""
    if not isinstance(manager, ast.Call) or names.qualified_name(manager.func, scope) != "contextlib.suppress":
        return ()
    return tuple(name for part in manager.args for name in caught_names(names, part, scope) or ())


def errors_leaving(names: Names, function: Scope) -> Iterator[Raised]:
    """The exceptions that end what calls a function of the file: raised in it by what ``ending_error`` knows."""
    pending: list[tuple[ast.AST, tuple[Caught, ...]]] = [
        (part, ()) for part in children(function.node) if isinstance(part, (ast.stmt, ast.expr))
    ]
    while pending:
        node, handlers = pending.pop()
        if isinstance(node, _WITH_OWN_BODY):
            continue
        raised = ending_error(node)
        if raised and passes(raised, handlers):
            yield raised
        inside = handlers
        if isinstance(node, _TRY):
            inside = (*handlers, *(caught_names(names, handler.type, function) for handler in node.handlers))
        elif isinstance(node, (ast.With, ast.AsyncWith)):
            swallowed = (suppressed_by(names, item.context_expr, function) for item in node.items)
            inside = (*handlers, *(caught for caught in swallowed if caught))
        protected = set(map(id, getattr(node, "body", ()))) if inside is not handlers else set()
        pending.extend((part, inside if id(part) in protected else handlers) for part in children(node))
