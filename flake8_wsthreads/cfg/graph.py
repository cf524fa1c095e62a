"""The control-flow graph of one function: steps, and the normal and exceptional edges between them.

A ``finally`` body, and the exit of a ``with`` block, stand in the graph once. What happens after them is on a stack
that a path carries along: each entry is the exception under way or the step to go on with. ``depth`` is the length of
that stack at a step; it is known when the graph is made.
"""

from __future__ import annotations

import ast
import enum
from collections import Counter
from dataclasses import dataclass, field

from flake8_wsthreads.cfg.place import Equality, Place, Question, Tracked
from flake8_wsthreads.cfg.raised import Caught, ExceptionClass, Raised
from flake8_wsthreads.names.scopes import Scope


class Op(enum.IntEnum):
    """What a step does."""

    NOTHING = 0
    RAISES = enum.auto()
    """Something that may raise and touches no connection."""
    OPEN = enum.auto()
    ASSIGN = enum.auto()
    BRANCH = enum.auto()
    METHOD = enum.auto()
    """A method of an operand is called: ``ws.recv()``, ``connections.append(ws)``."""
    CALL = enum.auto()
    """A function of this file is called."""
    CONSTRUCT = enum.auto()
    """A class of this file is called."""
    GIVE = enum.auto()
    """The operands reach code that this file does not define."""
    READ = enum.auto()
    """The operands are read by something that keeps none of them: ``print(ws)``."""
    UNPACK = enum.auto()
    """The operand is taken apart into several variables."""
    SPAWN = enum.auto()
    ENTER = enum.auto()
    EXIT = enum.auto()
    REGISTER = enum.auto()
    """The operand will be closed by an exit stack, a test's clean-up or a fixture's finalizer."""
    LATE = enum.auto()
    """A close of the operand is registered for the exit of the interpreter."""
    ITERATE = enum.auto()
    YIELD = enum.auto()
    RETURN = enum.auto()
    RAISE = enum.auto()
    RERAISE = enum.auto()
    HANDLERS = enum.auto()
    POP = enum.auto()
    """Cuts the stack of pending continuations to the depth of this step."""
    REST = enum.auto()
    """The end of an ``except*`` handler: what else was in the group goes on."""
    PUSH = enum.auto()
    DISPATCH = enum.auto()
    NORMAL_EXIT = enum.auto()
    ERROR_EXIT = enum.auto()
    PROCESS_EXIT = enum.auto()
    """``os._exit()``: no code of this program runs any more."""


class Basic(enum.IntEnum):
    """What a variable holds on a path, as far as conditions can tell it apart."""

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


@dataclass(frozen=True)
class Known:
    """A value that needs no variable."""

    value: Basic


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
class Callback:
    """A function of this file as a value, with what ``partial`` or its default arguments bind."""

    function: Scope
    receiver: Operand | None = None
    bound: tuple[Operand, ...] = ()


Operand = Place | Known | Member | Element | Pack | Closing | Callback


def place_of(operand: Operand) -> Place | None:
    """Where a variable or an attribute is kept; None for all other operands."""
    if isinstance(operand, Place):
        return operand
    return operand.place if isinstance(operand, Member) else None


UNKNOWN = Known(Basic.UNKNOWN)
OBJECT = Known(Basic.OBJECT)
NONE = Known(Basic.NONE)


@dataclass(frozen=True)
class OwnerReference:
    """A place that outlives the function: an attribute of a class of this file, a module global, a closure variable."""

    holder: Scope
    """The class, the module, or the enclosing function."""
    name: str
    text: str
    """As the user wrote it."""
    on_class: bool = False
    cached: bool = False
    """It is the result of the function of this name, which ``functools.lru_cache`` keeps."""


@dataclass(eq=False)
class Loop:
    """A loop, and whether it can end other than by an exception of what it waits for."""

    syntax: ast.AST
    endless: bool
    while_true: bool
    handlers_around: int
    """How many handlers stand around it: those further in may keep an exception from leaving it."""


@dataclass(frozen=True)
class Arguments:
    """The arguments of a call as operands; ``spread`` holds what stands behind ``*`` and ``**``."""

    positional: tuple[Operand, ...] = ()
    keywords: tuple[tuple[str, Operand], ...] = ()
    spread: tuple[Operand, ...] = ()
    all: tuple[Operand, ...] = field(init=False)

    def __post_init__(self) -> None:
        every = self.positional + tuple(operand for _, operand in self.keywords) + self.spread
        object.__setattr__(self, "all", every)


NO_ARGUMENTS = Arguments()


