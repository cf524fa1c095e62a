"""Long runs of random programs: ``python -m tests.reality --programs 1000 --seed 1 --jobs 2``."""

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter

from .agreement import COMPARED, disagreements, order
from .generator import generate
from .laboratory import Laboratory

SEEDS_APART = 10_000_000
"""Runs with different ``--seed`` share no program, up to this number of programs."""
AHEAD = 30
"""So many programs are ordered before the first one is judged, so that the machine is never idle."""


def main(arguments: list[str] | None = None) -> int:
    """Run the command; return 1 when anything disagrees."""
    options = _options(arguments)
    first = options.seed * SEEDS_APART
    seeds = range(first, first + options.programs) if options.one is None else range(options.one, options.one + 1)
    began = time.monotonic()
    parts: Counter[str] = Counter()
    disagreeing = 0
    with Laboratory(options.jobs) as laboratory:
        for seed in seeds[:AHEAD]:
            order(seed, laboratory)
        for judged in seeds:
            if judged + AHEAD in seeds:
                order(judged + AHEAD, laboratory)
            parts.update(generate(judged).parts)
            found = disagreements(judged, laboratory)
            disagreeing += bool(found)
            for disagreement in found:
                print(disagreement, end="\n\n", flush=True)
    print(f"{time.monotonic() - began:.0f} s: {len(seeds)} programs on {', '.join(COMPARED)}; {disagreeing} disagree")
    if options.parts:
        for name, count in sorted(parts.items(), key=lambda item: item[1]):
            print(f"{count:10} programs with: {name}")
    return 1 if disagreeing else 0


def _options(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.reality", description=__doc__)
    parser.add_argument("--programs", type=int, default=100, help="how many programs to try")
    parser.add_argument("--seed", type=int, default=0, help="which programs: different numbers, different programs")
    parser.add_argument("--one", type=int, metavar="SEED", help="look at this one program, by the seed that is shown")
    parser.add_argument("--jobs", type=int, default=0, help="programs that work at once; by default, what fits")
    parser.add_argument("--parts", action="store_true", help="print how often each part was tried")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main())
