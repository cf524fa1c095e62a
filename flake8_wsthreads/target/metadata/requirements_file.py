"""Requirements files of pip: ``-r`` and ``-c`` lead to other ones; hashes and continued lines belong to their line."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator
from dataclasses import replace

from flake8_wsthreads.target.metadata.requirement import stated_requirement
from flake8_wsthreads.target.metadata.text_file import TextFile, read_text
from flake8_wsthreads.target.statement import Located, Said, Stated

_OTHER_FILE = re.compile(r"(?:-r|--requirement|-c|--constraint)(?:\s+|=|(?<=-[rc])(?=\S))(\S.*)")
_COMMENT = re.compile(r"(^|\s)#.*$")
# Options of one requirement stand behind it: --hash=sha256:…, --config-settings …
_OPTIONS = re.compile(r"\s--?[a-z].*$", re.DOTALL)
# More files than this no project has.
_MOST_FILES = 50
_EDITABLE = re.compile(r"(?:-e|--editable)(?:\s+|=)")


def read(file: TextFile) -> Iterator[Stated]:
    """What the file says itself."""
    for line in _lines(file.text):
        if not line.startswith("-") or _EDITABLE.match(line):
            yield from stated_requirement(file, _OPTIONS.sub("", _EDITABLE.sub("", line)).strip())


def other_files(path: str, text: str) -> Iterator[tuple[str, bool]]:
    """The paths of the files that this one leads to, and whether each holds constraints."""
    for line in _lines(text):
        found = _OTHER_FILE.match(line)
        if found is not None and "://" not in found[1]:
            yield os.path.normpath(os.path.join(os.path.dirname(path), found[1].strip())), line.lstrip("-")[0] == "c"


def read_all(paths: Iterable[str], root: str) -> Said:
    """What these files and all that they lead to say. Nothing outside of ``root`` is read."""
    pending = [(path, False) for path in paths]
    seen: set[str] = set()
    stated: list[Located] = []
    for path, narrows in pending:
        inside = path.startswith(root.rstrip(os.sep) + os.sep)
        if path in seen or not inside or len(seen) >= _MOST_FILES:
            continue
        seen.add(path)
        file = read_text(path, any_words=True)
        if file is not None:
            stated.extend((path, replace(entry, narrows=narrows)) for entry in read(file))
            pending.extend((other, narrows or constraint) for other, constraint in other_files(path, file.text))
    return Said(tuple(stated), tuple(sorted(seen)))


def _lines(text: str) -> Iterator[str]:
    joined = re.sub(r"\\\n", " ", text)
    for line in joined.splitlines():
        stripped = _COMMENT.sub("", line).strip()
        if stripped:
            yield stripped
