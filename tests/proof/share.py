"""The fixed share of programs that the suite compares."""

from __future__ import annotations

CHUNKS = 20
BODIES = 100
"""In each chunk so many bodies are compared."""
MOST_RUNS = 400
"""A program that needs more runs is left to long runs."""
_SPARE = 2


def seeds(chunk: int) -> range:
    """Return the seeds of a chunk: more than are compared, as some programs are discarded."""
    return range(chunk * BODIES * _SPARE, (chunk + 1) * BODIES * _SPARE)
