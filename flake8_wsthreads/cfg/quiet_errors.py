"""Exceptions from what has no step of its own in a graph: an attribute that is not there, an operator that refuses.

That they come is believed where somebody catches them.
"""

from __future__ import annotations

import ast

from flake8_wsthreads.cfg.builder import Builder
from flake8_wsthreads.cfg.raised import CONTROL_C, Caught, ExceptionClass, lineage
from flake8_wsthreads.names.literals import of_class
from flake8_wsthreads.names.scopes import Scope
from flake8_wsthreads.names.values import Instance
from flake8_wsthreads.source.syntax import parts_run_by

_RAISING = (ast.BinOp, ast.Compare, ast.JoinedStr)
_MISSING_ATTRIBUTE, _MISSING_NAME = lineage(AttributeError)[0], lineage(NameError)[0]
_LOOKUPS = ("__getattr__", "__getattribute__")


def quiet_errors(builder: Builder, body: list[ast.stmt], caught: tuple[Caught, ...]) -> tuple[Caught, ...]:
    """Which of the exceptions that are caught around the statements may come from what has no step.

    ``caught`` is what each handler catches. Control-C may come anywhere. An attribute of an object whose class stands
    in this file, and a variable that is deleted, may be missing: they raise nothing else, and who says nothing of that
    knows that they are there.
    """
    possible: set[ExceptionClass] = {CONTROL_C}
    for part in parts_run_by(body):
        kind = _error_of(builder, part)
        if kind is None and isinstance(part, (ast.Attribute, ast.Delete, *_RAISING)):
            return caught
        if kind is not None:
            possible.add(kind)
    return tuple(each for each in caught if not possible.isdisjoint(each.classes))


def _error_of(builder: Builder, node: ast.AST) -> ExceptionClass | None:
    """The one exception that something may raise; None where it may be any, or where nothing is raised."""
    if isinstance(node, ast.Attribute):
        return _MISSING_ATTRIBUTE if _is_plain(builder, node) else None
    if isinstance(node, ast.Delete):
        # an attribute that is deleted is looked at by itself
        return _MISSING_NAME if all(isinstance(target, (ast.Name, ast.Attribute)) for target in node.targets) else None
    return None


def _is_plain(builder: Builder, node: ast.Attribute) -> bool:
    """Whether an attribute is one of an object of a class of this file, or of a builtin: reading it runs no code."""
    value = of_class(builder.names.evaluate(node.value, builder.scope))
    classes = builder.names.classes
    if isinstance(value, Instance) and isinstance(value.of, str):
        return value.of.startswith("builtins.")
    if not isinstance(value, Instance) or not isinstance(value.of, Scope) or classes.foreign_bases(value.of):
        return False
    return all(classes.method(value.of, name) is None for name in (node.attr, *_LOOKUPS))
