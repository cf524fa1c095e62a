"""One run of the command: flake8 is asked with the same options, as often as that is needed."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterator, Sequence

from flake8_wsthreads.check import Settings
from flake8_wsthreads.cli.files import STANDARD_INPUT
from flake8_wsthreads.cli.linting import CannotRun, lint
from flake8_wsthreads.cli.located import findings_reported, make_report
from flake8_wsthreads.cli.progress import progress
from flake8_wsthreads.cli.report import Report
from flake8_wsthreads.finding import Finding
from flake8_wsthreads.plugin import Plugin
from flake8_wsthreads.rules.requirements import project_findings
from flake8_wsthreads.target.projects import directory_of


class Run:
    """Runs flake8 with the options of this command, as often as it is needed."""

    def __init__(
        self, options: argparse.Namespace, files: Sequence[str], standard_input: bytes, looked_at: int
    ) -> None:
        self.standard_input = standard_input
        self._files = files
        self._looked_at = looked_at
        self._stamps: dict[str, tuple[int, int, int]] = {}
        self._display_name = options.stdin_filename or "stdin"
        self._arguments = [f"--select={options.select.upper()}"]
        if options.ignore is not None:
            self._arguments.append(f"--ignore={options.ignore.upper()}")
        if options.websockets_version is not None:
            self._arguments.append(f"--websockets-version={options.websockets_version}")

    @property
    def settings(self) -> Settings:
        """Those of the last run, as flake8 has read them."""
        return Plugin.settings

    def report(self, detailed: bool) -> Report | None:
        """What flake8 reports, with ranges and steps where ``detailed``; None when it cannot run."""
        if not self._files:
            return Report((), self._looked_at)
        arguments = list(self._arguments)
        if self._files == [STANDARD_INPUT]:
            arguments.append(f"--stdin-display-name={self._display_name}")
        of_projects = list(_of_projects(self._files))
        try:
            with progress(f"flake8-wsthreads: linting {len(self._files)} of {self._looked_at} files"):
                violations = lint(self._files, arguments, of_projects, self.standard_input)
        except CannotRun as error:
            if str(error):
                print(f"flake8-wsthreads: {error}", file=sys.stderr)
            return None
        settings = self.settings if detailed else None
        return make_report(violations, of_projects, settings, self._looked_at, self.standard_input)

    def lint_text(self, path: str, source: bytes) -> Sequence[Finding]:
        """What flake8 reports of a text that a file might have; nothing where flake8 cannot."""
        arguments = [*self._arguments, f"--stdin-display-name={path}"]
        try:
            violations = lint([STANDARD_INPUT], arguments, (), source)
        except CannotRun:
            return ()  # another plugin does not bear what the fixes so far have made: they are enough
        return findings_reported(violations, source, self.settings, path)

    def note_stamps(self) -> None:
        """Remember what the files are like before they are linted."""
        self._stamps = {file: _stamp(file) for file in self._files}

    def is_unchanged(self, path: str) -> bool:
        """Whether a file is still what it was when :meth:`note_stamps` looked, as far as that did."""
        return path not in self._stamps or self._stamps[path] == _stamp(path)


def _stamp(path: str) -> tuple[int, int, int]:
    """Inode, size and time of the last change; zeros for what is not there."""
    try:
        status = os.stat(path)
    except OSError:
        return 0, 0, 0
    return status.st_ino, status.st_size, status.st_mtime_ns


def _of_projects(files: Sequence[str]) -> Iterator[tuple[str, Finding]]:
    """The findings in the metadata of the projects that the files belong to; a setup.py is linted as a file."""
    linted = {os.path.abspath(file) for file in files}
    for path, finding in project_findings(dict.fromkeys(directory_of(file) for file in files)):
        if path not in linted:
            yield os.path.relpath(path), finding
