"""What one step of a function does with the connection that an attribute, a module global or the like holds."""

from __future__ import annotations

import ast
import enum
from collections.abc import Iterator
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
from flake8_wsthreads.cfg.operand import Operand, ValueKind
from flake8_wsthreads.dataflow.flow_insensitive import FlowInsensitive
from flake8_wsthreads.dataflow.summary import Summary
from flake8_wsthreads.dataflow.value import (
    AbstractValue,
    BoundMethod,
    Environment,
    contains,
    holds,
    is_closer,
    value_of,
)
from flake8_wsthreads.facts import LateCloser, Spawner
from flake8_wsthreads.library.containers import ADDING, YIELDING_ELEMENTS
from flake8_wsthreads.names.scopes import Scope
from flake8_wsthreads.threads.start import Start


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
    thread: tuple[Start, Scope] | None = None
    """The start of the thread that does it, and what starts it, where that is handed the connection as an argument.

    What runs there may be the target of other threads, too, which get other connections.
    """


@dataclass(frozen=True)
class Mention:
    """A step that mentions the place, in a function in which ``environment`` is in its places."""

    steps: FlowInsensitive
    node: Node
    environment: Environment

    def given_on(self) -> list[AbstractValue]:
        """What it hands to something else of what the place holds."""
        values = (value_of(operand, self.environment) for operand in _handed(self.node.does))
        return [value for value in values if holds(value)]

    def event(self, kind: EventKind, **more: Any) -> Event:
        """One thing that this step does."""
        return Event(kind, self.node.syntax, self.steps.graph.scope, **more)


def _handed(does: Instruction) -> tuple[Operand, ...]:
    """What an instruction hands to something else: the arguments of a call, what it registers, binds or returns."""
    if isinstance(does, (CallMethod, CallFunction, Construct, Spawn)):
        return does.arguments.all
    if isinstance(does, (Register, CloseLate)):
        return does.registered
    if isinstance(does, (Return, Yield)):
        return (does.operand,)
    if isinstance(does, Assign):
        return (does.value,)
    return does.given if isinstance(does, Give) else ()


def is_way_to_close(value: AbstractValue) -> bool:
    """Whether who has a value can close the connection with it: ``ws.send`` is no way to."""
    return holds(value) and (not isinstance(value, BoundMethod) or is_closer(value))


def step_events(mention: Mention) -> Iterator[Event]:
    """What a step does with the connection, for steps that stay in their function."""
    does = mention.node.does
    if isinstance(does, Spawn):
        yield from _spawned(mention, does)
    elif isinstance(does, (Return, Yield)):
        if any(map(is_way_to_close, mention.given_on())):
            yield mention.event(EventKind.RETURN if isinstance(does, Return) else EventKind.HAND_OUT)
    elif isinstance(does, CallMethod):
        yield from _called(mention, does)
    elif isinstance(does, (Assign, CloseLate, Enter, Give, Leave, Next, Read, Register)):
        yield from _found(mention, mention.steps.summary(mention.node, mention.environment))


def _called(mention: Mention, does: CallMethod) -> Iterator[Event]:
    receiver = value_of(does.receiver, mention.environment)
    is_connection = receiver is ValueKind.CONNECTION
    if contains(receiver) or (is_connection and does.name in ADDING | YIELDING_ELEMENTS):
        return  # what a method of the container takes out is followed by its name
    if is_connection and not does.name:
        # what is called itself is no connection, but a method that was put there: self._cleanups.pop()()
        yield mention.event(EventKind.CLOSE)
    else:
        yield from _found(mention, mention.steps.summary(mention.node, mention.environment))


def _spawned(mention: Mention, does: Spawn) -> Iterator[Event]:
    values = (value_of(operand, mention.environment) for operand in does.operands())
    methods = [value for value in values if isinstance(value, BoundMethod)]
    if methods:
        yield mention.event(EventKind.CLOSE if any(map(is_closer, methods)) else EventKind.USE)
        if does.start.spawner is Spawner.PROCESS:
            yield mention.event(EventKind.TO_PROCESS)


def _found(mention: Mention, found: Summary) -> Iterator[Event]:
    deprecated = found.used_before_enter is not None
    if found.entered:
        yield mention.event(EventKind.ENTER)
        if isinstance(mention.node.does, Enter):
            yield mention.event(EventKind.USE)
    if found.closed is not None:
        yield mention.event(EventKind.CLOSE, deprecated=deprecated)
    elif found.received is not None:
        locked = found.received_unlocked is None
        yield mention.event(EventKind.RECEIVE, forever=found.received_forever, locked=locked, deprecated=deprecated)
    elif found.used is not None:
        yield mention.event(EventKind.USE, forever=found.sent_forever, deprecated=deprecated)
    if found.late is not None:
        yield mention.event(EventKind.LATE_CLOSE, deprecated=deprecated, late_closer=found.late.closer)
    if found.undecided:
        yield mention.event(EventKind.HAND_OUT)
    handed = found.given is not None or found.published or found.collected
    given = mention.given_on() if handed or isinstance(mention.node.does, Register) else []
    if found.closed is None and found.late is None and any(map(is_way_to_close, given)):
        yield mention.event(EventKind.HAND_OUT)
    elif found.closed is None and found.used is None and given:
        yield mention.event(EventKind.USE)
