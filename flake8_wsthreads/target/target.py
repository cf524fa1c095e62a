"""One answer: the set of released versions that a project allows."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from flake8_wsthreads.target.releases import RELEASES, ReleaseRange


class TargetError(ValueError):
    """A statement of allowed releases that cannot be read. The message is one clear sentence."""


@dataclass(frozen=True)
class Target:
    """The releases of ``websockets`` that a project allows, all of them members of ``RELEASES``."""

    releases: frozenset[str] = frozenset(RELEASES)

    def admits_any(self, ranges: Iterable[ReleaseRange]) -> bool:
        """Whether the project allows a release that lies in one of the ranges."""
        return any(range_.admits(release) for range_ in ranges for release in self.releases)

    def admits_only(self, ranges: Iterable[ReleaseRange]) -> bool:
        """Whether every release that the project allows lies in one of the ranges."""
        ranges = tuple(ranges)
        return all(any(range_.admits(release) for range_ in ranges) for release in self.releases)
