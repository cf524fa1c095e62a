"""``[tool.poetry]`` of pyproject.toml: dependencies, the old ``dev-dependencies``, and groups."""

from __future__ import annotations

from collections.abc import Iterator

from flake8_wsthreads.target.metadata.poetry_versions import poetry_specifier
from flake8_wsthreads.target.metadata.text_file import TextFile
from flake8_wsthreads.target.metadata.toml_tables import Table, table
from flake8_wsthreads.target.metadata.version_tables import stated_in_table
from flake8_wsthreads.target.statement import Stated


def read(file: TextFile, data: Table) -> Iterator[Stated]:
    """What the project and its groups require."""
    poetry = table(data, "tool", "poetry")
    groups = [table(group, "dependencies") for group in table(poetry, "group").values()]
    for packages in (table(poetry, "dependencies"), table(poetry, "dev-dependencies"), *groups):
        yield from stated_in_table(file, packages, poetry_specifier)
