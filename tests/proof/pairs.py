"""Programs put together from ways to write one thing and ways to write the next."""

from __future__ import annotations

from collections.abc import Iterable

from .__main__ import show
from .comparison import compare
from .execution import Discarded


def listed(text: str) -> list[str]:
    """The ways to write something, which empty lines keep apart."""
    return text.strip().split("\n\n")


def judged(programs: Iterable[str]) -> tuple[int, list[str]]:
    """How many programs give a verdict when they are run on all their paths, and each leak claimed that no run shows.

    One that goes wrong gives none: a tuple has no ``pop()``, and what may be None no ``close()``.
    """
    compared = 0
    false_alarms: list[str] = []
    for number, text in enumerate(programs):
        try:
            comparison = compare(text)
        except Discarded:
            continue
        compared += 1
        false_alarms += [show(number, text, each) for each in comparison.disagreements if each.false_alarm]
    return compared, false_alarms
