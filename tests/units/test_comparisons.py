"""Comparisons answer each other: tried for every number, not reasoned about."""

from __future__ import annotations

import random
from collections.abc import Sequence
from fractions import Fraction

import pytest

from flake8_wsthreads.cfg.graph import Graph
from flake8_wsthreads.cfg.operand import ValueKind
from flake8_wsthreads.cfg.place import Place, variable
from flake8_wsthreads.cfg.tracked import Bound, Comparison, Equality
from flake8_wsthreads.dataflow.comparisons import known_answer, remember, told
from flake8_wsthreads.dataflow.value import Environment, truth
from flake8_wsthreads.names.scopes import Scope, ScopeKind
from tests.door import DEFAULT_RULES, findings
from tests.robustness.engine import parse

SCOPE = Scope(ScopeKind.MODULE, parse(""), None, "", 0)
SUBJECT = variable("n", SCOPE)
WHOLE = [Fraction(number) for number in range(-9, 10)]
HALVES = [Fraction(number, 2) for number in range(-18, 19)]


def _is_so(asked: Comparison | Place, number: Fraction) -> bool:
    if isinstance(asked, Place):
        return number != 0
    assert asked.number is not None
    if isinstance(asked, Equality):
        return number == asked.number
    return number < asked.number or (asked.inclusive and number == asked.number)


def _graph(has_fractions: bool, is_length: bool) -> Graph:
    graph = Graph(SCOPE, related={SUBJECT})
    if has_fractions:
        graph.fractional.add(SUBJECT)
    if is_length:
        graph.counted.add(SUBJECT)
    return graph


def _asked(chance: random.Random, literals: Sequence[float]) -> Comparison | Place:
    literal = chance.choice(literals)
    bounds = (Bound(SUBJECT, literal), Bound(SUBJECT, literal, inclusive=True))
    alternatives: list[Comparison | Place] = [SUBJECT, Equality(SUBJECT, literal), *bounds]
    return chance.choice(alternatives)


def _answer(asked: Comparison | Place, environment: Environment, graph: Graph) -> bool | None:
    if isinstance(asked, Place):
        return truth(told(asked, environment, graph))
    return known_answer(asked, environment, graph)


@pytest.mark.parametrize("has_fractions", [False, True])
@pytest.mark.parametrize("is_length", [False, True])
def test_an_answer_is_given_exactly_where_all_numbers_left_give_the_same(has_fractions: bool, is_length: bool) -> None:
    chance = random.Random(f"{has_fractions} {is_length}")
    graph = _graph(has_fractions, is_length)
    literals: Sequence[float] = [-1.5, -0.5, 0, 0.5, 1.5, 2.0] if has_fractions else [-2, -1, 0, 1, 2]
    # between two fractions there is always another one, so quarters stand for what lies between the literals
    numbers = [number / 2 for number in HALVES] if has_fractions else WHOLE
    numbers = [number for number in numbers if number >= 0 or not is_length]
    for _ in range(3000):
        actual = chance.choice(numbers)
        environment: Environment = {}
        left = numbers
        for _ in range(chance.randint(0, 4)):
            asked = _asked(chance, literals)
            so = _is_so(asked, actual)
            left = [number for number in left if _is_so(asked, number) is so]
            if isinstance(asked, Place):
                environment[asked] = ValueKind.TRUTHY if so else ValueKind.FALSY
            else:
                remember(asked, so, environment)
        asked = _asked(chance, literals)
        answers = {_is_so(asked, number) for number in left}
        expected = answers.pop() if len(answers) == 1 else None
        assert _answer(asked, environment, graph) is expected, (asked, environment)


@pytest.mark.parametrize("literal", [float("inf"), float("-inf"), 1e308, 10**400, -(10**400)])
@pytest.mark.parametrize("has_fractions", [False, True])
def test_no_number_is_too_large_to_be_compared(literal: float, has_fractions: bool) -> None:
    environment: Environment = {Equality(SUBJECT, literal): ValueKind.FALSY, Bound(SUBJECT, literal): ValueKind.FALSY}
    graph = _graph(has_fractions, is_length=False)
    assert known_answer(Equality(SUBJECT, literal), environment, graph) is False
    assert known_answer(Bound(SUBJECT, 0), {Equality(SUBJECT, literal): ValueKind.FALSY}, graph) is None


@pytest.mark.parametrize("condition", [f"{'n + ' * 1500}n > 3", f"n{'.a' * 1500} > 3", f"n == Mode{'.A' * 1500}"])
def test_a_condition_too_deep_to_be_spelled_out_is_not_remembered(condition: str) -> None:
    program = f"""\
from websockets.sync.client import connect

def main(n):
    ws = connect(URL)
    if {condition}:
        return
    ws.close()
"""
    assert [finding.code for finding in findings(program, DEFAULT_RULES)] == ["WST101", "WST302"]
