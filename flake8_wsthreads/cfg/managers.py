"""What the manager of a ``with`` block does to it: swallows an exception, expects one, or holds a lock."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from flake8_wsthreads.cfg.builder import Builder
from flake8_wsthreads.cfg.exceptions import caught_by_all
from flake8_wsthreads.cfg.operand import Known, ValueKind
from flake8_wsthreads.cfg.place import Place
from flake8_wsthreads.cfg.raised import Caught
from flake8_wsthreads.cfg.safe_calls import is_lock
from flake8_wsthreads.cfg.swallowing import Swallowed
from flake8_wsthreads.library import behaviour_of, behaviour_of_method
from flake8_wsthreads.library.behaviour import Decorates
from flake8_wsthreads.names.evaluate import Names
from flake8_wsthreads.names.scopes import Scope
from flake8_wsthreads.names.values import Function, Instance, Value
from flake8_wsthreads.source.syntax import body_of, last_name, parts_run_by

_NAMED_LOCK = re.compile(
    r"(?<!c)(?<!b)(?<!un)lock$|mutex$|semaphore$"
    r"|(?<![a-z])(locked|locking|exclusive|exclusively|synchroni[sz]ed|acquired?)$"
)


def _expects_exception(builder: Builder, node: ast.expr) -> bool:
    """``pytest.raises(OSError)``: the block of a test that passes ends with an exception."""
    if not isinstance(node, ast.Call):
        return False
    method = node.func.attr if isinstance(node.func, ast.Attribute) else ""
    if behaviour_of_method(method).expects_error:
        return True
    return behaviour_of(builder.names.qualified_name(node.func, builder.scope)).expects_error


def mark_what_is_open_before(builder: Builder, node: ast.expr) -> Place | None:
    """Before a block that is expected to raise, a mark for the paths on which the connection is open already.

    Whether a block that raises opened what it was to open, the file does not tell. None for all other blocks.
    """
    if not _expects_exception(builder, node):
        return None
    mark = builder.open_before()
    builder.graph.tests[mark] += 2
    builder.assign(mark, Known(ValueKind.TRUE), node)
    return mark


def suppressed(
    builder: Builder, node: ast.expr, swallowed: tuple[Swallowed, ...], after: int
) -> tuple[tuple[Caught, int], ...]:
    """What a context manager swallows, expects, or turns into something else: handlers, each with where it goes on.

    ``swallowed`` is what the manager does with exceptions, and what it swallows goes on at ``after``.
    """
    if isinstance(node, ast.Call) and _expects_exception(builder, node):
        swallowed = (Swallowed(caught_by_all(builder.names, node.args[:1], builder.scope)),)
    handlers: list[tuple[Caught, int]] = []
    for each in swallowed:
        caught = each.caught
        if not (caught.classes or caught.others or caught.bare):
            continue
        target = after
        if each.instead is not None:
            here, builder.here = builder.here, builder.join(node)
            target = builder.here
            builder.raise_from_here(node, each.instead)
            builder.here = here
        handlers.append((caught, target))
    return tuple(handlers)


def holds_lock(builder: Builder, item: ast.withitem, value: Value | None, manager: str) -> bool:
    """Whether the block of a ``with`` item holds a lock, or may hold one.

    ``value`` is what the item's expression is known to be, ``manager`` the qualified name of its class from another
    module, or empty.
    """
    if is_lock(manager) or _is_named_lock(item.context_expr) or _may_be_lock(builder, item, value):
        return True
    entered = _entered_code(builder.names, item.context_expr, value, builder.scope)
    return entered is not None and _takes_lock(builder.names, entered)


def _entered_code(names: Names, manager: ast.expr, value: Value | None, scope: Scope) -> Scope | None:
    """The function of the file that runs when a manager is entered: ``__enter__``, or the generator that makes it."""
    if isinstance(value, Instance) and isinstance(value.of, Scope):
        return names.classes.method(value.of, "__enter__")
    made_by = names.evaluate(manager.func, scope) if isinstance(manager, ast.Call) else None
    if isinstance(made_by, Function) and names.is_decorated(made_by.scope, Decorates.CONTEXT_MANAGER):
        return made_by.scope
    return None


def _takes_lock(names: Names, function: Scope) -> bool:
    """Whether a function acquires a lock, or enters something that is one or may be one."""
    for part in parts_run_by(body_of(function.node)):
        if isinstance(part, ast.Call) and isinstance(part.func, ast.Attribute):
            of_lock = part.func.attr == "__enter__" and _is_lock_here(names, part.func.value, function)
            if of_lock or part.func.attr == "acquire":
                return True
        elif isinstance(part, ast.withitem):
            entered = part.context_expr
            untold = not isinstance(entered, ast.Call) and names.evaluate(entered, function) is None
            if untold or _is_lock_here(names, entered, function):
                return True
    return False


def _is_lock_here(names: Names, node: ast.expr, scope: Scope) -> bool:
    value = names.evaluate(node, scope)
    known = value.of if isinstance(value, Instance) and isinstance(value.of, str) else ""
    return is_lock(known) or _is_named_lock(node)


def _is_named_lock(node: ast.expr) -> bool:
    """``with self._lock:``, ``with exclusive("feed"):`` where the file does not show what made the lock."""
    called = node.func if isinstance(node, ast.Call) else node
    return _NAMED_LOCK.search(last_name(called).lower()) is not None


def _may_be_lock(builder: Builder, item: ast.withitem, value: Value | None) -> bool:
    """``with guard:`` where the file does not tell what that is, and the function does nothing else with it."""
    text = _short_text(item.context_expr)
    if value is not None or item.optional_vars is not None or not text:
        return False
    if builder.used_otherwise is None:
        builder.used_otherwise = frozenset(_used_otherwise(builder.function.node))
    return text not in builder.used_otherwise


def _used_otherwise(function: ast.AST) -> Iterator[str]:
    """The variables and attributes that a function does something else with than ``with variable:``."""
    entered: set[int] = set()
    for part in ast.walk(function):
        if isinstance(part, ast.withitem) and part.optional_vars is None:
            entered.add(id(part.context_expr))
        elif isinstance(part, (ast.Name, ast.Attribute)) and id(part) not in entered:
            if isinstance(part.ctx, ast.Load):
                yield _short_text(part)


def _short_text(node: ast.expr) -> str:
    """``name`` and ``name.attribute`` as text; empty for all else."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
        return f"{node.value.id}.{node.attr}"
    return ""
