"""The README says what the rules say and what flake8 prints."""

from __future__ import annotations

from pathlib import Path

import readme

from flake8_wsthreads.rules import RULES


def test_the_table_and_the_outputs_are_up_to_date(project: Path) -> None:
    text = (project / "README.md").read_text(encoding="utf-8")
    assert text == readme.written(text), "run: python docs/readme.py"


def test_the_readme_has_a_table_and_an_output_for_each_program(project: Path) -> None:
    text = (project / "README.md").read_text(encoding="utf-8")
    assert len(readme.TABLE.findall(text)) == 1
    programs = [name for _, name in readme.PROGRAM.findall(text)]
    assert sorted(programs) == sorted(name for _, name in readme.OUTPUT.findall(text))
    assert len(programs) >= 3


def test_the_two_programs_show_the_three_faults_and_their_mended_form_shows_none(project: Path) -> None:
    text = (project / "README.md").read_text(encoding="utf-8")
    outputs = {name: readme.flake8_output(name, program) for program, name in readme.PROGRAM.findall(text)}
    *faulty, mended = outputs.values()
    families = {line.split()[1][:4] for output in faulty for line in output.splitlines()}
    assert families == {"WST1", "WST2", "WST3"}
    assert mended == ""


def test_every_rule_has_a_row() -> None:
    assert [row.split("](")[0].lstrip("| [") for row in readme.rules_table().splitlines()[2:]] == [
        rule.code for rule in RULES
    ]
