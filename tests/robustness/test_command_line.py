"""The command says what flake8 says, character for character: about every case, and about real packages."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from benchmarks.download import CACHE, fetch
from tests.case_documents import all_cases

ROOT = Path(__file__).parents[2]


def printed(directory: Path, *command: str) -> str:
    """What a command prints in a directory."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    # from Python 3.12 on, the interpreter itself warns of an escape sequence in a case
    started = [sys.executable, "-W", "ignore::SyntaxWarning", "-m", *command]
    result = subprocess.run(started, cwd=directory, env=environment, capture_output=True, text=True, check=False)
    assert result.stderr == ""
    return result.stdout


def both(directory: Path) -> tuple[str, str]:
    return printed(directory, "flake8", "--isolated", "--select=WST", "."), printed(
        directory, "flake8_wsthreads", "check", "--output-format=concise", "."
    )


def test_every_case(tmp_path: Path) -> None:
    for number, case in enumerate(all_cases(sys.version_info[:2])):
        (tmp_path / f"case_{number:04}.py").write_text(case.source, encoding="utf-8")
    flake8, ours = both(tmp_path)
    assert ours == flake8 != ""


def test_the_packages_of_the_field_study(tmp_path: Path) -> None:
    sources = fetch(CACHE)
    for file in sources.rglob("*.py"):
        if b"websockets" in file.read_bytes():  # flake8 takes minutes for the others, and finds nothing
            copy = tmp_path / file.relative_to(sources)
            copy.parent.mkdir(parents=True, exist_ok=True)
            copy.write_bytes(file.read_bytes())
    flake8, ours = both(tmp_path)
    assert ours == flake8 != ""
