"""What instructions read: places, and expressions over them that need no step of their own."""

from __future__ import annotations

import enum
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from flake8_wsthreads.cfg.place import Place
from flake8_wsthreads.cfg.tracked import Literal
from flake8_wsthreads.names.scopes import Scope


class ValueKind(enum.IntEnum):
    """The abstract values without parts: what a place holds on a path, as far as conditions can tell it apart."""

    UNKNOWN = 0
    NONE = enum.auto()
    TRUE = enum.auto()
    FALSE = enum.auto()
    TRUTHY = enum.auto()
    FALSY = enum.auto()
    NOT_NONE = enum.auto()
    EMPTY = enum.auto()
    """An empty container."""
    OBJECT = enum.auto()
    """Some object that is true and not None."""
    CONNECTION = enum.auto()
    """The connection that is followed."""
    CONTAINS = enum.auto()
    """A container with the connection in it."""
    CLOSERS = enum.auto()
    """A container with a method in it that closes the connection: ``[ws.close]``."""
    CLOSING = enum.auto()
    """``contextlib.closing(connection)``."""
    SIBLING = enum.auto()
    """Another connection than the one that is followed."""
    ONE_SIBLING = enum.auto()
    """A container with exactly one other connection."""
    SIBLINGS = enum.auto()
    """A container with at least one other connection."""
    SHARED = enum.auto()
    """A container that code outside this function knows too."""
    UNOPENED = enum.auto()
    """``reconnect(…)``: opens the connection when it is entered."""
    STATE = enum.auto()
    """Something that may tell whether the connection is open: ``ws.protocol.state``, ``ws.socket.fileno()``."""


@dataclass(frozen=True)
class Known:
    """A value that needs no variable."""

    value: ValueKind
    literal: Literal | None = None
    """What it is, where it is a text or a number that stands here."""


@dataclass(frozen=True)
class Member:
    """``base.name``."""

    base: Operand
    name: str
    place: Place | None
    """Where it is kept; None where base is no place."""


@dataclass(frozen=True)
class Element:
    """An element of a container: the one at ``position`` (in a dict: under that key), or some element."""

    base: Operand
    position: int | str | None = None


@dataclass(frozen=True)
class Pack:
    """A new container of these."""

    items: tuple[Operand, ...]
    keys: tuple[str, ...] = ()
    """In a dict whose keys are all texts, the key of each item."""


@dataclass(frozen=True)
class Closing:
    """``contextlib.closing(base)``."""

    base: Operand


@dataclass(frozen=True)
class Numbers:
    """As many numbers as a container has elements: ``range(len(base))``."""

    base: Operand


@dataclass(frozen=True)
class Callback:
    """A function of this file as a value, with what ``partial`` or its default arguments bind."""

    function: Scope
    receiver: Operand | None = None
    bound: tuple[Operand, ...] = ()


Operand = Place | Known | Member | Element | Pack | Closing | Numbers | Callback


def place_of(operand: Operand) -> Place | None:
    """Where a variable or an attribute is kept; None for all other operands."""
    if isinstance(operand, Place):
        return operand
    return operand.place if isinstance(operand, Member) else None


def parts(operand: Operand) -> Iterator[Operand]:
    """An operand and the operands inside it."""
    pending = [operand]
    while pending:
        part = pending.pop()
        yield part
        if isinstance(part, (Member, Element, Closing, Numbers)):
            pending.append(part.base)
        elif isinstance(part, Pack):
            pending.extend(part.items)
        elif isinstance(part, Callback):
            pending.extend(part.bound)


def places_in(operand: Operand) -> Iterator[Place]:
    """Where an operand, and the operands inside it, are kept."""
    for part in parts(operand):
        place = place_of(part)
        if place is not None:
            yield place


def wholes(operands: Iterable[Operand]) -> Iterator[Place]:
    """The places whose objects are handed on as a whole: alone, in a new container, or bound to a function."""
    pending = list(operands)
    while pending:
        operand = pending.pop()
        place = place_of(operand)
        if place is not None:
            yield place
        elif isinstance(operand, Pack):
            pending.extend(operand.items)
        elif isinstance(operand, Element) and isinstance(operand.base, Pack):
            pending.append(operand.base)
        elif isinstance(operand, Callback):
            pending.extend((*operand.bound, *(() if operand.receiver is None else (operand.receiver,))))


UNKNOWN = Known(ValueKind.UNKNOWN)
OBJECT = Known(ValueKind.OBJECT)
NONE = Known(ValueKind.NONE)


def constant(value: object) -> Known:
    """A literal of the program as an operand."""
    if value is None:
        return NONE
    if isinstance(value, bool):
        return Known(ValueKind.TRUE if value else ValueKind.FALSE)
    if not isinstance(value, (str, bytes, int, float)):
        return OBJECT if value else UNKNOWN
    false = ValueKind.EMPTY if isinstance(value, (str, bytes)) else ValueKind.FALSE
    return Known(ValueKind.OBJECT if value else false, value)
