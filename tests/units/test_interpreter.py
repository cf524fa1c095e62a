"""An interpreter leaves nothing behind in the states that it is given: the next one sees all paths, too."""

from __future__ import annotations

import sys
from unittest import mock

from flake8_wsthreads.cfg.graph import Graph
from flake8_wsthreads.dataflow.opening_sites import OpeningSites
from flake8_wsthreads.dataflow.state import State
from flake8_wsthreads.dataflow.summary import Summary
from flake8_wsthreads.dataflow.value import AbstractValue
from tests.case_documents import all_cases
from tests.door import findings

follow = OpeningSites._follow


def follow_twice(
    sites: OpeningSites, graph: Graph, index: int, value: AbstractValue, reached: list[State]
) -> tuple[Summary, int]:
    """What becomes of a connection, where its paths show the same when they are followed again."""
    first, again = follow(sites, graph, index, value, reached), follow(sites, graph, index, value, reached)
    assert first == again
    return again


def test_paths_that_are_followed_again_show_the_same() -> None:
    with mock.patch.object(OpeningSites, "_follow", follow_twice):
        for case in all_cases(sys.version_info[:2]):
            findings(case.source)
