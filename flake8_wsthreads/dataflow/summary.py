"""What the paths of a function were seen to do with a connection."""

from __future__ import annotations

import ast
import enum
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from flake8_wsthreads.cfg.graph import Node
from flake8_wsthreads.cfg.loop_signals import StopSignal
from flake8_wsthreads.cfg.operand import ValueKind
from flake8_wsthreads.cfg.place import LastingPlace, Place
from flake8_wsthreads.cfg.raised import Raised
from flake8_wsthreads.dataflow.value import AbstractValue, in_common
from flake8_wsthreads.facts import LateCloser
from flake8_wsthreads.names.scopes import Scope
from flake8_wsthreads.threads.start import Start


@dataclass(frozen=True)
class Handed:
    """The connection reaches another thread or process at a step of the graph."""

    node: Node
    effect: Summary | None
    """What the target does with it; None where the file does not tell."""
    start: Start
    """The start whose thread gets it."""
    function: Scope | None = None
    """What runs there, where it is a function of this file."""
    repeated: bool = False
    ends_before: ast.AST | None = None
    """The end of the ``with`` block that some path reaches without waiting."""
    awaited: bool = False
    """Some path waits before the end of the block: a way out that does not is meant to end the thread."""
    container: bool = False
    """What is handed over is a container that holds the connection."""
    asked_before: bool = False
    """The function asks before about what others may change: it may start no second thread when it is called again."""


@dataclass(frozen=True)
class LateClose:
    """A call that registers a close for the exit of the interpreter, or for the death of an object."""

    syntax: ast.AST
    closer: LateCloser
    function: Scope
    """The function that makes the call: it may be one that the connection's function calls."""


class Effect(enum.Enum):
    """Something that a path does with a connection; the value is the field of :class:`Summary` with its witness."""

    CLOSED = "closed"
    GIVEN = "given"
    LEAKS_NORMALLY = "leaks_normally"
    LEAKS_ON_ERROR = "leaks_on_error"
    OVERWRITTEN = "overwritten"
    USED_BEFORE_ENTER = "used_before_enter"
    USED = "used"
    RECEIVED = "received"
    RECEIVED_UNLOCKED = "received_unlocked"
    RECEIVED_AT_ONCE = "received_at_once"
    RECEIVED_FOREVER = "received_forever"
    RECEIVED_WAITING = "received_waiting"
    SENT_FOREVER = "sent_forever"


@dataclass(frozen=True)
class UntilTold:
    """A receive without a timeout in a loop that flags or events end, and nothing else but the end of the connection.
    """

    receive: ast.AST
    signals: tuple[StopSignal, ...]


Rebinding = tuple[bool, tuple[tuple[Place, AbstractValue], ...]]
"""Whether the peer has closed the connection, and what is in the variables of enclosing scopes then."""


