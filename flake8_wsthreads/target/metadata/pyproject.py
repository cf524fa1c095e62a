"""pyproject.toml: the tables in which the tools of Python state dependencies."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from flake8_wsthreads.target.metadata import dependency_groups, hatch, pdm, pixi, poetry, project_table, uv
from flake8_wsthreads.target.metadata.text_file import TextFile
from flake8_wsthreads.target.metadata.toml_tables import Table, parse
from flake8_wsthreads.target.statement import Stated

TABLES: tuple[Callable[[TextFile, Table], Iterator[Stated]], ...] = (
    project_table.read,
    dependency_groups.read,
    poetry.read,
    pdm.read,
    uv.read,
    hatch.read,
    pixi.read,
)


def read(file: TextFile) -> Iterator[Stated]:
    """What all of them say."""
    data = parse(file.text)
    for read_table in TABLES:
        yield from read_table(file, data)
