"""What a file may cost is bounded, and the bound is the same everywhere."""

from __future__ import annotations

import pytest

from flake8_wsthreads.source.budget import STEPS, Budget, OverBudget
from tests.door import findings

PROGRAM = "from websockets.sync.client import connect\n\nws = connect('ws://localhost')\nws.send('hello')\n"


def test_a_budget_can_be_spent_to_its_last_step_and_no_further() -> None:
    budget = Budget(10)
    budget.spend(4)
    budget.spend(6)
    with pytest.raises(OverBudget):
        budget.spend(1)


def test_the_connections_of_a_file_that_costs_too_much_are_undecided_and_silent(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert findings(PROGRAM) != []
    monkeypatch.setattr("flake8_wsthreads.analysis.Budget", lambda: Budget(10))
    assert findings(PROGRAM) == []


def test_the_same_file_costs_the_same_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[Budget] = []

    def noted() -> Budget:
        made.append(Budget())
        return made[-1]

    monkeypatch.setattr("flake8_wsthreads.analysis.Budget", noted)
    for _ in range(3):
        findings(PROGRAM)
    assert len({budget.left for budget in made}) == 1
    assert 0 < STEPS - made[0].left < 200
