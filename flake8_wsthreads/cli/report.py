"""What a run of ``check`` has found, in the form that every output format takes."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from flake8_wsthreads.finding import Finding
from flake8_wsthreads.fixes.fix import Fix


@dataclass(frozen=True)
class Reported:
    """One finding in a file."""

    path: str
    """As flake8 writes it."""
    finding: Finding
    lines: tuple[str, ...]
    """The lines of its file, without their ends; empty where they cannot be read."""
    in_metadata: bool = False
    """Its file is one of the project's metadata, and not one that flake8 lints."""
    fix: Fix | None = None
    """What mends it; None where nothing does, and where nobody has asked."""

    @property
    def row(self) -> int:
        """The line, from 1."""
        return self.finding.location.line

    @property
    def column(self) -> int:
        """The column, from 1, as flake8 counts."""
        return self.finding.location.column + 1


@dataclass(frozen=True)
class Report:
    """What was found, in which files."""

    findings: tuple[Reported, ...]
    looked_at: int
    """How many Python files there were."""

    def counts(self) -> Counter[str]:
        """How many findings each code has."""
        return Counter(reported.finding.code for reported in self.findings)
