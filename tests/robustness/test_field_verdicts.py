"""The verdicts on the packages of the field study are frozen; the packages come from the package index."""

from __future__ import annotations

from benchmarks.download import CACHE, fetch
from tests.verdicts.frozen import FOLDER, difference, read
from tests.verdicts.judged import of_packages


def test_the_verdicts_of_the_packages_are_frozen() -> None:
    frozen = read(FOLDER / "packages.txt")
    changed = difference(frozen, of_packages(fetch(CACHE), frozen))
    assert not changed, f"python -m tests.verdicts writes the verdicts anew\n{changed}"
