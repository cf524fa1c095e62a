"""What a kind of fix is asked about: one finding, with the file that it stands in."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from flake8_wsthreads.facts import Connection
from flake8_wsthreads.finding import Finding
from flake8_wsthreads.fixes.fix import Change
from flake8_wsthreads.target import Target

if TYPE_CHECKING:
    from flake8_wsthreads.fixes.parsed import Parsed


@dataclass(frozen=True)
class Fault:
    """One finding in a file, and what is known of it there."""

    text: str
    r"""The text of the file, its lines with ``\n``."""
    finding: Finding
    parsed: Parsed | None
    """The file as libcst reads it; None where it cannot, and where the file is no Python."""
    connection: Connection | None
    """The connection at whose opening the finding stands; None for a finding of another place."""
    connections: tuple[Connection, ...]
    """All that the file opens or borrows."""
    target: Target
    """The releases that the project allows."""


Kind = Callable[[Fault], Iterator[Change]]
"""A kind of fix: what it proposes for a fault, the best first; nothing where it does not fit."""
