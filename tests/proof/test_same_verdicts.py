"""A body has the same findings wherever it stands: in a method, under a condition, in a block that does nothing."""

from __future__ import annotations

import functools
import itertools
import textwrap
from collections.abc import Callable

import pytest

from tests.door import findings

from .generator import HEADER
from .pairs import listed
from .test_constructors import OPENED, THEN
from .test_containers import CLOSED, CLOSED_UNDER_A_KEY, FILLED, UNDER_A_KEY
from .test_one_condition_in_many_words import WORDINGS, program

FUNCTION = "def subject(a, b):\n"
EVERY = 7
"""Every seventh of the bodies: each part of one comes up with many others."""


_ALL = [
    *map("\n".join, itertools.product(listed(FILLED), listed(CLOSED))),
    *map("\n".join, itertools.product(listed(UNDER_A_KEY), listed(CLOSED_UNDER_A_KEY))),
    *("\n".join(pair).replace("self.", "given.") for pair in itertools.product(listed(OPENED), listed(THEN))),
    *(
        textwrap.dedent(program(*pair).partition(FUNCTION)[2])
        for pair in itertools.product(listed(WORDINGS), repeat=2)
    ),
]
BODIES = [body for body in _ALL[::EVERY] if "return pool" not in body]
"""Who calls the function decides what becomes of a result."""


def _inside(head: str, *, around: str = "", depth: int = 2, foot: str = "") -> Callable[[str], str]:
    """Puts a body below a head, and both below what is around them."""

    def put(body: str) -> str:
        return f"{around}{head}{textwrap.indent(body, '    ' * depth)}\n{foot}"

    return put


PLACES = {
    "a method": _inside("    def subject(self, a, b):\n", around="class Client:\n"),
    "a static method": _inside("    def subject(a, b):\n", around="class Client:\n    @staticmethod\n"),
    "a nested function": _inside(f"    {FUNCTION}", around="def outer(a, b):\n", foot="    subject(a, b)\n"),
    "a condition that holds": _inside("    if True:\n", around=FUNCTION),
    "a condition": _inside("    if asked:\n", around="def subject(a, b, asked):\n"),
    "a block": _inside("    with contextlib.nullcontext():\n", around=FUNCTION),
    "finally": _inside("    try:\n", around=FUNCTION, foot="    finally:\n        pass\n"),
    "a handler": _inside("    try:\n", around=FUNCTION, foot="    except BaseException:\n        raise\n"),
}


def codes(program: str) -> list[str]:
    """What is said of the connections of a program that stay open."""
    found = (each.code for each in findings(f"{HEADER}{program}"))
    return sorted(code for code in found if code.startswith("WST3") and code != "WST305")


@functools.cache
def codes_in_function(body: str) -> list[str]:
    """What is said of them where the body is one of a function."""
    return codes(FUNCTION + textwrap.indent(body, "    "))


@pytest.mark.parametrize("place", PLACES)
def test_a_body_has_the_same_findings_in_another_place(place: str) -> None:
    put = PLACES[place]
    for body in BODIES:
        assert codes(put(body)) == codes_in_function(body), put(body)


def test_a_script_has_the_findings_of_its_function() -> None:
    # others may change what a loop at the top level asks about
    bodies = [body for body in BODIES if not any(word in body for word in ("return", "super()", "while a"))]
    for body in bodies:
        assert codes(f"a = b = condition(1)\n{body}\n") == codes_in_function(body), body
    assert len(bodies) > len(BODIES) / 2
