"""A fault of ours takes nothing from the user's lint run: no finding of another plugin, and not its exit status."""

from __future__ import annotations

import pytest

from tests.programs import NEVER_CLOSED
from tests.workspace import Workspace


@pytest.fixture
def planted_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    """An engine that fails on every file."""

    def fail(*arguments: object) -> None:
        raise RuntimeError("planted")

    monkeypatch.setattr("flake8_wsthreads.analysis.build_model", fail)


@pytest.mark.usefixtures("planted_fault")
@pytest.mark.parametrize("jobs", ["1", "2"])
@pytest.mark.parametrize("others", ["", "import os\n"], ids=["nothing else to report", "findings of other plugins"])
def test_a_fault_in_the_engine_leaves_the_run_as_it_would_be_without_us(
    workspace: Workspace, others: str, jobs: str
) -> None:
    for name in ("chat.py", "talk.py"):
        workspace.write(name, others + NEVER_CLOSED)
    with_us = workspace.flake8("--jobs", jobs)
    without_us = workspace.flake8("--jobs", jobs, "--extend-ignore=WST")
    assert with_us == without_us
    assert bool(with_us.codes) == bool(others)
    assert with_us.err == ""


@pytest.mark.usefixtures("planted_fault")
@pytest.mark.parametrize("way", ["on the command line", "in the configuration"])
def test_the_debugging_option_shows_the_traceback_and_goes_on(workspace: Workspace, way: str) -> None:
    workspace.write("chat.py", "import os\n" + NEVER_CLOSED)
    if way == "on the command line":
        run = workspace.flake8("--websockets-debug")
    else:
        workspace.configure("websockets-debug = true")
        run = workspace.flake8()
    assert (run.codes, run.exit_code) == (["F401"], 1)
    assert run.err.startswith("flake8-wsthreads failed on ./chat.py and reports nothing about it:\nTraceback ")
    assert run.err.endswith("RuntimeError: planted\n")
