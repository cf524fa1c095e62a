"""The variables of one function through which it reaches what an attribute, a module global or the like holds."""

from __future__ import annotations

import enum
from collections.abc import Iterable, Iterator

from flake8_wsthreads.cfg.graph import Graph, Node
from flake8_wsthreads.cfg.instruction import Assign, CallFunction, CallMethod, Enter, Next
from flake8_wsthreads.cfg.operand import Callback, Closing, Element, Member, Operand, Pack, place_of
from flake8_wsthreads.cfg.place import Place
from flake8_wsthreads.library.containers import YIELDING_ELEMENTS
from flake8_wsthreads.names.scopes import Scope, ScopeKind


class Holds(enum.Enum):
    """What a place holds: the connection itself, or a container that it is in."""

    CONNECTION = "connection"
    CONTAINER = "container"


Aliases = dict[Place, Holds]
"""The places of one graph that may hold what a place holds."""


class SlotIndex:
    """Which steps of a graph read or bind a place, so that nobody walks the whole graph for each place."""

    def __init__(self, graph: Graph) -> None:
        self.users_of: dict[Place, list[Node]] = {}
        self.places_of: dict[str, list[Place]] = {}
        """By the last part of their names: ``self.ws`` is found under ``ws``."""
        self.calls_of: dict[Scope, list[CallFunction]] = {}
        self.lambdas: dict[Scope, None] = {}
        self._order = {id(node): position for position, node in enumerate(graph.nodes)}
        for node in graph.nodes:
            target = node.does.target
            places: set[Place] = {target} if isinstance(target, Place) else set()
            for operand in node.does.operands():
                for part in _parts(operand):
                    if (place := place_of(part)) is not None:
                        places.add(place)
                    elif isinstance(part, Callback) and part.function.kind is ScopeKind.LAMBDA:
                        self.lambdas[part.function] = None
            for place in sorted(places, key=str):
                users = self.users_of.get(place)
                if users is None:
                    users = self.users_of[place] = []
                    self.places_of.setdefault(place.name, []).append(place)
                users.append(node)
            if isinstance(node.does, CallFunction):
                self.calls_of.setdefault(node.does.function, []).append(node.does)

    def users(self, places: Iterable[Place]) -> list[Node]:
        """The steps that read or bind one of the places, in the order of the graph."""
        found = {id(node): node for place in places for node in self.users_of.get(place, ())}
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
    """The places that may hold what the ``first`` ones hold, by assignments, loops and look-ups in containers."""
    pending = list(first)
    aliases: Aliases = {}
    while pending:
        place, kind = pending.pop()
        if place in aliases:
            continue
        aliases[place] = kind
        for node in index.users_of.get(place, ()):
            does = node.does
            if not isinstance(does.target, Place) or does.target in aliases:
                continue
            if isinstance(does, (Assign, Enter)):
                held = held_by(does.value if isinstance(does, Assign) else does.manager, aliases)
                if held is not None:
                    pending.append((does.target, held))
            elif isinstance(does, Next) or (isinstance(does, CallMethod) and does.name in YIELDING_ELEMENTS):
                container = does.iterable if isinstance(does, Next) else does.receiver
                if held_by(container, aliases) is Holds.CONTAINER:
                    pending.append((does.target, Holds.CONNECTION))
    return aliases


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
