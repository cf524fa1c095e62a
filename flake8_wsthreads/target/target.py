"""One answer: the set of released versions that a project allows."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from flake8_wsthreads.target.releases import RELEASES, ReleaseRange


class TargetError(ValueError):
    """A statement of allowed releases that cannot be read. The message is one clear sentence."""


@dataclass(frozen=True)
class Origin:
    """The place that says which releases a project allows."""

    path: str
    """Of the file: absolute, but for the linted file itself, whose path is empty."""
    line: int
    text: str
    """As it is written there: ``websockets>=12``, ``^13.1``."""
    pinned: bool = False
    """A lock file."""


@dataclass(frozen=True)
class Target:
    """The releases of ``websockets`` that a project allows, all of them members of ``RELEASES``."""

    releases: frozenset[str] = frozenset(RELEASES)
    origin: Origin | None = None
    """Where that is said; None when nothing says anything, or the user's option does."""

    def admits_any(self, ranges: Iterable[ReleaseRange]) -> bool:
        """Whether the project allows a release that lies in one of the ranges."""
        return any(range_.admits(release) for range_ in ranges for release in self.releases)

    def admits_only(self, ranges: Iterable[ReleaseRange]) -> bool:
        """Whether every release that the project allows lies in one of the ranges."""
        ranges = tuple(ranges)
        return all(any(range_.admits(release) for range_ in ranges) for release in self.releases)
