"""From what flake8 reports back to the findings of the analysis, with their ranges and steps."""

from __future__ import annotations

from collections.abc import Iterable

from flake8.violation import Violation

from flake8_wsthreads.check import Settings, check_file, parsed_text
from flake8_wsthreads.cli.report import Report, Reported
from flake8_wsthreads.cli.source_file import decode_python
from flake8_wsthreads.finding import Finding, Location
from flake8_wsthreads.fixes.fix import lines_of


def make_report(
    violations: Iterable[Violation],
    of_projects: Iterable[tuple[str, Finding]],
    settings: Settings | None,
    looked_at: int,
    standard_input: bytes,
) -> Report:
    """The findings behind what flake8 has reported, ``of_projects`` those in their metadata.

    flake8 hands on a place and a text; the range and the steps that lead to the fault are found by analysing these
    files, and no others, once more, with the ``settings`` of the run; without them a finding is a place and a text.
    ``standard_input`` is what was read there, where that was linted.
    """
    by_file: dict[str, dict[tuple[int, int, str], Finding]] = {}
    texts: dict[str, tuple[str, ...]] = {}
    found: list[Reported] = []
    in_metadata = {(path, *_key(finding)): finding for path, finding in of_projects}
    for violation in violations:
        path = violation.filename
        if settings is not None and path not in by_file:
            source = _decoded(standard_input) if standard_input else _read(path)
            texts[path] = tuple(source.split("\n"))
            by_file[path] = _findings(source, settings, path)
        text = violation.text.strip()
        key = (violation.line_number, violation.column_number - 1, violation.code)
        line, column = violation.line_number, violation.column_number - 1
        plain = Finding(violation.code, Location(line, column, line, column + 1), text)
        of_project = in_metadata.get((path, *key))
        finding = by_file.get(path, {}).get(key) or of_project or plain
        found.append(Reported(path, finding, texts.get(path, ()), in_metadata=finding is of_project))
    return Report(tuple(found), looked_at)


def findings_reported(
    violations: Iterable[Violation], source: bytes, settings: Settings, path: str
) -> list[Finding]:
    """The findings behind what flake8 has reported of one text."""
    known = _findings(_decoded(source), settings, path)
    keys = ((violation.line_number, violation.column_number - 1, violation.code) for violation in violations)
    return [known[key] for key in keys if key in known]


def _findings(source: str, settings: Settings, path: str) -> dict[tuple[int, int, str], Finding]:
    tree = parsed_text(source)
    found = check_file(tree, lines_of(source), settings, path) if tree is not None else []
    return {_key(finding): finding for finding in found}


def _key(finding: Finding) -> tuple[int, int, str]:
    """What flake8 keeps of a finding."""
    return finding.location.line, finding.location.column, finding.code


def _read(path: str) -> str:
    try:
        with open(path, "rb") as file:
            return _decoded(file.read())
    except OSError:
        return ""


def _decoded(data: bytes) -> str:
    """The text of a source file, with plain line ends; empty where Python could not read it."""
    source = decode_python(data)
    return source.text if source is not None else ""
