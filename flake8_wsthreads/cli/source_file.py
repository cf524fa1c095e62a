"""A file as bytes and as text, and the way back: encoding, byte order mark and line ends stay as they are."""

from __future__ import annotations

import difflib
import io
import re
import tokenize
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from flake8_wsthreads.fixes.fix import lines_of

_ANY_END = re.compile(r"\r\n|\r|\n")
_PLAIN_END = re.compile(r"\r\n|\n")


@dataclass(frozen=True)
class SourceFile:
    """What was read of a file."""

    data: bytes
    text: str
    r"""Each line ends with ``\n``, as Python and flake8 read it."""
    encoding: str
    ends: tuple[str, ...]
    """How each line ends in the file."""

    def encoded(self, text: str) -> bytes:
        """The bytes of a changed text. A line that was there keeps its end; a new one ends like its neighbours.

        Raises ``UnicodeEncodeError`` where the encoding of the file lacks a character.
        """
        old, new = lines_of(self.text), lines_of(text)
        ends: list[str] = []
        matcher = difflib.SequenceMatcher(None, old, new, autojunk=False)
        for kind, start, end, new_start, new_end in matcher.get_opcodes():
            if kind == "equal":
                ends.extend(self.ends[start:end])
            else:
                ends.extend(self._ends_of(old[start:end], self.ends[start:end], new[new_start:new_end], ends))
        return "".join(
            line[:-1] + end if line.endswith("\n") else line for line, end in zip(new, ends, strict=True)
        ).encode(self.encoding)

    def _ends_of(
        self, old: Sequence[str], old_ends: Sequence[str], new: Sequence[str], before: Sequence[str]
    ) -> list[str]:
        """The ends of some new lines: that of the old line with the same words, else that of the line before."""
        usual = Counter(filter(None, self.ends)).most_common(1)
        last = (old_ends[0] if old_ends else "") or (before[-1] if before else "") or (usual[0][0] if usual else "\n")
        words = [line.split() for line in old]
        found: list[str] = []
        position = 0
        for line in new:
            if line.split() in words[position:]:
                position = words.index(line.split(), position) + 1
                last = old_ends[position - 1] or last
            found.append(last)
        return found


def decode_python(data: bytes) -> SourceFile | None:
    """A Python source file; None where Python could not read it either."""
    try:
        encoding, _ = tokenize.detect_encoding(io.BytesIO(data).readline)
        text = data.decode(encoding)
    except (SyntaxError, UnicodeDecodeError, LookupError):
        return None
    return _source_file(data, text, encoding, _ANY_END)


def decode_metadata(data: bytes) -> SourceFile | None:
    """A metadata file in UTF-8, with or without a byte order mark; None for another encoding."""
    encoding = "utf-8-sig" if data.startswith(b"\xef\xbb\xbf") else "utf-8"
    try:
        return _source_file(data, data.decode(encoding), encoding, _PLAIN_END)
    except UnicodeDecodeError:
        return None


def _source_file(data: bytes, text: str, encoding: str, end: re.Pattern[str]) -> SourceFile:
    plain = end.sub("\n", text)
    ends = end.findall(text)
    if plain and not plain.endswith("\n"):
        ends.append("")
    return SourceFile(data, plain, encoding, tuple(ends))
