"""``[packages]``, ``[dev-packages]`` and other groups of a Pipfile."""

from __future__ import annotations

from collections.abc import Iterator

from flake8_wsthreads.target.metadata.text_file import TextFile
from flake8_wsthreads.target.metadata.toml_tables import parse, table
from flake8_wsthreads.target.metadata.version_tables import stated_in_table
from flake8_wsthreads.target.statement import Stated

_NO_PACKAGES = frozenset({"source", "requires", "scripts", "pipenv"})


def read(file: TextFile) -> Iterator[Stated]:
    """What each group of packages allows."""
    for name, group in parse(file.text).items():
        if name not in _NO_PACKAGES:
            yield from stated_in_table(file, table(group), lambda text: "" if text.strip() == "*" else text)
