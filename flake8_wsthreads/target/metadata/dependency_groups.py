"""``[dependency-groups]`` of pyproject.toml (PEP 735).

A group that another one includes stands in the same table, so that every requirement is read where it stands.
"""

from __future__ import annotations

from collections.abc import Iterator

from flake8_wsthreads.target.metadata.requirement import stated_requirement
from flake8_wsthreads.target.metadata.text_file import TextFile
from flake8_wsthreads.target.metadata.toml_tables import Table, table, texts
from flake8_wsthreads.target.statement import Stated


def read(file: TextFile, data: Table) -> Iterator[Stated]:
    """What the groups require."""
    for group in table(data, "dependency-groups").values():
        for text in texts(group):
            yield from stated_requirement(file, text)
