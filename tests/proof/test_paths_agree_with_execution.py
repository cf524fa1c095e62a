"""The path analysis agrees with what happens when programs run."""

from __future__ import annotations

import pytest

from .__main__ import show
from .share import BODIES, CHUNKS, chunk_of


@pytest.mark.parametrize("number", range(CHUNKS))
def test_generated_bodies(number: int) -> None:
    chunk = chunk_of(number)
    stories = [
        show(program.seed, program.text, each)
        for program, comparison in chunk.compared
        for each in comparison.disagreements
    ]
    assert not stories, "\n\n".join(["", *stories])
    assert len(chunk.compared) == BODIES
