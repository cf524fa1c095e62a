"""``json``: an array with an object for each finding, its steps and its fix. Lines and columns count from 1."""

from __future__ import annotations

import json
from collections.abc import Iterator

from flake8_wsthreads.cli.report import Report, Reported
from flake8_wsthreads.finding import Location
from flake8_wsthreads.fixes.fix import Fix
from flake8_wsthreads.rules import RULES
from flake8_wsthreads.rules.links import page_of

_NAMES = {rule.code: rule.name for rule in RULES}


def write(report: Report, colour: bool) -> Iterator[str]:
    """One document."""
    yield json.dumps([_entry(reported) for reported in report.findings], indent=2)


def _entry(reported: Reported) -> dict[str, object]:
    finding = reported.finding
    return {
        "filename": reported.path,
        "code": finding.code,
        "name": _NAMES.get(finding.code, ""),
        "message": finding.message,
        "url": page_of(finding.code),
        **_range(finding.location),
        "fix": _fix(reported.fix) if reported.fix is not None else None,
        "trace": [{"message": step.text, **_range(step.location)} for step in finding.trace],
    }


def _fix(fix: Fix) -> dict[str, object]:
    return {
        "message": fix.does,
        "applicability": "safe" if fix.is_safe else "unsafe",
        "edits": [{"content": edit.text, **_range(edit.location)} for edit in fix.edits],
    }


def _range(location: Location) -> dict[str, object]:
    return {
        "location": {"row": location.line, "column": location.column + 1},
        "end_location": {"row": location.end_line, "column": location.end_column + 1},
    }
