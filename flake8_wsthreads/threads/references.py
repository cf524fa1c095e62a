"""What one mention of a function says about the thread that runs it."""

from __future__ import annotations

import ast
from dataclasses import dataclass

from flake8_wsthreads.facts import Context
from flake8_wsthreads.library import behaviour_of, behaviour_of_method
from flake8_wsthreads.library.behaviour import Behaviour, Thread
from flake8_wsthreads.names.evaluate import Names
from flake8_wsthreads.names.mentions import Reference, SourceIndex
from flake8_wsthreads.names.scopes import Scope
from flake8_wsthreads.names.values import Function
from flake8_wsthreads.threads.processes import initializer_of_workers
from flake8_wsthreads.threads.start import Start
from flake8_wsthreads.threads.starts import recognise, target_function


@dataclass(frozen=True)
class Edge:
    """One way to reach a function.

    From ``caller``'s thread, through ``start`` where there is one, or in a fixed context.
    """

    caller: Scope | None
    start: Start | None = None
    fixed: Context | None = None


UNKNOWN = Edge(None, None, Context.UNKNOWN)
"""A way of which the file does not tell the thread."""


def _calls_here(behaviour: Behaviour) -> bool:
    """Whether a callable calls what it is given on the thread that calls it."""
    return behaviour.calls_back is not None and behaviour.calls_back.thread is Thread.CALLER


class References:
    """Follows the mentions of functions in one file to where they are called, started or handed on."""

    def __init__(self, names: Names, source: SourceIndex) -> None:
        self._names = names
        self._source = source
        self._followed: set[ast.Assign] = set()

    def edges(self, reference: Reference, function: Scope) -> list[Edge]:
        """What one mention of a function says about the thread that runs it."""
        node: ast.AST = reference.node
        for position, parent in enumerate(reference.parents):
            if isinstance(parent, ast.keyword):
                node = parent.value
                continue
            display = isinstance(parent, (ast.Starred, ast.Tuple, ast.List))
            if display and _is_argument_list(reference.parents[position:]):
                continue
            if isinstance(parent, ast.Call):
                if parent.func is node or parent.func is reference.node:
                    return self._call_edges(reference, parent, reference.parents[position + 1 :], function)
                return self._argument_edges(reference, parent, function)
            if isinstance(parent, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
                return [Edge(reference.scope)] if node in parent.decorator_list else [UNKNOWN]
            if isinstance(parent, ast.Assign):
                return self._alias_edges(parent, reference, function)
            if isinstance(parent, (ast.Compare, ast.Delete, ast.Expr, ast.Attribute)):
                property_read = isinstance(function.node, ast.FunctionDef) and function.node.decorator_list
                return [Edge(reference.scope)] if property_read else []
            break
        if isinstance(function.node, ast.FunctionDef) and _is_property(self._names, function):
            return [Edge(reference.scope)]
        return [UNKNOWN]

    def _call_edges(
        self, reference: Reference, call: ast.Call, around: tuple[ast.AST, ...], function: Scope
    ) -> list[Edge]:
        if not function.is_async:
            return [Edge(reference.scope)]
        # A coroutine runs where it is awaited, or where the loop runs that it is handed to.
        for parent in around:
            if isinstance(parent, ast.Await):
                return [Edge(reference.scope)]
            if isinstance(parent, ast.Call):
                start = recognise(self._names, parent, reference.scope)
                if start is not None:
                    return [Edge(reference.scope, start)]
                name = self._names.qualified_name(parent.func, reference.scope)
                method = parent.func.attr if isinstance(parent.func, ast.Attribute) else ""
                same = _calls_here(behaviour_of(name)) or _calls_here(behaviour_of_method(method))
                return [Edge(reference.scope)] if same else [UNKNOWN]
            if isinstance(parent, ast.stmt):
                break
        return [Edge(reference.scope)]

    def _argument_edges(self, reference: Reference, call: ast.Call, mentioned: Scope) -> list[Edge]:
        names = self._names
        if _is_property(self._names, mentioned):
            return [Edge(reference.scope)]
        start = recognise(names, call, reference.scope)
        if start is not None:
            function, _, _ = target_function(names, start, reference.scope)
            if function is not None and function.scope is mentioned:
                return [Edge(reference.scope, start)]
            return [UNKNOWN]
        prepared = initializer_of_workers(names, call, reference.scope)
        if prepared is not None:
            return [Edge(reference.scope, prepared)]
        value = names.evaluate(call.func, reference.scope)
        name = names.qualified_name(call.func, reference.scope)
        method = call.func.attr if isinstance(call.func, ast.Attribute) else ""
        if name == "functools.partial":
            return self._partial_edges(reference, call, mentioned)
        by_name = not isinstance(value, Function) and _calls_here(behaviour_of_method(method))
        if _calls_here(behaviour_of(name)) or by_name:
            return [Edge(reference.scope)]
        return [UNKNOWN]

    def _partial_edges(self, reference: Reference, call: ast.Call, function: Scope) -> list[Edge]:
        """``Thread(target=partial(function, …))``: what matters is where the partial goes."""
        position = reference.parents.index(call)
        around = reference.parents[position + 1 :]
        parent = around[1] if around and isinstance(around[0], ast.keyword) else around[0] if around else None
        if isinstance(parent, ast.Call):
            if parent.func is call:
                return [Edge(reference.scope)]
            start = recognise(self._names, parent, reference.scope)
            start = start or initializer_of_workers(self._names, parent, reference.scope)
            if start is not None:
                return [Edge(reference.scope, start)]
        if isinstance(parent, ast.Assign):
            return self._alias_edges(parent, Reference(reference.node, around, reference.scope), function)
        return [UNKNOWN]

    def _alias_edges(self, statement: ast.Assign, reference: Reference, function: Scope) -> list[Edge]:
        """``handler = function``: what matters is where the new name goes."""
        if _is_property(self._names, function):
            return [Edge(reference.scope)]
        if statement in self._followed:
            return []  # handler = partial(handler, 1): it leads back to where we come from
        self._followed.add(statement)
        edges: list[Edge] = []
        for target in statement.targets:
            if not isinstance(target, ast.Name) or len(edges) > 50:
                self._followed.discard(statement)
                return [UNKNOWN]
            for other in self._source.references(target.id):
                if isinstance(other.node, ast.Name) and isinstance(other.node.ctx, ast.Load) and other.parents:
                    if not isinstance(other.parents[0], ast.Assign):
                        edges.extend(self.edges(other, function))
        self._followed.discard(statement)
        return edges or [UNKNOWN]


def _is_property(names: Names, function: Scope) -> bool:
    decorators = names.decorators(function)
    return "builtins.property" in decorators or "functools.cached_property" in decorators


def _is_argument_list(parents: tuple[ast.AST, ...]) -> bool:
    """``args=(coroutine(), …)``: a display inside the arguments of a call."""
    return len(parents) > 1 and isinstance(parents[1], (ast.keyword, ast.Call))
