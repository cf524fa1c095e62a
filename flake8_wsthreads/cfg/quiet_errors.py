"""Exceptions from what has no step of its own in a graph: an attribute that is not there, an operator that refuses.

That they come is believed where somebody catches them.
"""

from __future__ import annotations

import ast

from flake8_wsthreads.cfg.builder import Builder
from flake8_wsthreads.cfg.graph import Raised
from flake8_wsthreads.names.scopes import Scope
from flake8_wsthreads.names.values import Instance
from flake8_wsthreads.source.syntax import walk

_RAISING = (ast.BinOp, ast.Compare, ast.JoinedStr)
_LOOKUPS = ("__getattr__", "__getattribute__")


def quiet_errors(builder: Builder, body: list[ast.stmt], caught: tuple[Raised, ...]) -> tuple[Raised, ...]:
    """Which of the exceptions that are caught around the statements may come from what has no step.

    ``caught`` are the classes that each handler names, none for a bare ``except``. Control-C may come anywhere. An
    attribute of an object whose class stands in this file, and a variable that is deleted, may be missing: they raise
    nothing else, and who says nothing of that knows that they are there.
    """
    possible = {_error_of(builder, part) for statement in body for part in walk(statement)} - {""}
    if "?" in possible:
        return caught
    return tuple(names for names in caught if possible.intersection(names) or "KeyboardInterrupt" in names)


def _error_of(builder: Builder, node: ast.AST) -> str:
    """The one exception that something may raise, ``?`` for any, or nothing."""
    if isinstance(node, ast.Attribute):
        return "AttributeError" if _is_plain(builder, node) else "?"
    if isinstance(node, ast.Delete):
        # an attribute that is deleted is looked at by itself
        return "NameError" if all(isinstance(target, (ast.Name, ast.Attribute)) for target in node.targets) else "?"
    return "?" if isinstance(node, _RAISING) else ""


def _is_plain(builder: Builder, node: ast.Attribute) -> bool:
    """Whether an attribute is kept by an object of a class of this file: no code runs when it is read."""
    value = builder.names.evaluate(node.value, builder.scope)
    if not isinstance(value, Instance) or not isinstance(value.of, Scope) or builder.names.foreign_bases(value.of):
        return False
    return all(builder.names.method(value.of, name) is None for name in (node.attr, *_LOOKUPS))
