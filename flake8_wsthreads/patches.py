"""Functions that replace the library's ``connect`` by something else: what they open is no connection."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from flake8_wsthreads.names.scopes import Scope, ScopeKind
from flake8_wsthreads.source import SourceIndex
from flake8_wsthreads.syntax import walk

_PATCHING = ("patch", "setattr", "setitem")
_OPENERS = ("connect", "unix_connect", "ClientConnection")


def replaces_opener(source: SourceIndex, unit: Scope) -> bool:
    """Whether a function runs while a test has patched ``connect``, as far as it and what stands around it tell.

    ``monkeypatch.setattr(client, "connect", fake)``, ``with patch("websockets.sync.client.connect")``, and the same
    as a decorator of the function or of its class.
    """
    if not any(source.lines_of(word) for word in _PATCHING):
        return False
    return any(_replaces(call) for part in _around(unit) for call in walk(part) if isinstance(call, ast.Call))


def _around(unit: Scope) -> Iterator[ast.AST]:
    """The body of the function and of those around it, and the decorators of all, also of classes."""
    scope: Scope | None = unit
    while scope is not None:
        if scope.kind in (ScopeKind.FUNCTION, ScopeKind.LAMBDA):
            yield scope.node
        elif scope.kind is ScopeKind.CLASS:
            yield from getattr(scope.node, "decorator_list", ())
        elif scope is unit:
            yield from (statement for statement in getattr(scope.node, "body", ()) if not _defines(statement))
        scope = scope.parent


def _defines(statement: ast.stmt) -> bool:
    return isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef))


def _replaces(call: ast.Call) -> bool:
    """``patch("….connect")``, ``patch.object(client, "connect")``, ``monkeypatch.setattr(client, "connect", fake)``.

    ``monkeypatch.setitem(globals(), "connect", fake)`` does the same to the module of the test.
    """
    callee = call.func
    words = {part.attr if isinstance(part, ast.Attribute) else getattr(part, "id", "") for part in walk(callee)}
    return not words.isdisjoint(_PATCHING) and any(_names_opener(argument) for argument in call.args[:2])


def _names_opener(argument: ast.expr) -> bool:
    """Whether a text ends in the name of an opener: also ``f"{__name__}.connect"``, ``__name__ + ".connect"``."""
    if isinstance(argument, ast.JoinedStr) and argument.values:
        argument = argument.values[-1]
    elif isinstance(argument, ast.BinOp):
        argument = argument.right
    text = argument.value if isinstance(argument, ast.Constant) else None
    return isinstance(text, str) and text.rpartition(".")[2] in _OPENERS
