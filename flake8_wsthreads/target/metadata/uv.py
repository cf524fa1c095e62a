"""``[tool.uv]`` of pyproject.toml: ``dev-dependencies``, sources, and constraints on what others require."""

from __future__ import annotations

from collections.abc import Iterator

from flake8_wsthreads.target.metadata.requirement import is_package, stated_requirement
from flake8_wsthreads.target.metadata.text_file import TextFile
from flake8_wsthreads.target.metadata.toml_tables import Table, table, texts
from flake8_wsthreads.target.statement import Stated


def read(file: TextFile, data: Table) -> Iterator[Stated]:
    """What is required for development, and what narrows all requirements."""
    uv = table(data, "tool", "uv")
    for text in texts(uv.get("dev-dependencies")):
        yield from stated_requirement(file, text)
    for name in table(uv, "sources"):
        if is_package(name):
            # from a repository or a folder: it may be anything
            yield Stated(name, None, file.locate(name))
    for key in ("constraint-dependencies", "override-dependencies"):
        for text in texts(uv.get(key)):
            yield from stated_requirement(file, text, narrows=True)
