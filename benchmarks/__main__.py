"""``python -m benchmarks [DIRECTORY]``: measure, and print the table."""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
from pathlib import Path

from .dense import DENSE
from .download import CACHE, fetch
from .measure import ROUNDS, Measurement, lines_of, measure, with_synchronous_client

SHORT, LONG = 5_000, 50_000
IMPORTS = """
import sys, flake8.main.application
before = set(sys.modules)
import flake8_wsthreads.plugin
print(*sorted(set(sys.modules) - before))
"""


def show_files(measured: list[Measurement], slowest: int) -> None:
    """Print the slowest files and the ratios over all."""
    print(f"{'ratio':>7} {'parse':>10} {'analysis':>10} {'lines':>7}  file")
    for each in sorted(measured, key=lambda each: -each.ratio)[:slowest]:
        parse, analysis = f"{each.parse * 1000:7.1f} ms", f"{each.analysis * 1000:7.1f} ms"
        print(f"{each.ratio:7.2f} {parse} {analysis} {each.lines:7}  {each.name}")
    total_parse = sum(each.parse for each in measured)
    total_analysis = sum(each.analysis for each in measured)
    ratios = [each.ratio for each in measured]
    print(f"{len(measured)} files with the synchronous client, {sum(each.lines for each in measured)} lines")
    ratio = total_analysis / total_parse
    print(f"ast.parse {total_parse:.3f} s, analysis {total_analysis:.3f} s: ratio {ratio:.2f} in total")
    above = sum(ratio > 1 for ratio in ratios)
    print(f"ratio of a file: {statistics.median(ratios):.2f} in the median, {max(ratios):.2f} at most; {above} above 1")


def show_growth(rounds: int) -> None:
    """Print what ten times the lines cost."""
    print(f"\n{'program':>16} {SHORT:>8} lines {LONG:>8} lines  growth  ratio")
    for program in DENSE:
        short, long = (measure(program.__name__, lines_of(program(size)), rounds) for size in (SHORT, LONG))
        growth = long.analysis / short.analysis * (short.lines * LONG) / (long.lines * SHORT)
        print(
            f"{program.__name__:>16} {short.analysis:12.3f} s {long.analysis:12.3f} s {growth:7.1f} {long.ratio:6.2f}",
            flush=True,
        )


def main(arguments: list[str] | None = None) -> int:
    """Run the command."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("directory", nargs="?", type=Path, help="measure these files, not the packages of the list")
    parser.add_argument("--rounds", type=int, default=ROUNDS, help="how often each file is measured")
    parser.add_argument("--slowest", type=int, default=15, help="how many files to show")
    parser.add_argument("--no-growth", action="store_true", help="leave the generated programs out")
    parser.add_argument("--cache", type=Path, default=CACHE, help="where downloads are kept")
    options = parser.parse_args(arguments)
    directory = options.directory or fetch(options.cache)
    files = list(with_synchronous_client(directory))
    show_files([measure(name, lines, options.rounds) for name, lines in files], options.slowest)
    new = subprocess.run([sys.executable, "-c", IMPORTS], capture_output=True, text=True, check=True).stdout
    print(f"\nimporting the plugin adds to flake8: {new.strip()}")
    if not options.no_growth:
        show_growth(options.rounds)
    return 0


if __name__ == "__main__":
    sys.exit(main())
