"""Whoever lets the fixes be made has a program that exits and says goodbye, on every release that it allows."""

from __future__ import annotations

import pytest

from flake8_wsthreads.rules import RULES
from flake8_wsthreads.rules.rule import Example, Rule
from tests.door import findings
from tests.fixes.documents import Fixable, mended

from .examples import releases_of
from .laboratory import Laboratory
from .observation import Ending, Program
from .releases import RELEASES
from .trial import Trial, disagreement

LEFT_BY_AN_EXCEPTION = frozenset({
    "an answer without a price skips the close",
    "a blocking client under asyncio",
    "an answer that is no number skips the close",
    "a generator that is not ready for the caller's exception",
})  # fmt: skip
"""The examples that raise while the connection is open: the block closes with code 1011."""
LEFT_BY_THE_PROGRAM = frozenset({"run() closes, but main ends first"})
"""The program does not wait for its daemon thread, and nobody says goodbye: that is why the fix is not safe."""
NOTHING_TO_SEE = frozenset({"a chat listener that main does not wait for", "a timeout alone is no end"})
"""The thread becomes a daemon thread: the program ends at once, whether that has just opened its connection or not."""
ONE_ON_EACH_SIDE = ("12.0", "13.1", "17.4")
"""Of the two releases that change what a program does."""


def _fixed_programs(rule: Rule, example: Example) -> list[tuple[str, str, list[str]]]:
    """The example after its safe fixes and after all, each with the releases to run it on; those with no finding left.

    A requirement of its own that a fix has raised narrows the releases.
    """
    options = {"websockets": example.websockets} if example.websockets else {}
    settings = Fixable(example.title, example.source, options, "").settings
    found: list[tuple[str, str, list[str]]] = []
    for unsafe in (False, True):
        text = mended(example.source, settings, unsafe).text
        if text == example.source or findings(text, settings) or text in {other for _, other, _ in found}:
            continue
        releases = releases_of(example)
        if unsafe:
            releases = [release for release in releases if release in ONE_ON_EACH_SIDE]
        if "websockets>=13.0" in text:
            releases = [release for release in releases if RELEASES.index(release) >= RELEASES.index("13.0")]
        found.append(("all fixes" if unsafe else "safe fixes", text, releases))
    return found


def _trials(kind: str) -> list[Trial]:
    return [
        Trial(
            name=f"{rule.code}: {example.title}",
            program=Program(text, example.server),
            release=release,
            goodbye="an exception leaves through the block" if example.title in LEFT_BY_AN_EXCEPTION else "",
            good=True,
        )
        for rule in RULES
        for example in rule.bad
        for kind_of_fixes, text, releases in _fixed_programs(rule, example)
        if kind_of_fixes == kind
        for release in releases
    ]


SAFE = _trials("safe fixes")
ALL = [trial for trial in _trials("all fixes") if trial.name.partition(": ")[2] not in NOTHING_TO_SEE]


@pytest.mark.parametrize("trial", SAFE, ids=str)
def test_an_example_that_was_fixed_safely_is_at_peace(trial: Trial, laboratory: Laboratory) -> None:
    if story := disagreement(trial, laboratory):
        pytest.fail(story, pytrace=False)
    codes = set(laboratory.observe(trial.program, trial.release).close_codes)
    assert codes == {1000} if not trial.goodbye else codes != {1000}


@pytest.mark.parametrize("trial", ALL, ids=str)
def test_an_example_with_all_its_fixes_exits_and_closes(trial: Trial, laboratory: Laboratory) -> None:
    """A thread may get an error when the main thread leaves the new block: that is why these fixes are not safe."""
    seen = laboratory.observe(trial.program, trial.release)
    assert seen.ending is Ending.EXIT
    title = trial.name.partition(": ")[2]
    assert title in LEFT_BY_THE_PROGRAM or set(seen.close_codes) == {1000}


def test_there_is_something_to_run() -> None:
    assert len({trial.program for trial in SAFE}) > 20
