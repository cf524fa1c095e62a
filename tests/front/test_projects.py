"""flake8 in projects that say which releases they allow: in files, in a sandbox, in an editor, and in broken ones."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from flake8_wsthreads.check import OnFailure, Settings, check_file
from flake8_wsthreads.target import Projects, Target
from flake8_wsthreads.target.discovery import Discovery

LEAK = 'from websockets.sync.client import connect\n\nws = connect("ws://localhost:8765")\nws.send("hello")\n'
OLD = '[project]\nname = "shop"\ndependencies = ["websockets>=12"]\n'
NEW = OLD.replace(">=12", ">=13.1")


def flake8(directory: Path, *arguments: str, timeout: float = 60) -> list[str]:
    """The lines that flake8 prints in a directory, without their places."""
    command = [sys.executable, "-m", "flake8", "--select=WST", *arguments]
    result = subprocess.run(command, cwd=directory, capture_output=True, text=True, check=False, timeout=timeout)
    assert result.stderr == ""
    return [line.partition(" ")[2] for line in result.stdout.splitlines()]


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    """A repository with one file that leaks a connection."""
    (tmp_path / ".git").mkdir()
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "feeds.py").write_text(LEAK)
    return tmp_path


def codes(lines: list[str]) -> list[str]:
    return [line.partition(" ")[0] for line in lines]


def test_the_message_names_the_place_that_allows_an_old_release(shop: Path) -> None:
    (shop / "pyproject.toml").write_text(OLD)
    first = flake8(shop, "src")[0]
    assert first.endswith(
        'use "with connect(...)"; pyproject.toml line 3 allows websockets 12.0, require websockets>=13.0'
    )
    assert flake8(shop / "src", "feeds.py")[0].endswith(
        "../pyproject.toml line 3 allows websockets 12.0, require websockets>=13.0"
    )


def test_a_lock_file_pins(shop: Path) -> None:
    (shop / "uv.lock").write_text('[[package]]\nname = "websockets"\nversion = "12.0"\n')
    assert flake8(shop, "src")[0].endswith("uv.lock line 3 pins websockets 12.0, move to websockets>=13.0")


def test_a_project_of_newer_releases_has_no_findings_of_older_ones(shop: Path) -> None:
    (shop / "pyproject.toml").write_text(NEW)
    assert codes(flake8(shop, "src")) == ["WST301"]


def test_the_option_wins_over_everything(shop: Path) -> None:
    (shop / "pyproject.toml").write_text(NEW)
    assert codes(flake8(shop, "--websockets-version=12.0", "src")) == ["WST101", "WST301"]
    assert codes(flake8(shop, "--websockets-version=any", "src")) == ["WST101", "WST301"]
    (shop / "pyproject.toml").write_text(OLD)
    assert codes(flake8(shop, "--websockets-version=>=13", "src")) == ["WST301"]


def test_a_text_from_a_pipe_belongs_where_its_name_says(shop: Path) -> None:
    (shop / "pyproject.toml").write_text(NEW)
    for name in ("src/feeds.py", "src/new/not_there.py", "stdin"):
        command = [sys.executable, "-m", "flake8", "--select=WST", f"--stdin-display-name={name}", "-"]
        result = subprocess.run(command, cwd=shop, input=LEAK, capture_output=True, text=True, check=False)
        assert "WST101" not in result.stdout and "WST301" in result.stdout, name


def test_a_sandbox_with_the_option_has_the_same_findings(shop: Path, tmp_path: Path) -> None:
    (shop / "pyproject.toml").write_text(NEW)
    sandbox = tmp_path / "sandbox"
    (sandbox / "src").mkdir(parents=True)
    (sandbox / ".git").mkdir()
    (sandbox / "src" / "feeds.py").symlink_to(shop / "src" / "feeds.py")
    assert codes(flake8(sandbox, "src")) == ["WST101", "WST301"], "where the link leads to does not count"
    (sandbox / ".flake8").write_text("[flake8]\nwebsockets-version = >=13.1\n")
    assert flake8(sandbox, "src") == flake8(shop, "src")


def test_a_farm_of_links_is_a_project(shop: Path, tmp_path: Path) -> None:
    (shop / "pyproject.toml").write_text(NEW)
    farm = tmp_path / "farm"
    (farm / "src").mkdir(parents=True)
    (farm / ".git").mkdir()
    (farm / "src" / "feeds.py").symlink_to(shop / "src" / "feeds.py")
    (farm / "pyproject.toml").symlink_to(shop / "pyproject.toml")
    assert flake8(farm, "src") == flake8(shop, "src")


EDITOR = """\
import sys
from pathlib import Path
from flake8.main.cli import main

metadata = Path("pyproject.toml")
for text in sys.argv[1:]:
    metadata.write_text(text)
    main(["--select=WST", "-j1", "src"])
    print("--")
