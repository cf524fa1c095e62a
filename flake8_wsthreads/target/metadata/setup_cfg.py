"""``install_requires`` and ``extras_require`` of setup.cfg."""

from __future__ import annotations

import configparser
from collections.abc import Iterator

from flake8_wsthreads.target.metadata.requirement import stated_requirement
from flake8_wsthreads.target.metadata.text_file import TextFile
from flake8_wsthreads.target.statement import Stated


def read(file: TextFile) -> Iterator[Stated]:
    """What the project and its extras require."""
    parser = configparser.ConfigParser(interpolation=None, strict=False)
    try:
        parser.read_string(file.text)
    except configparser.Error:
        return
    values = [parser.get("options", "install_requires", fallback="")]
    if parser.has_section("options.extras_require"):
        values.extend(value for _, value in parser.items("options.extras_require"))
    for value in values:
        # a list on one line has ";" between its parts (setuptools, "Declarative config", list-semi)
        for line in value.splitlines() if "\n" in value else value.split(";"):
            yield from stated_requirement(file, line.strip())
