"""Reads the case documents: every Markdown file below ``cases/`` is a list of programs and the findings due in them.

A case is a fenced ``python`` block. The nearest heading above it names it, the sentence before it says what holds and
why. A line that has findings ends with a comment that names exactly their codes (``# WST101 WST301``); every other
line has none. The fence may carry options:

- ``websockets=">=13.0"``: the releases that the project allows (default: every release);
- ``factories="app.open_feed"``: callables that the user names as openers;
- ``opt-in="yes"``: the rules that are off by default run too;
- ``python="3.12"``: the oldest Python whose grammar has the syntax.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from flake8_wsthreads.check import Settings
from flake8_wsthreads.target import Target
from flake8_wsthreads.target.specifier import read_specifier
from tests.door import ALL_RULES, DEFAULT_RULES
from tests.markers import marked_lines

DOCUMENTS = Path(__file__).with_name("cases")

_HEADING = re.compile(r"#{1,6} +(?P<text>.+)")
_FENCE = re.compile(r"```python(?P<options>(?: [a-z-]+=\"[^\"]*\")*)")
_OPTION = re.compile(r"(?P<name>[a-z-]+)=\"(?P<value>[^\"]*)\"")
_OPTION_NAMES = frozenset({"websockets", "factories", "opt-in", "python"})


@dataclass(frozen=True)
class Case:
    """One program of a document: its text and the options under which it is judged."""

    name: str
    source: str
    websockets: str
    factories: frozenset[str]
    opt_in: bool
    python: tuple[int, ...]

    @property
    def expected(self) -> dict[int, list[str]]:
        """The codes that the comments announce, by line number."""
        announced: defaultdict[int, list[str]] = defaultdict(list)
        for number, code in marked_lines(self.source):
            announced[number].append(code)
        return dict(announced)

    @property
    def settings(self) -> Settings:
        """What the user of the case asks for; a bare version means that release alone."""
        target = read_specifier(self.websockets) if self.websockets else Target()
        return replace(ALL_RULES if self.opt_in else DEFAULT_RULES, target=target, factories=self.factories)


def programs(document: Path) -> Iterator[tuple[str, str, str]]:
    """The programs of one document, in order: heading, options and text; a second one under a heading has its number.

    Raises ``ValueError`` where the document breaks the form.
    """
    heading = ""
    count: Counter[str] = Counter()
    lines = iter(document.read_text(encoding="utf-8").splitlines())
    for line in lines:
        if match := _HEADING.fullmatch(line):
            heading = match["text"]
        elif line.startswith("```"):
            fence = _FENCE.fullmatch(line)
            if fence is None:
                raise ValueError(f"{document.stem}: under {heading!r}: this fence opens no case: {line}")
            count[heading] += 1
            number = "" if count[heading] == 1 else f" ({count[heading]})"
            yield f"{heading}{number}", fence["options"], "\n".join(_until_fence(lines)) + "\n"


def read_cases(document: Path) -> Iterator[Case]:
    """The cases of one document, in order. Raises ``ValueError`` where the document breaks the form."""
    place = document.relative_to(DOCUMENTS).with_suffix("").as_posix()
    for heading, options, source in programs(document):
        yield _case(f"{place}::{heading}", options, source)


def _until_fence(lines: Iterator[str]) -> Iterator[str]:
    for line in lines:
        if line == "```":
            return
        yield line


def _case(name: str, info: str, source: str) -> Case:
    options = {match["name"]: match["value"] for match in _OPTION.finditer(info)}
    if unknown := options.keys() - _OPTION_NAMES:
        raise ValueError(f"{name}: unknown options {sorted(unknown)}")
    return Case(
        name=name,
        source=source,
        websockets=options.get("websockets", ""),
        factories=frozenset(filter(None, options.get("factories", "").split(","))),
        opt_in=options.get("opt-in") == "yes",
        python=tuple(map(int, options.get("python", "3.10").split("."))),
    )


def all_cases(python: tuple[int, ...]) -> list[Case]:
    """The cases whose grammar this release of Python has, in the order of the documents; newer ones run the others."""
    documents = sorted(DOCUMENTS.rglob("*.md"))
    return [case for document in documents for case in read_cases(document) if case.python <= python]