@dataclass(frozen=True)
class Summary:
    """What all paths of a function do; of several witnesses the first in source order is kept."""

    closed: ast.AST | None = None
    closes: frozenset[ast.AST] = frozenset()
    """All that closes it on some path."""
    given: ast.AST | None = None
    """It goes to code of which the file does not tell what becomes of it."""
    leaks_normally: ast.AST | None = None
    leaks_on_error: ast.AST | None = None
    overwritten: ast.AST | None = None
    used_before_enter: ast.AST | None = None
    late: LateClose | None = None
    used: ast.AST | None = None
    received: ast.AST | None = None
    received_unlocked: ast.AST | None = None
    received_at_once: ast.AST | None = None
    """The first receive that no lock guards and that nothing comes before which waits for another thread."""
    received_forever: ast.AST | None = None
    received_waiting: ast.AST | None = None
    """The first receive that waits for the next message as long as that takes, and that each call comes to."""
    until_told: tuple[UntilTold, ...] = ()
    joins: frozenset[ast.AST] = frozenset()
    """The calls of ``join()`` without a timeout that some path reaches before the connection is closed."""
    sent_forever: ast.AST | None = None
    """The loop without an end in which it sends or pings."""
    entered: bool = False
    returned: bool = False
    returned_as: AbstractValue = ValueKind.CONNECTION
    """How the returned value holds it: as itself, or in a tuple."""
    returned_late: bool = False
    """It is returned on some path that has registered a late close."""
    stored: Mapping[LastingPlace, ast.AST] = field(default_factory=dict)
    kept: frozenset[LastingPlace] = frozenset()
    """Those of the owners in ``stored`` that keep it when the function ends without an exception."""
    published: frozenset[LastingPlace] = frozenset()
    """The owners that it was bound to at some time, whether or not they keep it."""
    collected: frozenset[LastingPlace] = frozenset()
    """The containers that outlive the function and that it was put into at some time."""
    queued: Mapping[int, tuple[Node, LastingPlace]] = field(default_factory=dict)
    """The steps that put it into a queue that outlives the function."""
    handed: Mapping[int, Handed] = field(default_factory=dict)
    running: frozenset[int] = frozenset()
    """Those of the keys in ``handed`` whose threads may still be at work when the function returns."""
    concurrent: tuple[tuple[ast.AST, ast.AST, ast.AST], ...] = ()
    """The later hand-over and the two places that receive."""
    waits_for_others: bool = False
    """Some path waits until another thread lets it go on."""
    ends_threads: bool = False
    """Some path waits for the end of threads, or lets code end them that is not to be seen."""
    returns_open: bool = False
    results: tuple[AbstractValue, ...] = ()
    """What it returns on the paths that do not return the connection.

    This and the four below have the same order in every run.
    """
    results_open: tuple[AbstractValue, ...] = ()
    """Those of the results that it returns while the connection is open."""
    results_excused: tuple[AbstractValue, ...] = ()
    """Those that it returns where it has learned that the connection is closed, or does not tell."""
    rebinds: tuple[Rebinding, ...] = ()
    """What it may leave in the variables of enclosing scopes that it binds."""
    raised: tuple[Raised, ...] = ()
    """The exceptions with which it leaves the connection open."""
    ends_after: frozenset[int] = frozenset()
    """After how many elements a generator that is gone through may end."""
    goes_on_after: frozenset[int] = frozenset()
    """After how many it may give another one."""
    raised_after: tuple[tuple[int, Raised], ...] = ()
    """What it raises, and after how many elements."""
    known_when_failed: bool = False
    """Where it raises with the connection open, others may know the object that keeps it."""
    returns_excused: bool = False
    closed_by_peer: bool = False
    """Some path has learned that the peer closed it, and goes on."""
    undecided: bool = False
    containers: frozenset[LastingPlace] = frozenset()
    """Those of the owners in ``stored`` that keep a container which holds the connection."""
    on_stacks: frozenset[LastingPlace] = frozenset()
    """The exit stacks of objects that it is left to."""
    held_in: frozenset[Place] = frozenset()
    """The variables that held it on some path."""

    def joined(self, other: Summary) -> Summary:
        """What the paths of both do; itself where the other one adds nothing."""
        changed: dict[str, Any] = {}
        for name, found in vars(other).items():
            known = getattr(self, name)
            if found and found is not known and name != "returned_as":
                both = _joined(known, found)
                if both != known:
                    changed[name] = both
        if other.returned:
            as_value = in_common(self.returned_as, other.returned_as) if self.returned else other.returned_as
            if as_value != self.returned_as:
                changed["returned_as"] = as_value
        return replace(self, **changed) if changed else self

    @property
    def takes(self) -> bool:
        """Whether some path closes it or gives it away."""
        return self.closed is not None or self.given is not None or bool(self.stored) or self.undecided


def _joined(one: Any, other: Any) -> Any:
    """What was found of a field on one side and on the other; on the latter something was."""
    if not one:
        return other
    if isinstance(one, frozenset):
        return one | other
    if isinstance(one, tuple):
        return tuple(dict.fromkeys((*one, *other)))
    if isinstance(one, Mapping):
        return {**other, **one}
    if isinstance(one, LateClose):
        return first_late_close(one, other)
    return first_of(one, other) if isinstance(one, ast.AST) else one


def first_of(known: ast.AST | None, witness: ast.AST) -> ast.AST:
    """The one of two witnesses that comes first in the source."""
    return witness if known is None or position_of(witness) < position_of(known) else known


def first_late_close(known: LateClose | None, late: LateClose) -> LateClose:
    """The one of two late closes that comes first in the source."""
    return late if known is None or position_of(late.syntax) < position_of(known.syntax) else known


def position_of(node: ast.AST) -> tuple[int, int]:
    """Where a witness stands in the source."""
    return getattr(node, "lineno", 0), getattr(node, "col_offset", 0)
