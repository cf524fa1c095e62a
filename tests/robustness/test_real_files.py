"""The standard library, its tests, and all that is installed beside the plugin: nothing raises."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterable
from pathlib import Path

import pytest

from .engine import AnalysisError, Crash, TooSlow, analyse_lines, crash_of, read_lines, time_limit
from .real_files import share, site_packages, standard_library

FILES = {"the standard library": standard_library, "site-packages": site_packages}

# The long run, ``python -m tests.robustness``, takes all files in both ways.
ONE_IN = 4
ONE_IN_WITH_OPENERS = 40
SECONDS = 20


def crashes(paths: Iterable[Path], factories: frozenset[str] | None) -> dict[str, Crash]:
    """The crashes of the analysis over the files that Python can read, one for each cause; a blow-up counts as one."""
    found: dict[str, Crash] = {}
    for path in paths:
        try:
            with time_limit(SECONDS):
                analyse_lines(read_lines(path.read_bytes()), factories)
        except AnalysisError as error:
            crash = crash_of(str(path), error)
            found.setdefault(crash.summary, crash)
        except TooSlow as slow:
            found[str(path)] = Crash(str(path), str(slow), "")
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            continue  # flake8 reports it, and asks no plugin
    return found


def story(found: dict[str, Crash]) -> str:
    return "\n".join(f"{crash.path}\n{crash.summary}\n{crash.traceback}" for crash in found.values())


@pytest.mark.parametrize("files", FILES.values(), ids=FILES.keys())
def test_real_files_are_analysed(files: Callable[[], list[Path]]) -> None:
    assert story(crashes(share(files(), ONE_IN), frozenset())) == ""


@pytest.mark.parametrize("files", FILES.values(), ids=FILES.keys())
def test_real_files_are_analysed_as_if_what_they_call_most_opened_connections(files: Callable[[], list[Path]]) -> None:
    assert story(crashes(share(files(), ONE_IN_WITH_OPENERS), None)) == ""


def test_flake8_reports_nothing_but_findings_about_real_files(tmp_path: Path) -> None:
    """E902 stands for a file that flake8 gave up on."""
    (tmp_path / "setup.cfg").write_text("[flake8]\n")
    files = [str(path) for path in share(standard_library(), 16)]
    command = [sys.executable, "-m", "flake8", "--select=WST,E902", "--enable-extensions=WST9", "--jobs=2", *files]
    result = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert result.stderr == ""
    given_up = [line for line in result.stdout.splitlines() if " E902 " in line and "SyntaxError" not in line]
    assert given_up == []
