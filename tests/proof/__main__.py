"""Long runs: ``python -m tests.proof --bodies 20000 --seed 1 --jobs 2``."""

from __future__ import annotations

import argparse
import multiprocessing
import signal
import sys
import time
from collections import Counter
from dataclasses import dataclass, field

from .comparison import Comparison, Disagreement, compare
from .execution import Discarded
from .generator import generate
from .laboratory import Settings
from .shrinking import has_unknown_names, shrunk

SEEDS_APART = 10_000_000
"""Runs with different ``--seed`` share no program, up to this number of programs."""
SHRINK_RUNS = 600


@dataclass(frozen=True)
class Task:
    """A slice of a long run."""

    seeds: range
    settings: Settings
    most_runs: int
    without: frozenset[str]
    shrink: bool


@dataclass
class Report:
    """What came of a slice: counts, and each disagreement with the text that shows it."""

    counts: Counter[str] = field(default_factory=Counter)
    constructs: Counter[str] = field(default_factory=Counter)
    disagreements: list[tuple[int, str, Disagreement]] = field(default_factory=list)


def examine(task: Task) -> Report:
    """Compare all programs of a slice."""
    report = Report()
    for seed in task.seeds:
        program = generate(seed)
        if program.constructs & task.without:
            report.counts["left out"] += 1
            continue
        try:
            comparison = compare(program.text, task.settings, task.most_runs)
        except Discarded as discarded:
            report.counts[f"discarded: {str(discarded).partition(':')[0]}"] += 1
            continue
        _count(report, comparison)
        report.constructs.update(program.constructs)
        seen = set()
        for disagreement in comparison.disagreements:
            if disagreement.kind not in seen:
                seen.add(disagreement.kind)
                report.disagreements.append(_smallest(seed, program.text, disagreement, task))
    return report


def _count(report: Report, comparison: Comparison) -> None:
    report.counts["bodies"] += 1
    report.counts["runs"] += comparison.execution.runs
    report.counts["sites that agree"] += comparison.agreed
    if comparison.disagreements:
        report.counts["bodies that disagree"] += 1
    for outcome in comparison.execution.sites.values():
        normal = "leaks normally" if outcome.leaks_normally else ""
        on_error = "leaks on error" if outcome.leaks_on_error else ""
        report.counts[f"sites: {' and '.join(filter(None, (normal, on_error))) or 'no leak'}"] += 1


def _smallest(seed: int, text: str, disagreement: Disagreement, task: Task) -> tuple[int, str, Disagreement]:
    """Return the smallest program found that disagrees in the same way."""
    latest = disagreement

    def interesting(candidate: str) -> bool:
        nonlocal latest
        if has_unknown_names(candidate):
            return False
        try:
            found = compare(candidate, task.settings, SHRINK_RUNS).disagreements
        except Discarded:
            return False
        for each in found:
            if each.kind == disagreement.kind:
                latest = each
                return True
        return False

    if task.shrink:
        text = shrunk(text, interesting)
    return seed, text, latest


def show(seed: int, text: str, disagreement: Disagreement) -> str:
    """Return the story of a disagreement."""
    site = disagreement.site
    what = {
        ("leaks_normally", True): "FALSE ALARM: a normal leak that no run shows",
        ("leaks_normally", False): "MISSED: a normal leak",
        ("leaks_on_error", True): "FALSE ALARM: a leak on error that no run shows",
        ("leaks_on_error", False): "MISSED: a leak on error",
        ("missing", False): "MISSED: a leak at a site that is no connection to the analysis",
        ("undecided", False): "UNDECIDED",
        ("crash", False): "CRASH of the analysis",
    }[disagreement.kind]
    lines = [f"== seed {seed}: {what}; site {site.line}:{site.column}"]
    for number, line in enumerate(text.splitlines(), start=1):
        lines.append(f"{'>' if number == site.line else ' '}{number:3} {line}")
    lines.append(f"analysis:  {disagreement.analysis or 'no connection there'}")
    lines.append(f"execution: {'; '.join(disagreement.shown) if disagreement.shown else 'no run leaks'}")
    return "\n".join(lines)


def main(arguments: list[str] | None = None) -> int:
    """Run the command; return 1 when anything disagrees."""
    options = _options(arguments)
    settings = Settings(options.iterations, options.close_may_raise, options.guard_may_raise)
    first = options.seed * SEEDS_APART if options.one is None else options.one
    last = first + options.bodies if options.one is None else first + 1
    without = frozenset(options.without)
    step = 25
    tasks = [
        Task(range(start, min(start + step, last)), settings, options.most_runs, without, not options.no_shrink)
        for start in range(first, last, step)
    ]
    began = time.monotonic()
    total = Report()
    shown: set[str] = set()
    # Fork, so that the work tree is read once and edits during a long run change nothing.
    context = multiprocessing.get_context("fork")
    with context.Pool(options.jobs, lambda: signal.signal(signal.SIGINT, signal.SIG_IGN)) as pool:
        for report in pool.imap(examine, tasks):
            total.counts.update(report.counts)
            total.constructs.update(report.constructs)
            for seed, text, disagreement in report.disagreements:
                total.counts[
                    f"disagreement: {disagreement.question}, {'false alarm' if disagreement.false_alarm else 'missed'}"
                ] += 1
                if text not in shown and len(shown) < options.show:
                    shown.add(text)
                    print(show(seed, text, disagreement), end="\n\n", flush=True)
            if options.stop and total.counts["bodies that disagree"] >= options.stop:
                pool.terminate()
                break
    print(f"{time.monotonic() - began:.0f} s")
    for name, count in sorted(total.counts.items()):
        print(f"{count:10} {name}")
    if options.constructs:
        for name, count in sorted(total.constructs.items(), key=lambda item: item[1]):
            print(f"{count:10} bodies with: {name}")
    return 1 if total.counts["bodies that disagree"] else 0


def _options(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.proof", description=__doc__)
    parser.add_argument("--bodies", type=int, default=2000, help="how many programs to try")
    parser.add_argument("--seed", type=int, default=0, help="which programs: different numbers, different programs")
    parser.add_argument("--one", type=int, metavar="SEED", help="look at this one program, by the seed that is shown")
    parser.add_argument("--jobs", type=int, default=1, help="processes")
    parser.add_argument("--show", type=int, default=20, help="how many different disagreements to print")
    parser.add_argument("--stop", type=int, default=0, help="stop after so many bodies that disagree")
    parser.add_argument("--most-runs", type=int, default=1500, help="discard a program that needs more runs")
    parser.add_argument("--iterations", type=int, default=2, help="iterations of one loop")
    parser.add_argument("--close-may-raise", action="store_true", help="closing an open connection may raise, too")
    parser.add_argument(
        "--guard-may-raise", action="store_true", help="leaving an opaque context manager may raise, too"
    )
    parser.add_argument("--without", action="append", default=[], metavar="CONSTRUCT", help="leave these programs out")
    parser.add_argument("--no-shrink", action="store_true", help="print the programs as they were generated")
    parser.add_argument("--constructs", action="store_true", help="print how often each construct was compared")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main())
