"""The answer for one linted file: its own block of metadata, or what its project says.

Nothing that reads metadata is imported before the first file needs an answer: most runs of flake8 never ask.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING

from flake8_wsthreads.target.releases import RELEASES
from flake8_wsthreads.target.target import Origin, Target

if TYPE_CHECKING:
    from flake8_wsthreads.target.discovery import Discovery

# What editors and flake8 call a text that comes through a pipe.
_NO_FILE = frozenset({"", "-", "stdin", "<stdin>", "<unknown>"})


class Projects:
    """The releases that the projects of linted files allow, remembered for the life of a process."""

    def __init__(self) -> None:
        self._discovery: Discovery | None = None

    def begin_run(self) -> None:
        """Let the next answers see what has changed since the last run."""
        if self._discovery is not None:
            self._discovery.begin_run()

    def target_of(self, filename: str, lines: Sequence[str]) -> Target:
        """What a file allows: by inline script metadata (PEP 723), else by its project, else every release.

        ``filename`` is as flake8 knows it: relative to the working directory, or absolute, and it need not exist.
        ``lines`` are the lines of the file.
        """
        return self.script_target("".join(lines)) or self._of_project(filename)

    @staticmethod
    def script_target(text: str) -> Target | None:
        """What the block of metadata in a script allows; None where there is none, or it does not name the package."""
        if "# ///" not in text or "websockets" not in text:
            return None
        from flake8_wsthreads.target.discovery import united
        from flake8_wsthreads.target.metadata import script_block
        from flake8_wsthreads.target.metadata.text_file import TextFile

        return united(("", stated) for stated in script_block.read(TextFile("", text)))

    def _of_project(self, filename: str) -> Target:
        if self._discovery is None:
            from flake8_wsthreads.target.discovery import Discovery

            self._discovery = Discovery()
        return self._discovery.target_of(directory_of(filename))


def directory_of(filename: str) -> str:
    """The directory that a file stands in, as an absolute path; links stay as they are (sandboxes are made of them)."""
    try:
        return os.getcwd() if filename in _NO_FILE else os.path.dirname(os.path.abspath(filename))
    except OSError:  # somebody has removed the working directory
        return os.path.dirname(filename) or os.sep


def shown_path(origin: Origin) -> str:
    """The path of a file as a user in the working directory would write it; ``this file`` for the linted one."""
    if not origin.path:
        return "this file"
    try:
        return os.path.relpath(origin.path).replace(os.sep, "/")
    except (ValueError, OSError):  # another drive, no working directory
        return os.path.basename(origin.path)


def described(target: Target) -> str:
    """The answer as a sentence: which releases are allowed, and what says so."""
    allowed = [release for release in RELEASES if release in target.releases]
    whole = "every release" if len(allowed) == len(RELEASES) else ", ".join(allowed)
    if target.origin is None:
        return f"websockets: {whole}"
    place = f"{shown_path(target.origin)} line {target.origin.line}"
    return f"websockets: {whole} ({place}: {target.origin.text})"
