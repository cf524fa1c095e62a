"""Advice and programs that follow it: each advice of a message is a heading of ``followed.md``.

The first fenced ``python`` block under a heading is a program that gets the advice, the others have followed it. The
fence may say which releases the project allows: ``websockets=">=17.1"``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from flake8_wsthreads.target import Target
from flake8_wsthreads.target.specifier import read_specifier

DOCUMENT = Path(__file__).with_name("followed.md")

_HEADING = re.compile(r"## (.+)")
_FENCE = re.compile(
    r'```python(?: websockets="(?P<websockets>[^"]+)")?\n(?P<source>.*?)^```$', re.MULTILINE | re.DOTALL
)
# What stands behind is advice of its own; within "break on an event, or use …" the "or" belongs to the sentence.
_NEXT_ADVICE = re.compile(r" or (?=require websockets|move to websockets|pass legacy)")
_NAMES = (
    (re.compile(r'use "with \S+\(\.\.\.\)"'), 'use "with connect(...)"'),
    (re.compile(r"calls \S+\.close\(\)"), "calls self.ws.close()"),
    (re.compile(r"call \S+\.close\(\) when"), "call ws.close() when"),
    (re.compile(r'call \w+\(\) in "finally"'), 'call close() in "finally"'),
    (re.compile(r"close every connection in \S+"), "close every connection in self.connections"),
    (re.compile(r"close (?!it |every )\S+ (when done|earlier)"), r"close self.ws \1"),
)


@dataclass(frozen=True)
class Version:
    """A program before or after somebody followed an advice, and the releases that its project allows."""

    source: str
    target: Target


@dataclass(frozen=True)
class Advice:
    """An advice in the words of the messages, a program that gets it, and programs that have followed it."""

    wording: str
    before: Version
    after: tuple[Version, ...]

    def __str__(self) -> str:
        return self.wording


def advice_in(message: str) -> list[str]:
    """Each advice of a message, with the names that a user chose replaced by those of the document."""
    said = _NEXT_ADVICE.split(message.rpartition("; ")[2])
    return [_with_names_of_the_document(advice) for advice in said]


def _with_names_of_the_document(advice: str) -> str:
    for pattern, replacement in _NAMES:
        advice = pattern.sub(replacement, advice)
    return advice


def read_advice() -> Iterator[Advice]:
    """Every advice of the document, in order. Raises ``ValueError`` where nothing follows an advice."""
    _, *parts = _HEADING.split(DOCUMENT.read_text(encoding="utf-8"))
    for wording, text in zip(parts[::2], parts[1::2], strict=True):
        versions = [_version(match) for match in _FENCE.finditer(text)]
        if len(versions) < 2:
            raise ValueError(f"{DOCUMENT.name}: under {wording!r}: no program follows this advice")
        yield Advice(wording, versions[0], tuple(versions[1:]))


def _version(match: re.Match[str]) -> Version:
    websockets = match["websockets"]
    return Version(match["source"], read_specifier(websockets) if websockets else Target())
