"""A line on the terminal that says what takes so long, and goes away."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Timer

_PATIENCE = 1.0
"""Seconds."""
_ERASE = "\r\x1b[K"


@contextmanager
def progress(text: str) -> Iterator[None]:
    """Show a line on stderr when the block takes longer than a second; nothing where stderr is no terminal."""
    if not sys.stderr.isatty():
        yield
        return
    shown: list[str] = []

    def show() -> None:
        shown.append(text)
        print(f"{text} ...", end="", file=sys.stderr, flush=True)

    timer = Timer(_PATIENCE, show)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
        timer.join()
        if shown:
            print(_ERASE, end="", file=sys.stderr, flush=True)
