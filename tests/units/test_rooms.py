"""The rooms of the package, and which of them may know of which: imports run one way."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

PROJECT = Path(__file__).parents[2]
PACKAGE = PROJECT / "flake8_wsthreads"

ROOMS = (
    "__version__", "finding", "target", "facts", "source", "library", "names", "threads", "cfg", "dataflow",
    "ownership", "analysis", "rules", "check", "fixes", "plugin", "cli", "__main__",
)  # fmt: skip
"""Each may import from those before it. A module at the root is a room of its own."""
LONGEST = 400


def folders() -> set[str]:
    """The rooms that are more than one module."""
    return {path.parent.name for path in PACKAGE.glob("*/__init__.py")}


def imports() -> Iterator[tuple[str, str, str]]:
    """For each import from another room: the room that it stands in, the other one, and the module."""
    for path in sorted(PACKAGE.rglob("*.py")):
        module = path.relative_to(PACKAGE).with_suffix("").parts
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom) and (node.module or "").partition(".")[0] == "flake8_wsthreads":
                imported = (node.module or "").split(".")[1:] or [alias.name for alias in node.names]
                if module[0] not in (imported[0], "__init__"):
                    yield module[0], imported[0], "/".join(module)


def test_imports_run_one_way() -> None:
    places = {room: place for place, room in enumerate(ROOMS)}
    back = [f"{module} imports from {other}" for room, other, module in imports() if places[room] < places[other]]
    assert not back


def test_every_room_has_its_place() -> None:
    modules = {path.stem for path in PACKAGE.glob("*.py")} - {"__init__"}
    assert folders() | modules == {*ROOMS} - {"__version__"}, "between which others does a new room stand?"


def test_no_module_is_too_long_to_be_read_at_once() -> None:
    lengths = {path: len(path.read_text(encoding="utf-8").splitlines()) for path in PACKAGE.rglob("*.py")}
    assert not {path.name: length for path, length in lengths.items() if length > LONGEST}


def test_the_map_in_contributing_names_every_room() -> None:
    page = (PROJECT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    assert not {room for room in folders() if f"`flake8_wsthreads/{room}/`" not in page}
