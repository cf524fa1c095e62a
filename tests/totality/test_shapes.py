"""Programs that no one writes by hand give findings or silence, in good time."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable

import pytest

from .engine import Analysed, analyse_lines, time_limit
from .shapes import SHAPES

SECONDS = 5

# flake8 and an editor's server have frames of their own on the stack when they call the plugin.
FRAMES_OF_THE_HOST = 300


def analysed(source: str) -> Analysed:
    with time_limit(SECONDS):
        return analyse_lines(source.splitlines(keepends=True), deep=True)


@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: shape.__name__)
def test_no_shape_is_too_much(shape: Callable[[], str]) -> None:
    analysed(shape())


@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: shape.__name__)
def test_a_deep_stack_leaves_enough_of_it(shape: Callable[[], str]) -> None:
    source = shape()

    def below(frames: int) -> Analysed:
        return analysed(source) if frames == 0 else below(frames - 1)

    assert sys.getrecursionlimit() <= 1000
    assert below(FRAMES_OF_THE_HOST).findings == analysed(source).findings


def test_it_runs_on_threads() -> None:
    """Editors' servers lint on worker threads, whose stacks are smaller."""
    answers: list[Analysed] = []

    def work() -> None:
        for shape in SHAPES[:10]:
            answers.append(analyse_lines(shape().splitlines(keepends=True), deep=True))

    worker = threading.Thread(target=work)
    worker.start()
    worker.join()
    assert len(answers) == 10
