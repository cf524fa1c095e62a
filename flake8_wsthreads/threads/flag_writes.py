"""The places that set the daemon flag of a thread after it was made, and which thread that is."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from flake8_wsthreads.names.evaluate import Names
from flake8_wsthreads.names.mentions import Reference, SourceIndex
from flake8_wsthreads.names.scopes import BindingKind, Scope
from flake8_wsthreads.names.values import Instance
from flake8_wsthreads.source.syntax import argument


@dataclass(frozen=True)
class FlagWrite:
    """A place that sets the flag of ``thread``, or may set it where ``vague``."""

    thread: ast.expr
    value: ast.expr | None
    """The flag, None where the form of the place does not show it."""
    scope: Scope
    vague: bool = False
    """Which attribute it sets does not show: ``setattr(thread, name, value)``."""


def flag_writes(source: SourceIndex) -> list[FlagWrite]:
    """``t.daemon = True``, ``t.setDaemon(True)``, ``setattr(t, "daemon", True)``, everywhere in a file."""
    found = [write for reference in source.references("daemon") for write in _assigned(reference)]
    for reference in source.references("setDaemon"):
        node = reference.node
        if isinstance(node, ast.Attribute):
            call = reference.call
            value = argument(call, 0) if call is not None else None
            found.append(FlagWrite(node.value, value, reference.scope))
    for reference in source.references("setattr"):
        call = reference.call
        if call is not None and call.args:
            name = argument(call, 1)
            if not isinstance(name, ast.Constant):
                found.append(FlagWrite(call.args[0], None, reference.scope, vague=True))
            elif name.value == "daemon":
                found.append(FlagWrite(call.args[0], argument(call, 2), reference.scope))
    return found


def _assigned(reference: Reference) -> Iterator[FlagWrite]:
    node = reference.node
    if not isinstance(node, ast.Attribute) or isinstance(node.ctx, ast.Load):
        return
    parent = reference.parents[0]
    plain = isinstance(parent, ast.AnnAssign) or (isinstance(parent, ast.Assign) and node in parent.targets)
    value = parent.value if plain and isinstance(parent, (ast.Assign, ast.AnnAssign)) else None
    yield FlagWrite(node.value, value, reference.scope)


def creations(names: Names, node: ast.expr, scope: Scope) -> list[ast.Call] | None:
    """The calls one of which made the object that an expression stands for; None where they do not show."""
    if isinstance(node, ast.NamedExpr):
        return creations(names, node.value, scope)
    if isinstance(node, ast.Call):
        return [node]
    made: list[ast.AST | None] = []
    if isinstance(node, ast.Name):
        owner = names.lookup(node.id, scope)
        for binding in owner.bindings[node.id] if owner is not None else ():
            made.append(binding.node if binding.kind is BindingKind.VALUE else None)
    elif isinstance(node, ast.Attribute):
        value = names.evaluate(node.value, scope)
        if isinstance(value, Instance) and isinstance(value.of, Scope):
            made.extend(assigned for assigned, _ in names.classes.assigned(value.of, node.attr))
    found: list[ast.Call] = []
    for creation in made:
        if isinstance(creation, ast.NamedExpr):
            creation = creation.value
        if isinstance(creation, ast.Call):
            found.append(creation)
        elif not (isinstance(creation, ast.Constant) and creation.value is None):
            return None
    return found or None
