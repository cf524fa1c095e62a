"""What is in a container: ``for client in clients``, where ``clients = [Client(url) for url in urls]``."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator

from flake8_wsthreads.names.annotations import element_annotation
from flake8_wsthreads.names.evaluate import Names
from flake8_wsthreads.names.scopes import Binding, BindingKind, Scope
from flake8_wsthreads.names.values import Instance, Value
from flake8_wsthreads.names.variables import meaningful, only_value
from flake8_wsthreads.source.syntax import argument

# clients = list(clients): containers that are made of containers are looked through so far.
_DEEPEST = 5
_DISPLAYS = (ast.List, ast.Tuple, ast.Set)
_COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.GeneratorExp)
_COPIES = frozenset(f"builtins.{name}" for name in ("list", "tuple", "set", "sorted", "reversed", "iter", "frozenset"))

Elements = frozenset[Value | None]
"""What elements are: one object where they are all alike, ``None`` where that is not told; empty where none shows."""
_UNTOLD: Elements = frozenset({None})
_NONE_SHOWS: Elements = frozenset()


def element_named(names: Names, node: ast.expr, scope: Scope) -> Value | None:
    """The object that a loop variable stands for: of a class of the file, the same in all turns of its loops.

    None for anything else, and where the file does not tell. What is put in by ``append`` counts where it stands in the
    function, or at the top of the module, that makes the container; so do annotations: ``clients: list[Client]``.
    """
    owner = names.lookup(node.id, scope) if isinstance(node, ast.Name) else None
    if owner is None or not isinstance(node, ast.Name):
        return None
    key = (owner, node.id, "loops")
    if key not in names.elements:
        names.elements[key] = _NONE_SHOWS  # a loop over what it binds itself
        names.elements[key] = _united(_taken_by(names, binding) for binding in owner.bindings.get(node.id, ()))
    return next(iter(names.elements[key]), None)


def _taken_by(names: Names, binding: Binding) -> Elements:
    """What a loop takes out of something, in all its turns."""
    if binding.kind is not BindingKind.ELEMENT or not isinstance(binding.node, ast.expr):
        return _UNTOLD
    return _elements(names, binding.node, binding.scope, _DEEPEST)


def _united(found: Iterable[Elements]) -> Elements:
    """What all of them are: objects of one class of the file, or nothing that is told."""
    agreed = _NONE_SHOWS
    for each in found:
        told = all(isinstance(value, Instance) and isinstance(value.of, Scope) for value in each)
        agreed |= each
        if not told or len(agreed) > 1:
            return _UNTOLD
    return agreed


def _elements(names: Names, node: ast.expr, scope: Scope, deepest: int) -> Elements:
    if not deepest:
        return _UNTOLD
    if isinstance(node, _DISPLAYS):
        return _united(
            _elements(names, part.value, scope, deepest - 1)
            if isinstance(part, ast.Starred)
            else frozenset({names.evaluate(part, scope)})
            for part in node.elts
        )
    if isinstance(node, _COMPREHENSIONS):
        return frozenset({names.evaluate(node.elt, names.scopes.comprehension_scope(node, scope))})
    if isinstance(node, ast.Call):
        source = argument(node, 0)
        if source is not None and names.qualified_name(node.func, scope) in _COPIES:
            return _elements(names, source, scope, deepest - 1)
        if isinstance(node.func, ast.Attribute) and node.func.attr == "values" and not node.args:
            return _of_values(names, node.func.value, scope)
        return _UNTOLD
    return _of_container(names, node, scope, deepest)


def _of_container(names: Names, node: ast.expr, scope: Scope, deepest: int) -> Elements:
    """Of a variable or an attribute that holds a container."""
    key = _key(names, node, scope, "elements")
    if key is None:
        return _UNTOLD
    if key not in names.elements:
        names.elements[key] = _NONE_SHOWS  # clients = list(clients)
        found = [_elements(names, value, where, deepest - 1) for value, where in _bound(names, node, scope)]
        appended = _appended(names, key[0], key[1]) if isinstance(node, ast.Name) else ()
        names.elements[key] = _united([*found, *_annotated(names, node, scope, of_values=False), *appended])
    return names.elements[key]


def _of_values(names: Names, table: ast.expr, scope: Scope) -> Elements:
    """Of the values of a dict."""
    key = _key(names, table, scope, "values")
    if key is None:
        return _UNTOLD
    if key not in names.elements:
        found: list[Elements] = []
        for value, where in _bound(names, table, scope):
            if isinstance(value, ast.Dict):
                found.extend(frozenset({names.evaluate(each, where)}) for each in value.values)
            elif isinstance(value, ast.DictComp):
                inner = names.scopes.comprehension_scope(value, where)
                found.append(frozenset({names.evaluate(value.value, inner)}))
        names.elements[key] = _united([*found, *_annotated(names, table, scope, of_values=True)])
    return names.elements[key]


def _key(names: Names, node: ast.expr, scope: Scope, asked: str) -> tuple[Scope, str, str] | None:
    """What is remembered of a variable of a scope, or of an attribute of the objects of a class."""
    if isinstance(node, ast.Name):
        owner = names.lookup(node.id, scope)
        return (owner, node.id, asked) if owner is not None else None
    holder = names.evaluate(node.value, scope) if isinstance(node, ast.Attribute) else None
    if isinstance(node, ast.Attribute) and isinstance(holder, Instance) and isinstance(holder.of, Scope):
        return holder.of, node.attr, asked
    return None


def _bindings_of(names: Names, node: ast.expr, scope: Scope) -> list[Binding]:
    """What binds a variable, or, in the body of a class, an attribute of its objects."""
    key = _key(names, node, scope, "")
    if key is None:
        return []
    if isinstance(node, ast.Name):
        return meaningful(key[0].bindings.get(key[1], ()))
    return [each for known in names.classes.ancestors(key[0]) for each in known.bindings.get(key[1], ())]


def _bound(names: Names, node: ast.expr, scope: Scope) -> Iterator[tuple[ast.expr, Scope]]:
    """What a variable is bound to where it is bound once, and what the methods of a class assign to an attribute."""
    bound = only_value(_bindings_of(names, node, scope))
    if bound is not None:
        yield bound
    key = _key(names, node, scope, "")
    if isinstance(node, ast.Attribute) and key is not None:
        yield from names.classes.assigned(key[0], key[1])


def _annotated(names: Names, node: ast.expr, scope: Scope, of_values: bool) -> Iterator[Elements]:
    """What annotations say of the elements of a container, or of the values of a dict."""
    annotations = [(binding.annotation, binding.scope) for binding in _bindings_of(names, node, scope)]
    if isinstance(node, ast.Attribute):
        for value, method in _bound(names, node, scope):
            for statement in names.statements_of(method):
                if isinstance(statement, ast.AnnAssign) and statement.value is value:
                    annotations.append((statement.annotation, method))
    for annotation, where in annotations:
        element = element_annotation(annotation, of_values)
        if element is not None:
            yield frozenset({names.annotated(element, where)})


def _appended(names: Names, owner: Scope, name: str) -> Iterator[Elements]:
    """What a function, or the module, appends to a variable of its own."""
    if not names.scopes.words.lines_of("append"):
        return
    for statement in names.statements_of(owner):
        call = statement.value if isinstance(statement, ast.Expr) else None
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute) and call.func.attr == "append":
            if isinstance(call.func.value, ast.Name) and call.func.value.id == name and len(call.args) == 1:
                yield frozenset({names.evaluate(call.args[0], owner)})
