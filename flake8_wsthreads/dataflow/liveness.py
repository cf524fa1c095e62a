"""Which variables some later step still reads: what is known of all others need not be carried along.

A backward data-flow analysis over the graph; sets of places are the bits of integers.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cached_property

from flake8_wsthreads.cfg.graph import Graph, Node
from flake8_wsthreads.cfg.instruction import Branch, CallFunction, Construct, Give, Next, Spawn
from flake8_wsthreads.cfg.operand import Known, ValueKind, places_in
from flake8_wsthreads.cfg.place import Place
from flake8_wsthreads.cfg.tracked import Equality, Question, Subject, Tracked, subject_of
from flake8_wsthreads.dataflow.value import LASTING, Environment, holds, truth

# What a variable holds though no step asks for it; what leads to the connection counts in a temporary, too.
_NEVER_FORGOTTEN = LASTING | {ValueKind.CONNECTION, ValueKind.CONTAINS, ValueKind.CLOSERS, ValueKind.CLOSING}


class LivePlaces:
    """What some later step of a graph still asks about."""

    def __init__(self, graph: Graph) -> None:
        self._graph = graph
        self._bits: dict[Tracked, int] = {}

    @cached_property
    def _before(self) -> list[int]:
        return _live_before(self._graph, self._bits)

    @cached_property
    def _reached_through(self) -> Mapping[Place, int]:
        """The bits of what is in each variable, or in a field of what it holds."""
        found: Counter[Place] = Counter()
        for place, bit in self._bits.items():
            if isinstance(place, Place):
                found[place.whole] |= bit
        return found

    def of(self, index: int, environment: Environment) -> Environment:
        """What is known before a step without what neither it nor a later one asks about.

        Of a place that equals a literal which no condition asks about any more it stays known that it equals no other.
        """
        loose = [
            place
            for place, value in environment.items()
            if value not in _NEVER_FORGOTTEN or (value in LASTING and isinstance(place, Place) and place.is_temporary)
        ]
        if not loose:
            return environment
        now, bits = self._before[index], self._bits
        related = self._graph.related
        stale = {
            place
            for place in loose
            if not bits.get(_kept_for(place, related) if related else place, 0) & now and not holds(environment[place])
        }
        if not stale:
            return environment
        live = {place: value for place, value in environment.items() if place not in stale}
        for place in loose:
            if place in stale and isinstance(place, Equality) and truth(environment[place]):
                other = place.with_another_literal
                if bits.get(other, 0) & now:
                    live[other] = environment[place]
        return live

    def mention(self, index: int, variables: Iterable[Place]) -> bool:
        """Whether a step or a later one mentions one of these variables, or a field of what it holds."""
        now, reached_through = self._before[index], self._reached_through
        return any(reached_through.get(variable, 0) & now for variable in variables)


def _live_before(graph: Graph, bits: dict[Tracked, int]) -> list[int]:
    """For each step the bits of what is live before it; each thing that is asked about gets its bit.

    Whoever asks whether a place equals a literal asks about the place's other literals too: what equals one of them
    equals no other. So with each question the one is live that stands for all others. Where several kinds of questions
    are asked about a subject, all answers are live as long as the subject itself.
    """
    uses = [0] * len(graph.nodes)
    for index, node in enumerate(graph.nodes):
        for read in graph.rebound if index == graph.normal_exit else _read_by(node):
            place = _kept_for(read, graph.related) if graph.related else read
            uses[index] |= bits.setdefault(place, 1 << len(bits))
            if isinstance(place, Equality):
                uses[index] |= bits.setdefault(place.with_another_literal, 1 << len(bits))
    lost_by = _lost_by_binding(bits)
    kills = [lost_by(node.does.target) for node in graph.nodes]
    before = graph.steps_before
    live = uses.copy()
    # from the last step to the first, and again from where something more turned out to be live
    pending = [index for index, places in enumerate(uses) if places]
    waiting = set(pending)
    while pending:
        index = pending.pop()
        waiting.discard(index)
        places = live[index]
        for step in before[index]:
            passed = places & ~kills[step] & ~live[step]
            if passed:
                live[step] |= passed
                if step not in waiting:
                    waiting.add(step)
                    pending.append(step)
    return live


def _kept_for(tracked: Tracked, related: set[Subject]) -> Tracked:
    """What a later step has to ask about, so that something is still worth knowing."""
    subject = subject_of(tracked)
    return subject if subject in related else tracked


def _lost_by_binding(bits: Mapping[Tracked, int]) -> Callable[[Tracked | None], int]:
    """The bits of what nothing is known about any more when a place is bound: the place, its fields, the answers."""
    dependent: Counter[Place] = Counter()
    mentioning: Counter[Place] = Counter()
    for tracked, bit in bits.items():
        subject = subject_of(tracked)
        if isinstance(subject, Question):
            mentioning.update(dict.fromkeys(subject.mentions, bit))
        else:
            place: Place | None = subject
            while place is not None:
                dependent[place] |= bit
                place = place.base

    def lost_by(target: Tracked | None) -> int:
        if isinstance(target, Place):
            return dependent[target] | mentioning[target.whole]
        return 0 if target is None else bits.get(target, 0)

    return lost_by


def steps_leading_to(graph: Graph, targets: Iterable[int]) -> set[int]:
    """The steps from which a path may come to one of these, themselves included."""
    before = graph.steps_before
    found = set(targets)
    pending = list(found)
    while pending:
        for index in before[pending.pop()]:
            if index not in found:
                found.add(index)
                pending.append(index)
    return found


def _read_by(node: Node) -> Iterator[Tracked]:
    does = node.does
    if node.asks is not None:
        yield node.asks
    if isinstance(does, Branch):
        for mentioned in does.test.mentions:
            yield from places_in(mentioned)
        if does.test.key is not None:
            yield does.test.key
    elif isinstance(does, Next):
        yield does.seen
    elif isinstance(does, (CallFunction, Spawn)):
        yield from does.captured
    elif isinstance(does, Give) or (isinstance(does, Construct) and does.initializer is None):
        return  # where no code is followed only the connection itself counts, and what holds it is never forgotten
    for operand in does.operands():
        if isinstance(operand, Place):
            yield operand
        elif not isinstance(operand, Known):
            yield from places_in(operand)
