"""Every case gives the findings that its document announces, and no other."""

from __future__ import annotations

import sys
from collections import Counter, defaultdict

import pytest

from flake8_wsthreads.rules import RULES
from tests.case_documents import Case, all_cases
from tests.door import findings

CASES = all_cases(sys.version_info[:2])


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


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_case(case: Case) -> None:
    found: defaultdict[int, list[str]] = defaultdict(list)
    for finding in findings(case.source, case.settings):
        found[finding.location.line].append(finding.code)
    report = difference(case, {line: sorted(codes) for line, codes in found.items()})
    if report:
        pytest.fail(report, pytrace=False)


def test_the_cases_name_only_codes_of_known_rules() -> None:
    known = {rule.code for rule in RULES}
    named = {code for case in CASES for codes in case.expected.values() for code in codes}
    assert named <= known


def test_no_two_cases_share_a_name() -> None:
    repeated = [name for name, count in Counter(case.name for case in CASES).items() if count > 1]
    assert repeated == []


def test_no_two_cases_are_the_same_program_under_the_same_options() -> None:
    names: defaultdict[tuple[str, str, frozenset[str], bool], list[str]] = defaultdict(list)
    for case in CASES:
        names[case.source, case.websockets, case.factories, case.opt_in].append(case.name)
    assert [same for same in names.values() if len(same) > 1] == []
