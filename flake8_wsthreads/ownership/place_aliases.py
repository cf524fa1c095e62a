"""The variables of one function through which it reaches what an attribute, a module global or the like holds."""

from __future__ import annotations

import enum
from collections.abc import Iterable, Iterator

from flake8_wsthreads.cfg.graph import (
    Callback,
    Closing,
    Element,
    Graph,
    Member,
    Node,
    Op,
    Operand,
    Pack,
    place_of,
)
from flake8_wsthreads.cfg.place import Place
from flake8_wsthreads.names.scopes import Scope, ScopeKind

YIELDING_ELEMENTS = {"get", "pop", "popleft", "popitem", "get_nowait", "setdefault"}
"""Methods of containers and queues that return something which is in them."""


class Holds(enum.Enum):
    """What a slot holds: the connection itself, or a container that it is in."""

    CONNECTION = "connection"
    CONTAINER = "container"


Aliases = dict[Place, Holds]
"""The places of one graph that may hold what a place holds."""


class SlotIndex:
    """Which steps of a graph read or bind a slot, so that nobody walks the whole graph for each place."""

    def __init__(self, graph: Graph) -> None:
        self.users_of: dict[Place, list[Node]] = {}
        self.slots_of: dict[str, list[Place]] = {}
        """By the last part of their names: ``self.ws`` is found under ``ws``."""
        self.calls_of: dict[Scope, list[Node]] = {}
        self.lambdas: dict[Scope, None] = {}
        self._order = {id(node): position for position, node in enumerate(graph.nodes)}
        for node in graph.nodes:
            slots: set[Place] = {node.target} if isinstance(node.target, Place) else set()
            for operand in operands_of(node):
                for part in _parts(operand):
                    if (place := place_of(part)) is not None:
                        slots.add(place)
                    elif isinstance(part, Callback) and part.function.kind is ScopeKind.LAMBDA:
                        self.lambdas[part.function] = None
            for slot in sorted(slots, key=str):
                users = self.users_of.get(slot)
                if users is None:
                    users = self.users_of[slot] = []
                    self.slots_of.setdefault(slot.name, []).append(slot)
                users.append(node)
            if node.op is Op.CALL and node.function is not None:
                self.calls_of.setdefault(node.function, []).append(node)

    def users(self, slots: Iterable[Place]) -> list[Node]:
        """The steps that read or bind one of the slots, in the order of the graph."""
        found = {id(node): node for slot in slots for node in self.users_of.get(slot, ())}
        return sorted(found.values(), key=lambda node: self._order[id(node)])


def held_by(operand: Operand, aliases: Aliases) -> Holds | None:
    """Whether an operand is the connection of the place, or a container with it; None when it is neither."""
    if isinstance(operand, (Place, Member)):
        place = place_of(operand)
        return aliases.get(place) if place is not None else None
    if isinstance(operand, (Element, Closing)):
        return Holds.CONNECTION if held_by(operand.base, aliases) is not None else None
    if isinstance(operand, Pack):
        return Holds.CONTAINER if any(held_by(item, aliases) is not None for item in operand.items) else None
    bound = isinstance(operand, Callback) and any(refers(item, aliases) for item in operand.bound)
    return Holds.CONNECTION if bound else None


def refers(operand: Operand, aliases: Aliases) -> bool:
    """Whether what the place holds can be reached through an operand."""
    return held_by(operand, aliases) is not None


def find_aliases(index: SlotIndex, first: Iterable[tuple[Place, Holds]]) -> Aliases:
    """The slots that may hold what the ``first`` ones hold, by assignments, loops and look-ups in containers."""
    pending = list(first)
    aliases: Aliases = {}
    while pending:
        slot, kind = pending.pop()
        if slot in aliases:
            continue
        aliases[slot] = kind
        for node in index.users_of.get(slot, ()):
            if not isinstance(node.target, Place) or node.target in aliases:
                continue
            held = held_by(node.operand, aliases)
            if held is None:
                continue
            if node.op in (Op.ASSIGN, Op.ENTER):
                pending.append((node.target, held))
            elif held is Holds.CONTAINER:
                if node.op is Op.ITERATE or (node.op is Op.METHOD and node.name in YIELDING_ELEMENTS):
                    pending.append((node.target, Holds.CONNECTION))
    return aliases


def operands_of(node: Node) -> Iterator[Operand]:
    """Everything that a step reads."""
    yield node.operand
    yield from node.operands
    yield from node.arguments.all
    if node.receiver is not None:
        yield node.receiver
    if node.test is not None:
        yield node.test.operand


def _parts(operand: Operand) -> Iterator[Operand]:
    """An operand and the operands inside it."""
    pending = [operand]
    while pending:
        part = pending.pop()
        yield part
        if isinstance(part, (Member, Element, Closing)):
            pending.append(part.base)
        elif isinstance(part, Pack):
            pending.extend(part.items)
        elif isinstance(part, Callback):
            pending.extend(part.bound)
