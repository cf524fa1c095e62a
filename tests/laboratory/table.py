"""Writes docs/reality.md: ``python -m tests.laboratory.table``. A test compares it with what is seen."""

from __future__ import annotations

import datetime
import itertools
import platform
import sys
from collections.abc import Iterable
from pathlib import Path

from .claims import Fault, default_rules, findings, shown
from .laboratory import Laboratory
from .observation import Observation
from .programs import ROWS, Row
from .releases import RELEASES, NotRun

TABLE = Path(__file__).parent.parent.parent / "docs" / "reality.md"
NOT_RUN = "not run"

INTRODUCTION = """\
# What websockets.sync really does

`python -m tests.laboratory.table` writes this page; do not edit it. It runs each program on each release against an
echo server on the same machine, and writes down what it sees. The tests run the programs again and fail when the page,
the rules and what is seen do not agree.

Seen with {python} on {system}, on {date}.

How to read a cell:

- `1000`: the program exits, and the server saw the connection close properly. `1006`: the program exits, and the
  connection just dropped. `1011`: it was closed because of an error.
- `hang`: the program never exits.
- The name of an exception: it reached the top of a thread.
- `crash`: the interpreter itself breaks down with a fatal error.
- `cut off`: a thread used the connection after another one had closed it.
- `D`: the library warned that this use is deprecated (`DeprecationWarning`).
- `not run`: this Python cannot install the release.

The last column has the codes that flake8 gives for a project that allows every release.
"""


def cell(row: Row, observation: Observation) -> str:
    """What is seen of a program on a release, in a few words."""
    warned = ["D"] if observation.deprecated else []
    return " ".join([*_ending(observation), *_output(row, observation), *warned])


def _ending(observation: Observation) -> list[str]:
    if observation.hangs:
        return ["hang"]
    faults = shown(observation)
    if Fault.CONCURRENT_RECEIVE in faults:
        # What follows from it in the other threads is a matter of who comes first.
        return [name for name in sorted(set(observation.uncaught)) if not name.startswith("ConnectionClosed")]
    codes = sorted({str(code) for code in observation.close_codes})
    if any(name.startswith("ConnectionClosed") for name in observation.uncaught):
        return ["cut off", *codes]
    crashed = ["crash"] if observation.status is not None and observation.status < 0 else []
    return [*sorted(set(observation.uncaught)), *crashed, *codes]


def _output(row: Row, observation: Observation) -> list[str]:
    return [f"({observation.output.strip()})"] if row.shows_output else []


def codes_of(row: Row) -> str:
    """The codes that flake8 gives for the program on any release, in order."""
    chosen = default_rules()
    codes = {finding.code for release in RELEASES for finding in findings(row.program.source, release, chosen)}
    return " ".join(sorted(codes)) or ("silent" if row.silence else "")


def observed(row: Row, laboratory: Laboratory) -> list[str]:
    """The cells of a row, one for each release."""
    cells = []
    for release in RELEASES:
        try:
            cells.append(cell(row, laboratory.observe(row.program, release)))
        except NotRun:
            cells.append(NOT_RUN)
    return cells


def line(row: Row, cells: Iterable[str]) -> str:
    """A row of the table as Markdown."""
    link = f"[{row.title}](../tests/laboratory/programs/{row.document})"
    return f"| {' | '.join([link, *cells, codes_of(row)])} |"


def python_name() -> str:
    """This Python as the page names it."""
    return f"{platform.python_implementation()} {platform.python_version()}"


def written(laboratory: Laboratory, today: datetime.date) -> str:
    """The whole page."""
    parts = [INTRODUCTION.format(python=python_name(), system=platform.system(), date=today.isoformat())]
    for section, rows in itertools.groupby(ROWS, key=lambda row: row.section):
        head = f"| program | {' | '.join(RELEASES)} | flake8 |\n|{'---|' * (len(RELEASES) + 2)}"
        lines = [line(row, observed(row, laboratory)) for row in rows]
        parts.append("\n".join([f"## {section}\n", head, *lines]) + "\n")
    reasons = [f"- {row.title}: {row.silence}." for row in ROWS if row.silence]
    parts.append("\n".join(["## Where flake8 is silent\n", *reasons]) + "\n")
    return "\n".join(parts)


def main() -> int:
    """Run all programs and write the page."""
    with Laboratory() as laboratory:
        for row in ROWS:
            for release in RELEASES:
                laboratory.order(row.program, release)
        text = written(laboratory, datetime.date.today())
    TABLE.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
