"""Which step a finding names for the way in which a path left its function."""

from __future__ import annotations

import ast
from collections.abc import Mapping

from flake8_wsthreads.cfg.graph import Graph, Node
from flake8_wsthreads.cfg.instruction import Assign, Dispatch, Handle, Join, Pop, Push
from flake8_wsthreads.cfg.place import Place


def witness_before(
    graph: Graph,
    came_from: Mapping[int, tuple[int, bool] | None],
    point: int,
    raised_by: Mapping[int, Node] | None,
) -> ast.AST:
    """The step by which a path leaves the function that has come to a point.

    It is the step that raised, or, where nothing did (``raised_by`` is None), the ``return`` or the last one that a
    reader sees. A point is one of the program points of an interpreter. ``came_from`` has the point before each, and
    whether an exception led on from there; ``raised_by`` has the step that raised before a path began.
    """
    nodes = graph.nodes
    last = nodes[point % len(nodes)]
    while True:
        before = came_from[point]
        if before is None:
            return (raised_by or {}).get(point, last).syntax
        point, exceptional = before
        node = nodes[point % len(nodes)]
        if is_visible(graph, node) if raised_by is None else raises(node, exceptional):
            return node.syntax
        last = node


def is_visible(graph: Graph, node: Node) -> bool:
    """Whether a reader would say that the step does something."""
    does = node.does
    if node.syntax is graph.scope.node:
        return False
    if isinstance(does, Assign):
        return isinstance(does.target, Place) and not does.target.is_temporary
    if isinstance(node.syntax, ast.ExceptHandler):
        return isinstance(does, Join)  # the beginning of the handler
    return not isinstance(does, (Join, Pop, Dispatch, Push))


def raises(node: Node, exceptional: bool) -> bool:
    """Whether the exception that leads on from a step is its own: handlers pass on what others have raised."""
    return exceptional and not isinstance(node.does, (Handle, Dispatch))
