"""Finds what a project says of ``websockets``: from the directory of a file upwards, to the root of its repository."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from flake8_wsthreads.target.metadata.formats import is_metadata, read_directory
from flake8_wsthreads.target.releases import ReleaseRange
from flake8_wsthreads.target.specifier import read_alternatives
from flake8_wsthreads.target.statement import Located, Said
from flake8_wsthreads.target.target import Origin, Target, TargetError

_ROOT_MARKS = frozenset({".git", ".hg"})
# Where an open connection keeps the program from exiting: what allows one of these is worth to be named.
_BEFORE_DAEMON_RELEASE = ReleaseRange(before="13.0")

_Signature = tuple[tuple[str, int, int], ...]


@dataclass
class Discovery:
    """Remembers what the directories of a machine say, for as long as their files stay as they are.

    One object serves a whole process. In an editor that is many runs: after :meth:`begin_run` the first look at a
    directory checks whether something in it has changed.
    """

    _said: dict[str, tuple[_Signature, Said]] = field(default_factory=dict)
    _looked_at: dict[str, tuple[Said, bool]] = field(default_factory=dict)
    """In this run: what the files of a directory say, and whether it is the root of a repository."""
    _targets: dict[str, Target] = field(default_factory=dict)

    def begin_run(self) -> None:
        """Forget the answers, but for what the files said: one is read again only when it has changed."""
        self._targets.clear()
        self._looked_at.clear()

    def target_of(self, directory: str) -> Target:
        """The releases that the project of a directory allows; every release where no file says anything.

        ``directory`` is absolute, and need not exist. What a project declares comes before what a lock file holds,
        wherever the two stand: the promise counts, not what is installed today.
        """
        known = self._targets.get(directory)
        if known is None:
            known = self._targets[directory] = self._look_up(directory)
        return known

    def statements(self, directory: str) -> Iterator[tuple[str, tuple[Located, ...]]]:
        """Each directory from this one upwards, with what its files state; up to the root of the repository."""
        while True:
            if directory not in self._looked_at:
                names = _names_in(directory)
                said = self._said_in(directory, [name for name in names if is_metadata(name)])
                self._looked_at[directory] = said, not _ROOT_MARKS.isdisjoint(names)
            said, is_root = self._looked_at[directory]
            yield directory, said.stated
            parent = os.path.dirname(directory)
            if parent == directory or is_root:
                return
            directory = parent

    def _look_up(self, directory: str) -> Target:
        pinned: Target | None = None
        for _, stated in self.statements(directory):
            declared = united(entry for entry in stated if not entry[1].pinned)
            if declared is not None:
                return declared
            pinned = pinned or united(entry for entry in stated if entry[1].pinned)
        return pinned or Target()

    def _said_in(self, directory: str, names: list[str]) -> Said:
        if not names:
            return Said((), ())
        paths = [os.path.join(directory, name) for name in names]
        known = self._said.get(directory)
        if known is not None and known[0] == _signature((*paths, *known[1].paths)):
            return known[1]
        said = read_directory(directory, names, lambda: root_of(directory))
        self._said[directory] = (_signature((*paths, *said.paths)), said)
        return said


def root_of(directory: str) -> str:
    """The root of the repository that a directory stands in; without one, the root of the file system."""
    while os.path.dirname(directory) != directory:
        if any(os.path.lexists(os.path.join(directory, mark)) for mark in _ROOT_MARKS):
            break
        directory = os.path.dirname(directory)
    return directory


def united(entries: Iterable[Located]) -> Target | None:
    """What several statements of one project allow together; None where none of them states anything.

    A project that requires the package twice, for its users and for its tests, allows what either allows. Constraints
    narrow that. What admits no release with the synchronous client, or cannot be read, states nothing.
    """
    allowed: list[tuple[frozenset[str], Origin]] = []
    narrowed = Target().releases
    for path, stated in entries:
        try:
            releases = read_alternatives(stated.specifier or "").releases
        except TargetError:
            continue
        if stated.narrows:
            narrowed &= releases
        else:
            allowed.append((releases, Origin(path, stated.location.line, stated.text, stated.pinned)))
    if not allowed:
        return None
    releases = frozenset().union(*(part for part, _ in allowed))
    narrow = releases & narrowed or releases
    # the one that lets in what hangs, where there is one
    old = (origin for part, origin in allowed if Target(part).admits_any([_BEFORE_DAEMON_RELEASE]))
    return Target(narrow, next(old, allowed[0][1]))


def _names_in(directory: str) -> list[str]:
    try:
        return sorted(os.listdir(directory))
    except OSError:
        return []


def _signature(paths: Iterable[str]) -> _Signature:
    """What is different once a file, or the list of files in a folder, has changed."""
    found: dict[str, tuple[str, int, int]] = {}
    for path in paths:
        try:
            status = os.stat(path)
        except OSError:
            found[path] = (path, 0, -1)
        else:
            found[path] = (path, status.st_mtime_ns, status.st_size)
    return tuple(found.values())
