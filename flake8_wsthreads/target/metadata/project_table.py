"""``[project]`` of pyproject.toml: ``dependencies`` and ``optional-dependencies`` (PEP 621)."""

from __future__ import annotations

from collections.abc import Iterator

from flake8_wsthreads.target.metadata.requirement import stated_requirement
from flake8_wsthreads.target.metadata.text_file import TextFile
from flake8_wsthreads.target.metadata.toml_tables import Table, table, texts
from flake8_wsthreads.target.statement import Stated


def read(file: TextFile, data: Table) -> Iterator[Stated]:
    """What the project and its extras require."""
    project = table(data, "project")
    for text in texts(project.get("dependencies")):
        yield from stated_requirement(file, text)
    for extra in table(project, "optional-dependencies").values():
        for text in texts(extra):
            yield from stated_requirement(file, text)
