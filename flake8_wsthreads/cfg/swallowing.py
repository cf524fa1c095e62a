"""What a context manager swallows of the exceptions that end its block."""

from __future__ import annotations

import ast

from flake8_wsthreads.cfg.exceptions import caught_by_all
from flake8_wsthreads.cfg.raised import Caught
from flake8_wsthreads.names.evaluate import Names
from flake8_wsthreads.names.scopes import Scope
from flake8_wsthreads.names.values import Instance

_EVERYTHING = Caught(bare=True)


def swallowed_by(names: Names, manager: ast.expr, scope: Scope) -> Caught | None:
    """The exceptions that a manager swallows, or may swallow; None where it lets all of them pass, as most do.

    ``contextlib.suppress(…)`` names them; an ``__exit__`` of the file that swallows them returns something true.
    """
    if isinstance(manager, ast.Call) and names.qualified_name(manager.func, scope) == "contextlib.suppress":
        return caught_by_all(names, manager.args, scope) if manager.args else None
    value = names.evaluate(manager, scope)
    if isinstance(value, Instance) and isinstance(value.of, Scope):
        leaving = names.classes.method(value.of, "__exit__")
        return _EVERYTHING if leaving is not None and _may_return_true(names, leaving) else None
    return None


def _may_return_true(names: Names, leaving: Scope) -> bool:
    """Whether ``__exit__`` returns anything but None, False, or what another ``__exit__`` returns."""
    returned = (part.value for part in names.statements_of(leaving) if isinstance(part, ast.Return))
    return any(value is not None and not _lets_pass(value) for value in returned)


def _lets_pass(value: ast.expr) -> bool:
    if isinstance(value, ast.Call) and isinstance(value.func, ast.Attribute):
        return value.func.attr in ("__exit__", "close")
    return isinstance(value, ast.Constant) and not value.value
