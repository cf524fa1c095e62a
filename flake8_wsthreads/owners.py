"""What the whole file does with a connection that outlives the function that opened it.

An attribute, a module global or a variable of an enclosing function is reached from many functions, in an order that
the file does not show. So this does not follow paths: it collects what each function does with the place.
"""

from __future__ import annotations

import ast
import enum
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from flake8_wsthreads.facts import LateCloser
from flake8_wsthreads.flow.graph import (
    Basic,
    Callback,
    Closing,
    Element,
    Graph,
    Member,
    Node,
    Op,
    Operand,
    OwnerReference,
    Pack,
    Slot,
    slot_of,
)
from flake8_wsthreads.flow.outcome import Outcome, endless_loop
from flake8_wsthreads.flow.program import FileProgram
from flake8_wsthreads.names.scopes import Scope, ScopeKind
from flake8_wsthreads.names.websockets import CLOSE_METHODS, RECEIVE_METHODS

_ADDING = {
    "append",
    "add",
    "insert",
    "extend",
    "update",
    "setdefault",
    "put",
    "put_nowait",
    "appendleft",
    "__setitem__",
}
_YIELDING_ELEMENTS = {"get", "pop", "popleft", "popitem", "get_nowait", "setdefault"}
_DEPRECATED = {"recv", "recv_streaming", "send", "ping", "pong", "close"}


class EventKind(enum.Enum):
    CLOSE = "close"
    LATE_CLOSE = "late close"
    ENTER = "enter"
    RECEIVE = "receive"
    USE = "use"
    HAND_OUT = "hand out"
    RETURN = "return"
    SPAWN = "spawn"
    """Handed to a thread or process as an argument."""


@dataclass(frozen=True)
class Event:
    """One thing that a function does with the place."""

    kind: EventKind
    syntax: ast.AST
    unit: Scope
    forever: ast.AST | None = None
    locked: bool = False
    deprecated: bool = False
    """Warns on websockets 17.1 and later, unless the connection was entered before."""
    late_closer: LateCloser | None = None
    node: Node | None = None
    effect: Outcome | None = None


class _SlotIndex:
    """Which steps of a graph read or bind a slot, so that nobody walks the whole graph for each place."""

    def __init__(self, graph: Graph) -> None:
        self.users_of: dict[str, list[Node]] = {}
        self.slots_of: dict[str, list[str]] = {}
        """By the last part of their names: ``self.ws`` is found under ``ws``."""
        self.calls_of: dict[Scope, list[Node]] = {}
        self.lambdas: dict[Scope, None] = {}
        self._order = {id(node): position for position, node in enumerate(graph.nodes)}
        for node in graph.nodes:
            slots = {node.target} if node.target else set()
            for operand in _operands(node):
                for part in _parts(operand):
                    if slot := slot_of(part):
                        slots.add(slot)
                    elif isinstance(part, Callback) and part.function.kind is ScopeKind.LAMBDA:
                        self.lambdas[part.function] = None
            for slot in sorted(slots):
                users = self.users_of.get(slot)
                if users is None:
                    users = self.users_of[slot] = []
                    self.slots_of.setdefault(slot.rpartition(".")[2].partition("@")[0], []).append(slot)
                users.append(node)
            if node.op is Op.CALL and node.function is not None:
                self.calls_of.setdefault(node.function, []).append(node)

    def users(self, slots: Iterable[str]) -> list[Node]:
        """The steps that read or bind one of the slots, in the order of the graph."""
        found = {id(node): node for slot in slots for node in self.users_of.get(slot, ())}
        return sorted(found.values(), key=lambda node: self._order[id(node)])


class _Holds(enum.Enum):
    """What a slot holds: the connection itself, or a container that it is in."""

    CONNECTION = "connection"
    CONTAINER = "container"


Aliases = dict[str, _Holds]


