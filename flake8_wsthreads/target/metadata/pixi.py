"""``[tool.pixi]`` of pyproject.toml, and pixi.toml: packages from the index and from conda, of features as well."""

from __future__ import annotations

from collections.abc import Iterator

from flake8_wsthreads.target.metadata.text_file import TextFile
from flake8_wsthreads.target.metadata.toml_tables import Table, parse, table
from flake8_wsthreads.target.metadata.version_tables import stated_in_table
from flake8_wsthreads.target.statement import Stated


def read(file: TextFile, data: Table) -> Iterator[Stated]:
    """What the workspace and its features require."""
    yield from _workspace(file, table(data, "tool", "pixi"))


def read_file(file: TextFile) -> Iterator[Stated]:
    """The same from a file of its own."""
    yield from _workspace(file, parse(file.text))


def _workspace(file: TextFile, pixi: Table) -> Iterator[Stated]:
    for owner in (pixi, *map(table, table(pixi, "feature").values()), *map(table, table(pixi, "target").values())):
        yield from stated_in_table(file, table(owner, "pypi-dependencies"), _index_specifier)
        yield from stated_in_table(file, table(owner, "dependencies"), conda_specifier)


def _index_specifier(text: str) -> str:
    return "" if text.strip() == "*" else text


def conda_specifier(text: str) -> str:
    """A version of conda as a specifier set: ``13.*``, ``=13.1``, ``>=12,<14``, ``13.1|14``."""
    return "||".join(",".join(_one(part.strip()) for part in way.split(",")) for way in text.split("|")).strip(",")


def _one(text: str) -> str:
    if text in ("*", ""):
        return ""
    if text[0].isdigit():
        return f"=={text}"
    if text[0] == "=" and text[1:2] != "=":
        version = text[1:].removesuffix("*").removesuffix(".")
        return f"=={version}.*"
    return text
