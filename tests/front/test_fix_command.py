"""``check --fix`` and ``check --diff``: what is written, how, and what is left alone."""

from __future__ import annotations

import functools
import json
import os
import resource
import subprocess
import sys
from pathlib import Path

import pytest

from flake8_wsthreads.cli.fixing import FixedFile, write
from flake8_wsthreads.cli.source_file import decode_metadata, decode_python
from flake8_wsthreads.cli.writing import NotWritten, replace_file
from flake8_wsthreads.finding import Location
from flake8_wsthreads.fixes.engine import Mended
from flake8_wsthreads.fixes.fix import Edit, applied
from tests.front.command import run, run_process
from tests.front.test_command_line import LEAK, PLAIN

FIXED = (
    "from websockets.sync.client import connect\n\n"
    'with connect("ws://localhost:8765") as ws:\n    ws.send("hello")\n'
)


def crlf(text: str) -> bytes:
    return text.replace("\n", "\r\n").encode()


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A repository."""
    (tmp_path / ".git").mkdir()
    (tmp_path / "plain.py").write_text(PLAIN)
    return tmp_path


def test_a_file_stays_what_it_was_but_for_the_fix(tree: Path) -> None:
    head, tail = "from websockets.sync.client import connect\n\ndef main():\n", "\t\tws.send('a')\n"
    forms = {
        "crlf.py": (crlf(LEAK), crlf(FIXED)),
        "bom.py": (b"\xef\xbb\xbf" + LEAK.encode(), b"\xef\xbb\xbf" + FIXED.encode()),
        "open.py": (LEAK.rstrip("\n").encode(), FIXED.rstrip("\n").encode()),
        "latin.py": tuple(
            f"# -*- coding: latin-1 -*-\n# caf\xe9\n{text}".encode("latin-1") for text in (LEAK, FIXED)
        ),
        "cyrillic.py": tuple(
            f"#!/usr/bin/env python\n# vim: set fileencoding=koi8-r :\n# \u043f\n{text}".encode("koi8-r")
            for text in (LEAK, FIXED)
        ),
        "feed.py": tuple(f"import sys\n\x0c\n{text}\x0c\n".encode() for text in (LEAK, FIXED)),
        "tabs.py": (
            f"{head}\tws = connect('')\n\tif ws:\n{tail}".encode(),
            f"{head}\twith connect('') as ws:\n\t\tif ws:\n\t{tail}".encode(),
        ),
        "mixed.py": (
            LEAK.replace("\n", "\r\n", 2).encode(),
            FIXED.replace("\n", "\r\n", 2).encode(),
        ),
        "old_mac.py": (LEAK.replace("\n", "\r").encode(), FIXED.replace("\n", "\r").encode()),
    }
    for name, (before, _) in forms.items():
        (tree / name).write_bytes(before)
    (tree / "tool").write_text(f"#!/usr/bin/env python3\n{LEAK}")
    (tree / "tool").chmod(0o751)
    plain = (tree / "plain.py").stat().st_mtime_ns
    result = run(tree, "check", "--fix", ".")
    assert (result.stdout, result.returncode) == ("", 0), result.stdout
    assert result.stderr == "flake8-wsthreads: fixed 20 findings in 10 files: WST101 10, WST301 10\n"
    assert {name: (tree / name).read_bytes() for name in forms} == {name: after for name, (_, after) in forms.items()}
    assert (tree / "tool").read_text() == f"#!/usr/bin/env python3\n{FIXED}"
    assert (tree / "tool").stat().st_mode & 0o777 == 0o751
    assert (tree / "plain.py").stat().st_mtime_ns == plain
    assert sorted(path.name for path in tree.iterdir()) == sorted([*forms, "tool", "plain.py", ".git"])


def test_of_a_link_the_target_is_written_and_of_two_names_this_one(tree: Path) -> None:
    elsewhere = tree / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "target.txt").write_text(LEAK)
    (tree / "link.py").symlink_to(elsewhere / "target.txt")
    (elsewhere / "other_name.txt").write_text(LEAK)
    os.link(elsewhere / "other_name.txt", tree / "name.py")
    assert run(tree, "check", "--fix", ".").returncode == 0
    assert (tree / "link.py").is_symlink()
    assert (elsewhere / "target.txt").read_text() == FIXED
    assert (tree / "name.py").read_text() == FIXED
    assert (elsewhere / "other_name.txt").read_text() == LEAK


def test_a_read_only_file_is_an_error_and_the_others_are_fixed(tree: Path) -> None:
    (tree / "locked.py").write_text(LEAK)
    (tree / "locked.py").chmod(0o444)
    (tree / "free.py").write_text(LEAK)
    result = run(tree, "check", "--fix", ".")
    assert result.returncode == 2
    assert "flake8-wsthreads: ./locked.py is not fixed: it is read-only\n" in result.stderr
    assert (tree / "free.py").read_text() == FIXED
    assert (tree / "locked.py").read_text() == LEAK
    assert [line.split(":")[0] for line in result.stdout.splitlines()] == ["./locked.py"] * 2


def test_on_a_full_disk_the_file_stays(tree: Path) -> None:
    (tree / "feeds.py").write_text(LEAK)
    limit = functools.partial(resource.setrlimit, resource.RLIMIT_FSIZE, (30, 30))
    result = run_process(tree, "check", "--fix", ".", preexec_fn=limit)
    assert result.returncode == 2
    assert "flake8-wsthreads: ./feeds.py is not fixed: File too large" in result.stderr
    assert (tree / "feeds.py").read_text() == LEAK
    assert sorted(path.name for path in tree.iterdir()) == [".git", "feeds.py", "plain.py"]


def test_what_has_changed_meanwhile_is_left_alone(tmp_path: Path) -> None:
    file = tmp_path / "feeds.py"
    file.write_text("somebody else was here\n")
    with pytest.raises(NotWritten, match="it has changed since it was linted"):
        replace_file(str(file), LEAK.encode(), FIXED.encode())
    assert file.read_text() == "somebody else was here\n"
    assert [path.name for path in tmp_path.iterdir()] == ["feeds.py"]


def test_a_file_that_changed_after_the_lint_is_reported(tmp_path: Path) -> None:
    file = tmp_path / "feeds.py"
    file.write_text(LEAK)
    source = decode_python(LEAK.encode())
    assert source is not None
    fixed = FixedFile(str(file), source, Mended(FIXED, ()))
    assert write([fixed], unchanged=lambda path: False) == (
        [],
        [f"{file} is not fixed: it has changed since it was linted"],
    )
    assert file.read_text() == LEAK
    assert write([fixed], unchanged=lambda path: True) == ([fixed], [])
    assert file.read_text() == FIXED


def test_what_flake8_does_not_report_is_not_fixed(tree: Path) -> None:
    (tree / ".flake8").write_text("[flake8]\nper-file-ignores = ignored.py:WST\nextend-ignore = WST101\n")
    (tree / "ignored.py").write_text(LEAK)
    silent = LEAK.replace('8765")', '8765")  # noqa: WST301')
    (tree / "silent.py").write_text(silent)
    half = LEAK + LEAK.replace("ws", "feed").replace("feedebsockets", "websockets")
    half = half.replace('\nws = connect("ws://localhost:8765")', '\nws = connect("ws://localhost:8765")  # noqa')
    (tree / "half.py").write_text(half)
    (tree / "whole.py").write_text(f"# flake8: noqa\n{LEAK}")
    assert run(tree, "check", "--fix", ".").returncode == 0
    assert (tree / "ignored.py").read_text() == LEAK
    assert (tree / "silent.py").read_text() == silent
    assert (tree / "whole.py").read_text() == f"# flake8: noqa\n{LEAK}"
    mended = (tree / "half.py").read_text()
    assert 'ws = connect("ws://localhost:8765")  # noqa\nws.send' in mended and ") as feed:" in mended


def test_diff_prints_what_a_patch_tool_takes_and_writes_nothing(tree: Path) -> None:
    (tree / "feeds.py").write_text(LEAK.rstrip("\n"))
    (tree / "pyproject.toml").write_text('[project]\nname = "shop"\ndependencies = ["websockets"]\n')
    result = run(tree, "check", "--diff", ".")
    assert (result.returncode, result.stderr) == (1, "")
    assert (tree / "feeds.py").read_text() == LEAK.rstrip("\n")
    patched = subprocess.run(
        ["git", "apply", "-p0", "-"], cwd=tree, input=result.stdout, text=True, capture_output=True, check=False
    )
    assert (patched.returncode, patched.stderr) == (0, "")
    assert (tree / "feeds.py").read_text() == FIXED.rstrip("\n")
    assert 'dependencies = ["websockets>=13.0"]' in (tree / "pyproject.toml").read_text()
    assert run(tree, "check", "--diff", ".").returncode == 0


def test_a_text_from_a_pipe_comes_out_fixed(tree: Path) -> None:
    result = run(tree, "check", "--fix", "-", input=LEAK)
    assert (result.stdout, result.returncode) == (FIXED, 0)
    assert run(tree, "check", "--fix", "-", input=PLAIN).stdout == PLAIN


def test_json_carries_the_edits_that_fix_would_make(tree: Path) -> None:
    (tree / "feeds.py").write_text(LEAK)
    entries = json.loads(run(tree, "check", "--output-format=json").stdout)
    fix = entries[0]["fix"]
    assert (fix["message"], fix["applicability"]) == ('Open the connection in a "with" block', "safe")
    edits = [
        Edit(
            Location(
                edit["location"]["row"],
                edit["location"]["column"] - 1,
                edit["end_location"]["row"],
                edit["end_location"]["column"] - 1,
            ),
            edit["content"],
        )
        for edit in fix["edits"]
    ]
    assert applied(LEAK, edits) == FIXED
    sarif = json.loads(run(tree, "check", "--output-format=sarif").stdout)
    change = sarif["runs"][0]["results"][0]["fixes"][0]["artifactChanges"][0]
    assert [part["insertedContent"]["text"] for part in change["replacements"]] == [edit.text for edit in edits]


def test_the_summary_says_how_much_can_be_fixed(tree: Path) -> None:
    class_ = "from websockets.sync.client import connect\n\nclass Client:\n    def __init__(self, url):\n"
    (tree / "feeds.py").write_text(LEAK)
    (tree / "client.py").write_text(f"{class_}        self.ws = connect(url)\n")
    printed = run(tree, "check", "--output-format=full").stdout
    assert printed.endswith("\n2 fixable with --fix, 1 more with --fix --unsafe-fixes\n")


def test_libcst_is_for_those_who_fix(tree: Path) -> None:
    (tree / "feeds.py").write_text(LEAK)
    program = (
        "import sys; from flake8_wsthreads.cli.main import main; "
        "main(['check', '--output-format=concise', '.']); print('libcst' in sys.modules)"
    )
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    command = [sys.executable, "-c", program]
    result = subprocess.run(command, cwd=tree, capture_output=True, text=True, check=True, env=environment)
    assert result.stdout.splitlines()[-1] == "False"


@pytest.mark.parametrize("data", [b"\xff", b"# coding: no-such\nx = 1\n", b"x = 1\n\xe9\n"])
def test_bytes_that_python_cannot_read_are_no_source_file(data: bytes) -> None:
    assert decode_python(data) is None


def test_metadata_is_utf_8() -> None:
    assert decode_metadata(b"\xef\xbb\xbf[project]\r\n") is not None
    assert decode_metadata(b"\xe9") is None
