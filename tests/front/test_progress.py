"""What a terminal shows: colours, and a line about what takes long."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LEAK = 'from websockets.sync.client import connect\n\nws = connect("ws://localhost:8765")\nws.send("hello")\n'
SLOW = """\
import sys, time
from flake8_wsthreads.cli.progress import progress
with progress("linting 3 files"):
    time.sleep(float(sys.argv[1]))
"""


def on_terminal(directory: Path, *command: str, **environment: str) -> str:
    """What a terminal shows of a command."""
    ours, theirs = pty.openpty()
    kept = {name: value for name, value in os.environ.items() if name != "NO_COLOR"}
    with subprocess.Popen(
        [sys.executable, *command],
        cwd=directory,
        stdout=theirs,
        stderr=theirs,
        stdin=subprocess.DEVNULL,
        env={**kept, "PYTHONPATH": str(ROOT), **environment},
    ):
        os.close(theirs)
        shown = b""
        while True:
            try:
                part = os.read(ours, 4096)
            except OSError:  # the other end is closed
                break
            if not part:
                break
            shown += part
    os.close(ours)
    return shown.decode()


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    (tmp_path / ".git").mkdir()
    (tmp_path / "feeds.py").write_text(LEAK)
    return tmp_path


def test_a_terminal_gets_the_full_form_in_colour(shop: Path) -> None:
    shown = on_terminal(shop, "-m", "flake8_wsthreads", "check")
    assert "\x1b[31m" in shown and "2 findings in 1 file" in shown
    assert "\x1b" not in on_terminal(shop, "-m", "flake8_wsthreads", "check", NO_COLOR="1")


def test_a_line_comes_after_a_second_and_goes_away(shop: Path) -> None:
    assert on_terminal(shop, "-c", SLOW, "1.5") == "linting 3 files ...\r\x1b[K"
    assert on_terminal(shop, "-c", SLOW, "0") == ""
