"""The exceptions that ``raise`` and ``except`` name."""

from __future__ import annotations

import ast
from collections.abc import Collection
from dataclasses import replace

from flake8_wsthreads.cfg.raised import ANY_EXCEPTION, Caught, ExceptionClass, Raised, own_class
from flake8_wsthreads.library.exceptions import ALIASES
from flake8_wsthreads.library.websockets import is_closed_error
from flake8_wsthreads.names.bound_once import bound_once
from flake8_wsthreads.names.evaluate import Names
from flake8_wsthreads.names.mentions import SourceIndex
from flake8_wsthreads.names.scopes import Scope
from flake8_wsthreads.names.values import Class, Imported, Value
from flake8_wsthreads.source.syntax import walk

_MOST_NAMED = 200
"""Of more exceptions in one handler than these the others are not told apart."""


def raised_by_expression(names: Names, node: ast.expr, scope: Scope) -> Raised:
    """What is raised where an exception is made by calling this expression."""
    value = names.evaluate(node, scope)
    if isinstance(value, Class):
        found = [Raised(tuple(own_class(known) for known in names.classes.ancestors(value.scope)))]
        found.extend(_of_other_module(base) for base in names.classes.foreign_bases(value.scope))
        classes = tuple(dict.fromkeys(kind for raised in found for kind in raised.classes))
        return Raised(classes, anything=any(raised.anything for raised in found))
    return _of_other_module(value.name) if isinstance(value, Imported) else ANY_EXCEPTION


def _of_other_module(name: str) -> Raised:
    """An exception by its qualified name; empty for one whose name the file does not tell."""
    kind = _class_named(name)
    if kind is None:
        return ANY_EXCEPTION
    if kind.lineage:
        return Raised(kind.lineage)
    return replace(ANY_EXCEPTION, classes=(kind, *ANY_EXCEPTION.classes))


def _class_named(name: str) -> ExceptionClass | None:
    if not name:
        return None
    kind = ExceptionClass(ALIASES.get(name, name.removeprefix("builtins.")))
    return kind.lineage[0] if kind.lineage else kind  # IOError is OSError


def caught_by(names: Names, node: ast.expr | None, scope: Scope) -> Caught:
    """What a handler catches whose ``except`` names this."""
    return caught_by_all(names, [node], scope) if node is not None else Caught(bare=True)


def caught_by_all(names: Names, nodes: list[ast.expr], scope: Scope) -> Caught:
    """What is caught where several expressions name exceptions: the arguments of ``contextlib.suppress(…)``."""
    classes: list[ExceptionClass] = []
    others = False
    pending = [(node, scope) for node in reversed(nodes)]
    for _ in range(_MOST_NAMED):
        if not pending:
            break
        node, scope = pending.pop()
        node, scope = bound_once(names, node.value if isinstance(node, ast.Starred) else node, scope)
        if isinstance(node, ast.Tuple):
            pending.extend((part, scope) for part in reversed(node.elts))
            continue
        if isinstance(node, ast.BinOp):  # RETRIED + (EOFError,)
            pending.extend([(node.right, scope), (node.left, scope)])
            continue
        kind = _class_in(names.evaluate(node, scope))
        if kind is not None:
            classes.append(kind)
        else:
            others = True
    return Caught(tuple(classes), others or bool(pending))


def _class_in(value: Value | None) -> ExceptionClass | None:
    """The class that a value is; None where it is none, or may be a tuple of several: ``errors.RETRIED``."""
    if isinstance(value, Class):
        return own_class(value.scope)
    if not isinstance(value, Imported) or value.name.rpartition(".")[2].isupper():
        return None
    return _class_named(value.name)


def told_by(handler: ast.ExceptHandler) -> frozenset[str]:
    """The variables of a handler that tell which exception it has caught: its own, and what is read from that."""
    if handler.name is None:
        return frozenset()
    telling = {handler.name}
    for statement in handler.body:
        if isinstance(statement, ast.Assign) and mentions_any(statement.value, telling):
            telling.update(target.id for target in statement.targets if isinstance(target, ast.Name))
    return frozenset(telling)


def mentions_any(node: ast.expr, names: Collection[str]) -> bool:
    """Whether an expression reads one of these variables."""
    return any(isinstance(part, ast.Name) and part.id in names for part in walk(node))


def may_be_caught_by_name(source: SourceIndex, kind: ExceptionClass) -> bool:
    """Whether a handler of the file may name a class, which is in no table."""
    mentions = source.references(kind.name.rpartition(".")[2])
    return any(not isinstance(mention.statement, (ast.Raise, ast.ClassDef)) for mention in mentions)


def is_raised_by_file(source: SourceIndex, kind: ExceptionClass) -> bool:
    """Whether the file defines a class of exceptions, or raises one that no table has.

    Code that is not to be seen may raise it, too; but mostly it tells what the file has found out before it raised it.
    """
    if kind.of_this_file:
        return True
    if kind.lineage or is_closed_error(kind.name):
        return False
    for mention in source.references(kind.name.rpartition(".")[2]):
        made = mention.call or mention.node
        if isinstance(mention.statement, ast.Raise) and mention.statement.exc is made:
            return True
    return False
