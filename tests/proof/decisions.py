"""Choices of one run, and the order in which all runs of a program are tried."""

from __future__ import annotations

from collections.abc import Iterator, Sequence


class Decisions:
    """The choices of one run: those of a given beginning, and after it always the first alternative."""

    def __init__(self, beginning: Sequence[int] = ()) -> None:
        self._beginning = beginning
        self._taken: list[int] = []
        self._offered: list[int] = []
        self._described: list[tuple[str, str]] = []

    def choose(self, subject: str, alternatives: Sequence[str]) -> int:
        """Return the index of the alternative that this run takes; ``subject`` says what is decided."""
        position = len(self._taken)
        index = self._beginning[position] if position < len(self._beginning) else 0
        self._taken.append(index)
        self._offered.append(len(alternatives))
        self._described.append((subject, alternatives[index]))
        return index

    def trace(self) -> tuple[str, ...]:
        """Return the choices taken so far, each as a short sentence."""
        return tuple(f"{subject}: {outcome}" for subject, outcome in self._described)

    def next_beginning(self) -> list[int] | None:
        """Return the beginning of the next run, depth first; None when this was the last one."""
        for position in range(len(self._taken) - 1, -1, -1):
            if self._taken[position] + 1 < self._offered[position]:
                return [*self._taken[:position], self._taken[position] + 1]
        return None


def all_decisions(most: int) -> Iterator[Decisions]:
    """Yield one `Decisions` for each run, at most ``most``; each must be used before the next is asked for."""
    beginning: list[int] | None = []
    for _ in range(most):
        if beginning is None:
            return
        decisions = Decisions(beginning)
        yield decisions
        beginning = decisions.next_beginning()
