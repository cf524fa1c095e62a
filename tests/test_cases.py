"""The acceptance cases: every Markdown document below ``cases/`` is a list of programs and the findings due in them.

A case is a fenced ``python`` block. The nearest heading above it names it, the sentence before it says what holds and
why. A line that has findings ends with a comment that names exactly their codes (``# WST101 WST301``); every other
line has none. The fence may carry options:

- ``websockets=">=13.0"``: the releases that the project allows (default: every release);
- ``factories="app.open_feed"``: callables that the user names as openers;
- ``opt-in="yes"``: the rules that are off by default run too;
- ``python="3.12"``: the oldest Python whose grammar has the syntax.
"""

from __future__ import annotations

import ast
import re
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from markers import marked_lines

from flake8_wsthreads import rules
from flake8_wsthreads.model import build_model
from flake8_wsthreads.target import Target
from flake8_wsthreads.target.specifier import read_specifier

DOCUMENTS = Path(__file__).with_name("cases")

_HEADING = re.compile(r"#{1,6} +(?P<text>.+)")
_FENCE = re.compile(r"```python(?P<options>(?: [a-z-]+=\"[^\"]*\")*)")
_OPTION = re.compile(r"(?P<name>[a-z-]+)=\"(?P<value>[^\"]*)\"")
_OPTION_NAMES = frozenset({"websockets", "factories", "opt-in", "python"})


@dataclass(frozen=True)
class Case:
    """One program of a document: its text and the options under which it is judged."""

    name: str
    source: str
    websockets: str
    factories: frozenset[str]
    opt_in: bool
    python: tuple[int, ...]

    @property
    def expected(self) -> dict[int, list[str]]:
        """The codes that the comments announce, by line number."""
        announced: defaultdict[int, list[str]] = defaultdict(list)
        for number, code in marked_lines(self.source):
            announced[number].append(code)
        return dict(announced)

    @property
    def target(self) -> Target:
        """The releases that the case allows; a bare version means that version alone."""
        return read_specifier(self.websockets) if self.websockets else Target()


def read_cases(document: Path) -> Iterator[Case]:
    """The cases of one document, in order. Raises ``ValueError`` where the document breaks the form."""
    heading = ""
    place = document.relative_to(DOCUMENTS).with_suffix("").as_posix()
    count: Counter[str] = Counter()
    lines = iter(document.read_text(encoding="utf-8").splitlines())
    for line in lines:
        if match := _HEADING.fullmatch(line):
            heading = match["text"]
        elif line.startswith("```"):
            fence = _FENCE.fullmatch(line)
            if fence is None:
                raise ValueError(f"{place}: under {heading!r}: this fence opens no case: {line}")
            count[heading] += 1
            number = "" if count[heading] == 1 else f" ({count[heading]})"
            source = "\n".join(_until_fence(lines)) + "\n"
            yield _case(f"{place}::{heading}{number}", fence["options"], source)


def _until_fence(lines: Iterator[str]) -> Iterator[str]:
    for line in lines:
        if line == "```":
            return
        yield line


def _case(name: str, info: str, source: str) -> Case:
    options = {match["name"]: match["value"] for match in _OPTION.finditer(info)}
    if unknown := options.keys() - _OPTION_NAMES:
        raise ValueError(f"{name}: unknown options {sorted(unknown)}")
    return Case(
        name=name,
        source=source,
        websockets=options.get("websockets", ""),
        factories=frozenset(filter(None, options.get("factories", "").split(","))),
        opt_in=options.get("opt-in") == "yes",
        python=tuple(map(int, options.get("python", "3.10").split("."))),
    )


def difference(case: Case, found: dict[int, list[str]]) -> str:
    """The program with the codes that differ beside their lines; empty when found and expected agree."""
    expected = case.expected
    if found == expected:
        return ""
    shown = [f"{case.name} (websockets {case.websockets or 'any release'})"]
    for number, line in enumerate(case.source.splitlines(), start=1):
        due, got = expected.get(number, []), found.get(number, [])
        shown.append(f"{number:4} {line}")
        if due != got:
            shown.append(f"     ^ expected {' '.join(due) or 'nothing'}, found {' '.join(got) or 'nothing'}")
    return "\n".join(shown)


CASES = [
    case
    for document in sorted(DOCUMENTS.rglob("*.md"))
    for case in read_cases(document)
    # A grammar that this interpreter lacks cannot be judged by it; newer interpreters run the case.
    if case.python <= sys.version_info
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_case(case: Case) -> None:
    model = build_model(ast.parse(case.source), case.source.splitlines(keepends=True), case.factories)
    chosen = [rule for rule in rules.RULES if rule.on_by_default or case.opt_in]
    found: defaultdict[int, list[str]] = defaultdict(list)
    for finding in rules.find(model, case.target, chosen):
        found[finding.location.line].append(finding.code)
    report = difference(case, {line: sorted(codes) for line, codes in found.items()})
    if report:
        pytest.fail(report, pytrace=False)


def test_the_cases_name_only_codes_of_known_rules() -> None:
    known = {rule.code for rule in rules.RULES}
    named = {code for case in CASES for codes in case.expected.values() for code in codes}
    assert named <= known


def test_no_two_cases_share_a_name() -> None:
    repeated = [name for name, count in Counter(case.name for case in CASES).items() if count > 1]
    assert repeated == []
