"""What is in a container: ``for client in clients``, where ``clients = [Client(url) for url in urls]``."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from flake8_wsthreads.names.annotations import element_annotation
from flake8_wsthreads.names.evaluate import Names
from flake8_wsthreads.names.scopes import Binding, BindingKind, Scope
from flake8_wsthreads.names.values import Instance, Value
from flake8_wsthreads.names.variables import meaningful
from flake8_wsthreads.source.syntax import argument

# clients = list(clients): containers that are made of containers are looked through so far.
_DEEPEST = 5
_DISPLAYS = (ast.List, ast.Tuple, ast.Set)
_COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.GeneratorExp)
_COPIES = frozenset(f"builtins.{name}" for name in ("list", "tuple", "set", "sorted", "reversed", "iter", "frozenset"))


def element_named(names: Names, node: ast.expr, scope: Scope) -> Value | None:
    """The object that a loop variable stands for: of a class of the file, the same in all turns of its loops.

    None for anything else, and where the file does not tell. What is put in by ``append`` counts where it stands in the
    function, or at the top of the module, that makes the container; so do annotations: ``clients: list[Client]``.
    """
    owner = names.lookup(node.id, scope) if isinstance(node, ast.Name) else None
    if owner is None or not isinstance(node, ast.Name):
        return None
    agreed: Value | None = None
    for binding in owner.bindings.get(node.id, ()):
        if binding.kind is not BindingKind.ELEMENT or not isinstance(binding.node, ast.expr):
            return None
        for value in _elements(names, binding.node, binding.scope, _DEEPEST):
            if not isinstance(value, Instance) or not isinstance(value.of, Scope) or agreed not in (None, value):
                return None
            agreed = value
    return agreed


def _elements(names: Names, node: ast.expr, scope: Scope, deepest: int) -> Iterator[Value | None]:
    if not deepest:
        return
    if isinstance(node, _DISPLAYS):
        for part in node.elts:
            if isinstance(part, ast.Starred):
                yield from _elements(names, part.value, scope, deepest - 1)
            else:
                yield names.evaluate(part, scope)
    elif isinstance(node, _COMPREHENSIONS):
        yield names.evaluate(node.elt, names.scopes.comprehension_scope(node, scope))
    elif isinstance(node, ast.Call):
        yield from _elements_of_call(names, node, scope, deepest)
    else:
        for container, where in _bound(names, node, scope):
            yield from _elements(names, container, where, deepest - 1)
        yield from _annotated(names, node, scope, of_values=False)
        if isinstance(node, ast.Name):
            yield from _appended(names, node.id, scope)


def _elements_of_call(names: Names, node: ast.Call, scope: Scope, deepest: int) -> Iterator[Value | None]:
    """Of ``list(clients)``, ``by_name.values()``."""
    source = argument(node, 0)
    if source is not None and names.qualified_name(node.func, scope) in _COPIES:
        yield from _elements(names, source, scope, deepest - 1)
    elif isinstance(node.func, ast.Attribute) and node.func.attr == "values" and not node.args:
        table = node.func.value
        for container, where in [(table, scope), *_bound(names, table, scope)]:
            if isinstance(container, ast.Dict):
                yield from (names.evaluate(value, where) for value in container.values)
            elif isinstance(container, ast.DictComp):
                yield names.evaluate(container.value, names.scopes.comprehension_scope(container, where))
        yield from _annotated(names, table, scope, of_values=True)


def _bindings_of(names: Names, node: ast.expr, scope: Scope) -> list[Binding]:
    """What binds a variable, or, in the body of a class, an attribute of its objects."""
    if isinstance(node, ast.Name):
        owner = names.lookup(node.id, scope)
        return meaningful(owner.bindings.get(node.id, ())) if owner is not None else []
    holder = names.evaluate(node.value, scope) if isinstance(node, ast.Attribute) else None
    if not isinstance(node, ast.Attribute) or not isinstance(holder, Instance) or not isinstance(holder.of, Scope):
        return []
    return [each for known in names.classes.ancestors(holder.of) for each in known.bindings.get(node.attr, ())]


def _bound(names: Names, node: ast.expr, scope: Scope) -> Iterator[tuple[ast.expr, Scope]]:
    """What a variable is bound to where it is bound once, and what the methods of a class assign to an attribute."""
    bindings = _bindings_of(names, node, scope)
    if len(bindings) == 1 and bindings[0].kind is BindingKind.VALUE and isinstance(bindings[0].node, ast.expr):
        yield bindings[0].node, bindings[0].scope
    if isinstance(node, ast.Attribute):
        holder = names.evaluate(node.value, scope)
        if isinstance(holder, Instance) and isinstance(holder.of, Scope):
            yield from names.classes.assigned(holder.of, node.attr)


def _annotated(names: Names, node: ast.expr, scope: Scope, of_values: bool) -> Iterator[Value | None]:
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
            yield names.annotated(element, where)


def _appended(names: Names, name: str, scope: Scope) -> Iterator[Value | None]:
    """What a function, or the module, appends to a variable of its own."""
    owner = names.lookup(name, scope)
    if owner is None:
        return
    for statement in names.statements_of(owner):
        call = statement.value if isinstance(statement, ast.Expr) else None
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute) and call.func.attr in ("append", "add"):
            if isinstance(call.func.value, ast.Name) and call.func.value.id == name and len(call.args) == 1:
                yield names.evaluate(call.args[0], owner)
