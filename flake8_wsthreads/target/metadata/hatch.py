"""``[tool.hatch.envs.*]`` of pyproject.toml, and ``[envs.*]`` of hatch.toml."""

from __future__ import annotations

from collections.abc import Iterator

from flake8_wsthreads.target.metadata.requirement import stated_requirement
from flake8_wsthreads.target.metadata.text_file import TextFile
from flake8_wsthreads.target.metadata.toml_tables import Table, parse, table, texts
from flake8_wsthreads.target.statement import Stated


def read(file: TextFile, data: Table) -> Iterator[Stated]:
    """What the environments require."""
    yield from _environments(file, table(data, "tool", "hatch", "envs"))


def read_file(file: TextFile) -> Iterator[Stated]:
    """The same from a file of its own."""
    yield from _environments(file, table(parse(file.text), "envs"))


def _environments(file: TextFile, environments: Table) -> Iterator[Stated]:
    for environment in environments.values():
        for key in ("dependencies", "extra-dependencies"):
            for text in texts(table(environment).get(key)):
                yield from stated_requirement(file, text)
