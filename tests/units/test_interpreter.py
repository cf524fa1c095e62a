"""An interpreter leaves nothing behind in the states that it is given: the next one sees all paths, too."""

from __future__ import annotations

import sys
from unittest import mock

from flake8_wsthreads.cfg.graph import Graph
from flake8_wsthreads.dataflow.interpreter import Successor
from flake8_wsthreads.dataflow.opening_sites import OpeningSites
from flake8_wsthreads.dataflow.summary import Summary
from tests.case_documents import all_cases
from tests.door import findings

run = OpeningSites._run


def run_twice(
    sites: OpeningSites, graph: Graph, index: int, start: list[Successor], doubting: bool
) -> tuple[Summary, int]:
    """What the paths from an opening on show, where they show the same twice."""
    first, again = run(sites, graph, index, start, doubting), run(sites, graph, index, start, doubting)
    assert first == again
    return again


def test_paths_that_are_followed_again_show_the_same() -> None:
    with mock.patch.object(OpeningSites, "_run", run_twice):
        for case in all_cases(sys.version_info[:2]):
            findings(case.source)
