"""What the analysis says about a program: plain frozen data, known to every front end."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, order=True)
class Location:
    """A range of the source text. Lines count from 1, columns from 0, both in characters; the end is exclusive."""

    line: int
    column: int
    end_line: int
    end_column: int


@dataclass(frozen=True)
class TraceStep:
    """One step that leads to a fault: where, and what happens there, in plain words."""

    location: Location
    text: str


@dataclass(frozen=True)
class Finding:
    """One fault. ``message`` is one line, the fact first and the advice after ``;``, without the code."""

    code: str
    location: Location
    message: str
    trace: tuple[TraceStep, ...] = ()
