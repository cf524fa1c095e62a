"""What one step of a function does with the connection that an attribute, a module global or the like holds."""

from __future__ import annotations

import ast
import enum
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from flake8_wsthreads.cfg.graph import Node
from flake8_wsthreads.cfg.instruction import (
    Assign,
    CallFunction,
    CallMethod,
    CloseLate,
    Construct,
    Enter,
    Give,
    Instruction,
    Leave,
    Next,
    Read,
    Register,
    Return,
    Spawn,
    Yield,
)
from flake8_wsthreads.cfg.operand import Member, Operand
from flake8_wsthreads.dataflow.summary import endless_loop
from flake8_wsthreads.facts import LateCloser, Spawner
from flake8_wsthreads.library.containers import ADDING, YIELDING_ELEMENTS
from flake8_wsthreads.library.websockets import CLOSE_METHODS, DEPRECATED_BEFORE_ENTER, RECEIVE_METHODS, SENDING
from flake8_wsthreads.names.scopes import Scope
from flake8_wsthreads.ownership.place_aliases import Aliases, Holds, held_by, refers


class EventKind(enum.Enum):
    """What a function does with the connection."""

    CLOSE = "close"
    """Closes it, or hands its ``close`` to something that calls it before the program ends."""
    LATE_CLOSE = "late close"
    """Has it closed when the interpreter exits, or when an object dies."""
    ENTER = "enter"
    """Enters it: ``with self.ws``, ``enter_context(self.ws)``, ``self.ws.__enter__()``."""
    RECEIVE = "receive"
    """Receives from it, or iterates it."""
    USE = "use"
    """Anything else that a method of it does."""
    TO_PROCESS = "to process"
    """Makes one of its methods the target of another process."""
    HAND_OUT = "hand out"
    """Gives it, or a way to close it, to code that this file does not define."""
    RETURN = "return"
    """Returns it to the function's caller."""


@dataclass(frozen=True)
class Event:
    """One thing that a function does with the place."""

    kind: EventKind
    syntax: ast.AST
    function: Scope
    """The function that does it."""
    forever: ast.AST | None = None
    """The loop without an end in which it receives, or sends."""
    locked: bool = False
    """It happens while a lock is held."""
    deprecated: bool = False
    """Warns on websockets 17.1 and later, unless the connection was entered before."""
    late_closer: LateCloser | None = None
    """What closes it late."""


@dataclass(frozen=True)
class Mention:
    """A step that mentions the place, in a function whose ``aliases`` are the names of what the place holds."""

    node: Node
    function: Scope
    aliases: Aliases
    held: tuple[Operand, ...]
    """The arguments through which the connection can be reached."""
    methods: frozenset[str]
    """The bound methods of the connection among what the step reads: ``close`` for ``callback(self.ws.close)``."""

    @property
    def hands_close(self) -> bool:
        """Whether it reads a bound method that closes the connection."""
        return not CLOSE_METHODS.isdisjoint(self.methods)

    def event(self, kind: EventKind, deprecated: bool = False) -> Event:
        """What this step does."""
        return Event(kind, self.node.syntax, self.function, deprecated=deprecated)


def mention(node: Node, function: Scope, aliases: Aliases) -> Mention:
    """How a step of ``function`` mentions the place."""
    held = tuple(operand for operand in given_on(node.does) if refers(operand, aliases))
    methods = frozenset(name for operand in node.does.operands() if (name := _method_of(operand, aliases)))
    return Mention(node, function, aliases, held, methods)


def given_on(does: Instruction) -> tuple[Operand, ...]:
    """What an instruction hands to something else: the arguments of a call, what is registered or read."""
    if isinstance(does, (CallMethod, CallFunction, Construct, Spawn)):
        return does.arguments.all
    if isinstance(does, (Register, CloseLate)):
        return does.registered
    if isinstance(does, Read):
        return does.read
    return does.given if isinstance(does, Give) else ()


def _method_of(operand: Operand, aliases: Aliases) -> str:
    """The name of the method when the operand is a bound method of the connection: ``self.ws.close``."""
    if isinstance(operand, Member) and operand.place not in aliases and refers(operand.base, aliases):
        return operand.name
    return ""


def step_events(mentioned: Mention) -> Iterator[Event]:
    """What a step does with the connection, for steps that stay in their function."""
    reader = _READERS.get(type(mentioned.node.does))
    if reader is not None:
        yield from reader(mentioned, mentioned.node.does)


