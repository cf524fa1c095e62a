"""A safe fix changes nothing that a run shows, but the end of the connection: shown by running both programs."""

from __future__ import annotations

import pytest

from tests.fixes.documents import mended

from .behaviour import Comparison, compare_fixed
from .execution import Discarded
from .generator import generate

SEEDS = range(300)


def test_safe_fixes_of_generated_programs_change_nothing_but_the_close() -> None:
    fixed = 0
    for seed in SEEDS:
        compared = _compared(generate(seed).text)
        if compared is not None:
            fixed += 1
            assert not compared.difference, f"seed {seed}: {compared.difference}\n{compared.mended.text}"
    assert fixed > 50


def test_a_fix_that_changes_more_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every opener counts as one that never gives None."""
    monkeypatch.setattr("flake8_wsthreads.fixes.with_block.surely_opens", lambda parsed, call: True)
    mended.cache_clear()
    try:
        compared = [_compared(generate(seed).text) for seed in SEEDS[:200]]
        assert any(each is not None and each.difference for each in compared)
    finally:
        mended.cache_clear()


def _compared(text: str) -> Comparison | None:
    try:
        return compare_fixed(text)
    except Discarded:
        return None
