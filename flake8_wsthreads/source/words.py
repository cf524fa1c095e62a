"""On which lines of a file a word stands, found by a search of its text."""

from __future__ import annotations

import bisect
import unicodedata
from collections.abc import Iterator, Sequence
from functools import cached_property
from itertools import accumulate

from flake8_wsthreads.source.budget import Budget

# Each word is looked for once, in the whole text.
_CHARACTERS_FOR_A_STEP = 25_000
_GOING_ON = ("(", ",", "\\")


class WordIndex:
    """Finds identifiers in the text of one file."""

    def __init__(self, lines: Sequence[str], budget: Budget) -> None:
        self.budget = budget
        self.lines = lines
        """As they stand in the file."""
        self._searched = lines
        text = "".join(lines)
        if not text.isascii():
            self._searched = [line if line.isascii() else unicodedata.normalize("NFKC", line) for line in lines]
            text = "".join(self._searched)
        self.text = text
        """As Python reads names (PEP 3131): ``ｗｓ`` is ``ws``."""
        self._starts = list(accumulate(map(len, self._searched), initial=0))
        self._word_lines: dict[str, list[int]] = {}

    def lines_of(self, identifier: str) -> list[int]:
        """The lines that mention the identifier, ascending, each once."""
        known = self._word_lines.get(identifier)
        if known is None:
            self.budget.spend(1 + len(self.text) // _CHARACTERS_FOR_A_STEP)
            known = self._word_lines[identifier] = []
            for offset in self._offsets(identifier):
                line = bisect.bisect_right(self._starts, offset)
                if not known or known[-1] != line:
                    known.append(line)
        return known

    def may_import(self, package: str) -> bool:
        """Whether something may import a package: it is named where the file imports, ``import_module("trio")``."""
        return package in self._imports

    @cached_property
    def _imports(self) -> str:
        """The lines that import something, with those that go on: few, and searched much quicker than the file."""
        found: list[str] = []
        offset = self.text.find("import")
        while offset >= 0:
            line = bisect.bisect_right(self._starts, offset)
            found.append(self._searched[line - 1])
            while line < len(self._searched) and ("#" in found[-1] or found[-1].rstrip().endswith(_GOING_ON)):
                found.append(self._searched[line])
                line += 1
            offset = self.text.find("import", self._starts[line])
        return "".join(found)

    def lines_between(self, identifier: str, first: int, last: int) -> list[int]:
        """The lines from ``first`` to ``last`` that mention the identifier."""
        lines = self.lines_of(identifier)
        return lines[bisect.bisect_left(lines, first) : bisect.bisect_right(lines, last)]

    def _offsets(self, identifier: str) -> Iterator[int]:
        """Where the identifier stands as a whole word. Searching a plain string is much quicker than a pattern."""
        text, length = self.text, len(identifier)
        offset = text.find(identifier)
        while offset >= 0:
            before, after = text[offset - 1 : offset], text[offset + length : offset + length + 1]
            if not (before.isalnum() or before == "_" or after.isalnum() or after == "_"):
                yield offset
            offset = text.find(identifier, offset + length)
