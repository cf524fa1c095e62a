"""The hook for pre-commit and prek."""

from __future__ import annotations

import shlex
import subprocess
import sys
from pathlib import Path

import pytest

FAULTY = 'from websockets.sync.client import connect\n\nws = connect("ws://localhost:8765")\nws.send("hello")\n'


@pytest.mark.parametrize("tool", ["pre_commit", "prek"])
def test_the_manifest_is_valid(project: Path, tool: str) -> None:
    command = [sys.executable, "-m", tool, "validate-manifest", ".pre-commit-hooks.yaml"]
    result = subprocess.run(command, cwd=project, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout + result.stderr


def test_the_entry_reports_only_our_codes(project: Path, tmp_path: Path) -> None:
    (entry,) = (
        line.partition("entry:")[2].strip()
        for line in (project / ".pre-commit-hooks.yaml").read_text(encoding="utf-8").splitlines()
        if "entry:" in line
    )
    program, *arguments = shlex.split(entry)
    assert program == "flake8"
    (tmp_path / "chat.py").write_text(FAULTY.replace("\n\n", "\n"))
    # What a user configures for other plugins, and a choice of codes of their own, must not matter.
    (tmp_path / "setup.cfg").write_text("[flake8]\nselect = E,F\nmax-complexity = 1\n")
    command = [sys.executable, "-m", program, *arguments, "chat.py"]
    result = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert [line.split()[1] for line in result.stdout.splitlines()] == ["WST101", "WST301"]
    assert (result.returncode, result.stderr) == (1, "")
