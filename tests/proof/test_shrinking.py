"""A program that shows a disagreement is made small."""

from __future__ import annotations

from .shrinking import has_unknown_names, shrunk


def test_what_does_not_matter_is_dropped() -> None:
    text = """
def helper():
    pass
def subject(a, b):
    x = 1
    try:
        if a:
            wanted()
    finally:
        x = 2
"""
    assert shrunk(text, lambda candidate: "wanted" in candidate) == "def subject(a, b):\n    wanted()\n"


def test_a_program_of_which_every_part_matters_stays() -> None:
    assert shrunk("wanted()\n", lambda candidate: "wanted" in candidate) == "wanted()\n"


def test_operands_take_the_place_of_what_combines_them() -> None:
    assert (
        shrunk("x = (a and wanted()) if b else c\n", lambda candidate: "x = " in candidate and "wanted" in candidate)
        == "x = wanted()\n"
    )


def test_a_name_that_nothing_binds_is_noticed() -> None:
    program = "import os\ndef helper(a):\n    for b in a:\n        print(b, os)\nhelper([])\n"
    assert not has_unknown_names(program)
    assert has_unknown_names(program + "gone()\n")
