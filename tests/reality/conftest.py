"""The laboratory that all tests in this folder share."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from .agreement import Random, order
from .laboratory import Laboratory
from .releases import CannotInstall, folder_of
from .trial import Trial


@pytest.fixture(scope="session")
def laboratory(request: pytest.FixtureRequest) -> Iterator[Laboratory]:
    """A running laboratory, at work on every trial that the chosen tests will ask for."""
    before = set(threading.enumerate())
    with Laboratory() as laboratory:
        for item in request.session.items:
            if isinstance(item, pytest.Function) and hasattr(item, "callspec"):
                for parameter in item.callspec.params.values():
                    if isinstance(parameter, Trial):
                        laboratory.order(parameter.program, parameter.release)
                    elif isinstance(parameter, Random):
                        order(parameter.seed, laboratory)
        yield laboratory
    assert laboratory.groups == set()
    assert set(threading.enumerate()) <= before


@pytest.fixture(autouse=True)
def installed(request: pytest.FixtureRequest) -> None:
    """Reports a trial on a release that this Python cannot install as not run."""
    trial = request.getfixturevalue("trial") if "trial" in request.fixturenames else None
    if isinstance(trial, Trial):
        try:
            folder_of(trial.release)
        except CannotInstall as error:
            pytest.skip(str(error))
