"""Write the frozen verdicts anew: ``python -m tests.verdicts``."""

from __future__ import annotations

import argparse
import sys

from benchmarks.download import CACHE, fetch
from tests.verdicts.frozen import FOLDER, difference, read, write
from tests.verdicts.judged import of_cases, of_examples, of_packages


def main(arguments: list[str] | None = None) -> int:
    """Run the command; print what changed."""
    parser = argparse.ArgumentParser(prog="python -m tests.verdicts", description=__doc__)
    parser.add_argument("--without-packages", action="store_true", help="leave the packages of the field study alone")
    options = parser.parse_args(arguments)
    cases, examples, packages = FOLDER / "cases.txt", FOLDER / "examples.txt", FOLDER / "packages.txt"
    seen = {cases: of_cases(read(cases)), examples: of_examples()}
    if not options.without_packages:
        seen[packages] = of_packages(fetch(CACHE), read(packages))
    for document, verdicts in seen.items():
        if changed := difference(read(document), verdicts):
            print(changed)
        write(document, verdicts)
    return 0


if __name__ == "__main__":
    sys.exit(main())
