"""Random programs hang, fail or leak on a release if and only if the rules say so for it."""

from __future__ import annotations

import pytest

from .agreement import Random, disagreements
from .generator import generate
from .laboratory import Laboratory

SHARE = range(40)
"""The seeds that the suite runs; long runs take others."""


@pytest.mark.parametrize("chosen", [Random(seed) for seed in SHARE], ids=str)
def test_a_random_program_does_what_the_rules_say(chosen: Random, laboratory: Laboratory) -> None:
    found = disagreements(chosen.seed, laboratory)
    if found:
        pytest.fail("\n\n".join(map(str, found)), pytrace=False)


def test_a_seed_always_gives_the_same_program() -> None:
    assert generate(7) == generate(7)
    assert len({generate(seed).source for seed in range(200)}) > 150


def test_every_generated_program_compiles() -> None:
    for seed in range(500):
        compile(generate(seed).source, f"seed {seed}", "exec")
