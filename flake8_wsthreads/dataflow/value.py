"""Abstract values: what a place holds on a path, and what conditions can learn of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from flake8_wsthreads.cfg.operand import Callback, Closing, Element, Known, Member, Numbers, Operand, Pack, ValueKind
from flake8_wsthreads.cfg.place import Place
from flake8_wsthreads.cfg.tracked import Tracked
from flake8_wsthreads.library.websockets import CLOSE_METHODS, STATE_ATTRIBUTES


@dataclass(frozen=True)
class BoundMethod:
    """A method of the connection as a value: ``ws.close``."""

    name: str


@dataclass(frozen=True)
class PackedAt:
    """A container of so many things that holds the connection at one position, in a dict under that key."""

    position: int | str
    length: int
    """0 where it is not known."""
    literals: tuple[tuple[int | str, ValueKind], ...] = ()
    """The positions of ``None``, ``True``, ``False`` and other connections in it: a result often says by the first
    three whether there is one."""
    closer: str = ""
    """The method that it holds in place of the connection itself: ``[ws.close]``."""


@dataclass(frozen=True)
class Sized:
    """A container of this many other things."""

    length: int


AbstractValue = ValueKind | BoundMethod | PackedAt | Sized
Environment = dict[Tracked, AbstractValue]

# What a loop does in more turns than this it does in this many.
_COUNTED = 3

LASTING = frozenset(
    {
        ValueKind.UNOPENED, ValueKind.SHARED, ValueKind.SIBLING, ValueKind.ONE_SIBLING, ValueKind.SIBLINGS,
        ValueKind.STATE,
    }
)
"""Values that stay known though no condition asks about them."""

_HOLDING = {ValueKind.CONNECTION, ValueKind.CONTAINS, ValueKind.CLOSERS, ValueKind.CLOSING}
_TRUE = {
    ValueKind.TRUE,
    ValueKind.TRUTHY,
    ValueKind.OBJECT,
    ValueKind.CONNECTION,
    ValueKind.CONTAINS,
    ValueKind.CLOSERS,
    ValueKind.CLOSING,
    ValueKind.UNOPENED,
    ValueKind.SIBLING,
    ValueKind.ONE_SIBLING,
    ValueKind.SIBLINGS,
}
_TOLD_APART = {ValueKind.NONE, ValueKind.TRUE, ValueKind.FALSE, ValueKind.SIBLING}
_FALSE = {ValueKind.NONE, ValueKind.FALSE, ValueKind.FALSY, ValueKind.EMPTY}


def holds(value: AbstractValue) -> bool:
    """Whether the connection can be reached through a value."""
    return value in _HOLDING or isinstance(value, (BoundMethod, PackedAt))


def in_objects(environment: Environment) -> list[Place]:
    """The places that hold the connection in objects: ``client.ws``."""
    holding = (place for place, value in environment.items() if holds(value))
    return [place for place in holding if isinstance(place, Place) and place.fields]


def contains(value: AbstractValue) -> bool:
    """Whether a value is a container that holds the connection, or its ``close``."""
    return value is ValueKind.CONTAINS or value is ValueKind.CLOSERS or isinstance(value, PackedAt)


def element_of(container: AbstractValue) -> AbstractValue:
    """What is taken out of a container that holds the connection, or its ``close``."""
    if container is ValueKind.CLOSERS:
        return BoundMethod("close")
    if isinstance(container, PackedAt) and container.closer:
        return BoundMethod(container.closer)
    return ValueKind.CONNECTION


def is_alone(container: AbstractValue) -> bool:
    """Whether nothing else is in a container that holds the connection."""
    return isinstance(container, PackedAt) and container.length == 1


def with_one_more(container: AbstractValue, added: AbstractValue) -> AbstractValue:
    """A container after the connection, its ``close`` or something else was put into it."""
    if contains(container):
        only_closers = isinstance(element_of(container), BoundMethod) and (not holds(added) or is_closer(added))
    else:
        only_closers = is_closer(added)
        if container is ValueKind.EMPTY:
            return PackedAt(0, 1, closer=added.name if isinstance(added, BoundMethod) and only_closers else "")
    return ValueKind.CLOSERS if only_closers else ValueKind.CONTAINS


def is_closer(value: AbstractValue) -> bool:
    """Whether a value is a method that closes the connection."""
    return isinstance(value, BoundMethod) and value.name in CLOSE_METHODS


def is_state(value: AbstractValue) -> bool:
    """Whether a value may tell whether the connection is open: who asks it knows more than the paths show."""
    return value is ValueKind.STATE or (isinstance(value, BoundMethod) and value.name in STATE_ATTRIBUTES)


def value_of(operand: Operand, environment: Environment) -> AbstractValue:
    """What an operand is on a path."""
    if isinstance(operand, Place):
        return environment.get(operand, ValueKind.UNKNOWN)
    if isinstance(operand, Known):
        return operand.value
    if isinstance(operand, Member):
        if operand.place in environment:
            return environment[operand.place]
        base = value_of(operand.base, environment)
        if is_state(base):
            return ValueKind.STATE
        if contains(base):
            # session.ws, where the session is a namespace
            return _element(base, operand.name)
        return BoundMethod(operand.name) if base is ValueKind.CONNECTION else ValueKind.UNKNOWN
    if isinstance(operand, Element):
        return _element(value_of(operand.base, environment), operand.position)
    if isinstance(operand, Pack):
        return _packed(operand.items, operand.keys, environment)
    if isinstance(operand, Numbers):
        return _size(value_of(operand.base, environment))
    if isinstance(operand, Closing):
        base = value_of(operand.base, environment)
        if base is ValueKind.CONNECTION:
            return ValueKind.CLOSING
        return ValueKind.SIBLING if base is ValueKind.SIBLING else ValueKind.OBJECT
    assert isinstance(operand, Callback)
    return ValueKind.CONTAINS if any(holds(value_of(item, environment)) for item in operand.bound) else ValueKind.OBJECT


def _size(container: AbstractValue) -> AbstractValue:
    """A container of other things, with as many elements as this one."""
    if isinstance(container, PackedAt) and container.length:
        return Sized(min(container.length, _COUNTED))
    if contains(container) or container in (ValueKind.ONE_SIBLING, ValueKind.SIBLINGS):
        return ValueKind.TRUTHY
    return container if container is ValueKind.EMPTY or isinstance(container, Sized) else ValueKind.UNKNOWN


def _element(base: AbstractValue, position: int | str | None) -> AbstractValue:
    if isinstance(base, PackedAt):
        if position is None or position == base.position:
            return element_of(base)
        return dict(base.literals).get(position, ValueKind.UNKNOWN)
    if base in (ValueKind.SIBLINGS, ValueKind.ONE_SIBLING, ValueKind.SIBLING):
        return ValueKind.SIBLING
    if base is ValueKind.STATE:
        return base
    if base is ValueKind.CLOSERS:
        return element_of(base)
    # a connection has no elements: that is one of a pair in a list of pairs, which stands for what is in it
    return ValueKind.CONNECTION if base in (ValueKind.CONTAINS, ValueKind.CONNECTION) else ValueKind.UNKNOWN


def _packed(items: tuple[Operand, ...], keys: tuple[str, ...], environment: Environment) -> AbstractValue:
    """A new container. Each item is looked at once: packs inside packs would cost twice as much at each level."""
    if not items:
        return ValueKind.EMPTY
    values: list[AbstractValue] = []
    emptied = spread = False
    size: AbstractValue = ValueKind.UNKNOWN
    for item in items:
        if isinstance(item, Element):
            base = value_of(item.base, environment)
            # list(pool) is as empty as pool
            emptied = base is ValueKind.EMPTY and (emptied or not spread)
            spread = True
            if isinstance(base, Sized) and len(items) == 1:
                size = base
            # list(pool) has as many as pool
            several = item.position is None and base in (ValueKind.SIBLINGS, ValueKind.ONE_SIBLING)
            values.append(base if several else _element(base, item.position))
        else:
            emptied = False
            values.append(value_of(item, environment))
    holding = [position for position, value in enumerate(values) if holds(value)]
    if holding:
        closers = all(is_closer(values[position]) for position in holding)
        if len(holding) > 1 or spread:
            return ValueKind.CLOSERS if closers else ValueKind.CONTAINS
        places: tuple[int | str, ...] = keys or tuple(range(len(items)))
        simple = [(at, value) for at, value in zip(places, values) if isinstance(value, ValueKind)]
        others = [(at, value) for at, value in simple if value in _TOLD_APART]
        only = values[holding[0]]
        closer = only.name if closers and isinstance(only, BoundMethod) else ""
        return PackedAt(places[holding[0]], len(items), tuple(others), closer)
    if ValueKind.SIBLING in values or ValueKind.SIBLINGS in values or ValueKind.ONE_SIBLING in values:
        return ValueKind.ONE_SIBLING if values in ([ValueKind.SIBLING], [ValueKind.ONE_SIBLING]) else ValueKind.SIBLINGS
    if spread:
        return ValueKind.EMPTY if emptied else size
    return Sized(min(len(items), _COUNTED))


def in_common(first: AbstractValue, second: AbstractValue) -> AbstractValue:
    """What is known of a result that may be the one or the other."""
    if isinstance(first, PackedAt) and isinstance(second, PackedAt) and first.position == second.position:
        if first.closer != second.closer:
            return ValueKind.CONTAINS
        shared = sorted({*first.literals} & {*second.literals}, key=repr)
        length = first.length if first.length == second.length else 0
        return PackedAt(first.position, length, tuple(shared), first.closer)
    return second


def callbacks(operand: Operand) -> Iterator[Callback]:
    """The functions of the file inside an operand."""
    if isinstance(operand, Callback):
        yield operand
        for part in operand.bound:
            yield from callbacks(part)
    elif isinstance(operand, Pack):
        for item in operand.items:
            yield from callbacks(item)


def concerns(environment: Environment, target: Tracked, source: Place | None = None) -> bool:
    """Whether something is known of a place that is bound, or of the fields of what is or was kept there.

    ``source`` is the place whose contents it is bound to.
    """
    if target in environment:
        return True
    if not isinstance(target, Place):
        return False
    return any(
        known.depends_on(target) or (source is not None and isinstance(known, Place) and known.is_under(source))
        for known in environment
    )


def truth(value: AbstractValue) -> bool | None:
    """Whether a value is true, None where that is not known."""
    if value in _TRUE or isinstance(value, (BoundMethod, PackedAt, Sized)):
        return True
    return False if value in _FALSE else None


def is_none(value: AbstractValue) -> bool | None:
    """Whether a value is None, None where that is not known."""
    if value is ValueKind.NONE:
        return True
    return None if value in (ValueKind.UNKNOWN, ValueKind.FALSY, ValueKind.STATE) else False
