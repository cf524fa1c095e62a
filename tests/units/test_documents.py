"""The documents of the rooms: small programs, with what a room says of a line in a comment at its end."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.case_documents import programs
from tests.units.rooms import ROOMS, analysed

DOCUMENTS = Path(__file__).with_name("documents")


def marks(program: str) -> dict[int, str]:
    """The comments at the ends of lines, by line number."""
    lines = enumerate(program.splitlines(), start=1)
    return {number: line.rpartition("  # ")[2] for number, line in lines if "  # " in line}


PROGRAMS = [
    pytest.param(room, program, id=f"{room}::{heading}")
    for room in ROOMS
    for heading, _, program in programs(DOCUMENTS / f"{room}.md")
]


@pytest.mark.parametrize(("room", "program"), PROGRAMS)
def test_the_room_says_what_the_document_says(room: str, program: str) -> None:
    assert ROOMS[room](analysed(program)) == marks(program)


def test_every_document_has_its_room() -> None:
    assert {path.stem for path in DOCUMENTS.glob("*.md")} == {*ROOMS}
