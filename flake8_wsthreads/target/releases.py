"""The releases of ``websockets`` that have the synchronous client, as a frozen table."""

from __future__ import annotations

import functools
from collections.abc import Iterable
from dataclasses import dataclass

Release = tuple[int, ...]

# Oldest first, from the package index, November 2026. The synchronous client exists since 11.0.
RELEASES: tuple[str, ...] = (
    "11.0", "11.0.1", "11.0.2", "11.0.3", "12.0", "13.0", "13.0.1", "13.1", "14.0", "14.1", "14.2", "15.0", "15.0.1",
    "16.0", "16.1", "16.1.1", "17.0", "17.0.1", "17.1", "17.2", "17.3", "17.4",
)  # fmt: skip


# Rules compare the same few releases again for every file.
@functools.cache
def parse_release(text: str) -> Release:
    """The numbers of a final release: ``"13.0.1"`` is ``(13, 0, 1)``. Trailing zeros do not count."""
    return release_numbers(int(part) for part in text.split("."))


def release_numbers(parts: Iterable[int]) -> Release:
    """The numbers without the trailing zeros, so that 13, 13.0 and 13.0.0 are the same release."""
    numbers = list(parts)
    while numbers and numbers[-1] == 0:
        numbers.pop()
    return tuple(numbers)


@dataclass(frozen=True)
class ReleaseRange:
    """Releases from ``since`` (included) to ``before`` (excluded); None leaves that side open."""

    since: str | None = None
    before: str | None = None

    def admits(self, release: str) -> bool:
        """Whether the release lies in the range."""
        numbers = parse_release(release)
        return (self.since is None or numbers >= parse_release(self.since)) and (
            self.before is None or numbers < parse_release(self.before)
        )
