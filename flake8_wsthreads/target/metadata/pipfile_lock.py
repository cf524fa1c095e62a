"""Pipfile.lock: JSON with an object for each package. It is big, so it is searched, not parsed."""

from __future__ import annotations

import re
from collections.abc import Iterator

from flake8_wsthreads.target.metadata.text_file import TextFile
from flake8_wsthreads.target.statement import Stated

_PACKAGE = re.compile(r'"websockets"\s*:\s*\{[^{}]*?"version"\s*:\s*"([^"]*)"', re.IGNORECASE)


def read(file: TextFile) -> Iterator[Stated]:
    """The version that is locked, of the packages and of those for development."""
    for found in _PACKAGE.finditer(file.text):
        place = file.location_of(found.start(1), found.end(1))
        yield Stated(found[1], found[1], place, pinned=True)
