"""Which variables some later step still reads: what is known of all others need not be carried along.

A backward data-flow analysis over the graph; sets of places are the bits of integers.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from flake8_wsthreads.cfg.graph import Graph, Node
from flake8_wsthreads.cfg.instruction import Branch, CallFunction, Construct, Give, Next, Spawn
from flake8_wsthreads.cfg.operand import Known, Operand, parts, place_of
from flake8_wsthreads.cfg.place import Equality, Place, Tracked


def live_places(graph: Graph) -> tuple[dict[Tracked, int], list[int]]:
    """The bit of each place that conditions may ask about, and for each step those that are live before it."""
    bits: dict[Tracked, int] = {}
    uses = [0] * len(graph.nodes)
    kills = [0] * len(graph.nodes)
    literals = _literals(graph)
    for index, node in enumerate(graph.nodes):
        for place in _read_by(node):
            uses[index] |= bits.setdefault(place, 1 << len(bits))
            for other in literals.get(place.place, ()) if isinstance(place, Equality) else ():
                uses[index] |= bits.setdefault(other, 1 << len(bits))
    for index, node in enumerate(graph.nodes):
        kills[index] = bits.get(node.does.target, 0) if node.does.target is not None else 0
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
    return bits, live


def _literals(graph: Graph) -> dict[Place, set[Equality]]:
    """The literals that a place is compared with, by the place: to equal one of them answers for all others."""
    found: dict[Place, set[Equality]] = {}
    for node in graph.nodes:
        for asked in (node.does.target, node.does.test.key if isinstance(node.does, Branch) else None):
            if isinstance(asked, Equality):
                found.setdefault(asked.place, set()).add(asked)
    return found


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
            yield from _places(mentioned)
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
            yield from _places(operand)


def _places(operand: Operand) -> Iterator[Place]:
    for part in parts(operand):
        place = place_of(part)
        if place is not None:
            yield place
