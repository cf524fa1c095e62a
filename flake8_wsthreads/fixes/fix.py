"""A fix as plain data: the edits of one file, whether they are safe, and what they do."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from dataclasses import dataclass

from flake8_wsthreads.finding import Location


@dataclass(frozen=True)
class Edit:
    """One range of the text of a file, and what stands there afterwards."""

    location: Location
    text: str


@dataclass(frozen=True)
class Fix:
    """What one fix does to the file of its finding.

    It is safe when the program does what it did before, but for the fault.
    """

    edits: tuple[Edit, ...]
    """In the order of the text; no two touch."""
    is_safe: bool
    does: str
    """What it does, as a sentence without a full stop: ``Open the connection in a "with" block``."""


@dataclass(frozen=True)
class Change:
    """What a kind of fix proposes: the whole text of the file, before anybody has looked whether it helps."""

    text: str
    is_safe: bool
    does: str


def edits_between(old: str, new: str) -> tuple[Edit, ...]:
    r"""The edits that turn one text into another: whole lines, as few as ``difflib`` finds. Lines end with ``\n``."""
    old_lines, new_lines = lines_of(old), lines_of(new)
    matcher = difflib.SequenceMatcher(None, old_lines, new_lines, autojunk=False)
    return tuple(
        Edit(Location(*_start(old_lines, start), *_start(old_lines, end)), "".join(new_lines[new_start:new_end]))
        for kind, start, end, new_start, new_end in matcher.get_opcodes()
        if kind != "equal"
    )


def _start(lines: Sequence[str], index: int) -> tuple[int, int]:
    """Where a line begins; behind a last line without an end there is no other line to begin."""
    is_open = bool(lines) and not lines[-1].endswith("\n")
    return (index, len(lines[-1])) if index == len(lines) and is_open else (index + 1, 0)


def applied(text: str, edits: Sequence[Edit]) -> str:
    """The text after the edits."""
    starts = [0]
    for line in lines_of(text):
        starts.append(starts[-1] + len(line))
    parts: list[str] = []
    done = 0
    for edit in edits:
        place = edit.location
        parts += [text[done : starts[place.line - 1] + place.column], edit.text]
        done = starts[place.end_line - 1] + place.end_column
    return "".join([*parts, text[done:]])


def lines_of(text: str) -> list[str]:
    r"""The lines of a text with their ends. Only ``\n`` ends one: ``str.splitlines`` breaks at form feeds, too."""
    lines = [f"{line}\n" for line in text.split("\n")]
    last = lines.pop()[:-1]
    return [*lines, last] if last else lines
