"""A mechanism that no case misses is either not tested, or not needed."""

from __future__ import annotations

from .mechanisms import MECHANISMS
from .missed import all_missed


def test_every_mechanism_is_missed_by_a_case() -> None:
    """``python -m tests.ablation`` says by which."""
    free = [missed.mechanism for missed in all_missed(list(MECHANISMS), jobs=2) if not missed.cases]
    assert free == []
