"""``flake8-wsthreads check``: find the files, lint them through flake8, print what it reports."""

from __future__ import annotations

import argparse
import importlib
import os
import sys
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from flake8_wsthreads.cli.files import Search
from flake8_wsthreads.cli.main import CLEAN, COULD_NOT_RUN, FOUND, OUTPUT_FORMATS
from flake8_wsthreads.cli.report import Report

if TYPE_CHECKING:
    from flake8_wsthreads.finding import Finding

_MODULES = {name: name for name in OUTPUT_FORMATS} | {"json": "json_document"}
_STANDARD_INPUT = "-"


def run_check(options: argparse.Namespace) -> int:
    """Run the command; returns its exit status."""
    search = Search()
    paths: list[str] = options.paths
    if _STANDARD_INPUT in paths:
        files, standard_input = [_STANDARD_INPUT], sys.stdin.buffer.read()
        search.looked_at = 1
    else:
        files, standard_input = list(search.candidates(paths)), b""
    report = _report(options, files, standard_input, search.looked_at)
    if report is None:
        return COULD_NOT_RUN
    _print(report, options)
    for path, reason in search.unreadable:
        print(f"flake8-wsthreads: {os.fsencode(path).decode(errors='replace')}: {reason}", file=sys.stderr)
    if search.unreadable:
        return COULD_NOT_RUN
    return FOUND if report.findings and not options.exit_zero else CLEAN


def _report(options: argparse.Namespace, files: Sequence[str], standard_input: bytes, looked_at: int) -> Report | None:
    """What flake8 reports; None when it cannot run."""
    if not files:
        return Report((), looked_at)
    # Imported here: where no file names websockets, flake8 is not needed.
    from flake8_wsthreads.cli.linting import CannotRun, lint
    from flake8_wsthreads.cli.located import make_report
    from flake8_wsthreads.plugin import Plugin

    arguments = [f"--select={options.select}"]
    if options.ignore is not None:
        arguments.append(f"--ignore={options.ignore}")
    if options.websockets_version is not None:
        arguments.append(f"--websockets-version={options.websockets_version}")
    if files == [_STANDARD_INPUT]:
        arguments.append(f"--stdin-display-name={options.stdin_filename or 'stdin'}")
    try:
        violations, _ = lint(files, arguments, list(_of_projects(files)), standard_input)
    except CannotRun as error:
        if str(error):
            print(f"flake8-wsthreads: {error}", file=sys.stderr)
        return None
    return make_report(violations, Plugin.settings, looked_at, standard_input)


def _of_projects(files: Sequence[str]) -> Iterator[tuple[str, Finding]]:
    """The findings in the metadata of the projects that the files belong to; a setup.py is linted as a file."""
    from flake8_wsthreads.requirements import project_findings
    from flake8_wsthreads.target.projects import directory_of

    linted = {os.path.abspath(file) for file in files}
    seen: set[tuple[str, object]] = set()
    for directory in dict.fromkeys(directory_of(file) for file in files):
        for path, finding in project_findings(directory):
            key = path, finding.location
            if key not in seen and path not in linted:
                seen.add(key)
                yield os.path.relpath(path), finding


def _print(report: Report, options: argparse.Namespace) -> None:
    name = options.output_format or ("full" if sys.stdout.isatty() else "concise")
    writer = importlib.import_module(f"flake8_wsthreads.cli.formats.{_MODULES[name]}")
    colour = sys.stdout.isatty() and "NO_COLOR" not in os.environ
    for line in writer.write(report, colour):
        _say(line)
    if options.statistics:
        for code, count in sorted(report.counts().items()):
            _say(f"{count:<7} {code}")
    if name == "full":
        _say(_summary(report))
    sys.stdout.flush()


def _summary(report: Report) -> str:
    files = "1 file" if report.looked_at == 1 else f"{report.looked_at} files"
    if not report.findings:
        return f"no findings in {files}"
    counts = ", ".join(f"{code} {count}" for code, count in sorted(report.counts().items()))
    total = len(report.findings)
    return f"{total} finding{'s' if total > 1 else ''} in {files}: {counts}"


def _say(line: str) -> None:
    """Print a line, whatever bytes a file name has."""
    try:
        print(line)
    except UnicodeEncodeError:
        print(line.encode(errors="backslashreplace").decode())
