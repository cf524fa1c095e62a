"""Looks at programs that nobody wrote: ``python -m tests.robustness.fuzzing --programs 50000 --seed 1 --jobs 2``.

The analysis must give findings or silence for each: no exception (the crash net is off), no word on stdout or stderr,
no place outside of the file, and not much time. Prints each distinct fault once, with the program that shows it, and a
digest of all findings: it is the same whatever order sets have (``PYTHONHASHSEED``).
"""

from __future__ import annotations

import argparse
import contextlib
import hashlib
import io
import multiprocessing
import random
import signal
import sys
import time
import traceback
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache

from flake8_wsthreads.check import check_file
from flake8_wsthreads.finding import Finding
from flake8_wsthreads.rules import RULES
from tests.case_documents import all_cases
from tests.door import ALL_RULES

from .engine import TooSlow, parse, read_lines, time_limit
from .mutations import Mutator
from .real_files import standard_library

SEEDS_APART = 10_000_000
"""Runs with different ``--seed`` share no program, up to this number of programs."""
SECONDS = 5
"""An analysis may keep the processor busy for so long; its budget is less, the machine may be slow."""
_LONGEST_REAL_FILE = 1500
_REAL_ONE_IN = 50


@dataclass(frozen=True)
class Looked:
    """What came of one program: its findings as a digest, and what was wrong, if anything."""

    digest: str
    fault: str = ""
    text: str = ""


@cache
def programs() -> Sequence[str]:
    """The programs that are mutated: every case and every example of a rule."""
    cases = [case.source for case in all_cases(sys.version_info[:2])]
    return [*cases, *(example.source for rule in RULES for example in (*rule.bad, *rule.good))]


@cache
def _real_files() -> Sequence[str]:
    texts = ("".join(read_lines(path.read_bytes())) for path in standard_library())
    return [text for text in texts if text.count("\n") < _LONGEST_REAL_FILE]


def generated(seed: int) -> str:
    """The program of a seed: a mutated one, and now and then a module of the standard library that opens connections.

    Not each of them is one that Python parses.
    """
    mutator = Mutator(seed, programs())
    if seed % _REAL_ONE_IN:
        return mutator.program()
    real = random.Random(seed).choice(_real_files())
    try:
        return mutator.with_openings(parse(real))
    except (SyntaxError, ValueError, RecursionError):
        return ""


def look_at(text: str) -> Looked | None:
    """Analyse one program; None for a text that Python does not parse."""
    try:
        tree = parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    lines = io.StringIO(text).readlines()
    printed = io.StringIO()
    try:
        with warnings.catch_warnings(record=True) as warned, contextlib.redirect_stderr(printed):
            warnings.simplefilter("always")
            with contextlib.redirect_stdout(printed), time_limit(SECONDS):
                findings = check_file(tree, lines, ALL_RULES)
    except TooSlow as slow:
        return Looked("", str(slow), text)
    except Exception as error:
        last = traceback.extract_tb(error.__traceback__)[-1]
        return Looked("", f"{type(error).__name__}: {error} at {last.filename}:{last.lineno}", text)
    if printed.getvalue() or warned:
        return Looked("", f"prints: {printed.getvalue()}{[str(warning.message) for warning in warned]}", text)
    outside = [finding for finding in findings if not _is_in(finding, lines)]
    if outside:
        return Looked("", f"a place outside of the file: {outside[0].location}", text)
    return Looked(hashlib.sha256(repr(findings).encode()).hexdigest())


def _is_in(finding: Finding, lines: Sequence[str]) -> bool:
    place = finding.location
    return 1 <= place.line <= place.end_line <= len(lines) and place.column <= len(lines[place.line - 1])


def look_at_seed(seed: int) -> Looked | None:
    """Generate and analyse one program; ``ast.unparse`` cannot write every tree that a mutation makes."""
    try:
        text = generated(seed)
    except (ValueError, RecursionError, AttributeError, TypeError):
        return None
    return look_at(text)


def look_at_all(seeds: Sequence[int], jobs: int) -> Iterator[Looked]:
    """What came of the programs of these seeds, in their order."""
    if jobs == 1:
        looked: Iterator[Looked | None] = map(look_at_seed, seeds)
        yield from (each for each in looked if each is not None)
        return
    programs(), _real_files()  # once, before the processes part
    context = multiprocessing.get_context("fork")
    with context.Pool(jobs, lambda: signal.signal(signal.SIGINT, signal.SIG_IGN)) as pool:
        yield from (each for each in pool.imap(look_at_seed, seeds, chunksize=50) if each is not None)


def main(arguments: list[str] | None = None) -> int:
    """Run the command; return 1 when anything was wrong with any program."""
    parser = argparse.ArgumentParser(prog="python -m tests.robustness.fuzzing", description=__doc__)
    parser.add_argument("--programs", type=int, default=5000, help="how many programs to try")
    parser.add_argument("--seed", type=int, default=0, help="which programs: different numbers, different programs")
    parser.add_argument("--one", type=int, metavar="SEED", help="print this one program and what is found in it")
    parser.add_argument("--jobs", type=int, default=1, help="processes")
    options = parser.parse_args(arguments)
    if options.one is not None:
        print(generated(options.one))
        print(look_at_seed(options.one))
        return 0
    began = time.monotonic()
    first = options.seed * SEEDS_APART
    faults: dict[str, list[str]] = {}
    digest, count = hashlib.sha256(), 0
    for looked in look_at_all(range(first, first + options.programs), options.jobs):
        count += 1
        digest.update(looked.digest.encode())
        if looked.fault:
            faults.setdefault(looked.fault, []).append(looked.text)
    for fault, texts in faults.items():
        print(f"== {len(texts)} x {fault}\n{min(texts, key=len)}")
    print(f"{time.monotonic() - began:.0f} s, {count} programs, {sum(map(len, faults.values()))} with a fault")
    print(f"digest of the findings: {digest.hexdigest()}")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
