"""The laboratory that all tests in this folder share."""

from __future__ import annotations

import sys
import threading
from collections.abc import Generator, Iterator
from pathlib import Path

import pytest

from .agreement import RandomTrial, order
from .laboratory import Laboratory
from .releases import NotRun
from .trial import Trial


def pytest_configure(config: pytest.Config) -> None:
    """Announce the marker of tests that name a program and a release, to be run before the test asks for it."""
    config.addinivalue_line("markers", "runs(program, release): what the test will ask the laboratory for")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Report the tests of this folder as not run where the laboratory cannot work."""
    if sys.platform != "linux":
        for item in items:
            if Path(__file__).parent in item.path.parents:
                item.add_marker(pytest.mark.skip(reason="the laboratory needs Linux: not run"))


@pytest.fixture(scope="session")
def laboratory(request: pytest.FixtureRequest) -> Iterator[Laboratory]:
    """A running laboratory, at work on everything that the chosen tests will ask for."""
    before = set(threading.enumerate())
    items = [item for item in request.session.items if isinstance(item, pytest.Function)]
    with Laboratory() as laboratory:
        # These take longest.
        for item in items:
            for mark in item.iter_markers("runs"):
                laboratory.order(*mark.args)
        for item in items:
            trial = item.callspec.params.get("trial") if hasattr(item, "callspec") else None
            if isinstance(trial, Trial):
                laboratory.order(trial.program, trial.release)
            elif isinstance(trial, RandomTrial):
                order(trial, laboratory)
        yield laboratory
    assert laboratory.groups == set()
    assert set(threading.enumerate()) <= before


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, None, None]:
    """Report a test of what this Python cannot run as not run."""
    try:
        yield
    except NotRun as error:
        pytest.skip(str(error))
