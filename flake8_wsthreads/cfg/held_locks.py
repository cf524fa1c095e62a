"""Which ``with`` blocks hold a lock, so that what stands in them is done by one thread at a time."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from flake8_wsthreads.cfg.builder import Builder
from flake8_wsthreads.cfg.safe_calls import is_lock
from flake8_wsthreads.names.values import Value


def holds_lock(builder: Builder, item: ast.withitem, value: Value | None, manager: str) -> bool:
    """Whether the block of a ``with`` item holds a lock, or may hold one.

    ``value`` is what the item's expression is known to be, ``manager`` the qualified name of its class from another
    module, or empty.
    """
    return is_lock(manager) or _is_named_lock(item.context_expr) or _may_be_lock(builder, item, value)


def _is_named_lock(node: ast.expr) -> bool:
    """``with self._lock:`` where the file does not show what made the lock."""
    name = node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""
    return name.lower().endswith(("lock", "mutex", "semaphore"))


def _may_be_lock(builder: Builder, item: ast.withitem, value: Value | None) -> bool:
    """``with guard:`` where the file does not tell what that is, and the function does nothing else with it."""
    text = _short_text(item.context_expr)
    if value is not None or item.optional_vars is not None or not text:
        return False
    if builder.used_otherwise is None:
        builder.used_otherwise = frozenset(_used_otherwise(builder.unit.node))
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
