"""Where a reader finds more: the page of each rule."""

from __future__ import annotations

PROJECT = "https://example.com/flake8-wsthreads"


def page_of(code: str) -> str:
    """The address of the page of a rule."""
    return f"{PROJECT}/blob/main/docs/rules/{code}.md"
