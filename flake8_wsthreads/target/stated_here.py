"""What a linted file itself states of ``websockets``: as a script with a block of metadata, or as a setup.py."""

from __future__ import annotations

import ast
import os
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from flake8_wsthreads.target.projects import directory_of

if TYPE_CHECKING:
    from flake8_wsthreads.target.statement import Stated

_CLIENT = re.compile(rb"\bwebsockets\.sync\b|\bfrom\s+websockets\s+import\b[^\n]*\bsync\b")
# Of a project with more files than this, or a file larger than that, the rest is not looked at.
_MOST_FILES = 400
_LARGEST_FILE = 300_000
_NOT_SOURCES = frozenset({"build", "dist", "node_modules", "site-packages", "venv", "env", "__pycache__"})


def may_state_requirements(filename: str, text: str) -> bool:
    """A quick look, before anything is read: a block of metadata, or a file called setup.py."""
    if "websockets" not in text:
        return False
    return "# /// script" in text or is_setup_file(filename)


def is_setup_file(filename: str) -> bool:
    """Whether a file is the setup.py of a project."""
    return os.path.basename(filename) == "setup.py"


def statements_in(tree: ast.Module, text: str, filename: str) -> Iterator[Stated]:
    """The statements of a file: of its block of script metadata, or of the call of ``setup()``."""
    from flake8_wsthreads.target.metadata import script_block, setup_py
    from flake8_wsthreads.target.metadata.text_file import TextFile

    file = TextFile("", text)
    yield from script_block.read(file)
    if is_setup_file(filename):
        yield from setup_py.read_tree(file, tree)


def uses_client_beside(filename: str) -> bool:
    """Whether a Python file next to this one, or in a folder below, uses the synchronous client: a bounded search."""
    seen = 0
    for folder, folders, names in os.walk(directory_of(filename)):
        folders[:] = sorted(name for name in folders if name not in _NOT_SOURCES and not name.startswith("."))
        for name in sorted(names):
            if not name.endswith(".py"):
                continue
            seen += 1
            if seen > _MOST_FILES:
                return False
            if _CLIENT.search(_head_of(os.path.join(folder, name))):
                return True
    return False


def _head_of(path: str) -> bytes:
    try:
        if not os.path.isfile(path):
            return b""
        with open(path, "rb") as file:
            return file.read(_LARGEST_FILE)
    except OSError:
        return b""