def _method(mentioned: Mention, does: CallMethod) -> Iterator[Event]:
    aliases = mentioned.aliases
    base = held_by(does.receiver, aliases)
    if base is Holds.CONNECTION:
        yield from _connection_method(mentioned, does.name)
    elif base is Holds.CONTAINER:
        return  # what a method of the container takes out is followed by its name
    elif mentioned.held:
        yield mentioned.event(EventKind.HAND_OUT)
    elif not does.name and (name := _method_of(does.receiver, aliases)):
        yield from _connection_method(mentioned, name)
    elif mentioned.methods:
        yield mentioned.event(EventKind.HAND_OUT if mentioned.hands_close else EventKind.USE)


def _connection_method(mentioned: Mention, name: str) -> Iterator[Event]:
    deprecated = name in DEPRECATED_BEFORE_ENTER
    if name in CLOSE_METHODS or not name:
        # what is called itself is no connection, but a method that was put there: self._cleanups.pop()()
        yield mentioned.event(EventKind.CLOSE, deprecated)
    elif name == "__enter__":
        yield mentioned.event(EventKind.ENTER)
    elif name in RECEIVE_METHODS:
        yield _received(mentioned, False, deprecated)
    elif name not in ADDING and name not in YIELDING_ELEMENTS:
        forever = endless_loop(mentioned.node.loops, False) if name in SENDING else None
        yield Event(EventKind.USE, mentioned.node.syntax, mentioned.function, forever, deprecated=deprecated)


def _received(mentioned: Mention, iterates: bool, deprecated: bool) -> Event:
    node = mentioned.node
    forever = endless_loop(node.loops, iterates)
    return Event(EventKind.RECEIVE, node.syntax, mentioned.function, forever, node.locked, deprecated)


def _enter(mentioned: Mention, does: Enter) -> Iterator[Event]:
    if refers(does.manager, mentioned.aliases):
        yield mentioned.event(EventKind.ENTER)
        yield mentioned.event(EventKind.USE)


def _leave(mentioned: Mention, does: Leave) -> Iterator[Event]:
    if refers(does.manager, mentioned.aliases):
        yield mentioned.event(EventKind.CLOSE)


def _next(mentioned: Mention, does: Next) -> Iterator[Event]:
    if held_by(does.iterable, mentioned.aliases) is Holds.CONNECTION:
        yield _received(mentioned, True, True)


def _register(mentioned: Mention, does: Register) -> Iterator[Event]:
    if not mentioned.held and not mentioned.methods:
        return
    if does.enters and mentioned.held:
        yield mentioned.event(EventKind.ENTER)
    closes = mentioned.held or mentioned.hands_close
    yield mentioned.event(EventKind.CLOSE if closes else EventKind.USE, deprecated=not does.enters)


def _close_late(mentioned: Mention, does: CloseLate) -> Iterator[Event]:
    if mentioned.held or mentioned.hands_close:
        syntax = mentioned.node.syntax
        yield Event(EventKind.LATE_CLOSE, syntax, mentioned.function, deprecated=True, late_closer=does.closer)


def _return(mentioned: Mention, does: Return) -> Iterator[Event]:
    if refers(does.operand, mentioned.aliases):
        yield mentioned.event(EventKind.RETURN)


def _yield(mentioned: Mention, does: Yield) -> Iterator[Event]:
    if refers(does.operand, mentioned.aliases):
        yield mentioned.event(EventKind.HAND_OUT)


def _give(mentioned: Mention, does: Give) -> Iterator[Event]:
    if mentioned.held or mentioned.methods:
        closes = mentioned.held or mentioned.hands_close
        yield mentioned.event(EventKind.HAND_OUT if closes else EventKind.USE)


def _spawn(mentioned: Mention, does: Spawn) -> Iterator[Event]:
    if mentioned.methods:
        yield mentioned.event(EventKind.CLOSE if mentioned.hands_close else EventKind.USE)
    if mentioned.methods and does.start.spawner is Spawner.PROCESS:
        yield mentioned.event(EventKind.TO_PROCESS)


def _assign(mentioned: Mention, does: Assign) -> Iterator[Event]:
    # self.close = self.ws.close
    if mentioned.hands_close:
        yield mentioned.event(EventKind.HAND_OUT)


_READERS: Mapping[type[Instruction], Callable[[Mention, Any], Iterator[Event]]] = {
    CallMethod: _method,
    Enter: _enter,
    Leave: _leave,
    Next: _next,
    Register: _register,
    CloseLate: _close_late,
    Return: _return,
    Yield: _yield,
    Give: _give,
    Spawn: _spawn,
    Assign: _assign,
}
