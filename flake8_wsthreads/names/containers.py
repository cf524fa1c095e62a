"""Which expressions make a new container."""

from __future__ import annotations

import ast

from flake8_wsthreads.library import behaviour_of
from flake8_wsthreads.library.behaviour import Holds
from flake8_wsthreads.names.evaluate import Names
from flake8_wsthreads.names.scopes import Scope

_DISPLAYS = (ast.List, ast.Tuple, ast.Set, ast.Dict, ast.ListComp, ast.SetComp, ast.DictComp)


def makes_container(names: Names, node: ast.AST | None, scope: Scope) -> bool:
    """Whether an expression makes a new list, set, dict or queue."""
    if isinstance(node, _DISPLAYS):
        return True
    if not isinstance(node, ast.Call):
        return False
    return behaviour_of(names.qualified_name(node.func, scope)).holds in (Holds.ELEMENTS, Holds.ATTRIBUTES)
