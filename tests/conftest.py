"""Fixtures for every test."""

from __future__ import annotations

from pathlib import Path

import pytest

from flake8_wsthreads.check import Settings
from flake8_wsthreads.plugin import Plugin
from tests.workspace import Workspace


def pytest_xdist_auto_num_workers(config: pytest.Config) -> int | None:
    """No other process where a path is named: the long suites use the cores themselves. Else xdist decides."""
    return None if config.args_source is pytest.Config.ArgsSource.TESTPATHS else 0


@pytest.fixture(scope="session")
def project() -> Path:
    """The root of the checkout."""
    return Path(__file__).parent.parent


@pytest.fixture
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Workspace:
    """An empty directory with an empty configuration; the settings of the run do not outlive the test."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(Plugin, "settings", Settings())
    made = Workspace(tmp_path, capfd)
    made.configure()
    return made
