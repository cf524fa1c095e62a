"""Handlers for exceptions that are below one another, one further in and one further out, on all paths."""

from __future__ import annotations

import itertools

import pytest

from .__main__ import show
from .comparison import compare
from .generator import HEADER

KINDS = (
    "ValueError", "UnicodeError", "OSError", "FileNotFoundError", "ConnectionClosed", "Base", "Derived", "Exception",
    "BaseException",
)  # fmt: skip
OWN = """\
class Base(Exception):
    pass
class Derived(Base):
    pass
"""
ACTIONS = (
    ("raise", "pass", "return"),
    ("pass", "raise", "return"),
    ("raise", "raise", "ws.close()"),
    ("raise", "raise", "return"),
    ("ws.close(); raise", "raise", "return"),
    ("pass", "raise", "raise"),
)
"""What the first handler does, the second, and the one around both."""


def program(kinds: tuple[str, ...], actions: tuple[str, ...]) -> str:
    """A program with these handlers around one step."""
    (first, second, outer), (in_first, in_second, in_outer) = kinds, actions
    return f"""\
{HEADER}{OWN}
def subject(a, b):
    ws = connect(URL)
    try:
        try:
            work(1)
        except {first}:
            {in_first}
        except {second}:
            {in_second}
        ws.close()
    except {outer}:
        {in_outer}
"""


@pytest.mark.parametrize("actions", ACTIONS, ids="/".join)
def test_handlers_of_related_exceptions(actions: tuple[str, ...]) -> None:
    for number, kinds in enumerate(itertools.product(KINDS, repeat=3)):
        text = program(kinds, actions)
        disagreements = [show(number, text, each) for each in compare(text).disagreements]
        assert not disagreements, "\n\n".join(["", *disagreements])
