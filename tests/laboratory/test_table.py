"""docs/reality.md says what is seen, and the rules say the same of its programs."""

from __future__ import annotations

import platform
import re
from collections import Counter

import pytest

from .laboratory import Laboratory
from .programs import ROWS, Row
from .releases import RELEASES
from .table import NOT_RUN, TABLE, cell, codes_of, line
from .trial import Trial, disagreement, needless_excuses

EVERY_TRIAL = [trial for row in ROWS for trial in row.trials()]
ROW_OF = {row.title: row for row in ROWS}


def cells_in_page(row: Row) -> dict[str, str]:
    """The cells of a row as the page has them, by release, and what flake8 says."""
    start = f"| [{row.title}]("
    text = next(text for text in TABLE.read_text(encoding="utf-8").splitlines() if text.startswith(start))
    return dict(zip((*RELEASES, "flake8"), text.split(" | ")[1:], strict=True))


def page_is_of_this_python() -> bool:
    """Whether the page was written by this Python, apart from the third number of its version."""
    python = re.search(r"Seen with (\w+) (\d+\.\d+)", TABLE.read_text(encoding="utf-8"))
    assert python is not None
    return python[1] == platform.python_implementation() and f"{python[2]}." in f"{platform.python_version()}."


@pytest.mark.parametrize("trial", EVERY_TRIAL, ids=str)
def test_a_program_of_the_table_does_what_the_rules_say(trial: Trial, laboratory: Laboratory) -> None:
    if story := disagreement(trial, laboratory):
        pytest.fail(story, pytrace=False)


@pytest.mark.parametrize("trial", EVERY_TRIAL, ids=str)
def test_the_page_says_what_is_seen(trial: Trial, laboratory: Laboratory) -> None:
    if not page_is_of_this_python():
        pytest.skip("the page was written by another Python: not compared")
    row = ROW_OF[trial.name]
    in_page = cells_in_page(row)[trial.release]
    if cell(row, laboratory.observe(trial.program, trial.release)) != in_page:
        again = laboratory.observe_again(trial.program, trial.release)
        assert cell(row, again) == in_page, "run: python -m tests.laboratory.table"


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.title)
def test_the_page_says_what_flake8_says(row: Row) -> None:
    assert cells_in_page(row)["flake8"].removesuffix(" |") == codes_of(row), "run: python -m tests.laboratory.table"


def test_the_page_has_a_row_for_each_program_and_no_other() -> None:
    rows = [text for text in TABLE.read_text(encoding="utf-8").splitlines() if text.startswith("| [")]

    assert rows == [line(row, [cells_in_page(row)[release] for release in RELEASES]) for row in ROWS]
    assert NOT_RUN not in TABLE.read_text(encoding="utf-8").split("The last column")[1]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.title)
def test_a_program_excuses_only_what_happens(row: Row, laboratory: Laboratory) -> None:
    assert needless_excuses(row.trials(), laboratory) == []


def test_no_two_programs_share_a_title() -> None:
    assert [title for title, count in Counter(row.title for row in ROWS).items() if count > 1] == []
