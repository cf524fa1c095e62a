"""The work grows with the file, and no faster.

Work is counted, not timed: the calls of functions (Python's and C's) and the lines of Python that run. So the answer is
the same on a slow machine and on a busy one.
"""

from __future__ import annotations

import ast
import io
import sys
from collections.abc import Callable
from types import FrameType
from typing import Any

import pytest

from benchmarks.dense import DENSE
from flake8_wsthreads.check import check_file
from tests.door import ALL_RULES

SHORT, LONG = 300, 1_500
A_TENTH_MORE = 1.1


def work(source: str) -> int:
    """How many calls and lines the analysis of a program takes."""
    tree, lines = ast.parse(source), io.StringIO(source).readlines()
    counted = 0

    def count(frame: FrameType, event: str, argument: object) -> Callable[..., Any]:
        nonlocal counted
        counted += 1
        return count

    def count_call(frame: FrameType, event: str, argument: object) -> None:
        nonlocal counted
        counted += 1

    tracing, profiling = sys.gettrace(), sys.getprofile()
    sys.settrace(count)
    sys.setprofile(count_call)
    try:
        check_file(tree, lines, ALL_RULES)
    finally:
        sys.settrace(tracing)
        sys.setprofile(profiling)
    return counted


def work_for_a_line(source: str) -> float:
    """The same for one of its lines, on average."""
    return work(source) / len(source.splitlines())


@pytest.mark.parametrize("program", DENSE, ids=lambda program: program.__name__)
def test_the_work_for_a_line_is_at_most_a_tenth_more_in_a_long_file(program: Callable[[int], str]) -> None:
    short, long = program(SHORT), program(LONG)
    work(short)  # the first analysis of a process loads modules, too
    assert work_for_a_line(long) <= A_TENTH_MORE * work_for_a_line(short)
