"""Long runs of random programs: ``python -m tests.laboratory --programs 1000 --seed 1 --jobs 2``."""

from __future__ import annotations

import argparse
import itertools
import sys
import time
from collections import Counter

from .agreement import COMPARED, disagreement, order, trials
from .generator import generate
from .laboratory import Laboratory
from .releases import NotRun, can_install

SEEDS_APART = 10_000_000
"""Runs with different ``--seed`` share no program, up to this number of programs."""
AHEAD = 90
"""So many trials are ordered before the first one is judged, so that the machine is never idle."""


def main(arguments: list[str] | None = None) -> int:
    """Run the command; return 1 when anything disagrees."""
    options = _options(arguments)
    first = options.seed * SEEDS_APART
    seeds = range(first, first + options.programs) if options.one is None else range(options.one, options.one + 1)
    began = time.monotonic()
    releases = [release for release in COMPARED if can_install(release)]
    parts: Counter[str] = Counter()
    disagreeing = not_run = 0
    with Laboratory(options.jobs) as laboratory:
        ahead = (trial for seed in seeds for trial in trials(seed) if trial.release in releases)
        for trial in itertools.islice(ahead, AHEAD):
            order(trial, laboratory)
        for seed in seeds:
            parts.update(generate(seed).parts)
            found = []
            for trial in trials(seed):
                if trial.release in releases:
                    for next_one in itertools.islice(ahead, 1):
                        order(next_one, laboratory)
                    try:
                        found.append(disagreement(trial, laboratory))
                    except NotRun as why:
                        not_run += 1
                        print(f"{trial}: {why}", flush=True)
            disagreeing += any(found)
            for story in filter(None, found):
                print(story, end="\n\n", flush=True)
    print(f"{time.monotonic() - began:.0f} s: {len(seeds)} programs on {', '.join(releases)}")
    print(f"{disagreeing} disagree; {not_run} runs were not possible on this Python")
    for release in COMPARED:
        if release not in releases:
            print(f"not run, as this Python cannot install it: websockets {release}")
    if options.parts:
        for name, count in sorted(parts.items(), key=lambda item: item[1]):
            print(f"{count:10} programs with: {name}")
    return 1 if disagreeing else 0


def _options(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.laboratory", description=__doc__)
    parser.add_argument("--programs", type=int, default=100, help="how many programs to try")
    parser.add_argument("--seed", type=int, default=0, help="which programs: different numbers, different programs")
    parser.add_argument("--one", type=int, metavar="SEED", help="look at this one program, by the seed that is shown")
    parser.add_argument("--jobs", type=int, default=0, help="programs that work at once; by default, what fits")
    parser.add_argument("--parts", action="store_true", help="print how often each part was tried")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main())
