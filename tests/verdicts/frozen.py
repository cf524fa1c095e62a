"""Documents that hold every finding in many programs: its place and its whole message.

A document is a list of programs. A line ``== name`` begins one, and a line for each finding follows::

    == closings/with_and_close::Never
    4:5-4:17 WST301 connection is never closed: …

Lines count from 1, columns from 0, the end is exclusive. A silent program has its first line only, so a document also
shows where a finding appears.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

from flake8_wsthreads.finding import Finding

FOLDER = Path(__file__).parent
_HEAD = "== "

Verdicts = Mapping[str, tuple[str, ...]]
"""The lines of the findings, by the name of the program."""


def lines_of(findings: Iterable[Finding]) -> tuple[str, ...]:
    """The findings in the form of a document."""
    return tuple(_line(finding) for finding in findings)


def _line(finding: Finding) -> str:
    place = finding.location
    span = f"{place.line}:{place.column}-{place.end_line}:{place.end_column}"
    return f"{span} {finding.code} {finding.message}"


def read(document: Path) -> dict[str, tuple[str, ...]]:
    """What a document holds; nothing where there is none yet."""
    held: dict[str, list[str]] = {}
    lines = document.read_text(encoding="utf-8").splitlines() if document.exists() else []
    for line in lines:
        if line.startswith(_HEAD):
            held[line.removeprefix(_HEAD)] = []
        else:
            held[next(reversed(held))].append(line)
    return {name: tuple(lines) for name, lines in held.items()}


def write(document: Path, verdicts: Verdicts) -> None:
    """Write a document, with the same bytes on every system."""
    lines = [line for name, found in verdicts.items() for line in (_HEAD + name, *found)]
    document.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8", newline="\n")


def difference(frozen: Verdicts, seen: Verdicts) -> str:
    """The programs whose verdicts changed, with the lines that went and those that came; empty where none did."""
    changed: list[str] = []
    for name, found in seen.items():
        before = frozen.get(name)
        if before != found:
            changed.append(_HEAD + name + (" (new)" if before is None else ""))
            changed.extend(f"- {line}" for line in before or () if line not in found)
            changed.extend(f"+ {line}" for line in found if line not in (before or ()))
    changed.extend(f"{_HEAD}{name} (gone)" for name in frozen if name not in seen)
    return "\n".join(changed)
