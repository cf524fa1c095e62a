"""A metadata file as text: read with care, and searched for the places of what was parsed from it."""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass, field

from flake8_wsthreads.finding import Location

_LARGEST = 4_000_000
_LARGEST_LOCK = 12_000_000


@dataclass
class TextFile:
    """The text of a file, and how far it was searched already: equal texts stand for places one after another."""

    path: str
    text: str
    names_package: bool = True
    """Whether the word is in it at all."""
    _searched: dict[str, int] = field(default_factory=dict)
    _begin: int = 0

    def search_from(self, offset: int) -> None:
        """Look for places behind this offset only."""
        self._begin = offset
        self._searched.clear()

    def locate(self, text: str) -> Location:
        """The next place of a text, in the order of the calls for the same text; the first line where it is nowhere."""
        start = self.text.find(text, self._searched.get(text, self._begin))
        if start < 0:
            start = self.text.find(text)
        if start < 0:
            return Location(1, 0, 1, 0)
        self._searched[text] = start + len(text)
        return self.location_of(start, start + len(text))

    def location_of(self, start: int, end: int) -> Location:
        """The range between two offsets."""
        line = self.text.count("\n", 0, start) + 1
        column = start - (self.text.rfind("\n", 0, start) + 1)
        end_line = self.text.count("\n", 0, end) + 1
        return Location(line, column, end_line, end - (self.text.rfind("\n", 0, end) + 1))


def read_text(path: str, lock: bool = False, any_words: bool = False) -> TextFile | None:
    """The text of a regular file in UTF-8; None for everything else: a pipe, a directory, another encoding.

    Nothing but a regular file is ever opened. A file of more than a few megabytes is none that people write. Without
    ``any_words`` a file that does not name the package is None as well.
    """
    try:
        status = os.stat(path)
        if not stat.S_ISREG(status.st_mode) or status.st_size > (_LARGEST_LOCK if lock else _LARGEST):
            return None
        with open(path, "rb") as file:
            data = file.read()
    except OSError:
        return None
    # most metadata has nothing to do with us, and costs no more than this search
    names_package = b"websockets" in data or b"websockets" in data.lower()
    if not any_words and not names_package:
        return None
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return None
    return TextFile(path, text.replace("\r\n", "\n"), names_package)
