"""Exceptions from what has no step of its own in a graph: an attribute that is not there, an operator that refuses.

That they come is believed where somebody catches them.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from flake8_wsthreads.flow.builder import Builder
from flake8_wsthreads.flow.exceptions import exception_names
from flake8_wsthreads.flow.graph import Raised
from flake8_wsthreads.names.scopes import Scope
from flake8_wsthreads.names.values import Instance
from flake8_wsthreads.syntax import walk

_RAISING = (ast.Attribute, ast.BinOp, ast.Compare, ast.Delete, ast.JoinedStr)
_MISSING_ATTRIBUTE = exception_names(AttributeError)
_LOOKUPS = ("__getattr__", "__getattribute__")


def quiet_errors(builder: Builder, body: list[ast.stmt], caught: tuple[Raised, ...]) -> tuple[Raised, ...]:
    """Which of the exceptions that are caught around the statements may come from what has no step.

    ``caught`` are the classes that each handler names, none for a bare ``except``. An attribute of an object whose
    class stands in this file may be missing; it raises nothing else.
    """
    raising = list(_raising(body))
    if not all(isinstance(part, ast.Attribute) and _is_plain(builder, part) for part in raising):
        return caught
    if not raising:
        return ()
    return tuple(names for names in caught if not names or any(name in _MISSING_ATTRIBUTE for name in names))


def _raising(body: list[ast.stmt]) -> Iterator[ast.AST]:
    return (part for statement in body for part in walk(statement) if isinstance(part, _RAISING))


def _is_plain(builder: Builder, node: ast.Attribute) -> bool:
    """Whether an attribute is kept by an object of a class of this file: no code runs when it is read."""
    value = builder.names.evaluate(node.value, builder.scope)
    if not isinstance(value, Instance) or not isinstance(value.of, Scope) or builder.names.foreign_bases(value.of):
        return False
    return all(builder.names.method(value.of, name) is None for name in (node.attr, *_LOOKUPS))
