"""What one step of a function does with the connection that an attribute, a module global or the like holds."""

from __future__ import annotations

import ast
import enum
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from flake8_wsthreads.cfg.graph import Member, Node, Op, Operand
from flake8_wsthreads.dataflow.summary import endless_loop
from flake8_wsthreads.dataflow.transfer_connection import ADDING
from flake8_wsthreads.facts import LateCloser, Spawner
from flake8_wsthreads.library.websockets import CLOSE_METHODS, DEPRECATED_BEFORE_ENTER, RECEIVE_METHODS, SENDING
from flake8_wsthreads.names.scopes import Scope
from flake8_wsthreads.ownership.place_aliases import YIELDING_ELEMENTS, Aliases, Holds, held_by, operands_of, refers


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
    unit: Scope
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
    unit: Scope
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
        return Event(kind, self.node.syntax, self.unit, deprecated=deprecated)


def mention(node: Node, unit: Scope, aliases: Aliases) -> Mention:
    """How a step of ``unit`` mentions the place."""
    held = tuple(operand for operand in (*node.operands, *node.arguments.all) if refers(operand, aliases))
    methods = frozenset(name for operand in operands_of(node) if (name := _method_of(operand, aliases)))
    return Mention(node, unit, aliases, held, methods)


def _method_of(operand: Operand, aliases: Aliases) -> str:
    """The name of the method when the operand is a bound method of the connection: ``self.ws.close``."""
    if isinstance(operand, Member) and operand.place not in aliases and refers(operand.base, aliases):
        return operand.name
    return ""


def step_events(mentioned: Mention) -> Iterator[Event]:
    """What a step does with the connection, for steps that stay in their function."""
    reader = _READERS.get(mentioned.node.op)
    if reader is not None:
        yield from reader(mentioned)


def _method(mentioned: Mention) -> Iterator[Event]:
    node, aliases = mentioned.node, mentioned.aliases
    base = held_by(node.operand, aliases)
    if base is Holds.CONNECTION:
        yield from _connection_method(mentioned, node.name)
    elif base is Holds.CONTAINER:
        return  # what a method of the container takes out is followed by its name
    elif mentioned.held:
        yield mentioned.event(EventKind.HAND_OUT)
    elif not node.name and (name := _method_of(node.operand, aliases)):
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
        yield Event(EventKind.USE, mentioned.node.syntax, mentioned.unit, forever, deprecated=deprecated)


def _received(mentioned: Mention, iterates: bool, deprecated: bool) -> Event:
    node = mentioned.node
    forever = endless_loop(node.loops, iterates)
    return Event(EventKind.RECEIVE, node.syntax, mentioned.unit, forever, node.locked, deprecated)


def _enter(mentioned: Mention) -> Iterator[Event]:
    if refers(mentioned.node.operand, mentioned.aliases):
        yield mentioned.event(EventKind.ENTER)
        yield mentioned.event(EventKind.USE)


def _exit(mentioned: Mention) -> Iterator[Event]:
    if refers(mentioned.node.operand, mentioned.aliases):
        yield mentioned.event(EventKind.CLOSE)


def _iterate(mentioned: Mention) -> Iterator[Event]:
    if held_by(mentioned.node.operand, mentioned.aliases) is Holds.CONNECTION:
        yield _received(mentioned, True, True)


def _register(mentioned: Mention) -> Iterator[Event]:
    if not mentioned.held and not mentioned.methods:
        return
    enters = mentioned.node.name == "enter"
    if enters and mentioned.held:
        yield mentioned.event(EventKind.ENTER)
    closes = mentioned.held or mentioned.hands_close
    yield mentioned.event(EventKind.CLOSE if closes else EventKind.USE, deprecated=not enters)


def _late(mentioned: Mention) -> Iterator[Event]:
    node = mentioned.node
    if (mentioned.held or mentioned.hands_close) and isinstance(node.detail, LateCloser):
        yield Event(EventKind.LATE_CLOSE, node.syntax, mentioned.unit, deprecated=True, late_closer=node.detail)


def _return(mentioned: Mention) -> Iterator[Event]:
    if refers(mentioned.node.operand, mentioned.aliases):
        yield mentioned.event(EventKind.RETURN)


def _yield(mentioned: Mention) -> Iterator[Event]:
    if refers(mentioned.node.operand, mentioned.aliases):
        yield mentioned.event(EventKind.HAND_OUT)


def _give(mentioned: Mention) -> Iterator[Event]:
    if mentioned.held or mentioned.methods:
        closes = mentioned.held or mentioned.hands_close
        yield mentioned.event(EventKind.HAND_OUT if closes else EventKind.USE)


def _spawn(mentioned: Mention) -> Iterator[Event]:
    if mentioned.methods:
        yield mentioned.event(EventKind.CLOSE if mentioned.hands_close else EventKind.USE)
    if mentioned.methods and getattr(mentioned.node.detail, "spawner", None) is Spawner.PROCESS:
        yield mentioned.event(EventKind.TO_PROCESS)


def _assign(mentioned: Mention) -> Iterator[Event]:
    # self.close = self.ws.close
    if mentioned.hands_close:
        yield mentioned.event(EventKind.HAND_OUT)


_READERS: Mapping[Op, Callable[[Mention], Iterator[Event]]] = {
    Op.METHOD: _method,
    Op.ENTER: _enter,
    Op.EXIT: _exit,
    Op.ITERATE: _iterate,
    Op.REGISTER: _register,
    Op.LATE: _late,
    Op.RETURN: _return,
    Op.YIELD: _yield,
    Op.GIVE: _give,
    Op.SPAWN: _spawn,
    Op.ASSIGN: _assign,
}
