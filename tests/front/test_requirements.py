"""WST401: where a script or a setup.py lets in a release with which an open connection hangs."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from flake8_wsthreads.rules.requirements import project_findings

CLIENT = 'from websockets.sync.client import connect\n\nwith connect("ws://localhost:8765") as ws:\n    ws.send("x")\n'
SCRIPT = '# /// script\n# dependencies = [\n#     "idna",\n#     "websockets>=12",\n# ]\n# ///\n'
SETUP = 'from setuptools import setup\n\nsetup(name="shöp", install_requires=["idna", "websockets>=12,<16"])\n'


def flake8(directory: Path, *arguments: str) -> list[str]:
    """What flake8 prints in a directory."""
    command = [sys.executable, "-m", "flake8", "--isolated", "--select=WST", *arguments]
    result = subprocess.run(command, cwd=directory, capture_output=True, text=True, check=False)
    assert result.stderr == ""
    return result.stdout.splitlines()


@pytest.fixture(autouse=True)
def root(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()


def test_a_script_is_told_at_the_line_of_its_requirement(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text(SCRIPT + CLIENT)
    assert flake8(tmp_path, "a.py") == [
        "a.py:4:8: WST401 websockets>=12 allows websockets 12.0, with which an open connection keeps the program from "
        "exiting; require websockets>=13.0"
    ]


def test_a_script_that_does_not_use_the_client_is_not_told(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text(SCRIPT + "import websockets\n")
    (tmp_path / "b.py").write_text(CLIENT)
    assert flake8(tmp_path, "a.py") == []


def test_a_setup_file_is_told_where_the_project_uses_the_client(tmp_path: Path) -> None:
    (tmp_path / "setup.py").write_text(SETUP, encoding="utf-8")
    assert flake8(tmp_path, "setup.py") == []
    (tmp_path / "src" / "shop").mkdir(parents=True)
    (tmp_path / "src" / "shop" / "feeds.py").write_text(CLIENT)
    (line,) = flake8(tmp_path, "setup.py")
    column = SETUP.splitlines()[2].index('"websockets') + 1
    assert line.startswith(f"setup.py:3:{column}: WST401 websockets>=12,<16 allows websockets 12.0")


def test_the_option_wins(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text(SCRIPT + CLIENT)
    assert flake8(tmp_path, "--websockets-version=>=13.0", "a.py") == []


def test_a_pin_before_it_is_told_to_move(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text(SCRIPT.replace(">=12", "==12.0") + CLIENT)
    assert flake8(tmp_path, "a.py")[0].endswith("; move to websockets>=13.0")


def test_the_same_text_before_the_block_is_not_meant(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("# needs websockets>=12\n" + SCRIPT + CLIENT)
    assert flake8(tmp_path, "a.py")[0].startswith("a.py:5:8: WST401")


def test_the_finding_can_be_suppressed_where_it_stands(tmp_path: Path) -> None:
    (tmp_path / "setup.py").write_text(SETUP.replace("])", "])  # noqa: WST401"), encoding="utf-8")
    (tmp_path / "feeds.py").write_text(CLIENT)
    assert flake8(tmp_path, "setup.py") == []


def test_the_findings_of_other_files_are_there_for_a_command(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text('[project]\nname = "shop"\ndependencies = ["websockets>=12"]\n')
    (tmp_path / "requirements.txt").write_text("idna\nwebsockets>=13\nwebsockets==12.0\n")
    assert project_findings([str(tmp_path)]) == [], "nothing uses the client"
    (tmp_path / "feeds.py").write_text(CLIENT)
    found = project_findings([str(tmp_path / "src"), str(tmp_path)])
    places = [(Path(path).name, finding.location.line, finding.location.column) for path, finding in found]
    assert places == [("pyproject.toml", 3, 17), ("requirements.txt", 3, 0)]
    assert {finding.code for _, finding in found} == {"WST401"}
