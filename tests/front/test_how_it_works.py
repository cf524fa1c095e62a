"""The page that follows one program through the analysis shows what the passes find today."""

from __future__ import annotations

import how_it_works


def test_the_values_are_those_of_today() -> None:
    page = how_it_works.PAGE.read_text(encoding="utf-8")
    assert how_it_works.written(page) == page, "python docs/how_it_works.py writes them"


def test_it_is_about_a_screen_and_a_half() -> None:
    assert how_it_works.PAGE.read_text(encoding="utf-8").count("\n") < 120
