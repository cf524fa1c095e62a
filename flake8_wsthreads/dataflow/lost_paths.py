"""What becomes of paths on which the connection is lost: nothing can reach it any more, and nobody closes it.

From there on the paths of all openings of a function are alike, wherever the connection was opened and whichever step
has lost it. So how they may end is found once for each point that one of them has come to.
"""

from __future__ import annotations

import ast
from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from flake8_wsthreads.cfg.graph import Graph, Node
from flake8_wsthreads.cfg.raised import Raised
from flake8_wsthreads.dataflow.state import AbstractValue, State
from flake8_wsthreads.dataflow.summary import Rebinding, Summary, first_of
from flake8_wsthreads.dataflow.witness import is_visible, raises, witness_before


@dataclass(frozen=True)
class Ends:
    """How paths may go on, and end, from a point at which the connection is lost already."""

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
    given: ast.AST | None = None
    """``os._exit()``, and whatever else ends what is known."""
    results: frozenset[AbstractValue] = frozenset()
    rebinds: frozenset[Rebinding] = frozenset()
    raised: frozenset[Raised] = frozenset()
    returns_open: bool = False
    returns_closed_by_peer: bool = False
    closed_by_peer: bool = False
    waits_for_others: bool = False

    def joined(self, other: Ends) -> Ends:
        """How paths may end that go on in the one or in the other way."""
        if other == NO_ENDS or other == self:
            return self
        nearer = other if other._raises_nearer(self) else self
        return Ends(
            leaks_normally=_first(self.leaks_normally, other.leaks_normally),
            leaks_on_error=nearer.leaks_on_error,
            distance=nearer.distance,
            ends_normally=self.ends_normally or other.ends_normally,
            ends_on_error=self.ends_on_error or other.ends_on_error,
            given=_first(self.given, other.given),
            results=self.results | other.results,
            rebinds=self.rebinds | other.rebinds,
            raised=self.raised | other.raised,
            returns_open=self.returns_open or other.returns_open,
            returns_closed_by_peer=self.returns_closed_by_peer or other.returns_closed_by_peer,
            closed_by_peer=self.closed_by_peer or other.closed_by_peer,
            waits_for_others=self.waits_for_others or other.waits_for_others,
        )

    def _raises_nearer(self, other: Ends) -> bool:
        if self.leaks_on_error is None or other.leaks_on_error is None:
            return self.leaks_on_error is not None
        if self.distance != other.distance:
            return self.distance < other.distance
        return first_of(other.leaks_on_error, self.leaks_on_error) is not other.leaks_on_error


NO_ENDS = Ends()


def ends_at(summary: Summary) -> Ends:
    """What happens at one point, from all that was collected there."""
    return Ends(
        ends_normally=summary.leaks_normally is not None,
        ends_on_error=summary.leaks_on_error is not None,
        given=summary.given,
        results=summary.results,
        rebinds=summary.rebinds,
        raised=summary.raised,
        returns_open=summary.returns_open,
        returns_closed_by_peer=summary.returns_closed_by_peer,
        closed_by_peer=summary.closed_by_peer,
        waits_for_others=summary.waits_for_others,
    )


class Edge(NamedTuple):
    """From one program point to the next, on paths that have lost the connection."""

    source: int
    target: int
    node: Node
    """The step at the source."""
    exceptional: bool


class Loss(NamedTuple):
    """A path loses the connection on its way from a step to the next."""

    point: int
    """The program point before."""
    node: Node
    exceptional: bool
    overwritten_at: int
    """The step that has bound its last variable to something else; -1 where none has."""


@dataclass
class LostRegion:
    """The part of one exploration in which the connection is lost."""

    beginnings: list[tuple[int, Loss]] = field(default_factory=list)
    keys: dict[int, Hashable] = field(default_factory=dict)
    """What each point is known by in other explorations of the same graph."""
    edges: list[Edge] = field(default_factory=list)
    own: dict[int, Ends] = field(default_factory=dict)
    """What happens at a point itself."""


class LostPaths:
    """Remembers for one graph how the paths end that have lost the connection."""

    def __init__(self, graph: Graph) -> None:
        self._graph = graph
        self._known: dict[Hashable, Ends] = {}

    def known(self, index: int, state: State) -> Ends | None:
        """How paths end from a step on that they come to in this state; None where none has come there yet."""
        return self._known.get(key_at(index, state))

    def learn(self, region: LostRegion) -> dict[int, Ends]:
        """How the paths end from each point of an exploration that has been to its end."""
        ends = dict(region.own)
        into: dict[int, list[Edge]] = {}
        for edge in region.edges:
            into.setdefault(edge.target, []).append(edge)
        pending = list(ends)
        while pending:
            target = pending.pop()
            for edge in into.get(target, ()):
                known = ends.get(edge.source, NO_ENDS)
                joined = known.joined(self._before(ends[target], edge.node, edge.exceptional))
                if joined != known:
                    ends[edge.source] = joined
                    pending.append(edge.source)
        for point, key in region.keys.items():
            self._known[key] = ends.get(point, NO_ENDS)
        return ends

    def summary(self, ends: Ends, loss: Loss, came_from: Mapping[int, tuple[int, bool] | None]) -> Summary:
        """What a path adds to its function that goes on so after it has lost the connection.

        ``came_from`` tells how it has come there, as in :func:`witness_before`: an exception that leaves the function
        may have been raised before the loss.
        """
        ends = self._before(ends, loss.node, loss.exceptional)
        leaks_normally, leaks_on_error = ends.leaks_normally, ends.leaks_on_error
        if ends.ends_normally and leaks_normally is None:
            leaks_normally = witness_before(self._graph, came_from, loss.point, False)
        if ends.ends_on_error and leaks_on_error is None:
            leaks_on_error = witness_before(self._graph, came_from, loss.point, True)
        overwritten = leaks_normally is not None and loss.overwritten_at >= 0
        return Summary(
            leaks_normally=leaks_normally,
            leaks_on_error=leaks_on_error,
            overwritten=self._graph.nodes[loss.overwritten_at].syntax if overwritten else None,
            given=ends.given,
            results=ends.results,
            rebinds=ends.rebinds,
            raised=ends.raised,
            returns_open=ends.returns_open,
            returns_closed_by_peer=ends.returns_closed_by_peer,
            closed_by_peer=ends.closed_by_peer,
            waits_for_others=ends.waits_for_others,
        )

    def _before(self, ends: Ends, node: Node, exceptional: bool) -> Ends:
        """How paths may end from a step on, when they end so from the next one on."""
        if ends.ends_normally and is_visible(self._graph, node):
            ends = replace(ends, leaks_normally=_first(ends.leaks_normally, node.syntax), ends_normally=False)
        if ends.ends_on_error and raises(node, exceptional):
            return replace(ends, leaks_on_error=node.syntax, distance=0, ends_on_error=False)
        if ends.leaks_on_error is not None:
            return replace(ends, distance=ends.distance + 1)
        return ends


def key_at(index: int, state: State) -> Hashable:
    """Equal where lost paths go on alike."""
    return index, state.key


def _first(one: ast.AST | None, other: ast.AST | None) -> ast.AST | None:
    return one if other is None else first_of(one, other)
