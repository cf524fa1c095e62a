"""Finds the Python files to lint, and of them those that may concern websockets at all.

Most trees have none: this imports nothing that such a run can do without, not even dataclasses.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pathspec import GitIgnoreSpec

# What flake8 leaves out where nothing else is said (flake8, ``defaults.EXCLUDE``).
_EXCLUDED = frozenset({".svn", "CVS", ".bzr", ".hg", ".git", "__pycache__", ".tox", ".nox", ".eggs"})
STANDARD_INPUT = "-"
"""The path that stands for the text from a pipe."""
_EGG = ".egg"
_LARGEST_SHEBANG = 256


class Search:
    """Looks for files, and keeps what it could not read."""

    def __init__(self) -> None:
        self.unreadable: list[tuple[str, str]] = []
        """Paths, each with the reason."""
        self.looked_at = 0
        """How many Python files there were."""
        self._given: set[str] = set()

    def candidates(self, paths: Iterable[str]) -> Iterator[str]:
        """The Python files that contain the word ``websockets``, in the order of the paths, each folder sorted.

        A path that is given counts whatever its name is. In folders, files in ``.gitignore`` are left out, and links
        to folders are not followed.
        """
        for path in paths:
            self._given.add(path)
            if os.path.isdir(path):
                found = self._walk(path, _ignored_above(path))
            elif os.path.exists(path) and not os.path.isfile(path):
                self.unreadable.append((path, "neither a file nor a folder"))
                continue
            else:
                found = iter(((path, ()),))
            for file, ignored in found:
                self.looked_at += 1
                # the patterns are slow, and few files come so far
                if self._names_websockets(file) and not any(rules.leaves_out(file, False) for rules in ignored):
                    yield file

    def _walk(self, folder: str, ignored: tuple[_Ignored, ...]) -> Iterator[tuple[str, tuple[_Ignored, ...]]]:
        """The Python files in a folder, each with the patterns that may leave it out."""
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
                if entry.name in _EXCLUDED or entry.name.endswith(_EGG):
                    continue
                if _is_folder(entry):
                    if not any(rules.leaves_out(entry.path, True) for rules in ignored):
                        folders.append((entry.path, ignored))
                elif _is_python(entry):
                    yield entry.path, ignored
            pending.extend(reversed(folders))

    def _names_websockets(self, path: str) -> bool:
        try:
            with open(path, "rb") as file:
                return b"websockets" in file.read()
        except FileNotFoundError as error:
            if not os.path.lexists(path) and path in self._given:
                self.unreadable.append((path, error.strerror or str(error)))
            return False  # a link to nothing, or a file that has just been removed
        except OSError as error:
            self.unreadable.append((path, error.strerror or str(error)))
        return False


class _Ignored:
    """The patterns of one ``.gitignore``."""

    def __init__(self, folder: str, patterns: GitIgnoreSpec) -> None:
        self._folder = folder
        self._patterns = patterns

    def leaves_out(self, path: str, is_folder: bool) -> bool:
        relative = os.path.relpath(path, self._folder).replace(os.sep, "/")
        return self._patterns.match_file(f"{relative}/" if is_folder else relative)


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
    try:
        with open(os.path.join(folder, ".gitignore"), encoding="utf-8", errors="surrogateescape") as file:
            lines = file.readlines()
    except OSError:
        return None
    from pathspec import GitIgnoreSpec  # not every tree has one in reach

    try:
        return _Ignored(folder, GitIgnoreSpec.from_lines(lines))
    except ValueError:
        return None


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir(follow_symlinks=False)
    except OSError:
        return False


def _is_python(entry: os.DirEntry[str]) -> bool:
    """A ``.py`` file, or a script without an extension whose first line names Python; never a pipe or a device."""
    is_source = entry.name.endswith(".py")
    if "." in entry.name and not is_source:
        return False
    try:
        if is_source or not entry.is_file():
            return is_source and entry.is_file()
        with open(entry.path, "rb") as file:
            first = file.read(_LARGEST_SHEBANG).partition(b"\n")[0]
    except OSError:
        return False
    return first.startswith(b"#!") and b"python" in first
