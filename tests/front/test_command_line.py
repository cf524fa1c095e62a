"""The command ``flake8-wsthreads``: the same findings as flake8, told at length, in any tree."""

from __future__ import annotations

import functools
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from flake8_wsthreads.rules import RULES
from tests.case_documents import all_cases
from tests.front.command import run, run_process

LEAK = 'from websockets.sync.client import connect\n\nws = connect("ws://localhost:8765")\nws.send("hello")\n'
PLAIN = "import sys\n\nprint(sys.path)\n"


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    """A repository with a file that leaks a connection, and one that does not concern us."""
    (tmp_path / ".git").mkdir()
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "feeds.py").write_text(LEAK)
    (tmp_path / "src" / "plain.py").write_text(PLAIN)
    return tmp_path


def test_it_says_what_flake8_says_character_for_character(tmp_path: Path) -> None:
    for number, case in enumerate(all_cases(sys.version_info[:2])[::20]):  # all of them: tests/robustness
        (tmp_path / f"case_{number:04}.py").write_text(case.source, encoding="utf-8")
    command = [sys.executable, "-m", "flake8", "--select=WST", "."]
    flake8 = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    ours = run(tmp_path, "check", "--output-format=concise")
    assert ours.stdout == flake8.stdout != ""
    assert (ours.returncode, ours.stderr) == (1, "")


def test_full_shows_the_line_the_steps_and_what_to_do(shop: Path) -> None:
    printed = run(shop, "check", "--output-format=full", "src").stdout
    assert printed.startswith(
        "src/feeds.py:3:6: WST101 connection may stay open: programs with websockets<13.0 never exit\n"
        "  |\n"
        '3 | ws = connect("ws://localhost:8765")\n'
        "  |      ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^\n"
        "  = line 3: opened here on the main thread\n"
    )
    assert '  = help: use "with connect(...)" or require websockets>=13.0\n' in printed
    assert "  = more: flake8-wsthreads rule WST301, https://" in printed
    assert '  = fix: open the connection in a "with" block, with --fix\n' in printed
    assert printed.endswith("2 findings in 2 files: WST101 1, WST301 1\n2 fixable with --fix\n")
    assert "\x1b" not in printed, "colours are for terminals"


def test_json_has_the_range_and_the_steps(shop: Path) -> None:
    first = json.loads(run(shop, "check", "--output-format=json").stdout)[0]
    assert first["code"] == "WST101" and first["name"] == "connection-outside-daemon-thread"
    assert (first["location"], first["end_location"]) == ({"row": 3, "column": 6}, {"row": 3, "column": 36})
    assert first["trace"][0]["location"]["row"] == 3


def test_github_gets_its_commands(shop: Path) -> None:
    first = run(shop, "check", "--output-format=github", "src").stdout.splitlines()[0]
    assert first.startswith("::error title=flake8-wsthreads (WST101),file=src/feeds.py,line=3,col=6,endLine=3,")


def test_the_configuration_of_flake8_counts(shop: Path) -> None:
    (shop / ".flake8").write_text("[flake8]\nper-file-ignores = src/feeds.py:WST301\nwebsockets-version = >=13\n")
    assert run(shop, "check").returncode == 0
    (shop / ".flake8").write_text("[flake8]\nextend-select = WST901\nextend-ignore = WST1\n")
    codes = [line.split()[1] for line in run(shop, "check").stdout.splitlines()]
    assert codes == ["WST301", "WST901"]
    (shop / ".flake8").write_text("[flake8]\nexclude = src\n")
    assert run(shop, "check").stdout == ""


def test_a_comment_suppresses(shop: Path) -> None:
    (shop / "src" / "feeds.py").write_text(LEAK.replace('8765")', '8765")  # noqa: WST101'))
    assert [line.split()[1] for line in run(shop, "check").stdout.splitlines()] == ["WST301"]


