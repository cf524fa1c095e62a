"""What becomes of the connections that one function opens, when their paths are followed together.

From where two connections are held alike the paths go on alike. So each point is looked at once, for all openings, and
what the paths from there on do is found backwards: from the exits to the steps that open.
"""

from __future__ import annotations

import ast
import heapq
import itertools
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

from flake8_wsthreads.cfg.graph import Graph, Node
from flake8_wsthreads.dataflow.collected import Collected, End
from flake8_wsthreads.dataflow.summary import Effect, Summary, position_of
from flake8_wsthreads.dataflow.witness import is_visible, raises


class Edge(NamedTuple):
    """From one program point to the next."""

    source: int
    target: int
    node: Node
    """The step at the source."""
    exceptional: bool
    overwritten_at: int
    """The step that has bound the connection's last variable to something else on the way; -1 where none has."""


@dataclass
class Trail:
    """What is noted while paths are followed."""

    edges: list[Edge] = field(default_factory=list)
    found: dict[int, Summary] = field(default_factory=dict)
    """What the step at a point does itself."""
    normal_ends: dict[int, tuple[End, ...]] = field(default_factory=dict)
    """How the paths end that leave normally at a point."""
    error_ends: dict[int, tuple[End, ...]] = field(default_factory=dict)


class _Raising(NamedTuple):
    """A step whose exception leaves the function with the connection open."""

    distance: int
    """How many steps away it is."""
    position: tuple[int, int]
    step: ast.AST


@dataclass(frozen=True)
class _Onward:
    """What the paths from a point on do."""

    summary: Summary = Summary()
    raising: _Raising | None = None
    """The nearest such step: of several the one that a finding names."""
    normal_ends: tuple[End, ...] = ()
    """The normal ends that are near: the step before them that a reader sees is not found yet."""
    error_ends: tuple[End, ...] = ()
    """The ends that an exception is on its way to: the step that raised it is not found yet."""

    def joined(self, other: _Onward) -> _Onward:
        """What paths do that go on in the one or in the other way."""
        both = _Onward(
            self.summary.joined(other.summary),
            min(filter(None, (self.raising, other.raising)), default=None, key=lambda raising: raising[:2]),
            tuple(dict.fromkeys((*self.normal_ends, *other.normal_ends))),
            tuple(dict.fromkeys((*self.error_ends, *other.error_ends))),
        )
        return self if both == self else both

    def before(self, graph: Graph, edge: Edge) -> _Onward:
        """What the paths do from the source of an edge on, when they do this from its target on."""
        node, summary, raising = edge.node, self.summary, self.raising
        normal_ends, error_ends = self.normal_ends, self.error_ends
        leaks = summary.leaks_normally is not None or Effect.LEAKS_NORMALLY in normal_ends
        if edge.overwritten_at >= 0 and leaks:
            summary = summary.joined(Summary(overwritten=graph.nodes[edge.overwritten_at].syntax))
        if normal_ends and is_visible(graph, node):
            summary, normal_ends = summary.joined(_ending(normal_ends, node)), ()
        if raising is not None:
            raising = raising._replace(distance=raising.distance + 1)
        if error_ends and raises(node, edge.exceptional):
            if Effect.LEAKS_ON_ERROR in error_ends:
                raising = _Raising(0, position_of(node.syntax), node.syntax)
            kept_by = [end for end in error_ends if end is not Effect.LEAKS_ON_ERROR]
            summary, error_ends = summary.joined(_ending(kept_by, node)), ()
        return _Onward(summary, raising, normal_ends, error_ends)

    def found_from(self, first: Node) -> Summary:
        """What the paths do that begin here, at this step."""
        summary = self.summary.joined(_ending((*self.normal_ends, *self.error_ends), first))
        if self.raising is not None:
            summary = summary.joined(Summary(leaks_on_error=self.raising.step))
        return summary


def summaries_from(graph: Graph, trail: Trail, beginnings: Iterable[Iterable[int]]) -> list[Summary]:
    """What the paths do from each group of points on."""
    beginnings = [list(points) for points in beginnings]
    into: dict[int, list[Edge]] = {}
    for edge in trail.edges:
        into.setdefault(edge.target, []).append(edge)
    order = _last_first(trail.edges, itertools.chain.from_iterable(beginnings))
    onward = {
        point: _Onward(
            trail.found.get(point, Summary()),
            None,
            trail.normal_ends.get(point, ()),
            trail.error_ends.get(point, ()),
        )
        for point in {*trail.found, *trail.normal_ends, *trail.error_ends}
    }
    pending = [(order[point], point) for point in onward]
    heapq.heapify(pending)
    waiting = set(onward)
    while pending:
        _, target = heapq.heappop(pending)
        waiting.discard(target)
        for edge in into.get(target, ()):
            known = onward.get(edge.source)
            passed = onward[target].before(graph, edge)
            both = passed if known is None else known.joined(passed)
            if both is not known:
                onward[edge.source] = both
                if edge.source not in waiting:
                    waiting.add(edge.source)
                    heapq.heappush(pending, (order[edge.source], edge.source))
    count = len(graph.nodes)
    found = []
    for points in beginnings:
        summary = Summary()
        for point in points:
            if point in onward:
                summary = summary.joined(onward[point].found_from(graph.nodes[point % count]))
        found.append(summary)
    return found


def _last_first(edges: Iterable[Edge], beginnings: Iterable[int]) -> dict[int, int]:
    """The place of each point in an order in which those stand first that the others lead to, but for loops."""
    following: dict[int, list[int]] = {}
    for edge in edges:
        following.setdefault(edge.source, []).append(edge.target)
    order: dict[int, int] = {}
    seen: set[int] = set()
    for beginning in beginnings:
        path = [(beginning, iter(following.get(beginning, ())))] if beginning not in seen else []
        seen.add(beginning)
        while path:
            point, onward = path[-1]
            target = next((target for target in onward if target not in seen), None)
            if target is None:
                order[point] = len(order)
                path.pop()
            else:
                seen.add(target)
                path.append((target, iter(following.get(target, ()))))
    return order


def _ending(ends: Iterable[End], witness: Node) -> Summary:
    """What a path does that ends so, with the step that a finding names for it."""
    found = Collected()
    for end in ends:
        found.note_end(end, witness.syntax)
    return found.summary()
