"""How much work the analysis of one file may be: a count of steps, so that the answer is the same on every machine."""

from __future__ import annotations

STEPS = 200_000
"""A file may cost so many steps, one to two seconds of an ordinary machine. The files of the field study cost at most a
tenth of that."""


class OverBudget(Exception):
    """The file costs more than the budget: what its connections do is undecided."""


class Budget:
    """Counts the steps that the analysis of one file takes.

    A step is what takes a few microseconds: a state of a path, a mention of a name that is looked at. Loops that are
    not linear in the file spend it, and so do the passes over all of it, in larger coins.
    """

    def __init__(self, steps: int = STEPS) -> None:
        self.left = steps

    def spend(self, steps: int) -> None:
        """Note that so many steps were taken. Raises :class:`OverBudget` when there were too many."""
        self.left -= steps
        if self.left < 0:
            raise OverBudget
