"""The state of a path at a step: what its places hold, what goes on after it, and what else it knows."""

from __future__ import annotations

from typing import Any, NamedTuple

from flake8_wsthreads.cfg.raised import Raised
from flake8_wsthreads.cfg.tracked import Tracked
from flake8_wsthreads.dataflow.value import AbstractValue, Environment, holds

Pending = tuple[int | Raised, ...]


class Phase:
    """How far a thread is that was given the connection."""

    CREATED = 0
    STARTED = 1
    """Started, and nothing since has waited for anything."""
    LOOPED = 2
    """Started, and nothing since has waited but the turns of a loop."""
    WAITED = 3
    """Started, and something since may have waited for it."""

    RUNNING = (STARTED, LOOPED)


class Turn:
    """What a path of a called function tells about whether the function receives whenever it is called."""

    UNASKED = 0
    ASKED = 1
    """It asked about something that others may change, and has not received yet."""
    RECEIVED = 2


MOST_COUNTED = 3
"""Up to so many elements of a generator are told apart."""


class Flags(NamedTuple):
    """What a path knows besides its variables."""

    lost: bool = False
    """Nothing on this path can reach the connection any more."""
    overwritten_at: int = -1
    """The step that bound its last variable to something else."""
    entered: bool = False
    late: bool = False
    """A close at interpreter exit is registered."""
    excused: bool = False
    """Nothing is claimed of what stays open: the library said that the connection is closed (an iteration ended,
    ``ConnectionClosed`` was caught), or the file does not tell whether there is such a path at all."""
    unopened: bool = False
    """What ``reconnect(…)`` returned has not been entered yet."""
    being_closed: bool = False
    """A generator whose consumer stopped: it must not yield any more."""
    given: int = -1
    """How many elements a generator has given that somebody goes through to its end; -1 for everything else.

    Of more than ``MOST_COUNTED`` it is so many.
    """
    let_go: bool = False
    """It waited until another thread let it go on: ``ready.wait()``, ``jobs.get()``."""
    known_to_others: bool = False
    """Others got to know the object that is being made: ``REGISTRY.append(self)``."""
    turn: int = Turn.UNASKED
    threads: tuple[tuple[int, int], ...] = ()
    """The steps that handed the connection to a thread, each with its phase."""


_NO_FLAGS = Flags()

Key = tuple[frozenset[tuple[Tracked, AbstractValue]], Pending, Flags]
"""All by which two states differ."""


class State:
    """A path at a step. Nothing in it is ever changed in place."""

    __slots__ = ("_items", "_key", "_with_pending", "environment", "flags", "number", "pending")

    def __init__(
        self,
        environment: Environment,
        pending: Pending = (),
        flags: Flags = _NO_FLAGS,
        items: frozenset[tuple[Tracked, AbstractValue]] | None = None,
    ) -> None:
        self.environment = environment
        self.pending = pending
        self.flags = flags
        self._items = items
        self._key: Key | None = None
        self.number = -1
        """What the interpreter that made it calls all states with this key."""
        self._with_pending: dict[Pending, State] | None = None

    @property
    def key(self) -> Key:
        """Equal for states from which the paths go on alike."""
        if self._key is None:
            items = self._items
            if items is None:
                items = self._items = frozenset(self.environment.items())
            self._key = (items, self.pending, self.flags)
        return self._key

    @property
    def key_of_claimed(self) -> Key:
        """The key of the state that differs from this one only in that it is not excused."""
        items, pending, flags = self.key
        return items, pending, flags._replace(excused=False)

    @property
    def lost(self) -> bool:
        """Nothing on this path can reach the connection any more."""
        return self.flags.lost

    @property
    def entered(self) -> bool:
        """The connection was entered by ``with``."""
        return self.flags.entered

    @property
    def late(self) -> bool:
        """A close at interpreter exit is registered."""
        return self.flags.late

    @property
    def excused(self) -> bool:
        """Nothing is claimed of what stays open on this path."""
        return self.flags.excused

    @property
    def unopened(self) -> bool:
        """What ``reconnect(…)`` returned has not been entered yet."""
        return self.flags.unopened

    @property
    def threads(self) -> tuple[tuple[int, int], ...]:
        """The steps that handed the connection to a thread, each with its phase."""
        return self.flags.threads

    def unnumbered(self) -> State:
        """The same for another interpreter, which has its own numbers."""
        return State(self.environment, self.pending, self.flags, self._items)

    def flagged(self, **flags: Any) -> State:
        """The same with other flags."""
        return State(self.environment, self.pending, self.flags._replace(**flags), self._items)

    def with_pending(self, pending: Pending) -> State:
        """The same with another stack of continuations."""
        if pending == self.pending:
            return self
        # many steps in a row lead to the same handler
        others = self._with_pending
        if others is None:
            others = self._with_pending = {}
        known = others.get(pending)
        if known is None:
            known = others[pending] = State(self.environment, pending, self.flags, self._items)
        return known

    def with_environment(self, environment: Environment) -> State:
        """The same with other variables."""
        return State(environment, self.pending, self.flags)

    def at_error_exit(self) -> State:
        """The same where it leaves with an exception: of its variables only what holds the connection counts."""
        held = {place: value for place, value in self.environment.items() if holds(value)}
        return self if len(held) == len(self.environment) else self.with_environment(held)

    def with_threads(self, threads: tuple[tuple[int, int], ...]) -> State:
        """The same with other threads."""
        return self if threads == self.threads else self.flagged(threads=threads)
