"""Tables with a key for each package: ``websockets = "^13.1"``, ``websockets = { version = ">=13", extras = [] }``."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from flake8_wsthreads.target.metadata.requirement import is_package
from flake8_wsthreads.target.metadata.text_file import TextFile
from flake8_wsthreads.target.metadata.toml_tables import Table
from flake8_wsthreads.target.statement import Stated

# What fetches the package from another place than the index.
_ELSEWHERE = frozenset({"git", "url", "path", "file", "hg", "svn"})


def stated_in_table(file: TextFile, packages: Table, specifier: Callable[[str], str]) -> Iterator[Stated]:
    """What a table says of the package; ``specifier`` makes a specifier set of a version as the tool writes it."""
    for name, value in packages.items():
        if not is_package(name):
            continue
        for entry in value if isinstance(value, list) else [value]:
            version = entry.get("version", "") if isinstance(entry, dict) else entry
            if isinstance(entry, dict) and not _ELSEWHERE.isdisjoint(entry):
                yield Stated(name, None, file.locate(_line_of(file, name)))
            elif isinstance(version, str):
                line = _line_of(file, name)
                yield Stated(line.strip(), specifier(version), file.locate(line))


def _line_of(file: TextFile, name: str) -> str:
    """The text of the line that begins with a key, or has it as the last part of its table's name."""
    key = re.escape(name)
    found = re.search(rf"""^[ \t]*(["']?{key}["']?[ \t]*=.*|\[.*{key}["']?\])""", file.text, re.MULTILINE)
    return found[1].rstrip() if found is not None else name
