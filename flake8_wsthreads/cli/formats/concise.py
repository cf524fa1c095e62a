"""``concise``: one line for each finding, as flake8 prints it."""

from __future__ import annotations

from collections.abc import Iterator

from flake8_wsthreads.cli.report import Report


def write(report: Report, colour: bool) -> Iterator[str]:
    """The lines, in the order of flake8."""
    for reported in report.findings:
        finding = reported.finding
        yield f"{reported.path}:{reported.row}:{reported.column}: {finding.code} {finding.message}"
