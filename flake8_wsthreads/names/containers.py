"""Which expressions make a new container."""

from __future__ import annotations

import ast

from flake8_wsthreads.library import behaviour_of
from flake8_wsthreads.library.behaviour import Holds
from flake8_wsthreads.library.containers import MODULES
from flake8_wsthreads.names.evaluate import Names
from flake8_wsthreads.names.scopes import Binding, BindingKind, Scope
from flake8_wsthreads.names.values import Constant, Instance

_KEPT = (BindingKind.IMPORT, BindingKind.PARAMETER, BindingKind.ELEMENT, BindingKind.ENTERED)
_DISPLAYS = (ast.List, ast.Tuple, ast.Set, ast.Dict, ast.ListComp, ast.SetComp, ast.DictComp)


def makes_container(names: Names, node: ast.AST | None, scope: Scope) -> bool:
    """Whether an expression makes a new list, set, dict or queue."""
    if isinstance(node, _DISPLAYS):
        return True
    if not isinstance(node, ast.Call):
        return False
    return behaviour_of(names.qualified_name(node.func, scope)).holds in (Holds.ELEMENTS, Holds.ATTRIBUTES)


def is_of_this_file(names: Names, name: str, holder: Scope, of_objects: bool) -> bool:
    """Whether the file makes all that a variable of a scope holds, or an attribute of the objects of a class.

    What it has from elsewhere others know, too: an imported list, an argument, what a function of another module gave.
    """
    if not of_objects:
        return all(_is_made(names, binding) for binding in holder.bindings.get(name, ()))
    classes = [*names.classes.ancestors(holder)]
    declared = [binding for known in classes for binding in known.bindings.get(name, ())]
    assigned = [Binding(BindingKind.VALUE, scope, value) for value, scope in names.classes.assigned(holder, name)]
    return all(_is_made(names, binding) for binding in (*declared, *assigned))


def _is_made(names: Names, binding: Binding) -> bool:
    if binding.kind is not BindingKind.VALUE:
        return binding.kind not in _KEPT
    value = names.evaluate(binding.node, binding.scope)
    if isinstance(value, Instance):
        if isinstance(value.of, Scope):
            return True
        is_new = value.of.partition(".")[0] in MODULES or behaviour_of(value.of).fills_field
        return is_new and not isinstance(binding.node, (ast.Name, ast.Attribute))
    return isinstance(value, Constant) or makes_container(names, binding.node, binding.scope)
