"""What ends a loop: asked of the finished graph, whose edges tell where jumps and exceptions lead.

A loop may go on for ever where no step in it leaves it on purpose: by a jump, or by an exception that is raised in the
course of things and that no handler in the loop keeps there. That what it waits for fails is no such end, and neither
is what is done after the peer has closed the connection.
"""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterator, Sequence

from flake8_wsthreads.cfg.ends import ending_error, errors_leaving, may_end_loops
from flake8_wsthreads.cfg.graph import Graph, Loop, Node, following
from flake8_wsthreads.cfg.instruction import (
    CallFunction,
    CallMethod,
    Dispatch,
    Handle,
    Join,
    Open,
    ProcessExit,
    Push,
    Raise,
    Reraise,
    Yield,
)
from flake8_wsthreads.cfg.operand import place_of
from flake8_wsthreads.cfg.raised import Caught, Raised, is_for_closed, matches
from flake8_wsthreads.library.websockets import CLOSE_METHODS, RECEIVE_METHODS, SENDING
from flake8_wsthreads.names.evaluate import Names
from flake8_wsthreads.names.scopes import Binding, BindingKind, Scope
from flake8_wsthreads.names.values import Function
from flake8_wsthreads.source.syntax import last_name, names_in, walk

_LEAVING = (Yield, ProcessExit, Reraise)


# A function that a loop calls may leave the close to one that it calls, and so on.
_DEEPEST = 4


class LoopEnds:
    """Tells of the loops of a file which have no end. Answers are remembered.

    ``openers`` are the functions that may open a connection.
    """

    def __init__(self, names: Names, openers: Collection[Scope]) -> None:
        self._names = names
        self._openers = openers
        self._endless: dict[Loop, bool] = {}
        self._closing: dict[Scope, bool] = {}

    def is_endless(self, graph: Graph, loop: Loop) -> bool:
        """Whether nothing in a loop of a function ends it, as far as the file tells."""
        known = self._endless.get(loop)
        if known is None:
            steps = [] if loop.may_be_stopped else list(_steps(graph, loop))
            ends = loop.may_be_stopped or any(_ends(self._names, graph, loop, node) for node in steps)
            known = self._endless[loop] = not ends and not self._closes_its_connection(loop, steps)
        return known

    def _closes_its_connection(self, loop: Loop, steps: Sequence[Node]) -> bool:
        """Whether a loop closes what it receives from, or sends to, and puts nothing else in its place."""
        calls = [node.does for node in steps if isinstance(node.does, CallMethod)]
        callees = [node.does.function for node in steps if isinstance(node.does, CallFunction)]
        if any(isinstance(node.does, Open) for node in steps) or any(callee in self._openers for callee in callees):
            return False
        closed = {place_of(does.receiver) for does in calls if does.name in CLOSE_METHODS}
        used = {place_of(does.receiver) for does in calls if does.name in RECEIVE_METHODS | SENDING}
        walked = last_name(loop.syntax.iter) if isinstance(loop.syntax, ast.For) else ""
        bound = {node.does.target for node in steps}
        here = any(place in used or place.name == walked for place in closed - bound if place is not None)
        return here or any(self._may_close(callee, _DEEPEST) for callee in callees)

    def _may_close(self, function: Scope, deepest: int) -> bool:
        """Whether a function of the file may close something that it has not opened itself."""
        known = self._closing.get(function)
        if known is None:
            self._closing[function] = False
            known = self._closing[function] = self._has_close(function.read(), deepest)
        return known

    def _has_close(self, function: Scope, deepest: int) -> bool:
        own = {name for name, bindings in function.bindings.items() if _is_local(bindings)}
        for node in walk(function.node):
            if not isinstance(node, ast.Call):
                continue
            if isinstance(node.func, ast.Attribute) and node.func.attr in CLOSE_METHODS:
                if names_in(node.func.value).isdisjoint(own):
                    return True
            callee = self._names.evaluate(node.func, function) if deepest else None
            if isinstance(callee, Function) and self._may_close(callee.scope, deepest - 1):
                return True
        return False


def _is_local(bindings: Sequence[Binding]) -> bool:
    """Whether a function has bound a variable itself, to something that it was not given."""
    given = (binding.kind is BindingKind.PARAMETER or isinstance(binding.node, ast.Attribute) for binding in bindings)
    return not any(given)


def _steps(graph: Graph, loop: Loop) -> Iterator[Node]:
    """The steps of a loop that run before the peer has closed the connection."""
    seen = {loop.first}
    pending = [loop.first]
    while pending:
        node = graph.nodes[pending.pop()]
        yield node
        resumed = [node.does.resume] if isinstance(node.does, Push) else []
        for index in (*following(node, left_out=is_for_closed), *resumed):
            if index not in seen and is_inside(graph, loop, index):
                seen.add(index)
                pending.append(index)


def _ends(names: Names, graph: Graph, loop: Loop, node: Node) -> bool:
    """Whether a step of a loop ends it on purpose."""
    if not _is_own_exit(loop, node) and not all(is_inside(graph, loop, index) for index in node.next):
        return True
    return ends_by_itself(names, graph, loop, node)


def ends_by_itself(names: Names, graph: Graph, loop: Loop, node: Node) -> bool:
    """Whether a step of a loop ends it on purpose other than by a jump: it yields, or raises in the course of things.
    """
    does = node.does
    if isinstance(does, _LEAVING):
        return True
    if isinstance(does, CallFunction) and may_end_loops(names, does.function):
        return True
    return any(_leaves(graph, loop, node, raised) for raised in _raised_on_purpose(names, node))


def _is_own_exit(loop: Loop, node: Node) -> bool:
    """Whether a step is the one that is come to when the condition of the loop is false, or nothing is left."""
    return isinstance(node.does, Join) and node.syntax is loop.syntax


def is_inside(graph: Graph, loop: Loop, index: int) -> bool:
    """Whether a step belongs to a loop; so does the one before it that each turn comes back to."""
    return index == loop.head or loop in graph.nodes[index].loops


def _raised_on_purpose(names: Names, node: Node) -> Iterator[Raised]:
    """What a step raises in the course of things."""
    does = node.does
    if isinstance(does, Raise) and not isinstance(node.syntax, ast.Assert):
        yield does.raised
    elif (raised := ending_error(node.syntax)) is not None:
        yield raised
    if isinstance(does, CallFunction):
        yield from errors_leaving(names, does.function)


def _leaves(graph: Graph, loop: Loop, node: Node, raised: Raised) -> bool:
    """Whether an exception that a step raises leaves the loop: no handler on its way out is sure to keep it inside."""
    index = node.error
    while index >= 0 and loop in graph.nodes[index].loops:
        around = graph.nodes[graph.dispatched_at.get(index, index)]
        if _is_caught(around, raised):
            return False
        index = around.error
    return True


def _is_caught(node: Node, raised: Raised) -> bool:
    handlers: tuple[tuple[Caught, int], ...] = ()
    if isinstance(node.does, (Handle, Dispatch)):
        handlers = node.does.handlers
    return any(matches(caught, raised) for caught, _ in handlers)
