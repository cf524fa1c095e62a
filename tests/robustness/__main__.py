"""Long runs: ``python -m tests.robustness --jobs 2``, also over directories that the command line names.

Each file is analysed twice: as it is, and with the callables that it calls most often as openers of connections.
Prints each distinct crash once, with a file that shows it, and the files that take longest.
"""

from __future__ import annotations

import argparse
import multiprocessing
import signal
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from .engine import AnalysisError, Crash, TooSlow, analyse_lines, crash_of, read_lines, time_limit
from .real_files import share, site_packages, standard_library

SHOWN_SLOW = 15


@dataclass(frozen=True)
class Seen:
    """What came of one file: its lines, the crashes, and for each way to analyse it the time and the findings."""

    path: str
    lines: int
    parse_seconds: float = 0.0
    seconds: float = 0.0
    seconds_with_openers: float = 0.0
    findings: int = 0
    crashes: tuple[Crash, ...] = ()


@dataclass(frozen=True)
class Task:
    """One file, and for how long it may be analysed."""

    path: Path
    limit: int


def look_at(task: Task) -> Seen | None:
    """Analyse one file in both ways; None for one that is no Python."""
    name = str(task.path)
    crashes: list[Crash] = []
    parse_seconds = 0.0
    seconds = [0.0, 0.0]
    findings = 0
    lines = read_lines(task.path.read_bytes())
    for way, factories in enumerate((frozenset[str](), None)):
        began = time.process_time()
        try:
            with time_limit(task.limit):
                analysed = analyse_lines(lines, factories)
        except AnalysisError as error:
            crashes.append(crash_of(name, error))
        except TooSlow as slow:
            seconds[way] = time.process_time() - began
            crashes.append(Crash(name, str(slow), "with openers\n" if factories is None else ""))
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            return None
        else:
            parse_seconds, seconds[way] = analysed.parse_seconds, analysed.seconds
            findings += len(analysed.findings)
    return Seen(name, len(lines), parse_seconds, seconds[0], seconds[1], findings, tuple(crashes))


def show(seen: Iterable[Seen]) -> int:
    """Print what came of the files; return how many distinct crashes there are."""
    files = list(seen)
    causes: Counter[str] = Counter()
    examples: dict[str, Crash] = {}
    places: defaultdict[str, list[str]] = defaultdict(list)
    for file in files:
        for crash in file.crashes:
            causes[crash.summary] += 1
            examples.setdefault(crash.summary, crash)
            places[crash.summary].append(crash.path)
    for summary, count in causes.most_common():
        print(f"== {count} x {summary}\n{examples[summary].traceback}", *places[summary][:5], sep="\n", end="\n\n")
    parse = sum(file.parse_seconds for file in files)
    alone = sum(file.seconds for file in files)
    openers = sum(file.seconds_with_openers for file in files)
    lines = sum(file.lines for file in files)
    print(f"{len(files)} files, {lines} lines, {sum(file.findings for file in files)} findings")
    print(f"ast.parse {parse:.1f} s; analysis {alone:.1f} s; with the commonest callables as openers {openers:.1f} s")
    print(f"the {SHOWN_SLOW} slowest with openers:")
    for file in sorted(files, key=lambda file: -file.seconds_with_openers)[:SHOWN_SLOW]:
        print(f"{file.seconds_with_openers:8.2f} s {file.seconds:8.2f} s {file.lines:7} lines {file.path}")
    return len(causes)


def main(arguments: list[str] | None = None) -> int:
    """Run the command; return 1 when the analysis of any file raised."""
    parser = argparse.ArgumentParser(prog="python -m tests.robustness", description=__doc__)
    parser.add_argument("directories", nargs="*", type=Path, help="in place of the installed files")
    parser.add_argument("--jobs", type=int, default=1, help="processes")
    parser.add_argument("--limit", type=int, default=60, help="seconds that one file may take")
    parser.add_argument("--one-in", type=int, default=1, metavar="N", help="take every so-manieth file only")
    options = parser.parse_args(arguments)
    paths = [path for directory in options.directories for path in sorted(directory.rglob("*.py"))]
    paths = list(share(paths or [*standard_library(), *site_packages()], options.one_in))
    tasks = [Task(path, options.limit) for path in paths]
    # Fork, so that the work tree is read once and edits during a long run change nothing.
    context = multiprocessing.get_context("fork")
    with context.Pool(options.jobs, lambda: signal.signal(signal.SIGINT, signal.SIG_IGN)) as pool:
        results = pool.imap_unordered(look_at, tasks, chunksize=4)
        return 1 if show(result for result in results if result is not None) else 0


if __name__ == "__main__":
    sys.exit(main())
