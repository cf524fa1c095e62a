"""What paths show does not depend on what was followed before, nor on who asks."""

from __future__ import annotations

import ast
import io
import sys
from unittest import mock

from flake8_wsthreads.cfg.graph import Graph
from flake8_wsthreads.dataflow.opening_sites import OpeningSites
from flake8_wsthreads.dataflow.state import State
from flake8_wsthreads.dataflow.summary import Summary
from flake8_wsthreads.dataflow.value import AbstractValue
from flake8_wsthreads.names.evaluate import Names
from flake8_wsthreads.names.mentions import SourceIndex
from flake8_wsthreads.names.openers import possible_openers
from flake8_wsthreads.names.scope_tree import ScopeTree
from flake8_wsthreads.names.ways_to_a_client import ways_to_a_client
from flake8_wsthreads.ownership.file_analyses import analyses_of
from flake8_wsthreads.source.budget import Budget
from flake8_wsthreads.source.words import WordIndex
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


def leaks(source: str, closer: int) -> list[tuple[int, int, bool, bool]]:
    """The openings of a program, each with whether it leaks, where they are first asked for during a closer look."""
    text = WordIndex(io.StringIO(source).readlines(), Budget())
    scopes = ScopeTree(ast.parse(source), text)
    names, index = Names(scopes), SourceIndex(text, scopes)
    openers = possible_openers(names, index, ways_to_a_client(index, frozenset()), frozenset())
    file = analyses_of(names, index, openers, frozenset())
    with file.summaries.looking_closer(closer):
        return [
            (function.index, site, found.leaks_normally is not None, found.leaks_on_error is not None)
            for function in openers
            for site, found in file.sites.of(function).items()
        ]


def test_openings_do_not_depend_on_who_asks_first() -> None:
    for case in all_cases(sys.version_info[:2]):
        assert leaks(case.source, closer=2) == leaks(case.source, closer=0), case.name


def test_a_closer_look_at_idle_calls_shows_nothing_more() -> None:
    for case in all_cases(sys.version_info[:2]):
        passed = findings(case.source)
        with mock.patch("flake8_wsthreads.dataflow.transfer_connection.is_idle", return_value=False):
            assert findings(case.source) == passed, case.name
