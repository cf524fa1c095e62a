"""The pages of the rules say what the rules say."""

from __future__ import annotations

import re
from pathlib import Path

import pages
import pytest


@pytest.mark.parametrize("name", pages.pages())
def test_a_page_is_up_to_date(name: str) -> None:
    assert (pages.FOLDER / name).read_text(encoding="utf-8") == pages.pages()[name], "python docs/pages.py writes them"


def test_no_page_is_left_of_a_rule_that_is_gone() -> None:
    assert {path.name for path in pages.FOLDER.iterdir()} == set(pages.pages())


@pytest.mark.parametrize("name", pages.pages())
def test_links_lead_to_files(name: str) -> None:
    for target in re.findall(r"\]\(([^)#]+)\)", pages.pages()[name]):
        assert Path(pages.FOLDER, target).exists(), target
