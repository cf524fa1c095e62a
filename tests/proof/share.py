"""The fixed share of programs that the suite compares: once, whoever asks."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from .comparison import Comparison, compare
from .execution import Discarded
from .generator import Program, generate

CHUNKS = 20
BODIES = 100
"""In each chunk so many bodies are compared."""
MOST_RUNS = 400
"""A program that needs more runs is left to long runs."""
_SPARE = 2


@dataclass(frozen=True)
class Chunk:
    """The programs of a chunk that were compared, and how many were discarded before there were enough."""

    compared: tuple[tuple[Program, Comparison], ...]
    discarded: int


@cache
def chunk_of(number: int) -> Chunk:
    """Compare the programs of a chunk."""
    compared: list[tuple[Program, Comparison]] = []
    discarded = 0
    for seed in range(number * BODIES * _SPARE, (number + 1) * BODIES * _SPARE):
        program = generate(seed)
        try:
            compared.append((program, compare(program.text, most_runs=MOST_RUNS)))
        except Discarded:
            discarded += 1
        if len(compared) == BODIES:
            break
    return Chunk(tuple(compared), discarded)