"""


def test_a_process_that_lives_long_sees_an_edited_pin(shop: Path) -> None:
    command = [sys.executable, "-c", EDITOR, OLD, NEW, OLD, NEW.replace("13.1", "17.1")]
    result = subprocess.run(command, cwd=shop, capture_output=True, text=True, check=True)
    seen = [["WST101" in run, "WST301" in run] for run in result.stdout.split("--\n")[:-1]]
    assert seen == [[True, True], [False, True], [True, True], [False, True]]


BROKEN = {
    "no TOML": ("pyproject.toml", b"[project\nwebsockets"),
    "another encoding": ("pyproject.toml", OLD.encode("utf-16")),
    "bytes": ("setup.cfg", b"[options]\ninstall_requires = websockets\xff\xfe<13"),
    "no Python": ("setup.py", b"setup(install_requires=['websockets<13'"),
    "a file without an end": ("requirements.txt", b"websockets<13\n" * 4_000_000),
    "a requirement that is none": ("requirements.txt", b"websockets << 13\n"),
    "numbers in place of texts": ("pyproject.toml", b"[project]\ndependencies = [1, {websockets = 2}]\n"),
    "a section twice": ("setup.cfg", b"[options]\n[options]\nwebsockets\n"),
    "no release with the client": ("requirements.txt", b"websockets<11\n"),
    "deep": ("pyproject.toml", b"websockets = " + b"[" * 5000),
}


@pytest.mark.parametrize(("name", "content"), BROKEN.values(), ids=BROKEN.keys())
def test_broken_metadata_says_nothing(name: str, content: bytes, shop: Path) -> None:
    (shop / name).write_bytes(content)
    start = time.perf_counter()
    assert Discovery().target_of(str(shop / "src")) == Target()
    assert time.perf_counter() - start < 1


def test_what_is_no_file_is_never_opened(shop: Path) -> None:
    os.mkfifo(shop / "pyproject.toml")
    os.mkfifo(shop / "requirements.txt")
    (shop / "setup.py").mkdir()
    (shop / "setup.cfg").symlink_to(shop / "nowhere")
    (shop / "requirements").write_text("websockets<13\n")
    (shop / "Pipfile").symlink_to("/dev/zero")
    assert Discovery().target_of(str(shop / "src")) == Target()
    (shop / "pyproject.toml").unlink()  # other plugins do open that one
    assert codes(flake8(shop, "--isolated", "src")) == ["WST101", "WST301"]


def test_a_file_that_may_not_be_read_says_nothing(shop: Path) -> None:
    (shop / "pyproject.toml").write_text(NEW)
    (shop / "pyproject.toml").chmod(0)
    if os.access(shop / "pyproject.toml", os.R_OK):
        pytest.skip("this user may read everything")
    assert Discovery().target_of(str(shop / "src")) == Target()


class NeverAsked(Projects):
    """For files whose project does not matter."""

    def target_of(self, filename: str, lines: object) -> Target:
        raise AssertionError(f"{filename} has no connection")


@pytest.mark.parametrize(
    "source", ["import websockets\n", "from websockets.sync.server import serve\n", "import requests  # sync\n"]
)
def test_nothing_is_read_for_a_file_without_a_connection(source: str) -> None:
    settings = Settings(on_failure=OnFailure.RAISE, projects=NeverAsked())
    assert check_file(ast.parse(source), source.splitlines(keepends=True), settings, "a.py") == []


def test_a_deep_tree_costs_little(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    deep = tmp_path.joinpath(*"abcdefghijklmnopqrstuvwxyzabcdefghijklmn")
    deep.mkdir(parents=True)
    (tmp_path / "requirements.txt").write_text("websockets>=13\n")
    best = min(_seconds(deep) for _ in range(5))
    assert best < 0.02, "5 ms are asked for; a busy machine gets some more"


def _seconds(directory: Path) -> float:
    start = time.perf_counter()
    assert Discovery().target_of(str(directory)) != Target()
    return time.perf_counter() - start


def test_a_directory_is_looked_at_once_in_a_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / ".git").mkdir()
    (tmp_path / "requirements.txt").write_text("websockets>=13\n")
    for name in "abc":
        (tmp_path / "src" / name).mkdir(parents=True)
    listed: list[str] = []
    real = os.listdir

    def listdir(path: str) -> list[str]:
        listed.append(path)
        return real(path)

    monkeypatch.setattr("os.listdir", listdir)
    discovery = Discovery()
    for name in "abcab":
        discovery.target_of(str(tmp_path / "src" / name))
    assert len(listed) == len(set(listed)) == 5
    discovery.begin_run()
    discovery.target_of(str(tmp_path))
    assert len(listed) == 6
