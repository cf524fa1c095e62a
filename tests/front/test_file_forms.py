"""Every form in which a file can reach flake8: encodings, line ends, emptiness, standard input, no Python at all."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

PROGRAM = """\
# größe
from websockets.sync.client import connect

ws = connect("ws://localhost:8765")  # é
ws.send("hello")
"""

FOUND = ["4:6: WST101", "4:6: WST301"]

UNIX = PROGRAM.encode()

FORMS: dict[str, tuple[bytes, list[str]]] = {
    "UTF-8": (UNIX, FOUND),
    "a BOM": (b"\xef\xbb\xbf" + UNIX, FOUND),
    "a BOM and the fault on its line": (
        b"\xef\xbb\xbffrom websockets.sync.client import connect; connect('')\n",
        ["1:45: WST101", "1:45: WST301"],
    ),
    "latin-1, and a cookie that says so": (
        b"# -*- coding: latin-1 -*-\n" + PROGRAM.encode("latin-1"),
        ["5:6: WST101", "5:6: WST301"],
    ),
    "cp1252, and a cookie on the second line": (
        b"#!/usr/bin/python\n# vim: set fileencoding=cp1252 :\n" + PROGRAM.encode("cp1252"),
        ["6:6: WST101", "6:6: WST301"],
    ),
    # flake8 reads as latin-1 what it cannot decode otherwise
    "bytes that are no UTF-8": (PROGRAM.encode("latin-1"), FOUND),
    "an encoding that nobody knows": (b"# coding: klingon\n" + UNIX, ["5:6: WST101", "5:6: WST301"]),
    "the line ends of Windows": (UNIX.replace(b"\n", b"\r\n"), FOUND),
    "the line ends of old Macs": (UNIX.replace(b"\n", b"\r"), FOUND),
    "mixed line ends": (UNIX.replace(b"\n", b"\r\n", 2), FOUND),
    "no line end after the last line": (UNIX.rstrip(), FOUND),
    "a form feed on a line of its own": (UNIX.replace(b"\n\n", b"\n\x0c\n"), FOUND),
    "a form feed before the statement": (UNIX.replace(b"\nws = ", b"\n\x0cws = "), ["4:7: WST101", "4:7: WST301"]),
    "a vertical tab and a line separator in a string": (
        UNIX.replace(b"\n\n", "\nname = 'a\v\u2028\x85\x1cb'\n".encode()),
        FOUND,
    ),
    "a line that goes on": (UNIX.replace(b"ws = ", b"ws = \\\n    "), ["5:5: WST101", "5:5: WST301"]),
    "nothing": (b"", []),
    "one empty line": (b"\n", []),
    "only a BOM": (b"\xef\xbb\xbf", []),
    "only a form feed": (b"\x0c", []),
    "only spaces": (b"    ", []),
    "only comments": (b"# websockets.sync\n# from websockets.sync.client import connect\n", []),
    "only a string": (b'"""websockets.sync.client.connect"""\n', []),
}

NO_PYTHON: dict[str, bytes] = {
    "a syntax error": b"from websockets.sync.client import connect\nws = connect(\n",
    "tabs and spaces mixed": b"from websockets.sync.client import connect\nif ws:\n\tws.recv()\n        ws.close()\n",
}

if sys.version_info >= (3, 11, 4):
    # Before, compile() raises ValueError for it, and flake8 itself, without any plugin, ends in a traceback.
    NO_PYTHON["a null byte"] = b"from websockets.sync.client import connect\nws = connect('\x00')\n"


def flake8(directory: Path, *arguments: str, given: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    command = [sys.executable, "-m", "flake8", "--isolated", *arguments]
    return subprocess.run(command, cwd=directory, input=given, capture_output=True, check=False)


def found(result: subprocess.CompletedProcess[bytes], name: str) -> list[str]:
    """Line, column and code of each finding, all in the file of this name; nothing may be on stderr."""
    assert result.stderr == b""
    lines = result.stdout.decode().splitlines()
    assert all(line.startswith(f"{name}:") for line in lines)
    return [" ".join(line[len(name) + 1 :].split()[:2]) for line in lines]


@pytest.fixture(scope="module")
def findings_by_file(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[str]]:
    """The findings in each of the forms, from one run of flake8 over all."""
    directory = tmp_path_factory.mktemp("forms")
    for number, (content, _) in enumerate(FORMS.values()):
        (directory / f"form{number}.py").write_bytes(content)
    result = flake8(directory, "--select=WST,E9", ".")
    assert result.stderr == b""
    by_file: dict[str, list[str]] = {name: [] for name in FORMS}
    names = list(FORMS)
    for line in result.stdout.decode().splitlines():
        path, _, rest = line.partition(":")
        number = int(path.removeprefix("./form").removesuffix(".py"))
        by_file[names[number]].append(" ".join(rest.split()[:2]))
    return by_file


@pytest.mark.parametrize("form", FORMS)
def test_a_file_of_any_form_is_linted(findings_by_file: dict[str, list[str]], form: str) -> None:
    assert findings_by_file[form] == FORMS[form][1]


@pytest.mark.parametrize("display_name", ["", "app/chat.py", "/nowhere/chat.py", "größe.py"])
def test_standard_input_is_linted(tmp_path: Path, display_name: str) -> None:
    arguments = ["--stdin-display-name", display_name] if display_name else []
    result = flake8(tmp_path, "--select=WST", *arguments, "-", given=UNIX)
    assert found(result, display_name or "stdin") == FOUND


@pytest.mark.parametrize("form", ["a BOM", "the line ends of Windows", "nothing", "only comments"])
def test_standard_input_of_any_form_is_linted(tmp_path: Path, form: str) -> None:
    content, expected = FORMS[form]
    assert found(flake8(tmp_path, "--select=WST", "-", given=content), "stdin") == expected


@pytest.mark.parametrize("content", NO_PYTHON.values(), ids=NO_PYTHON.keys())
def test_a_file_that_is_no_python_is_left_to_flake8(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "broken.py").write_bytes(content)
    result = flake8(tmp_path, "--select=WST,E9", "broken.py")
    assert {entry.split()[1] for entry in found(result, "broken.py")} <= {"E999", "E902"}
    assert result.returncode == 1


def test_a_broken_file_takes_no_findings_from_its_neighbours(tmp_path: Path) -> None:
    (tmp_path / "broken.py").write_bytes(NO_PYTHON["a syntax error"])
    (tmp_path / "chat.py").write_bytes(UNIX)
    result = flake8(tmp_path, "--select=WST", "--jobs=1", "broken.py", "chat.py")
    assert found(result, "chat.py") == FOUND
