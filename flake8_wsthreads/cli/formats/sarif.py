"""``sarif``: the Static Analysis Results Interchange Format 2.1.0, which code hosts and viewers read.

The steps that lead to a fault are a code flow; what mends it is a fix. Columns count characters.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from flake8_wsthreads import __version__
from flake8_wsthreads.cli.formats.identity import fingerprint, uri_of
from flake8_wsthreads.cli.report import Report, Reported
from flake8_wsthreads.finding import Location
from flake8_wsthreads.fixes.fix import Fix
from flake8_wsthreads.rules import RULES
from flake8_wsthreads.rules.links import PROJECT, page_of
from flake8_wsthreads.rules.rule import Rule

_SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_INDEX = {rule.code: position for position, rule in enumerate(RULES)}


def write(report: Report, colour: bool) -> Iterator[str]:
    """One document."""
    seen: dict[str, int] = {}
    run = {
        "tool": {
            "driver": {
                "name": "flake8-wsthreads",
                "version": __version__,
                "semanticVersion": __version__,
                "informationUri": PROJECT,
                "rules": [_rule(rule) for rule in RULES],
            }
        },
        "columnKind": "unicodeCodePoints",
        "originalUriBaseIds": {"SRCROOT": {"description": {"text": "The working directory of the run."}}},
        "results": [_result(reported, seen) for reported in report.findings],
    }
    yield json.dumps({"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}, indent=2)


def _rule(rule: Rule) -> dict[str, Any]:
    return {
        "id": rule.code,
        "name": "".join(part.capitalize() for part in rule.name.split("-")),
        "shortDescription": {"text": f"{rule.summary[0].upper()}{rule.summary[1:]}."},
        "fullDescription": {"text": rule.why.strip()},
        "help": {
            "text": f"{rule.why.strip()}\n\n{rule.fix.strip()}",
            "markdown": f"{rule.why.strip()}\n\n## What to do\n\n{rule.fix.strip()}",
        },
        "helpUri": page_of(rule.code),
        "defaultConfiguration": {"level": "warning", "enabled": rule.on_by_default},
    }


def _result(reported: Reported, seen: dict[str, int]) -> dict[str, Any]:
    finding = reported.finding
    result: dict[str, Any] = {
        "ruleId": finding.code,
        "level": "warning",
        "message": {"text": finding.message},
        "locations": [{"physicalLocation": _place(reported.path, finding.location)}],
        "partialFingerprints": {"lineAndCode/v1": fingerprint(reported, seen)},
    }
    if finding.code in _INDEX:
        result["ruleIndex"] = _INDEX[finding.code]
    if finding.trace:
        steps = [
            {
                "location": {
                    "physicalLocation": _place(reported.path, step.location),
                    "message": {"text": step.text},
                }
            }
            for step in finding.trace
        ]
        result["codeFlows"] = [{"threadFlows": [{"locations": steps}]}]
    if reported.fix is not None:
        result["fixes"] = [_fix(reported.path, reported.fix)]
    return result


def _fix(path: str, fix: Fix) -> dict[str, Any]:
    safety = "" if fix.is_safe else " (may change more than the fault)"
    replacements = [
        {"deletedRegion": _region(edit.location), "insertedContent": {"text": edit.text}} for edit in fix.edits
    ]
    return {
        "description": {"text": f"{fix.does}{safety}."},
        "artifactChanges": [{"artifactLocation": _artifact(path), "replacements": replacements}],
    }


def _place(path: str, location: Location) -> dict[str, Any]:
    return {"artifactLocation": _artifact(path), "region": _region(location)}


def _artifact(path: str) -> dict[str, Any]:
    return {"uri": uri_of(path), "uriBaseId": "SRCROOT"}


def _region(location: Location) -> dict[str, Any]:
    return {
        "startLine": location.line,
        "startColumn": location.column + 1,
        "endLine": location.end_line,
        "endColumn": location.end_column + 1,
    }
