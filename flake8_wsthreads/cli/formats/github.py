"""``github``: commands for GitHub Actions, which shows them beside the changed lines of a pull request."""

from __future__ import annotations

from collections.abc import Iterator

from flake8_wsthreads.cli.formats.identity import relative_path
from flake8_wsthreads.cli.report import Report


def write(report: Report, colour: bool) -> Iterator[str]:
    """A line for each finding (GitHub Actions, "Workflow commands")."""
    for reported in report.findings:
        finding = reported.finding
        place = finding.location
        fields = {
            "title": f"flake8-wsthreads ({finding.code})",
            "file": relative_path(reported.path),
            "line": place.line,
            "col": place.column + 1,
            "endLine": place.end_line,
            "endColumn": place.end_column + 1,
        }
        if place.end_line != place.line:
            del fields["endColumn"], fields["col"]  # columns count only within one line
        listed = ",".join(f"{name}={_property(str(value))}" for name, value in fields.items())
        yield f"::error {listed}::{_data(f'{finding.code} {finding.message}')}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
