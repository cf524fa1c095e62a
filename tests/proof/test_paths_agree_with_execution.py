"""The path analysis agrees with what happens when programs run."""

from __future__ import annotations

import pytest

from .__main__ import show
from .comparison import compare
from .execution import Discarded
from .generator import generate
from .share import BODIES, CHUNKS, MOST_RUNS, seeds


@pytest.mark.parametrize("chunk", range(CHUNKS))
def test_generated_bodies(chunk: int) -> None:
    compared = 0
    stories = []
    for seed in seeds(chunk):
        program = generate(seed)
        try:
            comparison = compare(program.text, most_runs=MOST_RUNS)
        except Discarded:
            continue
        stories += [show(seed, program.text, each) for each in comparison.disagreements]
        compared += 1
        if compared == BODIES:
            break
    assert not stories, "\n\n".join(["", *stories])
    assert compared == BODIES
