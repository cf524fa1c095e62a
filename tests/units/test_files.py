"""Which files the command looks at, and what it says of those that it cannot read."""

from __future__ import annotations

import builtins
import os
from pathlib import Path
from typing import Any

import pytest

from flake8_wsthreads.cli import files
from flake8_wsthreads.cli.files import Search


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    for name in ("locked/a.py", "open/a.py", "open/b.py", "open/plain.py"):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text("import os\n" if name.endswith("plain.py") else "import websockets\n")
    return tmp_path


def test_files_that_name_the_package_are_found_in_order(tree: Path) -> None:
    search = Search()
    found = [os.path.relpath(path, tree) for path in search.candidates([str(tree)])]
    assert found == ["locked/a.py", "open/a.py", "open/b.py"]
    assert (search.looked_at, search.unreadable) == (4, [])


def test_what_cannot_be_read_is_kept_and_the_others_are_found(tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    scandir, opened = os.scandir, builtins.open

    def no_folder(path: str) -> Any:
        if path.endswith("locked"):
            raise PermissionError(13, "Permission denied", path)
        return scandir(path)

    def no_file(path: Any, *arguments: Any, **options: Any) -> Any:
        if str(path).endswith("b.py"):
            raise PermissionError(13, "Permission denied", path)
        return opened(path, *arguments, **options)

    monkeypatch.setattr(os, "scandir", no_folder)
    monkeypatch.setattr(files, "open", no_file, raising=False)
    search = Search()
    assert [os.path.relpath(path, tree) for path in search.candidates([str(tree)])] == ["open/a.py"]
    unreadable = [(os.path.relpath(path, tree), reason) for path, reason in search.unreadable]
    assert unreadable == [("locked", "Permission denied"), ("open/b.py", "Permission denied")]


def test_a_file_that_vanishes_is_no_problem(tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    search = Search()
    found = []
    for path in search.candidates([str(tree)]):
        found.append(os.path.relpath(path, tree))
        (tree / "open" / "b.py").unlink(missing_ok=True)
    assert found == ["locked/a.py", "open/a.py"] and search.unreadable == []
