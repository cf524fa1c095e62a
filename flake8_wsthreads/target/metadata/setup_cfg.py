"""``install_requires`` and ``extras_require`` of setup.cfg."""

from __future__ import annotations

import configparser
import os
from collections.abc import Iterator

from flake8_wsthreads.target.metadata.requirement import stated_requirement
from flake8_wsthreads.target.metadata.text_file import TextFile
from flake8_wsthreads.target.statement import Stated

_FILES = "file:"


def read(file: TextFile) -> Iterator[Stated]:
    """What the project and its extras require."""
    for value in _values(file.text):
        # a list on one line has ";" between its parts (setuptools, "Declarative config", list-semi)
        for line in value.splitlines() if "\n" in value else value.split(";"):
            yield from stated_requirement(file, line.strip())


def files_named(directory: str, text: str) -> Iterator[str]:
    """The paths of the files that requirements stand in: ``install_requires = file: requirements.txt``."""
    for value in _values(text) if _FILES in text else ():
        if value.strip().startswith(_FILES):
            for name in value.strip().removeprefix(_FILES).split(","):
                yield os.path.normpath(os.path.join(directory, name.strip()))


def _values(text: str) -> list[str]:
    parser = configparser.ConfigParser(interpolation=None, strict=False)
    try:
        parser.read_string(text)
    except configparser.Error:
        return []
    values = [parser.get("options", "install_requires", fallback="")]
    if parser.has_section("options.extras_require"):
        values.extend(value for _, value in parser.items("options.extras_require"))
    return values
