"""Random programs hang, fail or leak on a release if and only if the rules say so for it."""

from __future__ import annotations

import pytest

from .agreement import RandomTrial, disagreement, trials
from .generator import generate
from .laboratory import Laboratory

SHARE = [trial for seed in range(40) for trial in trials(seed)]
"""What the suite runs; long runs take other seeds."""


@pytest.mark.parametrize("trial", SHARE, ids=str)
def test_a_random_program_does_what_the_rules_say(trial: RandomTrial, laboratory: Laboratory) -> None:
    if found := disagreement(trial, laboratory):
        pytest.fail(str(found), pytrace=False)


def test_a_seed_always_gives_the_same_program() -> None:
    assert generate(7) == generate(7)
    assert len({generate(seed).source for seed in range(200)}) > 150


def test_every_generated_program_compiles() -> None:
    for seed in range(500):
        compile(generate(seed).source, f"seed {seed}", "exec")
