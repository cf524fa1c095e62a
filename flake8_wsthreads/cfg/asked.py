"""What the conditions of a program ask."""

from __future__ import annotations

import enum
from dataclasses import dataclass

from flake8_wsthreads.cfg.operand import Operand, place_of
from flake8_wsthreads.cfg.tracked import Comparison, Question, Subject, subject_of


class Asks(enum.Enum):
    """What a condition asks about an operand."""

    TRUTH = "is it true?"
    NONE = "is it None?"
    TRUE = "is it True itself?"
    FALSE = "is it False itself?"
    OBJECT = "is it an object of some class, or one that has something?"
    BOUND = "is there a variable of this name?"
    OPEN = "is the connection open?"
    CLOSED = "does this exception say that the connection is closed?"
    SENTINEL = "is it something that no connection is?"
    UNTOLD = "something else, which is not about one operand"


@dataclass(frozen=True)
class SameAs:
    """A condition asks whether an operand is what a parameter of the function holds."""

    parameter: Operand


@dataclass(frozen=True)
class Test:
    """What a branch asks."""

    asks: Asks | SameAs
    operand: Operand
    mentions: tuple[Operand, ...] = ()
    """What else it reads."""
    in_loop: bool = False
    """The condition of a ``while``: what it found last time says nothing about the next."""
    key: Comparison | Question | None = None
    """What the answer is remembered for: asked again, the same question has the same answer."""
    negated: bool = False
    """It asks the contrary of what is written: for ``n > 0`` whether ``n <= 0``."""
    again: bool = False
    """An earlier condition of the function asks the same."""
    ended_by_others: bool | None = None
    """The answer that ends a loop, where others may change what it asks about: ``while self.running``.

    None for all other conditions.
    """
    error_at: int = -1
    """Where the exception stands in what is pending that it asks about: ``if "closed" in str(error)``; -1 for none.

    Not for the class of an exception, where that is told.
    """

    @property
    def subject(self) -> Subject | None:
        """What it asks about: a place, or what an expression gives; None where that is not one thing."""
        return subject_of(self.key) if self.key is not None else place_of(self.operand)
