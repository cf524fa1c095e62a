"""The form of a row: what a callable of another module does, as far as it matters to a connection."""

from __future__ import annotations

import enum
from collections.abc import Iterable
from dataclasses import dataclass


class Raises(enum.Enum):
    """Whether a call raises in a program that works at all. A step that cannot raise cannot skip a close."""

    MAYBE = "maybe"
    NEVER = "never"
    NEVER_WITHOUT_ARGUMENTS = "never without arguments"
    NEVER_OFF_MAIN = "never off the main thread"
    """On the main thread control-C ends the wait."""


class Manages(enum.Enum):
    """What a ``with`` statement does with an object of a class."""

    MAYBE_RAISES = "maybe raises"
    ENTERS_QUIETLY = "enters quietly"
    """Entering does not raise; leaving may: an exit stack runs callbacks."""
    QUIETLY = "quietly"
    """Neither raises by itself."""


@dataclass(frozen=True)
class Behaviour:
    """What one callable does."""

    raises: Raises = Raises.MAYBE
    reports: bool = False
    """It only says something: it keeps nothing, and goes on."""
    gives_logger: bool = False
    """Its result, or what the name is, has the methods of a logger."""
    pauses: bool = False
    """It only lets time pass."""
    waits_as_told: bool = False
    """A method that raises when it is told not to wait, or not for ever: ``queue.put(job, timeout=1)``."""
    manages: Manages = Manages.MAYBE_RAISES
    is_lock: bool = False
    reads: bool = False
    """It makes an object of what it is given, and may fail at that: it reads a text, or opens something."""


UNKNOWN = Behaviour()
"""Of what nothing is known."""


def rows(behaviour: Behaviour, names: Iterable[str]) -> dict[str, Behaviour]:
    """The same row for several callables."""
    return dict.fromkeys(names, behaviour)
