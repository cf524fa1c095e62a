"""Each case of ``cases/mechanisms.md`` rests on one mechanism: switched off, the case is judged wrongly.

A mechanism that no case needs may go. Which case misses which takes minutes to find out (``tests/ablation``); that each
switch still finds what it switches off shows here.
"""

from __future__ import annotations

import sys

import pytest

from tests.ablation.mechanisms import MECHANISMS
from tests.case_documents import all_cases
from tests.door import findings

CASES = {
    case.name.partition("::")[2]: case
    for case in all_cases(sys.version_info[:2])
    if case.name.startswith("mechanisms::")
}
SWITCHED_OFF = {
    "A long function that always exits": "functions that never return",
    "A refused second connection": "errors of an opening",
    "Opened while another connection has just been closed by its peer": "an older connection that was closed",
    "The only element of a list is taken out": "one sibling",
    "The same comparison asked twice": "equal comparisons",
    "Control-C passes a handler of Exception": "interruptions",
    "A lock by its name alone": "locks by name",
    "A private opener returns what it keeps": "private openers",
}


def test_every_case_of_the_document_has_its_mechanism() -> None:
    assert CASES.keys() == SWITCHED_OFF.keys()


@pytest.mark.parametrize("name", SWITCHED_OFF)
def test_the_case_is_judged_wrongly_without_its_mechanism(name: str) -> None:
    case = CASES[name]
    right = findings(case.source, case.settings)
    with MECHANISMS[SWITCHED_OFF[name]]():
        wrong = findings(case.source, case.settings)
    assert [(found.location, found.code) for found in wrong] != [(found.location, found.code) for found in right]


@pytest.mark.parametrize("mechanism", MECHANISMS)
def test_each_mechanism_can_be_switched_off(mechanism: str) -> None:
    with MECHANISMS[mechanism]():
        pass
