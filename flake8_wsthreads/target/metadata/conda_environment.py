"""environment.yml of conda: its packages, and the list of what pip installs.

Only the lines of its lists are read: a dash, and a requirement behind it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from flake8_wsthreads.target.metadata.pixi import conda_specifier
from flake8_wsthreads.target.metadata.requirement import is_package, stated_requirement
from flake8_wsthreads.target.metadata.text_file import TextFile
from flake8_wsthreads.target.statement import Stated

_ENTRY = re.compile(r"""^(?P<indent>[ \t]*)-[ \t]+(?P<text>[^#\n]*?)[ \t]*(?:[ \t]#.*)?$""", re.MULTILINE)
_CONDA = re.compile(r"(?:[\w-]+::)?(?P<name>[\w.-]+)[ \t]*(?P<version>[=<>!~*|,.\w \t]*)")


def read(file: TextFile) -> Iterator[Stated]:
    """What the environment has."""
    pip_indent = -1
    for entry in _ENTRY.finditer(file.text):
        indent, text = len(entry["indent"]), entry["text"].strip("\"'")
        if re.fullmatch(r"pip:", text):
            pip_indent = indent
        elif pip_indent >= 0 and indent > pip_indent:
            yield from stated_requirement(file, text)
        else:
            pip_indent = -1
            yield from _of_conda(file, text)


def _of_conda(file: TextFile, text: str) -> Iterator[Stated]:
    found = _CONDA.fullmatch(text)
    if found is not None and is_package(found["name"]):
        version = found["version"].split()
        yield Stated(text, conda_specifier(version[0]) if version else "", file.locate(text))
