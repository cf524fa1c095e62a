"""Several connections of one function are followed together; one by one the same becomes of them."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from unittest import mock

from flake8_wsthreads.dataflow import opening_sites
from flake8_wsthreads.dataflow.opening_sites import OpeningSites
from flake8_wsthreads.finding import Location
from tests.case_documents import all_cases
from tests.door import findings
from tests.proof.generator import generate

BODIES = range(200)


def compared(sources: Iterable[str]) -> int:
    """How many of these programs have functions whose connections are followed together, with the same findings."""
    count = 0
    follow = OpeningSites._follow_together
    for source in sources:
        with (
            mock.patch.object(opening_sites, "FEWEST_TOGETHER", 2),
            mock.patch.object(opening_sites, "MOST_STATES_FOR_A_STEP", 0),
            mock.patch.object(OpeningSites, "_follow_together", autospec=True, side_effect=follow) as together,
        ):
            found = found_in(source)
        if together.called:
            with mock.patch.object(OpeningSites, "_follow_together", return_value=None):
                assert found == found_in(source), source
            count += 1
    return count


def found_in(source: str) -> list[tuple[Location, str]]:
    return [(found.location, found.code) for found in findings(source)]


def test_the_connections_of_the_cases_have_the_same_findings_one_by_one() -> None:
    openings = 2
    sources = [case.source for case in all_cases(sys.version_info[:2]) if case.source.count("connect(") >= openings]
    assert compared(sources) >= 30


def test_the_connections_of_generated_bodies_have_the_same_findings_one_by_one() -> None:
    assert compared(generate(seed).text for seed in BODIES) >= 60
