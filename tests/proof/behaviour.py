"""What a program does, apart from its connections' ends: for the proof that a safe fix changes nothing else."""

from __future__ import annotations

import io
import re
from dataclasses import dataclass

from flake8_wsthreads.check import check_file
from flake8_wsthreads.finding import Finding
from flake8_wsthreads.fixes.engine import Mended, mend
from tests.door import DEFAULT_RULES

from .decisions import all_decisions
from .execution import DEFAULT_SETTINGS, Discarded, Prepared, WrongProgram, prepare, run_once
from .laboratory import Settings

# Where something stands may change.
_LINE = re.compile(r"\bline \d+|\b0x[0-9a-f]+")
NO_GUARD_RAISES = DEFAULT_SETTINGS


@dataclass(frozen=True)
class Behaviour:
    """Every way through a program: what it asked of the world in which order, and how it ended."""

    ways: frozenset[tuple[str, tuple[str, ...], str]]


def behaviour(program: Prepared, most_runs: int, settings: Settings = DEFAULT_SETTINGS) -> Behaviour:
    """Run every function of a program on every path.

    Raises `Discarded` when that takes more runs, `WrongProgram` when the program goes wrong on some path.
    """
    ways: set[tuple[str, tuple[str, ...], str]] = set()
    runs = 0
    for entry in program.entries:
        for decisions in all_decisions(most_runs + 1):
            runs += 1
            if runs > most_runs:
                raise Discarded("too many paths")
            world, error = run_once(program, entry, decisions, settings)
            if world.wrong_program:
                raise WrongProgram(f"the program goes wrong: {'; '.join(decisions.trace())}")
            if world.judged:
                trace = tuple(_LINE.sub("line", step) for step in decisions.trace())
                ways.add((entry, trace, type(error).__name__ if error is not None else "ends"))
    return Behaviour(frozenset(ways))


@dataclass(frozen=True)
class Comparison:
    """A program with a fix, and the first thing that the two do differently; empty where there is none."""

    mended: Mended
    difference: str


def compare_fixed(text: str, most_runs: int) -> Comparison | None:
    """Fix a program safely and run it before and after; None where there is nothing to fix.

    Raises `Discarded` when the runs of the program as it was give no verdict.
    """
    mended = mend(text, _live, DEFAULT_RULES, "<program>")
    if mended.text == text:
        return None
    before = prepare(text)
    expected = behaviour(before, most_runs)
    try:
        seen = behaviour(prepare(mended.text, before.needs), 2 * most_runs)
    except WrongProgram as error:
        return Comparison(mended, str(error))
    missing = sorted(expected.ways - seen.ways)
    new = sorted(seen.ways - expected.ways)
    return Comparison(mended, f"no longer: {missing[:1]}, instead: {new[:1]}" if missing or new else "")


def _live(text: str) -> list[Finding]:
    import ast

    return check_file(ast.parse(text), io.StringIO(text).readlines(), DEFAULT_RULES)
