"""A program that asks the same twice may get two answers: no leak is claimed that no run shows.

What runs show beyond that is no fault: of the path on which an answer differs the analysis claims nothing.
"""

from __future__ import annotations

import re

import pytest

from .__main__ import show
from .comparison import compare
from .execution import Discarded
from .generator import generate
from .share import MOST_RUNS

CHUNKS = 4
BODIES = 150
_QUESTION = re.compile(r"condition\((\d+)\)")


def _asking_the_same(program: str) -> str:
    """The program with two questions in place of all that it asks."""
    return _QUESTION.sub(lambda question: f"condition({int(question[1]) % 2 + 1})", program)


@pytest.mark.parametrize("number", range(CHUNKS))
def test_no_leak_is_claimed_that_no_run_shows(number: int) -> None:
    false_alarms: list[str] = []
    compared = 0
    for seed in range(number * BODIES, (number + 1) * BODIES):
        program = _asking_the_same(generate(seed).text)
        try:
            disagreements = compare(program, most_runs=MOST_RUNS).disagreements
        except Discarded:
            continue
        compared += 1
        false_alarms.extend(show(seed, program, each) for each in disagreements if each.false_alarm)
    assert not false_alarms, "\n\n".join(["", *false_alarms])
    assert compared > BODIES / 2
