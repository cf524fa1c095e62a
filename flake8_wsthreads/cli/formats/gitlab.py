"""``gitlab``: a report for the code quality widget of GitLab ("Code Quality report format")."""

from __future__ import annotations

import json
from collections.abc import Iterator

from flake8_wsthreads.cli.formats.identity import fingerprint, relative_path
from flake8_wsthreads.cli.report import Report


def write(report: Report, colour: bool) -> Iterator[str]:
    """One document."""
    seen: dict[str, int] = {}
    entries = [
        {
            "description": f"{reported.finding.code} {reported.finding.message}",
            "check_name": reported.finding.code,
            "fingerprint": fingerprint(reported, seen),
            "severity": "major",
            "location": {
                "path": relative_path(reported.path),
                "lines": {"begin": reported.row, "end": reported.finding.location.end_line},
            },
        }
        for reported in report.findings
    ]
    yield json.dumps(entries, indent=2)
