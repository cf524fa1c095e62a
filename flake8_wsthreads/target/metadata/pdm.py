"""``[tool.pdm.dev-dependencies]`` of pyproject.toml; the rest of a project of PDM stands in ``[project]``."""

from __future__ import annotations

from collections.abc import Iterator

from flake8_wsthreads.target.metadata.requirement import stated_requirement
from flake8_wsthreads.target.metadata.text_file import TextFile
from flake8_wsthreads.target.metadata.toml_tables import Table, table, texts
from flake8_wsthreads.target.statement import Stated


def read(file: TextFile, data: Table) -> Iterator[Stated]:
    """What the development groups require."""
    for group in table(data, "tool", "pdm", "dev-dependencies").values():
        for text in texts(group):
            yield from stated_requirement(file, text.removeprefix("-e "))
