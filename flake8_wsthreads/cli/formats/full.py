"""``full``: the source line with the range underlined, the steps that lead to the fault, and where to read more."""

from __future__ import annotations

from collections.abc import Iterator

from flake8_wsthreads.cli.report import Report, Reported
from flake8_wsthreads.rules.links import page_of

_BOLD, _RED, _BLUE, _PLAIN = "\x1b[1m", "\x1b[31m", "\x1b[34m", "\x1b[0m"
_LONGEST = 160
"""Of a longer line only its beginning is shown."""


def write(report: Report, colour: bool) -> Iterator[str]:
    """A paragraph for each finding."""
    for reported in report.findings:
        yield from _finding(reported, colour)
        yield ""


def _finding(reported: Reported, colour: bool) -> Iterator[str]:
    finding = reported.finding
    fact, _, advice = finding.message.partition("; ")
    place = f"{reported.path}:{reported.row}:{reported.column}:"
    yield f"{_styled(place, _BOLD, colour)} {_styled(finding.code, _BOLD + _RED, colour)} {fact}"
    places = [finding.location, *(step.location for step in finding.trace)]
    width = len(str(max(place.line for place in places)))
    location = finding.location
    line = reported.lines[location.line - 1] if 0 < location.line <= len(reported.lines) else ""
    if line:
        end = location.end_column if location.end_line == location.line else len(line)
        shown = line[:_LONGEST].expandtabs(1)
        mark = " " * location.column + "^" * max(1, min(end, len(shown)) - location.column)
        yield f"{' ' * width} |"
        yield f"{location.line:>{width}} | {shown}"
        yield f"{' ' * width} | {_styled(mark, _RED, colour)}"
    for step in finding.trace:
        yield f"{' ' * width} = line {step.location.line}: {step.text}"
    if advice:
        yield f"{' ' * width} = {_styled('help', _BLUE, colour)}: {advice}"
    if reported.fix is not None:
        how = "--fix" if reported.fix.is_safe else "--fix --unsafe-fixes"
        does = reported.fix.does
        yield f"{' ' * width} = {_styled('fix', _BLUE, colour)}: {does[0].lower()}{does[1:]}, with {how}"
    yield f"{' ' * width} = more: flake8-wsthreads rule {finding.code}, {page_of(finding.code)}"


def _styled(text: str, style: str, colour: bool) -> str:
    return f"{style}{text}{_PLAIN}" if colour else text
