"""Says of each mechanism which cases miss it: ``python -m tests.ablation --jobs 2``; ends with 1 where one has none."""

from __future__ import annotations

import argparse

from .mechanisms import MECHANISMS
from .missed import all_missed


def main(arguments: list[str] | None = None) -> int:
    """Run the command."""
    parser = argparse.ArgumentParser(prog="python -m tests.ablation", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="MECHANISM", help="these alone (default: all)")
    parser.add_argument("--jobs", type=int, default=1, help="processes")
    options = parser.parse_args(arguments)
    free = 0
    for missed in all_missed(options.names or list(MECHANISMS), options.jobs):
        free += not missed.cases
        print(f"{len(missed.cases):4} {missed.mechanism}" + (f": {missed.cases[0]}" if missed.cases else ""))
    return 1 if free else 0


if __name__ == "__main__":
    raise SystemExit(main())
