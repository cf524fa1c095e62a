"""Programs that no one writes by hand give findings or silence, in good time."""

from __future__ import annotations

import gc
import sys
import threading
from collections.abc import Callable

import pytest

from flake8_wsthreads.finding import Finding

from .engine import AnalysisError, TooSlow, analyse_lines, crash_of, parse_deep, time_limit
from .shapes import COSTLY, SHAPES

SECONDS = 5

# flake8 and an editor's server have frames of their own on the stack when they call the plugin.
FRAMES_OF_THE_HOST = 300


def findings(source: str) -> list[Finding]:
    try:
        with time_limit(SECONDS):
            return analyse_lines(source.splitlines(keepends=True), deep=True).findings
    except TooSlow as slow:
        pytest.fail(str(slow), pytrace=False)
    except AnalysisError as error:
        crash = crash_of("the program", error)
        pytest.fail(f"{crash.summary}\n{crash.traceback}", pytrace=False)


def findings_below(frames: int, source: str) -> list[Finding]:
    """The findings, when the stack has so many frames more."""
    return findings(source) if frames == 0 else findings_below(frames - 1, source)


def this_python_parses(source: str) -> bool:
    """Whether ``ast.parse`` takes it: Python 3.12 has a limit of its own for nesting, whatever limit is set."""
    try:
        parse_deep(source)
    except RecursionError:
        return False
    return True


@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: shape.__name__)
def test_no_shape_is_too_much(shape: Callable[[], str]) -> None:
    assert sys.getrecursionlimit() <= 1000
    source = shape()
    if not this_python_parses(source):
        pytest.skip("this Python's own parser rejects the program, so flake8 asks no plugin")
    assert findings(source) == findings_below(FRAMES_OF_THE_HOST, source)


def test_no_shape_is_too_much_for_a_thread() -> None:
    """Editors' servers lint on worker threads, whose stacks are smaller."""
    chosen = [shape for shape in SHAPES if this_python_parses(shape())][:12]
    assert len(chosen) == 12
    analysed: list[str] = []

    def work() -> None:
        for shape in chosen:
            analyse_lines(shape().splitlines(keepends=True), deep=True)
            analysed.append(shape.__name__)

    worker = threading.Thread(target=work)
    worker.start()
    worker.join()
    assert analysed == [shape.__name__ for shape in chosen]


@pytest.mark.parametrize("shape", COSTLY, ids=lambda shape: shape.__name__)
def test_no_file_takes_more_than_two_seconds(shape: Callable[[], str]) -> None:
    source = shape()
    gc.collect()
    gc.freeze()  # what other tests have left in memory is no part of this file's cost
    try:
        with time_limit(2):
            analyse_lines(source.splitlines(keepends=True))
    except TooSlow as slow:
        pytest.fail(str(slow), pytrace=False)
    finally:
        gc.unfreeze()
