"""Fixes programs that nobody wrote: ``python -m tests.robustness.fixing --programs 5000 --seed 1 --jobs 2``.

What comes out must compile, have fewer findings and no new one, keep every comment, and be fixed for good. Prints each
program that breaks this, with its seed, and ends with exit code 1 when there is one.
"""

from __future__ import annotations

import argparse
import multiprocessing
import traceback
import warnings
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from flake8_wsthreads.check import Settings
from tests.door import DEFAULT_RULES, findings
from tests.fixes.documents import mended
from tests.fixes.test_documents import comments

from .fuzzing import SEEDS_APART, generated


@dataclass(frozen=True)
class Fixed:
    """What came of one program."""

    seed: int
    is_program: bool
    is_fixed: bool = False
    fault: str = ""


def fixed_as_promised(source: str, settings: Settings, unsafe: bool) -> bool:
    """Whether a program has a fix. Raises ``AssertionError`` or ``SyntaxError`` where the fix breaks its promises."""
    text = mended(source, settings, unsafe).text
    if text == source:
        return False
    compile(text, "<fixed>", "exec", dont_inherit=True)
    before = Counter(finding.code for finding in findings(source, settings))
    after = Counter(finding.code for finding in findings(text, settings))
    assert after < before, f"found before: {before}, afterwards: {after}\n{text}"
    if "/// script" not in source:
        assert comments(text) == comments(source), f"comments are lost\n{text}"
    assert mended(text, settings, unsafe).text == text, f"a second run changes something\n{text}"
    return True


def fix_seed(seed: int) -> Fixed:
    """Fix the program of a seed, every second time with the unsafe fixes as well."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            text = generated(seed)
            compile(text, "<mutated>", "exec", dont_inherit=True)
        except (SyntaxError, ValueError, RecursionError, AttributeError, TypeError):
            return Fixed(seed, False)
        try:
            return Fixed(seed, True, fixed_as_promised(text, DEFAULT_RULES, unsafe=bool(seed % 2)))
        except Exception:
            return Fixed(seed, True, True, f"{traceback.format_exc(limit=-3)}\n{text}")


def fix_seeds(seeds: Sequence[int], jobs: int) -> Iterator[Fixed]:
    """What came of the programs of these seeds, in their order."""
    if jobs == 1:
        yield from map(fix_seed, seeds)
        return
    with multiprocessing.get_context("fork").Pool(jobs) as pool:
        yield from pool.imap(fix_seed, seeds, chunksize=50)


def main(arguments: list[str] | None = None) -> int:
    """Run the command; return 1 when a fix broke a promise."""
    parser = argparse.ArgumentParser(prog="python -m tests.robustness.fixing", description=__doc__)
    parser.add_argument("--programs", type=int, default=5000, help="how many programs to try")
    parser.add_argument("--seed", type=int, default=0, help="which programs: different numbers, different programs")
    parser.add_argument("--jobs", type=int, default=1, help="processes")
    options = parser.parse_args(arguments)
    first = options.seed * SEEDS_APART
    counts: Counter[str] = Counter()
    for fixed in fix_seeds(range(first, first + options.programs), options.jobs):
        counts["programs"] += fixed.is_program
        counts["fixed"] += fixed.is_fixed
        if fixed.fault:
            counts["faults"] += 1
            print(f"seed {fixed.seed}: {fixed.fault}\n")
    print(f"{counts['programs']} programs, {counts['fixed']} fixed, {counts['faults']} faults")
    return 1 if counts["faults"] else 0


if __name__ == "__main__":
    raise SystemExit(main())
