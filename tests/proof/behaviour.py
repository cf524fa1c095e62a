"""What a program does, apart from its connections' ends: for the proof that a safe fix changes nothing else.

``python -m tests.proof.behaviour --programs 5000 --seed 1`` tries many; the suite tries a share.
"""

from __future__ import annotations

import argparse
import re
from collections import Counter
from dataclasses import dataclass

from flake8_wsthreads.fixes.engine import Mended
from tests.fixes.documents import mended

from .decisions import all_decisions
from .execution import DEFAULT_SETTINGS, Discarded, Prepared, WrongProgram, prepare, run_once
from .generator import generate
from .laboratory import Settings

SEEDS_APART = 10_000_000
MOST_RUNS = 400
"""A program that needs more is left out."""
# Where something stands may change.
_LINE = re.compile(r"\bline \d+|\b0x[0-9a-f]+")


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


def compare_fixed(text: str, most_runs: int = MOST_RUNS) -> Comparison | None:
    """Fix a program safely and run it before and after; None where there is nothing to fix.

    Raises `Discarded` when the runs of the program as it was give no verdict.
    """
    fixed = mended(text)
    if fixed.text == text:
        return None
    before = prepare(text)
    expected = behaviour(before, most_runs)
    try:
        seen = behaviour(prepare(fixed.text, before.needs), 2 * most_runs)
    except WrongProgram as error:
        return Comparison(fixed, str(error))
    missing = sorted(expected.ways - seen.ways)
    new = sorted(seen.ways - expected.ways)
    return Comparison(fixed, f"no longer: {missing[:1]}, instead: {new[:1]}" if missing or new else "")


def main(arguments: list[str] | None = None) -> int:
    """Fix and run many programs; return 1 when a fix changed what one of them does."""
    parser = argparse.ArgumentParser(prog="python -m tests.proof.behaviour", description=__doc__)
    parser.add_argument("--programs", type=int, default=5000, help="how many programs to try")
    parser.add_argument("--seed", type=int, default=0, help="which programs: different numbers, different programs")
    options = parser.parse_args(arguments)
    counts: Counter[str] = Counter()
    first = options.seed * SEEDS_APART
    for seed in range(first, first + options.programs):
        try:
            compared = compare_fixed(generate(seed).text)
        except Discarded:
            counts["discarded"] += 1
            continue
        counts["fixed"] += compared is not None
        if compared is not None and compared.difference:
            counts["changed"] += 1
            print(f"seed {seed}: {compared.difference}\n{compared.mended.text}")
    print(f"{counts['fixed']} fixed, {counts['changed']} of them changed, {counts['discarded']} discarded")
    return 1 if counts["changed"] else 0


if __name__ == "__main__":
    raise SystemExit(main())
