"""A user's directory, and flake8 run on it in this process: a run costs a tenth of one in a process of its own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest
from flake8.main.cli import main


@dataclass(frozen=True)
class Flake8Run:
    """What a run of flake8 has printed, and its exit status."""

    out: str
    err: str
    exit_code: int

    @property
    def out_lines(self) -> list[str]:
        """The lines on stdout."""
        return self.out.splitlines()

    @property
    def codes(self) -> list[str]:
        """The code of each finding."""
        return [line.split()[1] for line in self.out_lines]


@dataclass(frozen=True)
class Workspace:
    """A directory with a configuration file, in which flake8 runs."""

    path: Path
    capture: pytest.CaptureFixture[str]

    def write(self, name: str, text: str) -> None:
        """Put a file into the directory."""
        (self.path / name).write_text(text, encoding="utf-8")

    def configure(self, *lines: str) -> None:
        """Write the section of flake8."""
        self.write("setup.cfg", "\n".join(["[flake8]", *lines, ""]))

    def flake8(self, *arguments: str) -> Flake8Run:
        """Run flake8 over the directory, as the command does."""
        command: Sequence[str] = ["--jobs=1", "--config=setup.cfg", ".", *arguments]
        exit_code = main(command)
        out, err = self.capture.readouterr()
        return Flake8Run(out, err, exit_code)
