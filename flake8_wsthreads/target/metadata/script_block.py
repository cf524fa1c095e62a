"""Inline script metadata (PEP 723): a block of comments at the head of a script."""

from __future__ import annotations

import re
from collections.abc import Iterator

from flake8_wsthreads.target.metadata.requirement import stated_requirement
from flake8_wsthreads.target.metadata.text_file import TextFile
from flake8_wsthreads.target.metadata.toml_tables import parse, texts
from flake8_wsthreads.target.statement import Stated

# The reference implementation of PEP 723.
_BLOCK = re.compile(r"(?m)^# /// (?P<type>[a-zA-Z0-9-]+)$\s(?P<content>(^#(| .*)$\s)+)^# ///$")


def read(file: TextFile) -> Iterator[Stated]:
    """What the script requires. A text with more than one such block has none (PEP 723)."""
    blocks = [block for block in _BLOCK.finditer(file.text) if block["type"] == "script"]
    if len(blocks) != 1:
        return
    file.search_from(blocks[0].start())
    lines = blocks[0]["content"].splitlines(keepends=True)
    content = "".join(line[2:] if line.startswith("# ") else line[1:] for line in lines)
    for text in texts(parse(content).get("dependencies")):
        yield from stated_requirement(file, text)
