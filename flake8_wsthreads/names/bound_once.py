"""What stands in the file for a variable that it binds once."""

from __future__ import annotations

import ast

from flake8_wsthreads.names.evaluate import Names
from flake8_wsthreads.names.scopes import Scope
from flake8_wsthreads.names.variables import meaningful, only_value

_MOST_STEPS = 5


def bound_once(names: Names, node: ast.expr, scope: Scope) -> tuple[ast.expr, Scope]:
    """The expression that a variable is bound to, and the scope it stands in: ``RETRIED = (OSError, EOFError)``.

    The expression itself where it is no variable, or one that is bound to several things.
    """
    for _ in range(_MOST_STEPS):
        owner = names.lookup(node.id, scope) if isinstance(node, ast.Name) else None
        if owner is None or not isinstance(node, ast.Name):
            break
        bound = only_value(meaningful(owner.bindings.get(node.id, ())))
        if bound is None:
            break
        node, scope = bound
    return node, scope
