"""Fields of data classes that a function fills when an object is made: ``field(default_factory=…)``."""

from __future__ import annotations

import ast

from flake8_wsthreads.library import behaviour_of
from flake8_wsthreads.library.behaviour import Decorates
from flake8_wsthreads.names.evaluate import Names
from flake8_wsthreads.names.scopes import Scope, ScopeKind

_FACTORIES = frozenset({"default_factory", "factory"})


def field_filled_by(names: Names, function: Scope) -> tuple[Scope, str] | None:
    """The data class and its field that a lambda makes the value of, for each new object; None for any other."""
    owner = function.parent
    if function.kind is not ScopeKind.LAMBDA or owner is None or owner.kind is not ScopeKind.CLASS:
        return None
    if not isinstance(owner.node, ast.ClassDef) or not names.is_decorated(owner, Decorates.FIELDS):
        return None
    for statement in owner.node.body:
        if isinstance(statement, ast.AnnAssign) and isinstance(statement.target, ast.Name):
            call = statement.value
            if isinstance(call, ast.Call) and behaviour_of(names.qualified_name(call.func, owner)).fills_field:
                if any(keyword.arg in _FACTORIES and keyword.value is function.node for keyword in call.keywords):
                    return owner, statement.target.id
    return None
