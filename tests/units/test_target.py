"""Which releases a version, a specifier set or a range admits."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flake8_wsthreads.target import RELEASES, ReleaseRange, Target, TargetError, parse_release
from flake8_wsthreads.target.specifier import read_specifier


def test_releases_stand_from_oldest_to_newest() -> None:
    assert sorted(RELEASES, key=parse_release) == list(RELEASES)


def test_trailing_zeros_do_not_make_another_release() -> None:
    assert parse_release("13") == parse_release("13.0") == parse_release("13.0.0") != parse_release("13.0.1")


@pytest.mark.parametrize(
    ("range_", "inside", "outside"),
    [
        (ReleaseRange(before="13.0"), ["11.0", "12.0"], ["13.0", "13.0.1", "17.4"]),
        (ReleaseRange(since="17.1"), ["17.1", "17.4"], ["17.0.1", "11.0"]),
        (ReleaseRange(since="13.0", before="15.0"), ["13.0", "14.2"], ["12.0", "15.0"]),
        (ReleaseRange(), ["11.0", "17.4"], []),
    ],
)
def test_a_range_includes_its_start_and_excludes_its_end(
    range_: ReleaseRange, inside: list[str], outside: list[str]
) -> None:
    assert [release for release in (*inside, *outside) if range_.admits(release)] == inside


def test_a_target_is_every_release_unless_something_is_stated() -> None:
    assert Target().releases == frozenset(RELEASES)


def test_a_target_meets_a_rule_when_one_release_lies_in_one_of_its_ranges() -> None:
    late_close = [ReleaseRange(before="13.0"), ReleaseRange(since="15.0")]
    assert Target(frozenset({"12.0", "14.0"})).admits_any(late_close)
    assert not Target(frozenset({"13.1", "14.0"})).admits_any(late_close)
    assert not Target().admits_any([])


@pytest.mark.parametrize(
    ("text", "releases"),
    [
        ("12.0", {"12.0"}),
        ("12", {"12.0"}),
        (" 12.0.0 ", {"12.0"}),
        ("v13.0.1", {"13.0.1"}),
        ("13.0rc1", {"13.0"}),
        ("13.1.post2", {"13.1"}),
        ("13.1+ubuntu1", {"13.1"}),
    ],
)
def test_a_version_is_exactly_that_release(text: str, releases: set[str]) -> None:
    assert read_specifier(text).releases == releases


@pytest.mark.parametrize(
    ("text", "releases"),
    [
        (">=12,<14", {"12.0", "13.0", "13.0.1", "13.1"}),
        ("== 13.0.*", {"13.0", "13.0.1"}),
        ("~=16.0", {"16.0", "16.1", "16.1.1"}),
        ("<=11.0.1", {"11.0", "11.0.1"}),
        (">=10,<12,!=11.0.2", {"11.0", "11.0.1", "11.0.3"}),
        ("===12.0", {"12.0"}),
        ("==13.0rc1", {"13.0"}),
        (">=13.0b1,<13.0.1", {"13.0"}),
    ],
)
def test_a_set_is_every_release_in_it(text: str, releases: set[str]) -> None:
    assert read_specifier(text).releases == releases


@pytest.mark.parametrize("text", ["", "  ", ">=11", "!=12.1"])
def test_a_set_without_a_limit_is_every_release(text: str) -> None:
    assert read_specifier(text) == Target()


@pytest.mark.parametrize("text", ["18", "17.4.1", "17.5.dev3", ">=18", ">17.4", "==18.*", "~=18.2", ">=18,!=18.0,<20"])
def test_what_is_newer_than_the_newest_known_release_counts_as_that(text: str) -> None:
    assert read_specifier(text).releases == {RELEASES[-1]}


@pytest.mark.parametrize("text", ["10.4", "12.1", "<11", ">=14,<13", "==12.1", ">12.0,<13", "==10.*"])
def test_what_admits_no_release_is_an_error_that_names_it(text: str) -> None:
    with pytest.raises(TargetError, match=f"^'{re.escape(text)}' admits no release of websockets"):
        read_specifier(text)


@pytest.mark.parametrize(
    "text", ["latest", "^12.0", ">=", "12.0,13.0", "websockets>=13", "12.0; python_version > '3'", "9" * 5000, "===x"]
)
def test_what_is_no_version_and_no_set_is_an_error_that_names_it(text: str) -> None:
    with pytest.raises(TargetError) as caught:
        read_specifier(text)
    assert str(caught.value).startswith(repr(text))
    assert "\n" not in str(caught.value)


@given(st.text(alphabet=st.sampled_from("0123456789.*,<>=!~ abcrvdepost+-_\n")) | st.text())
def test_any_text_gives_releases_of_the_table_or_an_error(text: str) -> None:
    try:
        releases = read_specifier(text).releases
    except TargetError:
        return
    assert releases
    assert releases <= set(RELEASES)
