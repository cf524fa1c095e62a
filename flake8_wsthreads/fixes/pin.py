"""The pin: the lower bound of a requirement is raised to the first release whose own threads are daemon threads."""

from __future__ import annotations

import re
from collections.abc import Iterator

from flake8_wsthreads.finding import Finding, Location
from flake8_wsthreads.fixes.fix import Change, Edit, applied
from flake8_wsthreads.target import Target, TargetError
from flake8_wsthreads.target.releases import parse_release
from flake8_wsthreads.target.specifier import read_alternatives

FIRST_GOOD = "13.0"
DOES = f"Require websockets>={FIRST_GOOD}"
# PEP 508, as it stands in a list or a line: ``websockets[extra]>=12,<16; marker``.
_REQUIREMENT = re.compile(
    r"(?P<name>(?<![\w.-])websockets(?![\w.-]*[\w-]))(?P<extras>[ \t]*\[[^\]\n]*\])?(?P<gap>[ \t]*\(?[ \t]*)"
    r"(?P<versions>(?:[<>=!~][^;#'\"\n)@]*)?)",
    re.IGNORECASE,
)
# A key of a table: ``websockets = "^12.0"``, ``websockets = {version = ">=12", extras = []}``.
_KEY = re.compile(
    r"""(?P<name>["']?websockets["']?)[ \t]*=[ \t]*(?:\{[^}\n]*?version[ \t]*=[ \t]*)?["'](?P<versions>[^"'\n]*)["']""",
    re.IGNORECASE,
)
_CLAUSE = re.compile(r"(?P<operator>~=|==|!=|<=|>=|<|>|\^|~|=)?(?P<space>[ \t]*)(?P<version>[\w.*+!-]+)")
_RAISES = frozenset({">=", ">"})
_BOUNDS = frozenset({"<", "<="})


def require_first_good(text: str, finding: Finding) -> Iterator[Change]:
    """The requirement of a finding with a higher bound; one that admits no later release changes unsafely.

    ``text`` is that of a metadata file, or of a script with requirements of its own.
    """
    place = finding.location
    start, end = _offset(text, place.line, place.column), _offset(text, place.end_line, place.end_column)
    found = _KEY.search(text, start, end) or _REQUIREMENT.search(text, start, end)
    if found is None:
        return
    rest = text[found.end() :].partition("\n")[0]
    # a hash belongs to one release, and a URL has no version
    if "--hash" in rest or rest.endswith("\\") or rest.lstrip().startswith("@"):
        return
    versions = found["versions"]
    kept = versions.rstrip()
    raised = _raised(kept)
    if raised is None or "||" in kept:
        return
    new, is_safe = raised
    begin = found.start("versions")
    edit = Edit(_range(text, begin, begin + len(kept)), new)
    yield Change(applied(text, [edit]), is_safe, DOES)


def _raised(versions: str) -> tuple[str, bool] | None:
    """The versions with the bound, and whether later releases were allowed before; None for what cannot be read."""
    clauses = [] if versions in ("", "*") else versions.split(",")
    admits_later = _admits_later(versions)
    if admits_later is None:
        return None
    kept: list[str] = []
    is_raised = False
    for clause in clauses:
        found = _CLAUSE.fullmatch(clause.strip())
        if found is None:
            return None
        operator = found["operator"] or ""
        if operator in _RAISES and not is_raised:
            kept.append(clause.replace(found[0], f">={found['space']}{FIRST_GOOD}"))
            is_raised = True
        elif operator == "!=" or (operator in _BOUNDS and _is_above(found["version"], operator)):
            kept.append(clause)
        elif admits_later and operator not in _RAISES:
            return None
    if not is_raised:
        kept.insert(0, f">={FIRST_GOOD}")
    return ",".join(kept).strip(), admits_later


def _admits_later(versions: str) -> bool | None:
    """Whether the versions admit a release from 13.0 on; None for what cannot be read."""
    if versions in ("", "*"):
        return True
    if versions[0] in "^~" and versions[:2] != "~=" or versions[0].isdigit():
        return False  # Poetry: up to the next major release, or that release alone
    try:
        target: Target = read_alternatives(versions)
    except TargetError:
        return None
    return any(_is_above(release, "<=") for release in target.releases)


def _is_above(version: str, operator: str) -> bool:
    """Whether an upper bound leaves room for the first good release."""
    try:
        numbers = parse_release(version)
    except ValueError:
        return False
    first = parse_release(FIRST_GOOD)
    return numbers > first or (numbers == first and operator == "<=")


def _offset(text: str, line: int, column: int) -> int:
    start = 0
    for _ in range(line - 1):
        start = text.index("\n", start) + 1
    return start + column


def _range(text: str, start: int, end: int) -> Location:
    line = text.count("\n", 0, start) + 1
    column = start - (text.rfind("\n", 0, start) + 1)
    return Location(line, column, line, column + end - start)
