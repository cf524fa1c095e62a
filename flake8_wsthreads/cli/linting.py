"""Runs flake8 on files, with all that its configuration says, and keeps what it reports."""

from __future__ import annotations

import io
import linecache
import logging
import os
import sys
from collections.abc import Iterable, Sequence
from typing import Any

from flake8.exceptions import EarlyQuit, ExecutionError
from flake8.formatting.base import BaseFormatter
from flake8.main.application import Application
from flake8.utils import matches_filename, stdin_get_value
from flake8.violation import Violation

from flake8_wsthreads.finding import Finding

_LOG = logging.getLogger(__name__)


class CannotRun(Exception):
    """flake8 could not do its work. The message is one clear sentence."""


class Collector(BaseFormatter):
    """A formatter of flake8 that keeps what it is given."""

    def after_init(self) -> None:
        """Begin with nothing."""
        self.violations: list[Violation] = []

    def handle(self, error: Violation) -> None:
        """Keep a violation that neither an option nor a comment suppresses."""
        self.violations.append(error)


def lint(
    files: Sequence[str], arguments: Sequence[str], of_projects: Iterable[tuple[str, Finding]], standard_input: bytes
) -> list[Violation]:
    """What flake8 reports in these files. ``arguments`` are options of flake8.

    The findings ``of_projects``, each with the path of its file, go through the same suppressions.
    ``standard_input`` is what was read there already. Raises ``CannotRun`` when flake8 cannot.
    """
    if standard_input:
        sys.stdin = io.TextIOWrapper(io.BytesIO(standard_input))
        getattr(stdin_get_value, "cache_clear", _nothing)()  # flake8 reads it once in its life
    application = Application()
    try:
        _initialize(application, arguments)
        options: Any = application.options
        options.filenames = [file for file in files if not _is_excluded(file, options.exclude)]
        if not options.filenames:
            return []
        collector = Collector(options)
        application.formatter = collector
        application.make_guide()
        application.make_file_checker_manager(arguments)
        application.run_checks()
        application.report_errors()
        guide: Any = application.guide
        for path, finding in of_projects:
            place = finding.location
            linecache.checkcache(path)  # flake8 looks there for "noqa", and a fix may have changed the file
            guide.handle_error(finding.code, path, place.line, place.column, finding.message)
    except EarlyQuit:
        raise KeyboardInterrupt from None  # flake8 has been told to stop
    except ExecutionError as error:
        raise CannotRun(str(error)) from None
    except SystemExit as error:
        # argparse has said on stderr what is wrong
        raise CannotRun("") from error
    if application.catastrophic_failure:
        raise CannotRun("flake8 has stopped: see above")
    return collector.violations


def _initialize(application: Application, arguments: Sequence[str]) -> None:
    """Let flake8 read its configuration. What it trips over there becomes one sentence."""
    try:
        application.initialize(arguments)
    except ValueError as error:
        raise CannotRun(f"flake8 cannot read its configuration: {error}") from None


def _is_excluded(file: str, patterns: Sequence[str]) -> bool:
    """Whether flake8, on its way down to a file, would have left out the file or a folder on the way."""
    path = file
    while path and path != os.path.dirname(path):
        if matches_filename(path, patterns, "%(path)s is left out", _LOG):
            return True
        path = os.path.dirname(path)
    return False


def _nothing() -> None:
    """What there is to do for a flake8 that does not remember."""
