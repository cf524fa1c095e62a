"""The programs in ``examples/`` have the faults that their comments name, as a newcomer sees them, and no other."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.markers import marked_lines

EXAMPLES = sorted((Path(__file__).parent.parent.parent / "examples").glob("*.py"))


def marked(program: Path) -> list[tuple[int, str]]:
    return marked_lines(program.read_text(encoding="utf-8"))


def reported(program: Path) -> list[tuple[int, str]]:
    run = subprocess.run(
        [sys.executable, "-m", "flake8", "--isolated", "--select=WST", "--format=%(row)d %(code)s", program.name],
        cwd=program.parent,
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.stderr == ""
    return sorted((int(row), code) for row, code in (line.split() for line in run.stdout.splitlines()))


@pytest.mark.parametrize("program", EXAMPLES, ids=lambda program: program.stem)
def test_an_example_has_the_faults_that_its_comments_name(program: Path) -> None:
    assert reported(program) == marked(program)


def test_the_examples_show_faults_of_each_family_and_programs_without_any() -> None:
    codes = {program.stem: {code for _, code in marked(program)} for program in EXAMPLES}
    assert {code[:4] for found in codes.values() for code in found} == {"WST1", "WST2", "WST3"}
    assert {"WST103", "WST201", "WST304"} == codes["issue_1455"]
    assert [] != [name for name, found in codes.items() if not found]
