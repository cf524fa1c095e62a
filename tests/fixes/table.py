"""Counts what fixes mend: ``python -m tests.fixes.table`` writes the table in docs/fixes.md.

Counted are the findings of the 3xx family on a connection that its function neither gives away nor keeps, in all cases,
the examples of the rules, the programs in ``examples/``, and the packages of the field study.
"""

from __future__ import annotations

import ast
import io
import re
import sys
import warnings
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import libcst as cst

from benchmarks.download import CACHE, fetch, packages
from benchmarks.measure import with_synchronous_client
from flake8_wsthreads.analysis import build_model
from flake8_wsthreads.check import Settings
from flake8_wsthreads.facts import Connection
from flake8_wsthreads.fixes.engine import PythonFile
from flake8_wsthreads.fixes.openers import surely_opens
from flake8_wsthreads.fixes.opening import opening_of
from flake8_wsthreads.fixes.parsed import parse
from flake8_wsthreads.rules import RULES
from flake8_wsthreads.rules.wording import outlives_function
from tests.case_documents import all_cases
from tests.door import DEFAULT_RULES, findings

from .documents import Fixable

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "fixes.md"
CODES = ("WST301", "WST302", "WST303", "WST305")
_TABLE = re.compile(r"(<!-- counts -->\n).*?(<!-- counts:end -->)", re.DOTALL)


def programs() -> Iterator[tuple[str, Settings]]:
    """All programs that are counted."""
    for case in all_cases((3, 10)):
        yield case.source, case.settings
    for rule in RULES:
        for example in rule.bad:
            options = {"websockets": example.websockets} if example.websockets else {}
            yield example.source, Fixable("", example.source, options, "").settings
    for path in sorted((ROOT / "examples").glob("*.py")):
        yield path.read_text(encoding="utf-8"), DEFAULT_RULES
    sources = fetch(CACHE)
    for package in packages():
        for _, lines in with_synchronous_client(sources / package.replace("==", "-")):
            yield "".join(lines), DEFAULT_RULES


def count(source: str, settings: Settings, counts: Counter[tuple[str, str]]) -> None:
    """Add the findings of one program: by code and by what mends it, and the reason where nothing safe does."""
    found = [finding for finding in findings(source, settings) if finding.code in CODES]
    if not found:
        return
    model = build_model(ast.parse(source), io.StringIO(source).readlines(), settings.factories)
    connections = (*model.connections, *model.objects)
    by_place = {connection.location: connection for connection in connections if not connection.borrowed}
    file = PythonFile(source, settings, "<counted>")
    for finding in found:
        connection = by_place[finding.location]
        if outlives_function(connection) or connection.gathered:
            continue
        fix = file.fix_of(finding)
        how = "none" if fix is None else "safe" if fix.is_safe else "unsafe"
        counts[finding.code, how] += 1
        if how != "safe":
            counts["reason", _reason(source, connection)] += 1


def _reason(source: str, connection: Connection) -> str:
    if connection.kept_by is not None:
        return "it is an object that no block can close, or that something closes at times"
    if connection.hand_overs:
        return "threads or processes use it, nobody knows for how long"
    parsed = parse(source)
    call = parsed.call_at(connection.location) if parsed is not None else None
    opening = opening_of(parsed, call) if parsed is not None and call is not None else None
    if parsed is None or call is None or opening is None:
        return "it is opened inside of an expression, or under a condition"
    if not surely_opens(parsed, call):
        return "what opens it may give None"
    bound = [parsed.small_statement(node) for node in parsed.bindings(call, opening.variable)]
    if sum(isinstance(small, (cst.Assign, cst.AnnAssign)) for small in bound) > 1:
        return "its variable holds several connections, one after another or on different ways"
    if len(parsed.references(call, opening.variable)) == 0:
        return "nothing uses it: it may be there to be open"
    return "its uses do not fit into one block, or hide behind something that lives longer"


def counted() -> Counter[tuple[str, str]]:
    """What :func:`count` adds up over all programs."""
    counts: Counter[tuple[str, str]] = Counter()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for source, settings in programs():
            count(source, settings, counts)
    return counts


def table(counts: Counter[tuple[str, str]]) -> str:
    """The table as Markdown."""
    lines = ["| code | findings | mended by `--fix` | only with `--unsafe-fixes` | by hand |", "|---|---|---|---|---|"]
    total: Counter[str] = Counter()
    for code in CODES:
        of_code = Counter({how: counts[code, how] for how in ("safe", "unsafe", "none")})
        total += of_code
        lines.append(_row(code, of_code))
    lines += [_row("all", total), "", "Why the others are not mended by `--fix`:", ""]
    reasons = Counter({why: number for (kind, why), number in counts.items() if kind == "reason"})
    lines += [f"- {number}: {why}." for why, number in sorted(reasons.items(), key=lambda item: (-item[1], item[0]))]
    return "\n".join(lines) + "\n"


def _row(name: str, counts: Counter[str]) -> str:
    whole = counts.total()
    share = f"{counts['safe']} ({counts['safe'] / whole:.0%})"
    return f"| {name} | {whole} | {share} | {counts['unsafe']} | {counts['none']} |"


def with_table(page: str) -> str:
    """The page with the table of today."""
    text = table(counted())
    return _TABLE.sub(lambda match: f"{match[1]}\n{text}\n{match[2]}", page)


if __name__ == "__main__":
    PAGE.write_text(with_table(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
    sys.exit()
