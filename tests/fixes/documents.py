"""Reads and writes the documents below ``documents/``: programs, each with the difference that its fixes make.

A program is a fenced ``python`` block under a heading; the sentence before it says what the fix does and why it may.
The ``diff`` block behind it is written by ``python -m tests.fixes``, and looked at by whoever changes a fix; an empty
one says that nothing is fixed. The fence may carry options: ``websockets`` and ``factories`` as in the cases, and
``unsafe="yes"``, which asks for the fixes that are not safe as well.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from flake8_wsthreads.check import Settings
from flake8_wsthreads.finding import Finding
from flake8_wsthreads.fixes.engine import Mended, mend
from flake8_wsthreads.rules import RULES
from flake8_wsthreads.target import Target
from flake8_wsthreads.target.specifier import read_specifier
from tests.door import DEFAULT_RULES, findings

PAGE = Path(__file__).parents[2] / "docs" / "fixes.md"
DOCUMENTS = Path(__file__).with_name("documents")
EXAMPLES = "rule_examples.md"
"""The document that has the examples of all rules, and is written whole."""
_PROGRAM = re.compile(
    r"^## (?P<name>.+)\n(?P<text>(?:(?!## |```).*\n)*?)```python(?P<options>[^\n]*)\n(?P<source>(?:(?!```).*\n)*)```\n"
    r"(?:\n```diff\n(?P<difference>(?:(?!```).*\n)*)```\n)?",
    re.MULTILINE,
)
_NAMED = re.compile(r"<!-- fix: (.+?) -->\n(?:```diff\n(?:(?!```).*\n)*```\n)?")
_OPTION = re.compile(r'(\w+)="([^"]*)"')


@dataclass(frozen=True)
class Fixable:
    """One program of a document, and how its fixes change it."""

    name: str
    source: str
    options: dict[str, str]
    difference: str
    """As it stands in the document."""

    @property
    def settings(self) -> Settings:
        """What its user asks for."""
        target = read_specifier(self.options["websockets"]) if "websockets" in self.options else Target()
        factories = frozenset(filter(None, self.options.get("factories", "").split(",")))
        return replace(DEFAULT_RULES, target=target, factories=factories)

    @property
    def unsafe(self) -> bool:
        """Whether the fixes that are not safe are asked for."""
        return "unsafe" in self.options

    def mended(self) -> Mended:
        """The program after its fixes."""
        return mended(self.source, self.settings, self.unsafe)


@cache
def mended(source: str, settings: Settings = DEFAULT_RULES, unsafe: bool = False) -> Mended:
    """A program after its fixes, where nothing suppresses a finding."""

    def live(text: str) -> list[Finding]:
        return findings(text, settings)

    return mend(source, live, settings, "program.py", unsafe)


def difference(old: str, new: str) -> str:
    """A unified difference without a head, all of the program around it."""
    lines = difflib.unified_diff(old.splitlines(), new.splitlines(), lineterm="", n=len(old))
    return "".join(f"{line}\n" for line in list(lines)[3:])


def read(document: Path) -> list[Fixable]:
    """The programs of one document, in order."""
    text = document.read_text(encoding="utf-8")
    return [
        Fixable(
            f"{document.stem}::{match['name']}",
            match["source"],
            dict(_OPTION.findall(match["options"])),
            match["difference"] or "",
        )
        for match in _PROGRAM.finditer(text)
    ]


def all_fixables() -> list[Fixable]:
    """The programs of all documents."""
    return [fixable for document in sorted(DOCUMENTS.glob("*.md")) for fixable in read(document)]


def rewritten(document: Path) -> str:
    """The text of a document, each difference as it is today."""
    text = document.read_text(encoding="utf-8")
    fixables = iter(read(document))

    def with_difference(match: re.Match[str]) -> str:
        fixable = next(fixables)
        head = f"## {match['name']}\n{match['text']}```python{match['options']}\n{match['source']}```\n"
        return f"{head}\n```diff\n{difference(fixable.source, fixable.mended().text)}```\n"

    return _PROGRAM.sub(with_difference, text)


def with_differences(page: str) -> str:
    """A page of the documentation, each difference that it names (``<!-- fix: document::program -->``) as of today."""
    known = {fixable.name: fixable for fixable in all_fixables()}

    def of(match: re.Match[str]) -> str:
        fixable = known[match[1]]
        return f"<!-- fix: {match[1]} -->\n```diff\n{difference(fixable.source, fixable.mended().text)}```\n"

    return _NAMED.sub(of, page)


def rule_examples() -> str:
    """The document of the examples: each bad one with its safe fixes, and with the others where they do more."""
    parts = [
        "# What fixes make of the examples of the rules\n\n"
        "`python -m tests.fixes` writes this document. An example that no fix changes is not in it.\n"
    ]
    for rule in RULES:
        for example in rule.bad:
            parts += _of_example(f"{rule.code}: {example.title}", example.source, example.websockets)
    return "\n".join(parts)


def _of_example(title: str, source: str, websockets: str) -> Iterator[str]:
    seen = source
    for unsafe in (False, True):
        fixable = Fixable(title, source, {"websockets": websockets} if websockets else {}, "")
        text = mended(source, fixable.settings, unsafe).text
        if text == seen:
            continue
        seen = text
        options = "".join(f' {name}="{value}"' for name, value in fixable.options.items())
        name = f"{title}, with --unsafe-fixes" if unsafe else title
        unsafely = ' unsafe="yes"' if unsafe else ""
        yield (
            f"## {name}\n\n```python{options}{unsafely}\n{source}```\n\n```diff\n{difference(source, text)}```\n"
        )
