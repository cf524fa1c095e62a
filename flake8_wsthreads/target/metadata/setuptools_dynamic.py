"""``[tool.setuptools.dynamic]`` of pyproject.toml: requirements that stand in files of their own."""

from __future__ import annotations

import os
from collections.abc import Iterator

from flake8_wsthreads.target.metadata.toml_tables import parse, table, texts


def files_named(directory: str, text: str) -> Iterator[str]:
    """The paths of the files with dependencies and optional dependencies. ``text`` is that of a pyproject.toml."""
    if "dynamic" not in text:
        return
    dynamic = table(parse(text), "tool", "setuptools", "dynamic")
    entries = [table(dynamic, "dependencies"), *map(table, table(dynamic, "optional-dependencies").values())]
    for entry in entries:
        names = entry.get("file")
        for name in [names] if isinstance(names, str) else texts(names):
            yield os.path.normpath(os.path.join(directory, name))
