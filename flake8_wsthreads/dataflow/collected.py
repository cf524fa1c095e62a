"""What is collected while the paths of a function are followed, until it becomes a summary."""

from __future__ import annotations

import ast
from collections.abc import Collection
from typing import TypeVar

from flake8_wsthreads.cfg.graph import Node
from flake8_wsthreads.cfg.operand import ValueKind
from flake8_wsthreads.cfg.place import LastingPlace, Place
from flake8_wsthreads.cfg.raised import Raised, without_special_cases
from flake8_wsthreads.dataflow.summary import (
    Effect,
    Handed,
    LateClose,
    Rebinding,
    Summary,
    UntilTold,
    first_late_close,
    first_of,
)
from flake8_wsthreads.dataflow.value import AbstractValue

End = Effect | LastingPlace
"""How a path leaves the function with the connection open: it leaks, or this place keeps it."""


class Collected:
    """The fields of a summary, as they grow. See :class:`Summary` for what they mean."""

    def __init__(self) -> None:
        self._witnesses: dict[Effect, ast.AST] = {}
        self.closes: set[ast.AST] = set()
        self.joins: set[ast.AST] = set()
        self.until_told: list[UntilTold] = []
        self.late: LateClose | None = None
        self.entered = False
        self.returned = False
        self.returned_as: AbstractValue = ValueKind.CONNECTION
        self.returned_late = False
        self.stored: dict[LastingPlace, ast.AST] = {}
        self.kept: set[LastingPlace] = set()
        self.published: set[LastingPlace] = set()
        self.containers: set[LastingPlace] = set()
        self.on_stacks: set[LastingPlace] = set()
        self.collected: set[LastingPlace] = set()
        self.queued: dict[int, tuple[Node, LastingPlace]] = {}
        self.handed: dict[int, Handed] = {}
        self.running: set[int] = set()
        self.concurrent: list[tuple[ast.AST, ast.AST, ast.AST]] = []
        self.waits_for_others = False
        self.ends_threads = False
        self.passes_by = False
        """Some path asked about what others may change, and returns, or raises on purpose, without having received."""
        self.returns_open = False
        self.results: set[AbstractValue] = set()
        self.results_open: set[AbstractValue] = set()
        self.results_excused: set[AbstractValue] = set()
        self.rebinds: set[Rebinding] = set()
        self.raised: set[Raised] = set()
        self.ends_after: set[int] = set()
        self.goes_on_after: set[int] = set()
        self.raised_after: set[tuple[int, Raised]] = set()
        self.known_when_failed = False
        self.returns_excused = False
        self.closed_by_peer = False
        self.undecided = False
        self.held_in: set[Place] = set()

    def note(self, effect: Effect, witness: ast.AST) -> None:
        """Some path does this; the first witness in source order is kept."""
        self._witnesses[effect] = first_of(self._witnesses.get(effect), witness)

    def note_end(self, end: End, witness: ast.AST) -> None:
        """Some path ends so; what a place keeps it by is the first witness that is found."""
        if isinstance(end, Effect):
            self.note(end, witness)
        else:
            self.stored.setdefault(end, witness)

    def note_until_told(self, found: UntilTold) -> None:
        """Some path receives so."""
        if found not in self.until_told:
            self.until_told.append(found)

    def note_late(self, late: LateClose) -> None:
        """Some path registers a late close; the first in source order is kept."""
        self.late = first_late_close(self.late, late)

    @property
    def is_empty(self) -> bool:
        """Whether nothing has been collected yet."""
        return vars(self) == _NOTHING

    def summary(self) -> Summary:
        """What has been collected, for good."""
        witnesses = {effect.value: witness for effect, witness in self._witnesses.items()}
        if self.passes_by:
            # as if a lock kept the threads apart
            for effect in (Effect.RECEIVED_UNLOCKED, Effect.RECEIVED_AT_ONCE):
                witnesses.pop(effect.value, None)
        return Summary(
            **witnesses,
            closes=frozenset(self.closes),
            joins=frozenset(self.joins),
            until_told=tuple(self.until_told),
            late=self.late,
            entered=self.entered,
            returned=self.returned,
            returned_as=self.returned_as,
            returned_late=self.returned_late,
            stored=dict(self.stored),
            kept=frozenset(self.kept),
            published=frozenset(self.published),
            containers=frozenset(self.containers),
            on_stacks=frozenset(self.on_stacks),
            collected=frozenset(self.collected),
            queued=dict(self.queued),
            handed=dict(self.handed),
            running=frozenset(self.running),
            concurrent=tuple(self.concurrent),
            waits_for_others=self.waits_for_others,
            ends_threads=self.ends_threads,
            returns_open=self.returns_open,
            results=_in_order(self.results),
            results_open=_in_order(self.results_open),
            results_excused=_in_order(self.results_excused),
            rebinds=_in_order(self.rebinds),
            raised=_in_order(without_special_cases(self.raised)),
            ends_after=frozenset(self.ends_after),
            goes_on_after=frozenset(self.goes_on_after),
            raised_after=_in_order(self.raised_after),
            known_when_failed=self.known_when_failed,
            returns_excused=self.returns_excused,
            closed_by_peer=self.closed_by_peer,
            undecided=self.undecided,
            held_in=frozenset(self.held_in),
        )


Member = TypeVar("Member")


def _in_order(members: Collection[Member]) -> tuple[Member, ...]:
    """The members of a collection in an order that is the same in every run."""
    return tuple(members) if len(members) < 2 else tuple(sorted(members, key=repr))


_NOTHING = vars(Collected())
