"""An expression that names one of several values, which one is told when the program runs."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from flake8_wsthreads.names.evaluate import Names
from flake8_wsthreads.names.scopes import Scope
from flake8_wsthreads.names.values import Value
from flake8_wsthreads.names.variables import only_value
from flake8_wsthreads.source.syntax import walk


def choices(names: Names, node: ast.expr, scope: Scope) -> list[Value]:
    """The values that an expression may name: ``a if left else b``, ``BY_NAME[name]`` of a dict written in the file.

    Empty where one of them is not told. A dict counts when the file binds it once and only looks things up in it.
    """
    found: list[Value] = []
    for part in _alternatives(names, node, scope):
        value = names.evaluate(part, scope) if part is not None else None
        if value is None:
            return []
        found.append(value)
    return found


def _alternatives(names: Names, node: ast.expr, scope: Scope) -> Iterator[ast.expr | None]:
    if isinstance(node, ast.IfExp):
        yield from _alternatives(names, node.body, scope)
        yield from _alternatives(names, node.orelse, scope)
    elif isinstance(node, ast.Subscript):
        yield from _values_of_table(names, node, scope)
    else:
        yield node


def _values_of_table(names: Names, node: ast.Subscript, scope: Scope) -> Iterator[ast.expr | None]:
    table = _table(names, node.value, scope)
    if table is None:
        yield None
        return
    wanted = node.slice.value if isinstance(node.slice, ast.Constant) else None
    for key, value in zip(table.keys, table.values):
        if key is None or wanted is None or not isinstance(key, ast.Constant) or key.value == wanted:
            yield value if key is not None else None


def _table(names: Names, node: ast.expr, scope: Scope) -> ast.Dict | None:
    """The dict display that a variable of the module is bound to, where nothing changes it."""
    owner = names.lookup(node.id, scope) if isinstance(node, ast.Name) else None
    if owner is None or owner is not names.scopes.module or not isinstance(node, ast.Name):
        return None
    bound = only_value(owner.bindings[node.id])
    display = bound[0] if bound is not None else None
    if not isinstance(display, ast.Dict):
        return None
    if display not in names.lasting_tables:
        names.lasting_tables[display] = _only_read(names, node.id, owner)
    return display if names.lasting_tables[display] else None


def _only_read(names: Names, name: str, module: Scope) -> bool:
    """Whether all mentions of a variable, anywhere in the file, only look at what is in it."""
    mentioned = read = 0
    for part in walk(module.node):
        mentioned += isinstance(part, ast.Name) and part.id == name and isinstance(part.ctx, ast.Load)
        read += sum(isinstance(looked_at, ast.Name) and looked_at.id == name for looked_at in _looked_at(part))
    names.scopes.budget.spend(mentioned)
    return mentioned == read


def _looked_at(node: ast.AST) -> Iterator[ast.expr]:
    """The parts of an expression or a loop that are looked into, and stay as they are."""
    if isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Load):
        yield node.value
    elif isinstance(node, ast.Compare):
        yield from node.comparators
    elif isinstance(node, ast.Attribute) and node.attr in _READING_METHODS:
        yield node.value
    elif isinstance(node, (ast.For, ast.AsyncFor, ast.comprehension)):
        yield node.iter
    elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in _READERS:
        yield from node.args


_READING_METHODS = frozenset({"get", "keys", "values", "items"})
_READERS = frozenset({"len", "list", "tuple", "sorted", "print", "iter", "repr", "str"})
