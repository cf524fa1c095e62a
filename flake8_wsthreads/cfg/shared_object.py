"""Where a method lets others know the object that it is called on: it is not lost when the method raises."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from flake8_wsthreads.cfg.graph import Graph
from flake8_wsthreads.cfg.instruction import Assign, CallFunction, CallMethod, Give, Instruction
from flake8_wsthreads.cfg.operand import wholes
from flake8_wsthreads.cfg.place import Place, variable
from flake8_wsthreads.names.scopes import Scope
from flake8_wsthreads.source.syntax import first_parameter, last_name


def steps_sharing_object(graph: Graph) -> frozenset[int]:
    """The steps of a method that let others reach its object: ``REGISTRY.append(self)``, ``parent.child = self``.

    A thread that runs a method of the object is no such step: what threads do is followed.
    """
    first = first_parameter(graph.scope.node)
    if first is None:
        return frozenset()
    own = variable(first.arg, graph.scope)
    return frozenset(
        node.index
        for node in graph.nodes
        if own in _shared_by(node.does, own, graph.scope) and not _is_about_itself(node.syntax)
    )


def _is_about_itself(syntax: ast.AST) -> bool:
    """``Thread.__init__(self)``, ``setattr(self, "name", name)``: nobody else gets to know the object."""
    called = syntax.func if isinstance(syntax, ast.Call) else None
    return last_name(called) in ("__init__", "__setattr__", "setattr")


def _shared_by(does: Instruction, own: Place, method: Scope) -> Iterator[Place]:
    if isinstance(does, Give):
        yield from wholes(does.given)
    elif isinstance(does, (CallMethod, CallFunction)):
        yield from wholes(does.arguments.all)
    elif isinstance(does, Assign) and isinstance(does.target, Place):
        variables = does.target.variable
        is_local = does.target.is_temporary or (variables is not None and variables.scope is method)
        if does.target.whole != own and (does.target.fields or not is_local):
            yield from wholes((does.value,))
