"""The frozen table of releases against the package index: it says when the index knows more, and does not fail."""

from __future__ import annotations

import subprocess

import pytest
from releases import TABLE, released, written

from flake8_wsthreads.target import RELEASES


def test_the_index_knows_every_release_of_the_table() -> None:
    try:
        known = released()
    except subprocess.CalledProcessError as error:
        pytest.skip(f"pip cannot ask the index: {error.stderr}")
    assert set(RELEASES) <= set(known)
    newer = [release for release in known if release not in RELEASES]
    if newer:
        pytest.skip(f"the index knows newer releases, python docs/releases.py writes them down: {', '.join(newer)}")


def test_the_table_is_written_as_it_stands() -> None:
    text = TABLE.read_text(encoding="utf-8")
    assert written(text, list(RELEASES)) == text
    assert '"99.0",\n)' in written(text, [*RELEASES, "99.0"])
