"""What becomes of paths on which the connection is lost: nothing can reach it any more, and nobody closes it.

From there on the paths of all openings of a function are alike, wherever the connection was opened and whichever step
has lost it. So how they may end is found once for each point that one of them has come to.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from flake8_wsthreads.cfg.graph import Graph, Node
from flake8_wsthreads.dataflow.collected import Collected
from flake8_wsthreads.dataflow.state import State
from flake8_wsthreads.dataflow.summary import Effect, Summary, first_of
from flake8_wsthreads.dataflow.witness import is_visible, raises, witness_before


@dataclass(frozen=True)
class Ends:
    """How paths may go on, and end, from a point at which the connection is lost already."""

    finding: frozenset[int] = frozenset()
    """The program points on them at which a step has something to tell."""
    leaks_normally: ast.AST | None = None
    """The last step before a normal end that a reader sees; of several paths the first in source order."""
    leaks_on_error: ast.AST | None = None
    """The nearest step whose exception leaves the function."""
    distance: int = 0
    """How many steps away that is."""
    ends_normally: bool = False
    """A normal end is near: the step before it that a reader sees is not found yet."""
    ends_on_error: bool = False
    """An exception is on its way out: the step that raised it is not found yet."""

    def joined(self, other: Ends) -> Ends:
        """How paths may end that go on in the one or in the other way."""
        if other == NO_ENDS or other == self:
            return self
        nearer = other if other._raises_nearer(self) else self
        return Ends(
            finding=self.finding | other.finding,
            leaks_normally=_first(self.leaks_normally, other.leaks_normally),
            leaks_on_error=nearer.leaks_on_error,
            distance=nearer.distance,
            ends_normally=self.ends_normally or other.ends_normally,
            ends_on_error=self.ends_on_error or other.ends_on_error,
        )

    def _raises_nearer(self, other: Ends) -> bool:
        if self.leaks_on_error is None or other.leaks_on_error is None:
            return self.leaks_on_error is not None
        if self.distance != other.distance:
            return self.distance < other.distance
        return first_of(other.leaks_on_error, self.leaks_on_error) is not other.leaks_on_error


NO_ENDS = Ends()


class Edge(NamedTuple):
    """From one program point to the next."""

    source: int
    target: int
    node: Node
    """The step at the source."""
    exceptional: bool


class Loss(NamedTuple):
    """A path loses the connection on its way from a step to the next."""

    edge: Edge
    following: int
    """The next step."""
    state: State
    """With which the path comes there."""
    overwritten_at: int
    """The step that has bound its last variable to something else; -1 where none has."""


@dataclass
class LostRegion:
    """The part of one exploration in which the connection is lost."""

    beginnings: set[int]
    """The program points at which it begins."""
    edges: list[Edge] = field(default_factory=list)
    found: dict[int, Summary] = field(default_factory=dict)
    """What the step at a point has to tell itself."""


class LostPaths:
    """Remembers for one graph how the paths end that have lost the connection."""

    def __init__(self, graph: Graph) -> None:
        self._graph = graph
        self._ends: dict[int, Ends] = {}
        self._found: dict[int, Summary] = {}
        self.numbers: dict[object, int] = {}
        """The numbers of states: all explorations of the graph use the same, so that they speak of the same points."""

    def are_known_from(self, point: int) -> bool:
        """Whether some exploration has followed the paths from a point on."""
        return point in self._ends

    def learn(self, region: LostRegion) -> None:
        """Find how the paths end from each point of an exploration that has been to its end."""
        ends = dict.fromkeys(region.beginnings, NO_ENDS)
        into: dict[int, list[Edge]] = {}
        for edge in region.edges:
            into.setdefault(edge.target, []).append(edge)
            ends[edge.source] = ends[edge.target] = NO_ENDS
        for point, found in region.found.items():
            ends[point] = Ends(
                finding=frozenset({point}),
                ends_normally=found.leaks_normally is not None,
                ends_on_error=found.leaks_on_error is not None,
            )
            self._found[point] = replace(found, leaks_normally=None, leaks_on_error=None)
        pending = list(region.found)
        while pending:
            target = pending.pop()
            for edge in into.get(target, ()):
                known = ends[edge.source]
                both = known.joined(self._before(ends[target], edge))
                if both != known:
                    ends[edge.source] = both
                    pending.append(edge.source)
        self._ends.update(ends)

    def tell(self, loss: Loss, came_from: Mapping[int, tuple[int, bool] | None], collected: Collected) -> None:
        """Add to what is collected of a function what becomes of a path that has lost the connection.

        ``came_from`` tells how it has come there, as in :func:`witness_before`: an exception that leaves the function
        may have been raised before the loss.
        """
        ends = self._before(self._ends[loss.edge.target], loss.edge)
        leaks_normally, leaks_on_error = ends.leaks_normally, ends.leaks_on_error
        if ends.ends_normally and leaks_normally is None:
            leaks_normally = witness_before(self._graph, came_from, loss.edge.source, False)
        if ends.ends_on_error and leaks_on_error is None:
            leaks_on_error = witness_before(self._graph, came_from, loss.edge.source, True)
        for point in ends.finding:
            collected.add(self._found[point])
        if leaks_normally is not None:
            collected.note(Effect.LEAKS_NORMALLY, leaks_normally)
            if loss.overwritten_at >= 0:
                collected.note(Effect.OVERWRITTEN, self._graph.nodes[loss.overwritten_at].syntax)
        if leaks_on_error is not None:
            collected.note(Effect.LEAKS_ON_ERROR, leaks_on_error)

    def _before(self, ends: Ends, edge: Edge) -> Ends:
        """How paths may end from the source of an edge on, when they end so from its target on."""
        node = edge.node
        if ends.ends_normally and is_visible(self._graph, node):
            ends = replace(ends, leaks_normally=_first(ends.leaks_normally, node.syntax), ends_normally=False)
        if ends.ends_on_error and raises(node, edge.exceptional):
            return replace(ends, leaks_on_error=node.syntax, distance=0, ends_on_error=False)
        if ends.leaks_on_error is not None:
            return replace(ends, distance=ends.distance + 1)
        return ends


def _first(one: ast.AST | None, other: ast.AST | None) -> ast.AST | None:
    return one if other is None else first_of(one, other)
