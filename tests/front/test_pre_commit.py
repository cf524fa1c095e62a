"""The hook for pre-commit and prek."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

FAULTY = 'from websockets.sync.client import connect\n\nws = connect("ws://localhost:8765")\nws.send("hello")\n'


def entries(project: Path) -> list[str]:
    """What the hooks run."""
    lines = (project / ".pre-commit-hooks.yaml").read_text(encoding="utf-8").splitlines()
    return [line.partition("entry:")[2].strip() for line in lines if "entry:" in line]


@pytest.mark.parametrize("tool", ["pre_commit", "prek"])
def test_the_manifest_is_valid(project: Path, tool: str) -> None:
    command = [sys.executable, "-m", tool, "validate-manifest", ".pre-commit-hooks.yaml"]
    result = subprocess.run(command, cwd=project, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout + result.stderr


def test_the_entry_reports_only_our_codes(project: Path, tmp_path: Path) -> None:
    program, *arguments = shlex.split(entries(project)[0])
    assert program == "flake8"
    (tmp_path / "chat.py").write_text(FAULTY.replace("\n\n", "\n"))
    # What a user configures for other plugins, and a choice of codes of their own, must not matter.
    (tmp_path / "setup.cfg").write_text("[flake8]\nselect = E,F\nmax-complexity = 1\n")
    command = [sys.executable, "-m", program, *arguments, "chat.py"]
    result = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert [line.split()[1] for line in result.stdout.splitlines()] == ["WST101", "WST301"]
    assert (result.returncode, result.stderr) == (1, "")


@pytest.mark.parametrize("tool", ["pre_commit", "prek"])
def test_the_fixing_hook_works_beside_changes_that_are_not_staged(project: Path, tmp_path: Path, tool: str) -> None:
    """The tool puts aside what is not staged, lets the hook fix the rest, and stops the commit."""
    program, *arguments = shlex.split(entries(project)[1])
    assert program == "flake8-wsthreads"
    entry = shlex.join([sys.executable, "-m", "flake8_wsthreads", *arguments])
    (tmp_path / ".pre-commit-config.yaml").write_text(
        "repos: [{repo: local, hooks: [{id: fix, name: fix, language: system, types: [python], require_serial: true, "
        f"entry: {entry}}}]}}]\n"
    )
    git(tmp_path, "init", "-q")
    (tmp_path / "other.py").write_text("staged = 1\n")
    (tmp_path / "chat.py").write_text(FAULTY)
    git(tmp_path, "add", ".")
    (tmp_path / "other.py").write_text("staged = 1\nnot_staged = 2\n")
    command = [sys.executable, "-m", tool, "run"]
    environment = {**os.environ, "PRE_COMMIT_HOME": str(tmp_path / "home"), "PREK_HOME": str(tmp_path / "home")}
    environment["PYTHONPATH"] = str(project)
    first = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert first.returncode == 1 and "modified" in first.stdout, first.stdout + first.stderr
    assert (tmp_path / "other.py").read_text() == "staged = 1\nnot_staged = 2\n"
    assert "with connect(" in (tmp_path / "chat.py").read_text()
    git(tmp_path, "add", "chat.py")
    second = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert second.returncode == 0, second.stdout + second.stderr
    assert git(tmp_path, "diff", "--name-only") == "other.py\n"


def git(directory: Path, *arguments: str) -> str:
    """What git prints."""
    return subprocess.run(["git", *arguments], cwd=directory, capture_output=True, text=True, check=True).stdout
