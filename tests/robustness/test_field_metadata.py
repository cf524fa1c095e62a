"""A package of the field study has the same findings beside its own metadata as with its range given by hand."""

from __future__ import annotations

import ast
import re
import warnings
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from benchmarks.download import CACHE, fetch, packages
from benchmarks.measure import with_synchronous_client
from flake8_wsthreads.check import OnFailure, Settings, check_file
from flake8_wsthreads.finding import Finding
from flake8_wsthreads.target import RELEASES, Projects, Target

_REQUIRES = re.compile(r"^Requires-Dist: (websockets\b.*?)\r?$", re.MULTILINE)


def requirements(wheel: Path) -> list[str]:
    """What the metadata of a wheel requires of websockets."""
    with zipfile.ZipFile(wheel) as archive:
        named = [name for name in archive.namelist() if name.endswith(".dist-info/METADATA")]
        own = min(named, key=lambda name: name.count("/"))  # a package may hold others
        return _REQUIRES.findall(archive.read(own).decode("utf-8"))


def by_hand(required: list[str]) -> Target:
    """The releases that requirements allow, one by one."""
    allowed = [Requirement(text).specifier.filter(RELEASES) for text in required]
    return Target(frozenset(release for releases in allowed for release in releases))


def findings(directory: Path, place: Path, settings: Settings) -> Iterator[tuple[str, Finding]]:
    """The findings in a package, as if it stood in another place."""
    for name, lines in with_synchronous_client(directory):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse("".join(lines))
        for finding in check_file(tree, lines, settings, str(place / name)):
            yield name, finding


def without_place(found: Iterator[tuple[str, Finding]]) -> list[tuple[str, str, object, str]]:
    """What does not depend on where the requirement stands."""
    facts = [(name, finding.code, finding.location, finding.message.partition(";")[0]) for name, finding in found]
    return sorted(facts, key=repr)


@pytest.mark.parametrize("package", packages())
def test_own_metadata_and_a_range_by_hand_say_the_same(package: str, tmp_path: Path) -> None:
    source = fetch(CACHE) / package.replace("==", "-")
    (wheel,) = (CACHE / "archives" / package).glob("*.whl")
    required = requirements(wheel)
    if not required:
        pytest.skip("requires no websockets")
    (tmp_path / ".git").mkdir()
    (tmp_path / "requirements.txt").write_text("\n".join(required))
    beside = Settings(on_failure=OnFailure.RAISE, projects=Projects())
    given = Settings(by_hand(required), on_failure=OnFailure.RAISE)
    found = without_place(findings(source, tmp_path, beside))
    assert found == without_place(findings(source, tmp_path, given))
