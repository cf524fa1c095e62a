"""Each case of ``cases/mechanisms.md`` rests on one mechanism: switched off, the case is judged wrongly.

A mechanism that no case needs may go.
"""

from __future__ import annotations

import sys
from collections.abc import Callable

import pytest

from flake8_wsthreads.flow import calls, conditions, connection_steps, held_locks, path_steps, program
from flake8_wsthreads.flow.exploration import Exploration
from flake8_wsthreads.flow.graph import ANY_EXCEPTION, Basic
from flake8_wsthreads.flow.state import AbstractValue, Environment
from flake8_wsthreads.ownership import owner_facts
from tests.case_documents import all_cases
from tests.door import findings

CASES = {
    case.name.partition("::")[2]: case
    for case in all_cases(sys.version_info[:2])
    if case.name.startswith("mechanisms::")
}


def count_no_further_than_one(patch: pytest.MonkeyPatch) -> None:
    """A container of one other connection is one of several."""
    bound = Exploration.bound

    def without(self: Exploration, environment: Environment, slot: str, value: AbstractValue) -> Environment:
        return bound(self, environment, slot, Basic.SIBLINGS if value is Basic.ONE_SIBLING else value)

    patch.setattr(Exploration, "bound", without)


def switch(owner: object, name: str, value: object) -> Callable[[pytest.MonkeyPatch], None]:
    return lambda patch: patch.setattr(owner, name, value)


SWITCHED_OFF: dict[str, Callable[[pytest.MonkeyPatch], None]] = {
    "A long function that always exits": switch(calls, "never_returns", lambda *_: False),
    "A refused second connection": switch(connection_steps, "OPENING_ERROR", ANY_EXCEPTION),
    "Opened while another connection has just been closed by its peer": switch(program, "OLDER", "nothing"),
    "The only element of a list is taken out": count_no_further_than_one,
    "The same comparison asked twice": switch(conditions, "_comparison_key", lambda *_: ""),
    "Control-C passes a handler of Exception": switch(path_steps, "_interrupted", lambda *_: []),
    "A lock by its name alone": switch(held_locks, "_is_named_lock", lambda *_: False),
    "A private opener returns what it keeps": switch(owner_facts, "_is_for_this_file", lambda *_: False),
}


def test_every_case_of_the_document_has_its_mechanism() -> None:
    assert CASES.keys() == SWITCHED_OFF.keys()


@pytest.mark.parametrize("name", SWITCHED_OFF)
def test_the_case_is_judged_wrongly_without_its_mechanism(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    case = CASES[name]
    right = findings(case.source, case.settings)
    SWITCHED_OFF[name](monkeypatch)
    assert [(found.location, found.code) for found in findings(case.source, case.settings)] != [
        (found.location, found.code) for found in right
    ]
