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

SHORT, LONG = 300, 3_000
MOST_GROWTH = 11


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


@pytest.mark.parametrize("program", DENSE, ids=lambda program: program.__name__)
def test_ten_times_the_lines_are_at_most_eleven_times_the_work(program: Callable[[int], str]) -> None:
    short, long = program(SHORT), program(LONG)
    work(short)  # the first analysis of a process loads modules, too
    growth = len(long.splitlines()) / len(short.splitlines()) / 10
    assert work(long) / work(short) <= MOST_GROWTH * growth
