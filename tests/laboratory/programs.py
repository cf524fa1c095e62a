"""The programs of the table: every Markdown document in ``programs/`` is a section of it.

The first heading of a document names the section, or several do; a heading below names a program, which is the fenced
``python`` block under it. What stands between is for the reader. The fence may carry options:

- ``server="slow"``: how the server behaves, as ``echo_server`` lists it;
- ``shows="output"``: the table also tells what the program prints;
- ``may="..."``: the rules speak of what may happen, and this says why it does not happen in this run;
- ``silence="..."``: the rules say nothing of what happens, and this says why;
- ``goodbye="..."``: connections do not close with code 1000 although no rule says so, and this says why.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from .observation import Program
from .releases import RELEASES
from .trial import Trial

DOCUMENTS = Path(__file__).with_name("programs")

_HEADING = re.compile(r"(#{1,2}) (.+)")
_FENCE = re.compile(r'```python((?: [a-z]+="[^"]*")*)')
_OPTION = re.compile(r'([a-z]+)="([^"]*)"')
_OPTIONS = frozenset({"server", "shows", "may", "silence", "goodbye"})


@dataclass(frozen=True)
class Row:
    """A row of the table."""

    section: str
    title: str
    document: str
    program: Program
    shows_output: bool
    may: str
    silence: str
    goodbye: str

    def trials(self) -> list[Trial]:
        """The program on each release."""
        return [
            Trial(
                name=self.title,
                program=self.program,
                release=release,
                goodbye=self.goodbye,
                silence=self.silence,
                may=self.may,
            )
            for release in RELEASES
        ]


def read_rows(document: Path) -> Iterator[Row]:
    """The rows of one document, in order. Raises ``ValueError`` where the document breaks the form."""
    section = title = ""
    lines = iter(document.read_text(encoding="utf-8").splitlines())
    for line in lines:
        if heading := _HEADING.fullmatch(line):
            section, title = (heading[2], "") if heading[1] == "#" else (section, heading[2])
        elif line.startswith("```"):
            fence = _FENCE.fullmatch(line)
            options = dict(_OPTION.findall(fence[1])) if fence else {}
            if fence is None or not title or not options.keys() <= _OPTIONS:
                raise ValueError(f"{document.name}: under {title!r}: this fence opens no program: {line}")
            yield _row(document, section, title, options, "\n".join(_until_fence(lines)) + "\n")
            title = ""


def _until_fence(lines: Iterator[str]) -> Iterator[str]:
    for line in lines:
        if line == "```":
            return
        yield line


def _row(document: Path, section: str, title: str, options: dict[str, str], source: str) -> Row:
    return Row(
        section=section,
        title=title,
        document=document.name,
        program=Program(source, options.get("server", "echo")),
        shows_output=options.get("shows") == "output",
        may=options.get("may", ""),
        silence=options.get("silence", ""),
        goodbye=options.get("goodbye", ""),
    )


ROWS: tuple[Row, ...] = tuple(row for document in sorted(DOCUMENTS.glob("*.md")) for row in read_rows(document))
