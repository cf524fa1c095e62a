"""The rules that are off by default come on the way people try it, and never with a code that covers other rules."""

from __future__ import annotations

import pytest

from tests.programs import CLOSED, NEVER_CLOSED, SHARED
from tests.workspace import Workspace

BOTH = ["WST901", "WST902"]

# The options, and the opt-in codes that they bring for a program that both rules report.
ON: dict[tuple[str, ...], list[str]] = {
    ("select = WST901",): ["WST901"],
    ("select = WST902",): ["WST902"],
    ("select = WST9",): BOTH,
    ("select = WST90",): BOTH,
    ("select = WST,WST9",): BOTH,
    ("select = E,WST901",): ["WST901"],
    ("extend-select = WST901",): ["WST901"],
    ("extend-select = WST902",): ["WST902"],
    ("extend-select = WST9",): BOTH,
    ("select = E", "extend-select = WST9"): BOTH,
    ("enable-extensions = WST9",): BOTH,
    ("enable-extensions = WST901",): ["WST901"],
    ("enable-extensions = WST902",): ["WST902"],
    ("enable-extensions = WST901,WST902",): BOTH,
    ("select = WST", "enable-extensions = WST9"): BOTH,
    ("select = W", "enable-extensions = WST9"): BOTH,
    ("ignore = W503", "enable-extensions = WST9"): BOTH,
    ("extend-select = WST901", "enable-extensions = WST902"): BOTH,
    ("extend-select = WST9", "extend-ignore = WST902"): ["WST901"],
}

OFF: list[tuple[str, ...]] = [
    (),
    ("select = WST",),
    ("select = W",),
    ("select = E,F,W",),
    ("extend-select = WST",),
    ("extend-select = W",),
    ("enable-extensions = WST",),
    ("ignore = W503",),
    ("extend-ignore = W503",),
    ("select = WST", "ignore = W503"),
    ("extend-select = WST301",),
]

WAYS = ("in the configuration", "on the command line")


def codes(workspace: Workspace, options: tuple[str, ...], way: str, program: str) -> list[str]:
    """The codes of our findings; the options stand in ``.flake8``'s section or on the command line."""
    workspace.write("chat.py", program)
    if way == WAYS[0]:
        workspace.configure(*options)
        run = workspace.flake8()
    else:
        run = workspace.flake8(*(f"--{option.replace(' = ', '=')}" for option in options))
    assert run.err == ""
    return [code for code in run.codes if code.startswith("WST")]


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(("options", "expected"), ON.items(), ids=map(" / ".join, ON))
def test_naming_an_opt_in_rule_turns_it_on(
    workspace: Workspace, options: tuple[str, ...], expected: list[str], way: str
) -> None:
    assert sorted(codes(workspace, options, way, SHARED)) == expected


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("options", OFF, ids=lambda options: " / ".join(options) or "nothing")
def test_nothing_else_turns_one_on(workspace: Workspace, options: tuple[str, ...], way: str) -> None:
    assert codes(workspace, options, way, NEVER_CLOSED) == ["WST101", "WST301"]
    assert codes(workspace, options, way, SHARED) == []


def test_a_rule_that_is_on_by_two_ways_reports_once(workspace: Workspace) -> None:
    options = ("extend-select = WST901", "enable-extensions = WST9,WST901")
    assert codes(workspace, options, WAYS[1], CLOSED) == ["WST901"]


def test_the_rules_that_are_on_by_default_stay_on_beside_them(workspace: Workspace) -> None:
    found = codes(workspace, ("extend-select = WST901",), WAYS[1], NEVER_CLOSED)
    assert sorted(found) == ["WST101", "WST301", "WST901"]


def test_the_configuration_counts_under_the_selection_of_the_hook(workspace: Workspace) -> None:
    workspace.write("chat.py", CLOSED)
    assert workspace.flake8("--select=WST").out_lines == []
    for line in ("enable-extensions = WST9", "extend-select = WST901"):
        workspace.configure(line)
        assert workspace.flake8("--select=WST").codes == ["WST901"]
