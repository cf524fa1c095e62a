"""The page on fixes counts what they mend."""

from __future__ import annotations

from tests.fixes.table import PAGE, with_table


def test_the_page_counts_what_is_mended() -> None:
    page = PAGE.read_text(encoding="utf-8")
    assert with_table(page) == page, "python -m tests.fixes.table writes it"