def test_metadata_is_checked_too(shop: Path) -> None:
    (shop / "pyproject.toml").write_text('[project]\nname = "shop"\ndependencies = ["websockets>=12"]\n')
    last = run(shop, "check", "src").stdout.splitlines()[-1]
    assert last.startswith("pyproject.toml:3:18: WST401 websockets>=12 allows websockets 12.0")
    assert run(shop, "check", "--select=wst401", "src").stdout.splitlines() == [last]
    assert "WST401" not in run(shop, "check", "--ignore=WST4", "src").stdout
    (shop / "pyproject.toml").write_text(
        '[project]\nname = "shop"\ndependencies = ["websockets>=12"]  # noqa: WST401\n'
    )
    assert "WST401" not in run(shop, "check", "src").stdout


def test_metadata_is_shown_like_source(shop: Path) -> None:
    (shop / "pyproject.toml").write_text('[project]\nname = "shop"\ndependencies = ["websockets>=12"]\n')
    assert '3 | dependencies = ["websockets>=12"]\n  |                  ^^^^^^^^^^^^^^\n' in run(
        shop, "check", "--output-format=full", "--select=WST401"
    ).stdout


def test_a_form_feed_is_no_line_end(shop: Path) -> None:
    (shop / "src" / "feeds.py").write_text(f"\x0c# \u2028\n{LEAK}", encoding="utf-8")
    assert '4 | ws = connect("ws://localhost:8765")\n' in run(shop, "check", "--output-format=full").stdout


def test_a_text_from_a_pipe(shop: Path) -> None:
    result = run(shop, "check", "--output-format=full", "--stdin-filename=src/new.py", "-", input=LEAK)
    assert result.stdout.startswith("src/new.py:3:6: WST101")
    assert '3 | ws = connect("ws://localhost:8765")' in result.stdout


def test_exit_statuses(shop: Path) -> None:
    assert run(shop, "check", "src/plain.py").returncode == 0
    assert run(shop, "check", "src").returncode == 1
    assert run(shop, "check", "--exit-zero", "src").returncode == 0
    for arguments in (["nowhere.py"], ["--websockets-version=new", "src"], ["--output-format=xml", "src"]):
        result = run(shop, "check", *arguments)
        assert result.returncode == 2 and "Traceback" not in result.stderr and result.stderr
    (shop / ".flake8").write_text("[flake8]\nmax-line-length = wide\n")
    wide = run(shop, "check", "src")
    assert wide.returncode == 2 and wide.stderr.startswith("flake8-wsthreads: flake8 cannot read its configuration: ")
    missing = run(shop, "check", "nowhere.py")
    assert missing.stderr == "flake8-wsthreads: nowhere.py: No such file or directory\n"


def test_statistics(shop: Path) -> None:
    assert run(shop, "check", "--statistics").stdout.splitlines()[-2:] == ["1       WST101", "1       WST301"]


def test_what_git_ignores_and_what_flake8_leaves_out_is_left_out(shop: Path) -> None:
    for folder in ("build", ".tox", "src/generated", "src/kept"):
        (shop / folder).mkdir()
        (shop / folder / "feeds.py").write_text(LEAK)
    (shop / ".gitignore").write_text("build/\n*.tmp\n")
    (shop / "src" / ".gitignore").write_text("/generated\n")
    (shop / "src" / "feeds.py").unlink()
    assert {line.partition(":")[0] for line in run(shop, "check").stdout.splitlines()} == {"./src/kept/feeds.py"}
    assert {line.partition(":")[0] for line in run(shop / "src", "check").stdout.splitlines()} == {"./kept/feeds.py"}


def test_scripts_are_known_by_their_first_line(shop: Path) -> None:
    (shop / "feed").write_text(f"#!/usr/bin/env python3\n{LEAK}")
    (shop / "notes").write_text(LEAK)
    assert "./feed:4:6: WST101" in run(shop, "check").stdout
    assert "./notes" not in run(shop, "check").stdout


ODD_NAMES = ["with space.py", "new\nline.py", "-dash.py", "ümlaut.py"]


