"""Whether the manager of a ``with`` block holds a lock: what stands in the block runs on one thread at a time."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from flake8_wsthreads.cfg.builder import Builder
from flake8_wsthreads.cfg.safe_calls import is_lock
from flake8_wsthreads.library.behaviour import Decorates
from flake8_wsthreads.names.evaluate import Names
from flake8_wsthreads.names.scopes import Scope
from flake8_wsthreads.names.values import Function, Instance, Value
from flake8_wsthreads.source.syntax import body_of, last_name, parts_run_by

_NAMED_LOCK = re.compile(
    r"(?<!c)(?<!b)(?<!un)lock$|mutex$|semaphore$"
    r"|(?<![a-z])(locked|locking|exclusive|exclusively|synchroni[sz]ed|acquired?)$"
)


def holds_lock(builder: Builder, item: ast.withitem, value: Value | None) -> bool:
    """Whether the block of a ``with`` item holds a lock, or may hold one.

    ``value`` is what the item's expression is known to be.
    """
    if _is_lock(item.context_expr, value) or _may_be_lock(builder, item, value):
        return True
    entered = _entered_code(builder.names, item.context_expr, value, builder.scope)
    if entered is None:
        return False
    return entered.once(_takes_lock, lambda: _takes_lock(builder.names, entered))


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
            holder, method = part.func.value, part.func.attr
            if method == "acquire" or (method == "__enter__" and _is_lock(holder, names.evaluate(holder, function))):
                return True
        elif isinstance(part, ast.withitem):
            entered, value = part.context_expr, names.evaluate(part.context_expr, function)
            untold = value is None and not isinstance(entered, ast.Call)
            if untold or _is_lock(entered, value):
                return True
    return False


def _is_lock(node: ast.expr, value: Value | None) -> bool:
    """Whether an expression is a lock, by what it is known to be or by its name."""
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
