"""Programs that ask the same twice, or what hangs together: no leak is claimed that no run shows.

What runs show beyond that is no fault: of a path on which the answers may differ the analysis claims nothing.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterable, Iterator

import pytest

from .__main__ import show
from .comparison import Comparison, compare
from .execution import Discarded, WrongProgram
from .generator import HEADER, generate
from .share import MOST_RUNS

CHUNKS = 4
BODIES = 150
FEWER = 75
_QUESTION = re.compile(r"condition\((\d+)\)")
_UNASSERTED = re.compile(r"(?<!assert )condition\((\d+)\)")
_COMPUTED = """    size = len(listed(90))
    same = size
    double = size + size
    kind = str(size)
"""
_ASKED = ("size == 1", "same == 1", "double == 2", "kind == '1'", "size > 0", "double > 2", "same", "size >= 2")


def _asking_the_same(program: str) -> str:
    """The program with two questions in place of all that it asks."""
    return _QUESTION.sub(lambda question: f"condition({int(question[1]) % 2 + 1})", program)


def _asking_what_hangs_together(program: str) -> str:
    """The program with questions about one list, in many words, in place of what its last function asks.

    What it asserts stays: no assertion contradicts what was asked before. So does a program without that function.
    """
    before, head, body = program.partition("\ndef subject(a, b):\n")
    if not head:
        return program
    return before + head + _COMPUTED + _UNASSERTED.sub(lambda question: _ASKED[int(question[1]) % len(_ASKED)], body)


def _compared(asking: Callable[[str], str], seeds: Iterable[int]) -> Iterator[tuple[int, str, Comparison]]:
    """Each body that gives a verdict when its questions are changed, with its seed."""
    for seed in seeds:
        program = asking(generate(seed).text)
        try:
            yield seed, program, compare(program, most_runs=MOST_RUNS)
        except Discarded:
            continue


@pytest.mark.parametrize("number", range(CHUNKS))
def test_no_leak_is_claimed_that_no_run_shows(number: int) -> None:
    compared = list(_compared(_asking_the_same, range(number * BODIES, (number + 1) * BODIES)))
    false_alarms = [
        show(seed, program, each)
        for seed, program, comparison in compared
        for each in comparison.disagreements
        if each.false_alarm
    ]
    assert not false_alarms, "\n\n".join(["", *false_alarms])
    assert len(compared) > BODIES / 2


@pytest.mark.parametrize("number", range(CHUNKS))
def test_no_leak_is_claimed_by_answers_that_hang_together(number: int) -> None:
    compared = list(_compared(_asking_what_hangs_together, range(number * FEWER, (number + 1) * FEWER)))
    false_alarms = [
        show(seed, program, each)
        for seed, program, comparison in compared
        for each in comparison.disagreements
        # random questions contradict each other: some openings are such that no run comes to them
        if each.false_alarm and each.site in comparison.execution.sites
    ]
    assert not false_alarms, "\n\n".join(["", *false_alarms])
    assert len(compared) > FEWER / 2


_BODIES = {
    "opened and closed": """
    ws = None
    if {first}:
        ws = connect(URL)
    if {second}:
        ws.close()
""",
    "closed by two": """
    ws = connect(URL)
    if {first}:
        ws.close()
        return
    if not ({second}):
        ws.close()
""",
    "in a loop": """
    ws = None
    for turn in range(2):
        if {first} and ws is None:
            ws = connect(URL)
    if {second}:
        ws.close()
""",
    "left": """
    if not ({first}):
        return
    ws = connect(URL)
    if {second}:
        ws.close()
""",
}


@pytest.mark.parametrize("body", _BODIES)
def test_two_conditions_that_hang_together(body: str) -> None:
    false_alarms: list[str] = []
    for first, second in itertools.product(_ASKED, repeat=2):
        program = f"{HEADER}\ndef subject(a, b):\n{_COMPUTED}{_BODIES[body].format(first=first, second=second)}"
        try:
            comparison = compare(program)
        except WrongProgram:
            continue  # it closes what it has not opened
        false_alarms.extend(show(0, program, each) for each in comparison.disagreements if each.false_alarm)
    assert not false_alarms, "\n\n".join(["", *false_alarms])