def _held_by(operand: Operand, aliases: Aliases) -> _Holds | None:
    """Whether an operand is the connection of the place, or a container with it; None when it is neither."""
    if isinstance(operand, (Slot, Member)):
        return aliases.get(slot_of(operand))
    if isinstance(operand, (Element, Closing)):
        return _Holds.CONNECTION if _held_by(operand.base, aliases) is not None else None
    if isinstance(operand, Pack):
        return _Holds.CONTAINER if any(_held_by(item, aliases) is not None for item in operand.items) else None
    return (
        _Holds.CONNECTION
        if isinstance(operand, Callback) and any(_refers(item, aliases) for item in operand.bound)
        else None
    )


def _refers(operand: Operand, aliases: Aliases) -> bool:
    return _held_by(operand, aliases) is not None


class Owners:
    """Collects the events of the places that own connections in one file."""

    def __init__(self, program: FileProgram) -> None:
        self._program = program
        self._events: dict[tuple[OwnerReference, bool], list[Event]] = {}
        self._indexes: dict[Graph, _SlotIndex] = {}
        self._known_families: list[list[Scope]] | None = None

    def events(self, owner: OwnerReference, is_container: bool) -> list[Event]:
        """What the functions of the file do with the place, in source order of the functions."""
        key = (owner, is_container)
        known = self._events.get(key)
        if known is None:
            self._events[key] = []  # a place that is handed to itself
            known = self._events[key] = list(self._collect(owner, is_container))
        return known

    def _collect(self, owner: OwnerReference, is_container: bool) -> Iterator[Event]:
        units: list[Scope] = []
        for word in _spellings(owner):
            for statement in self._program.source.statements(word):
                unit = statement.scope.running_unit
                if unit not in units:
                    units.append(unit)
        returning = {unit for unit in units if self._returns(unit, owner)}
        for unit in units:
            yield from self._unit_events(unit, owner, is_container, returning)
        if owner.holder.kind is ScopeKind.CLASS:
            # a property of the same name, or a cached one
            filled = self._program.names.method(owner.holder, owner.name)
            if filled is not None and filled not in units:
                units.append(filled)
        # callers of functions that return it, where they do not mention the place themselves
        for function in returning:
            for reference in self._program.source.references(function.name):
                unit = reference.scope.running_unit
                if unit not in units:
                    units.append(unit)
                    yield from self._unit_events(unit, owner, is_container, returning)

    def _returns(self, unit: Scope, owner: OwnerReference) -> bool:
        if not self._program.may_return(unit, tuple(_spellings(owner))):
            return False
        graph = self._graph(unit, owner, set())
        aliases = self._aliases(graph, owner, False, set())
        return any(node.op is Op.RETURN and _refers(node.operand, aliases) for node in graph.nodes)

    def _graph(self, unit: Scope, owner: OwnerReference, returning: set[Scope]) -> Graph:
        """The steps of a function that may have to do with the place, or with functions that return what it holds."""
        words = dict.fromkeys((*_spellings(owner), *sorted(function.name for function in returning)))
        return self._program.graph_about(unit, tuple(words))

    def _unit_events(
        self, unit: Scope, owner: OwnerReference, is_container: bool, returning: set[Scope]
    ) -> Iterator[Event]:
        graph = self._graph(unit, owner, returning)
        aliases = self._aliases(graph, owner, is_container, returning)
        index = self._index(graph)
        for node in index.users(aliases):
            yield from self._node_events(node, unit, graph, aliases, is_container, owner)
        for inner in index.lambdas:
            if inner is not unit:
                yield from self._unit_events(inner, owner, is_container, returning)

    def _matches(self, graph: Graph, slot: str, owner: OwnerReference) -> bool:
        """Whether a slot of a graph is the place, or may be for all that the file tells."""
        reference = graph.owners.get(slot)
        if reference is not None:
            return reference.name == owner.name and self._related(reference.holder, owner.holder)
        if slot in graph.foreign:
            return slot.endswith(f".{owner.name}")
        return slot == f"{owner.name}@{owner.holder.index}"

    def _related(self, first: Scope, second: Scope) -> bool:
        if first is second:
            return True
        if first.kind is not ScopeKind.CLASS or second.kind is not ScopeKind.CLASS:
            return False
        return any(first in family and second in family for family in self._families())

    def _families(self) -> list[list[Scope]]:
        """Each class of the file with all its bases: two mixins belong together when one class inherits from both."""
        if self._known_families is None:
            names = self._program.names
            self._known_families = [
                names.ancestors(scope) for scope in names.scopes.by_node.values() if scope.kind is ScopeKind.CLASS
            ]
        return self._known_families

    def _aliases(self, graph: Graph, owner: OwnerReference, is_container: bool, returning: set[Scope]) -> Aliases:
        """The slots of a graph that may hold what the place holds."""
        index = self._index(graph)
        first = _Holds.CONTAINER if is_container else _Holds.CONNECTION
        pending = [(slot, first) for slot in index.slots_of.get(owner.name, ()) if self._matches(graph, slot, owner)]
        for function in returning:
            pending.extend((node.target, first) for node in index.calls_of.get(function, ()) if node.target)
        aliases: Aliases = {}
        while pending:
            slot, kind = pending.pop()
            if slot in aliases:
                continue
            aliases[slot] = kind
            for node in index.users_of.get(slot, ()):
                if not node.target or node.target in aliases:
                    continue
                held = _held_by(node.operand, aliases)
                if held is None:
                    continue
                if node.op in (Op.ASSIGN, Op.ENTER):
                    pending.append((node.target, held))
                elif held is _Holds.CONTAINER:
                    if node.op is Op.ITERATE or (node.op is Op.METHOD and node.name in _YIELDING_ELEMENTS):
                        pending.append((node.target, _Holds.CONNECTION))
        return aliases

    def _index(self, graph: Graph) -> _SlotIndex:
        known = self._indexes.get(graph)
        if known is None:
            known = self._indexes[graph] = _SlotIndex(graph)
        return known

    def _method_of(self, operand: Operand, aliases: Aliases) -> str:
        """The name of the method when the operand is a bound method of the connection: ``self.ws.close``."""
        if isinstance(operand, Member) and operand.slot not in aliases and _refers(operand.base, aliases):
            return operand.name
        return ""

    def _node_events(
        self, node: Node, unit: Scope, graph: Graph, aliases: Aliases, is_container: bool, owner: OwnerReference
    ) -> Iterator[Event]:
        def event(kind: EventKind, **details: object) -> Event:
            return Event(kind, node.syntax, unit, **details)  # type: ignore[arg-type]

        op = node.op
        held = [operand for operand in (*node.operands, *node.arguments.all) if _refers(operand, aliases)]
        methods = [name for operand in _operands(node) if (name := self._method_of(operand, aliases))]
        if op is Op.METHOD:
            if _held_by(node.operand, aliases) is _Holds.CONNECTION:
                yield from self._method_events(node, event)
            elif _refers(node.operand, aliases):
                pass  # a method of the container: what it takes out is followed by its name
            elif held:
                yield event(EventKind.HAND_OUT)
            elif not node.name and self._method_of(node.operand, aliases):
                yield from self._method_events(node, event, self._method_of(node.operand, aliases))
            elif methods:
                yield event(EventKind.HAND_OUT if CLOSE_METHODS & set(methods) else EventKind.USE)
        elif op is Op.ENTER and _refers(node.operand, aliases):
            yield event(EventKind.ENTER)
            yield event(EventKind.USE)
        elif op is Op.EXIT and _refers(node.operand, aliases):
            yield event(EventKind.CLOSE)
        elif op is Op.ITERATE and _held_by(node.operand, aliases) is _Holds.CONNECTION:
            forever = endless_loop(node.loops, True)
            yield event(EventKind.RECEIVE, forever=forever, locked=node.locked, deprecated=True)
        elif op is Op.REGISTER and (held or methods):
            if node.name == "enter" and held:
                yield event(EventKind.ENTER)
            yield event(
                EventKind.CLOSE if held or CLOSE_METHODS & set(methods) else EventKind.USE,
                deprecated=node.name != "enter",
            )
        elif op is Op.LATE and (held or CLOSE_METHODS & set(methods)):
            yield event(EventKind.LATE_CLOSE, late_closer=node.detail, deprecated=True)
        elif op is Op.RETURN and _refers(node.operand, aliases):
            yield event(EventKind.RETURN)
        elif op is Op.YIELD and _refers(node.operand, aliases):
            yield event(EventKind.HAND_OUT)
        elif op is Op.GIVE and (held or methods):
            yield event(EventKind.HAND_OUT if held or CLOSE_METHODS & set(methods) else EventKind.USE)
        elif op in (Op.CALL, Op.CONSTRUCT, Op.SPAWN) and held:
            yield from self._passed(node, unit, aliases, is_container)
        elif op is Op.SPAWN and methods:
            yield event(EventKind.SPAWN, node=node)
            yield event(EventKind.CLOSE if CLOSE_METHODS & set(methods) else EventKind.USE)
        elif op is Op.ASSIGN and CLOSE_METHODS & set(methods):
            # self.close = self.ws.close
            yield event(EventKind.HAND_OUT)
        elif op is Op.ASSIGN and _refers(node.operand, aliases):
            elsewhere = node.target in graph.owners or node.target in graph.foreign
            if elsewhere and not self._matches(graph, node.target, owner):
                yield event(EventKind.HAND_OUT)

    def _method_events(self, node: Node, event: Callable[..., Event], name: str = "") -> Iterator[Event]:
        name = name or node.name
        deprecated = name in _DEPRECATED
        if name in CLOSE_METHODS:
            yield event(EventKind.CLOSE, deprecated=deprecated)
        elif name == "__enter__":
            yield event(EventKind.ENTER)
        elif name in RECEIVE_METHODS:
            forever = endless_loop(node.loops, False)
            yield event(EventKind.RECEIVE, forever=forever, locked=node.locked, deprecated=deprecated)
        elif name and name not in _ADDING and name not in _YIELDING_ELEMENTS:
            yield event(EventKind.USE, deprecated=deprecated)

    def _passed(self, node: Node, unit: Scope, aliases: Aliases, is_container: bool) -> Iterator[Event]:
        """The connection is an argument of a call: what the callee does with it counts."""
        function = node.function
        spawned = node.op is Op.SPAWN
        if spawned:
            yield Event(EventKind.SPAWN, node.syntax, unit, node=node)
        if node.op is Op.CONSTRUCT and function is None and isinstance(node.detail, Scope):
            held = [operand for operand in node.arguments.all if _refers(operand, aliases)]
            kept = self._program.kept_by(node.detail, node, held)
            for owner in kept or ():
                yield from self.events(owner, is_container)
            if kept is None:
                yield Event(EventKind.HAND_OUT, node.syntax, unit)
            return
        pairs = (
            self._program.parameters(function, node.arguments, node.receiver is not None)
            if function is not None
            else None
        )
        if function is None or pairs is None:
            yield Event(EventKind.HAND_OUT, node.syntax, unit)
            return
        value = Basic.CONTAINS if is_container and not spawned else Basic.CONNECTION
        bindings = [(slot, value) for slot, operand in pairs if _refers(operand, aliases)]
        effect = self._program.effect(function, bindings)
        if effect.given is not None or effect.undecided:
            yield Event(EventKind.HAND_OUT, node.syntax, unit)
        if effect.closed is not None:
            yield Event(EventKind.CLOSE, effect.closed, function, deprecated=effect.used_before_enter is not None)
        if effect.entered:
            yield Event(EventKind.ENTER, node.syntax, function)
        if effect.received is not None:
            locked = effect.received_unlocked is None
            yield Event(
                EventKind.RECEIVE, effect.received, function, effect.received_forever, locked, True, effect=effect
            )
        elif effect.used is not None:
            yield Event(EventKind.USE, effect.used, function, deprecated=effect.used_before_enter is not None)
        for owner in effect.stored:
            yield from self.events(owner, is_container)


def _spellings(owner: OwnerReference) -> list[str]:
    """How the file may write the name: ``_Client__ws`` is ``__ws`` inside its class."""
    prefix = f"_{owner.holder.name.lstrip('_')}__"
    return [owner.name, owner.name[len(prefix) - 2 :]] if owner.name.startswith(prefix) else [owner.name]


def _operands(node: Node) -> Iterator[Operand]:
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
