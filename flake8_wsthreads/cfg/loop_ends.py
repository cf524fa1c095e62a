"""What ends a loop: asked of the finished graph, whose edges tell where jumps and exceptions lead.

A loop may go on for ever where no step in it leaves it on purpose: by a jump, or by an exception that is raised in the
course of things and that no handler in the loop keeps there. That what it waits for fails is no such end, and neither
is what is done after the peer has closed the connection.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from flake8_wsthreads.cfg.ends import ending_error, errors_leaving, may_end_loops
from flake8_wsthreads.cfg.graph import Graph, Loop, Node, following
from flake8_wsthreads.cfg.instruction import (
    CallFunction,
    Dispatch,
    Handle,
    Join,
    ProcessExit,
    Push,
    Raise,
    Reraise,
    Yield,
)
from flake8_wsthreads.cfg.raised import Caught, Raised, is_for_closed, matches
from flake8_wsthreads.names.evaluate import Names

_LEAVING = (Yield, ProcessExit, Reraise)


def is_endless(names: Names, graph: Graph, loop: Loop) -> bool:
    """Whether nothing in a loop of a function ends it, as far as the file tells."""
    return not loop.may_be_stopped and not any(_ends(names, graph, loop, node) for node in _steps(graph, loop))


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
