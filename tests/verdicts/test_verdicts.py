"""No verdict changes unnoticed: not a code, not a place, not a word of a message."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.door import findings
from tests.verdicts.frozen import FOLDER, difference, lines_of, read, write
from tests.verdicts.judged import of_cases, of_examples

REWRITE = "python -m tests.verdicts writes the verdicts anew; look at every line of the difference"


def test_the_verdicts_of_the_cases_are_frozen() -> None:
    frozen = read(FOLDER / "cases.txt")
    changed = difference(frozen, of_cases(frozen))
    assert not changed, f"{REWRITE}\n{changed}"


def test_the_verdicts_of_the_examples_are_frozen() -> None:
    changed = difference(read(FOLDER / "examples.txt"), of_examples())
    assert not changed, f"{REWRITE}\n{changed}"


@pytest.mark.parametrize("name", ["cases.txt", "examples.txt", "packages.txt"])
def test_writing_what_was_read_changes_no_byte(tmp_path: Path, name: str) -> None:
    write(tmp_path / name, read(FOLDER / name))
    assert (tmp_path / name).read_bytes() == (FOLDER / name).read_bytes()


def test_one_changed_word_is_a_difference() -> None:
    program = "from websockets.sync.client import connect\nws = connect('ws://localhost')\n"
    seen = {"a program": lines_of(findings(program))}
    first, second, *_ = seen["a program"]
    frozen = {"a program": (first.replace("open", "shut"), *seen["a program"][1:])}
    assert difference(seen, seen) == ""
    assert difference(frozen, seen) == f"== a program\n- {first.replace('open', 'shut')}\n+ {first}"
    assert second not in difference(frozen, seen)


def test_a_program_that_comes_or_goes_is_a_difference() -> None:
    assert difference({}, {"new": ()}) == "== new (new)"
    assert difference({"old": ("1:0-1:9 WST301 …",)}, {}) == "== old (gone)"