def test_odd_names(shop: Path) -> None:
    for name in ODD_NAMES:
        (shop / name).write_text(LEAK)
    with open(os.fsencode(shop / "x") + b"\xff.py", "w") as file:
        file.write(LEAK)
    result = run(shop, "check", "--select=WST301", "--output-format=json")
    assert result.returncode == 1, result.stderr
    found = {entry["filename"] for entry in json.loads(result.stdout)}
    assert {f"./{name}" for name in ODD_NAMES} <= found
    assert len(found) == 6
    assert run(shop, "check").returncode == 1


def test_links_in_a_circle_and_things_that_are_no_files(shop: Path) -> None:
    (shop / "src" / "loop").symlink_to(shop / "src")
    (shop / "src" / "nothing.py").symlink_to(shop / "nowhere")
    os.mkfifo(shop / "src" / "pipe.py")
    result = run_process(shop, "check", timeout=30)
    assert (result.returncode, result.stderr) == (1, "")


def test_windows_line_ends(shop: Path) -> None:
    (shop / "src" / "feeds.py").write_bytes(LEAK.replace("\n", "\r\n").encode())
    assert '3 | ws = connect("ws://localhost:8765")\n' in run(shop, "check", "--output-format=full").stdout


def test_a_pipe_that_is_closed(shop: Path) -> None:
    (shop / "src" / "feeds.py").write_text(LEAK + "ws = connect(URL)\n" * 300)
    command = f"{sys.executable} -m flake8_wsthreads check --output-format=full | head -n 1"
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    result = subprocess.run(command, shell=True, cwd=shop, env=environment, capture_output=True, text=True, check=True)
    assert result.stderr == "" and result.stdout.count("\n") == 1


def test_a_tree_without_websockets_needs_no_flake8(shop: Path) -> None:
    (shop / "src" / "feeds.py").unlink()
    code = (
        "import sys; from flake8_wsthreads.cli.main import main; status = main(['check']); "
        "print(status, sorted({'flake8', 'packaging', 'flake8_wsthreads.analysis'} & set(sys.modules)))"
    )
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    command = [sys.executable, "-c", code]
    result = subprocess.run(command, cwd=shop, env=environment, capture_output=True, text=True, check=True)
    assert result.stdout == "0 []\n"


def test_a_rule_is_explained_by_its_code_or_its_name(tmp_path: Path) -> None:
    by_code, by_name = run(tmp_path, "rule", "WST301"), run(tmp_path, "rule", "connection-never-closed")
    assert by_code.stdout == by_name.stdout
    assert by_code.stdout.startswith("WST301 connection-never-closed\n") and "\nWhat to do\n" in by_code.stdout
    listed = json.loads(run(tmp_path, "rule", "--all", "--output-format=json").stdout)
    assert [entry["code"] for entry in listed] == [rule.code for rule in RULES]
    wrong = run(tmp_path, "rule", "WST999")
    assert wrong.returncode == 2 and wrong.stderr.startswith("flake8-wsthreads: there is no rule WST999; the rules are")


def test_the_target_and_what_was_looked_at(shop: Path) -> None:
    (shop / "requirements.txt").write_text("websockets>=16,<17\n")
    assert run(shop, "target", "src/feeds.py").stdout.splitlines() == [
        "websockets: 16.0, 16.1, 16.1.1 (requirements.txt line 1: websockets>=16,<17)",
        "looked at:",
        "  src: nothing names websockets",
        "  requirements.txt:1: websockets>=16,<17",
    ]
    assert run(shop, "target", "nowhere").returncode == 2


@pytest.mark.parametrize("command", [[], ["check"], ["rule"], ["target"]])
def test_help_has_an_example(command: list[str], tmp_path: Path) -> None:
    result = run(tmp_path, *command, "--help")
    assert result.returncode == 0 and "example: flake8-wsthreads" in result.stdout


def test_control_c_is_no_traceback(shop: Path) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "flake8_wsthreads", "check", "-"],
        cwd=shop,
        stdin=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
        # who runs the tests in the background of a shell ignores Control-C, and hands that on
        preexec_fn=functools.partial(signal.signal, signal.SIGINT, signal.SIG_DFL),
    )
    time.sleep(1)
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=20)
    assert process.returncode == 130 and errors == ""
