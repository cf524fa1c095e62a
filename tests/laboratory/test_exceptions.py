"""The exceptions of websockets are below the classes that the plugin takes them to be below, in each release."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from flake8_wsthreads.library.exceptions import ALIASES, BASES

from .releases import RELEASES, folder_of

NAMES = [name for name in BASES if name.startswith("websockets.")]
OTHER_NAMES = [name for name in ALIASES if name.startswith("websockets.")]
ASK = """
import sys
import websockets
import websockets.exceptions

for name in sys.argv[1:]:
    module, _, short = name.rpartition(".")
    found = getattr(sys.modules[module], short, None)
    bases = [] if found is None else [base.__qualname__ for base in found.__bases__]
    print(name, "" if found is None else found.__module__ + "." + found.__qualname__, *bases)
"""


def told(release: str, names: list[str]) -> dict[str, list[str]]:
    """For each name what a release says: the qualified name of the class and its bases; nothing where it has none."""
    environment = {**os.environ, "PYTHONPATH": str(folder_of(release))}
    command = [sys.executable, "-c", ASK, *names]
    answer = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    return {line.split()[0]: line.split()[1:] for line in answer.stdout.splitlines()}


@pytest.mark.parametrize("release", RELEASES)
def test_a_release_agrees_with_the_rows(release: str) -> None:
    for name, found in told(release, NAMES).items():
        assert found in ([], [name, *(base.rpartition(".")[2] for base in BASES[name])])


@pytest.mark.parametrize("release", RELEASES)
def test_a_release_has_the_other_names(release: str) -> None:
    for name, found in told(release, OTHER_NAMES).items():
        assert found == [] or found[0] == ALIASES[name]


def test_the_newest_release_has_all_of_them() -> None:
    assert all(told(RELEASES[-1], [*NAMES, *OTHER_NAMES]).values())
