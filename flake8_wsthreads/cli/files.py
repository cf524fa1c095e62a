"""Finds the Python files to lint, and of them those that may concern websockets at all."""

from __future__ import annotations

import fnmatch
import os
import stat
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathspec import GitIgnoreSpec

# What flake8 leaves out where nothing else is said (flake8, ``defaults.EXCLUDE``).
_EXCLUDED = (".svn", "CVS", ".bzr", ".hg", ".git", "__pycache__", ".tox", ".nox", ".eggs", "*.egg")
_LARGEST_SHEBANG = 256


@dataclass
class Search:
    """Looks for files, and keeps what it could not read: path and reason."""

    unreadable: list[tuple[str, str]] = field(default_factory=list)
    looked_at: int = 0
    """How many Python files there were."""

    def candidates(self, paths: Iterable[str]) -> Iterator[str]:
        """The Python files that contain the word ``websockets``, in the order of the paths, each folder sorted.

        A path that is given counts whatever its name is. In folders, files in ``.gitignore`` are left out, and links
        to folders are not followed.
        """
        for path in paths:
            if os.path.isdir(path):
                files = self._walk(path, _ignored_above(path))
            else:
                files = iter((path,))
            for file in files:
                self.looked_at += 1
                if self._names_websockets(file):
                    yield file

    def _walk(self, folder: str, ignored: tuple[_Ignored, ...]) -> Iterator[str]:
        pending = [(folder, ignored)]
        while pending:
            folder, ignored = pending.pop()
            try:
                with os.scandir(folder) as entries:
                    found = sorted(entries, key=lambda entry: entry.name)
            except OSError as error:
                self.unreadable.append((folder, error.strerror or str(error)))
                continue
            if any(entry.name == ".gitignore" for entry in found):
                own = _read_ignored(folder)
                ignored = (*ignored, own) if own is not None else ignored
            folders: list[tuple[str, tuple[_Ignored, ...]]] = []
            for entry in found:
                if any(fnmatch.fnmatch(entry.name, pattern) for pattern in _EXCLUDED):
                    continue
                is_folder = _is_folder(entry)
                if any(rules.leaves_out(entry.path, is_folder) for rules in ignored):
                    continue
                if is_folder:
                    folders.append((entry.path, ignored))
                elif _is_python(entry):
                    yield entry.path
            pending.extend(reversed(folders))

    def _names_websockets(self, path: str) -> bool:
        try:
            if not stat.S_ISREG(os.stat(path).st_mode):
                return False
            with open(path, "rb") as file:
                return b"websockets" in file.read()
        except FileNotFoundError as error:
            if os.path.lexists(path):
                return False  # a link to nothing, or a file that has just been removed
            self.unreadable.append((path, error.strerror or str(error)))
        except OSError as error:
            self.unreadable.append((path, error.strerror or str(error)))
        return False


@dataclass(frozen=True)
class _Ignored:
    """The patterns of one ``.gitignore``."""

    folder: str
    patterns: GitIgnoreSpec

    def leaves_out(self, path: str, is_folder: bool) -> bool:
        relative = os.path.relpath(path, self.folder).replace(os.sep, "/")
        return self.patterns.match_file(f"{relative}/" if is_folder else relative)


def _ignored_above(path: str) -> tuple[_Ignored, ...]:
    """The rules of the folders above, up to the root of the repository."""
    found: list[_Ignored] = []
    folder = os.path.abspath(path)
    while not os.path.lexists(os.path.join(folder, ".git")):
        parent = os.path.dirname(folder)
        if parent == folder:
            return ()  # no repository: what stands above does not count
        folder = parent
        rules = _read_ignored(folder)
        if rules is not None:
            found.append(rules)
    return tuple(reversed(found))


def _read_ignored(folder: str) -> _Ignored | None:
    # Imported here: most trees that a hook looks at have none in reach.
    from pathspec import GitIgnoreSpec

    try:
        with open(os.path.join(folder, ".gitignore"), encoding="utf-8", errors="surrogateescape") as file:
            return _Ignored(folder, GitIgnoreSpec.from_lines(file))
    except (OSError, ValueError):
        return None


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir(follow_symlinks=False)
    except OSError:
        return False


def _is_python(entry: os.DirEntry[str]) -> bool:
    """A ``.py`` file, or a script without an extension whose first line names Python."""
    if entry.name.endswith(".py"):
        return True
    if "." in entry.name:
        return False
    try:
        if not entry.is_file():
            return False
        with open(entry.path, "rb") as file:
            first = file.read(_LARGEST_SHEBANG).partition(b"\n")[0]
    except OSError:
        return False
    return first.startswith(b"#!") and b"python" in first