@dataclass(frozen=True)
class Test:
    """What a branch asks: the truth of an operand, whether it is None, or something that the analysis cannot tell."""

    kind: str
    """``truth``; ``none``; ``true`` and ``false`` (is it that literal?); ``object`` (of some class?);
    ``same`` (is it the parameter in ``mentions``?); ``bound`` (is the variable there?); ``open`` (in that state?);
    ``sentinel`` (is it something that no connection is?); ``opaque``."""
    operand: Operand
    mentions: tuple[Operand, ...] = ()
    in_loop: bool = False
    """The condition of a ``while``: what it found last time says nothing about the next."""
    key: Equality | Question | None = None
    """What the answer is remembered for: asked again, the same question has the same answer."""


@dataclass(eq=False, slots=True)
class Node:
    """One step. Which of the fields mean something depends on ``op``."""

    op: Op
    syntax: ast.AST
    next: list[int]
    error: int
    """The step that an exception leads to."""
    depth: int
    error_depth: int
    loops: tuple[Loop, ...] = ()
    operand: Operand = UNKNOWN
    operands: tuple[Operand, ...] = ()
    target: Tracked | None = None
    """The place that the result is bound to, or what is known from now on."""
    seen: Place | None = None
    """Of a loop: whether its container has given what it holds."""
    name: str = ""
    arguments: Arguments = NO_ARGUMENTS
    function: Scope | None = None
    receiver: Operand | None = None
    test: Test | None = None
    raised: Raised | None = None
    handlers: tuple[tuple[Caught, int], ...] = ()
    resume: int = -1
    detail: object = None
    captured: tuple[Place, ...] = ()
    """The variables of this function that the called function mentions."""
    locked: bool = False
    """It stands in a ``with`` block that holds a lock."""
    safe: bool = False
    """It never raises."""
    stoppable: bool = False
    """A ``try`` around it catches an exception that is there to end what goes on in it."""
    interruptible: bool = False
    """Handlers: a ``try`` further out catches ``KeyboardInterrupt``."""
    in_final: bool = False
    """It stands in the body of a ``finally`` that closes something."""
    asks: Equality | Question | None = None
    """The question that this step is part of: what was asked before does not raise now."""


@dataclass(eq=False)
class Graph:
    """The graph of one function, lambda, class body or module."""

    scope: Scope
    nodes: list[Node] = field(default_factory=list)
    entry: int = 0
    normal_exit: int = 0
    error_exit: int = 0
    owners: dict[Place, OwnerReference] = field(default_factory=dict)
    """The slots that outlive the function."""
    fills: OwnerReference | None = None
    """The attribute in which a ``cached_property`` keeps what this function returns."""
    rebound: tuple[Place, ...] = ()
    """The variables of enclosing scopes that the function binds (``nonlocal``, ``global``)."""
    foreign: set[Place] = field(default_factory=set)
    """The slots on objects that this file does not define."""
    containers: set[Place] = field(default_factory=set)
    """The local variables that only ever hold containers made here."""
    stacks: set[Place] = field(default_factory=set)
    """Those of the containers that are exit stacks: ``close()`` closes what is in them."""
    paired: set[Place] = field(default_factory=set)
    """The variables that a loop binds together: ``for name, ws in …``. Which of them is a connection is not told."""
    made: set[Place] = field(default_factory=set)
    """The attributes that this function binds to a new container: to add to it does not raise."""
    tests: Counter[Tracked] = field(default_factory=Counter)
    """How often a condition asks about a slot."""
    assigned: set[Tracked] = field(default_factory=set)
    """The slots that are bound to something that may be known."""
    thread_slots: set[Place] = field(default_factory=set)
    """The slots whose truth says that a thread of this function is there: ``reader``, ``reader.is_alive()``."""
    wait_slots: set[Place] = field(default_factory=set)
    """The slots whose truth says that what was waited for has come: ``ready.wait(timeout=1)``."""
    dispatched_at: dict[int, int] = field(default_factory=dict)
    """For the first step of each ``finally`` body (or exit of a ``with`` block) the step that ends it."""
    questions: set[Question] = field(default_factory=set)
    """What is remembered, besides what places hold."""
    exceptions: dict[ExceptionClass, Raised] = field(default_factory=dict)
    """The exception classes of the file that handlers here name, each with what it is."""
    asked_about: frozenset[Place] = frozenset()
    """The variables that remembered answers depend on."""
    registered: Counter[Place] = field(default_factory=Counter)
    """How often something is left to an exit stack, by the slot of the stack."""
    is_generator: bool = False
    resumes_after_yield: bool = False
    """A pytest fixture: the code after ``yield`` runs whatever happens to the test."""
    is_context_manager: bool = False
