"""The programs of the documents, fixed: what each fix must hold to, and the stored difference."""

from __future__ import annotations

import ast
import io
import tokenize
from collections import Counter

import pytest

from flake8_wsthreads.fixes.fix import applied
from tests.door import findings

from .documents import (
    DOCUMENTS,
    EXAMPLES,
    PAGE,
    Fixable,
    all_fixables,
    difference,
    mended,
    rule_examples,
    with_differences,
)

FIXABLES = all_fixables()


@pytest.mark.parametrize("fixable", FIXABLES, ids=lambda fixable: fixable.name)
def test_the_stored_difference_is_what_the_fixes_make(fixable: Fixable) -> None:
    assert difference(fixable.source, fixable.mended().text) == fixable.difference, "python -m tests.fixes writes it"


@pytest.mark.parametrize("fixable", [fixable for fixable in FIXABLES if fixable.difference], ids=lambda each: each.name)
def test_a_fixed_program_has_lost_findings_gained_none_and_is_fixed(fixable: Fixable) -> None:
    before = Counter(finding.code for finding in findings(fixable.source, fixable.settings))
    text = fixable.mended().text
    ast.parse(text)
    after = Counter(finding.code for finding in findings(text, fixable.settings))
    assert after < before
    assert mended(text, fixable.settings, fixable.unsafe).text == text, "a second run changes nothing"
    if "/// script" not in text:
        assert comments(text) == comments(fixable.source)
    assert not [line for line in text.splitlines() if line != line.rstrip()], "no space at the end of a line"


def test_the_edits_of_each_step_lead_to_the_fixed_text() -> None:
    for fixable in FIXABLES:
        text = fixable.source
        result = fixable.mended()
        for _, fix in result.done:
            text = applied(text, fix.edits)
        assert text == result.text


def test_the_document_of_the_examples_has_them_all() -> None:
    assert (DOCUMENTS / EXAMPLES).read_text(encoding="utf-8") == rule_examples(), "python -m tests.fixes writes it"


def test_the_page_shows_what_the_fixes_make() -> None:
    page = PAGE.read_text(encoding="utf-8")
    assert page.count("```diff") > 10
    assert with_differences(page) == page, "python -m tests.fixes writes it"


def comments(text: str) -> Counter[str]:
    """The comments of a program."""
    tokens = tokenize.generate_tokens(io.StringIO(text).readline)
    return Counter(token.string for token in tokens if token.type == tokenize.COMMENT)
