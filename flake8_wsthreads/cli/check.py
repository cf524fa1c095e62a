"""``flake8-wsthreads check``: find the files, lint them through flake8, print what it reports."""

from __future__ import annotations

import argparse
import importlib
import os
import sys
from collections.abc import Iterator, Sequence

from flake8_wsthreads.cli.files import Search
from flake8_wsthreads.cli.main import CLEAN, COULD_NOT_RUN, FOUND, OUTPUT_FORMATS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from flake8_wsthreads.cli.report import Report
    from flake8_wsthreads.finding import Finding

_MODULES = {name: name for name in OUTPUT_FORMATS} | {"json": "json_document"}
_SILENT_WITHOUT_FINDINGS = frozenset({"full", "concise"})
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
    form = options.output_format or ("full" if sys.stdout.isatty() else "concise")
    found = False
    if files or form not in _SILENT_WITHOUT_FINDINGS:
        from flake8_wsthreads.cli.progress import progress

        with progress(f"flake8-wsthreads: linting {_files(len(files))} of {search.looked_at}"):
            report = _report(options, files, standard_input, search.looked_at, form != "concise")
        if report is None:
            return COULD_NOT_RUN
        _print(report, form, options.statistics)
        found = bool(report.findings)
    elif form == "full":
        _say(f"no findings in {_files(search.looked_at)}")
    for path, reason in search.unreadable:
        print(f"flake8-wsthreads: {os.fsencode(path).decode(errors='replace')}: {reason}", file=sys.stderr)
    if search.unreadable:
        return COULD_NOT_RUN
    return FOUND if found and not options.exit_zero else CLEAN


def _report(
    options: argparse.Namespace, files: Sequence[str], standard_input: bytes, looked_at: int, detailed: bool
) -> Report | None:
    """What flake8 reports, with ranges and steps where ``detailed``; None when it cannot run."""
    # Imported here: where no file names websockets, neither flake8 nor what it takes is needed.
    from flake8_wsthreads.cli.report import Report

    if not files:
        return Report((), looked_at)
    from flake8_wsthreads.cli.linting import CannotRun, lint
    from flake8_wsthreads.cli.located import make_report
    from flake8_wsthreads.plugin import Plugin

    arguments = [f"--select={options.select.upper()}"]
    if options.ignore is not None:
        arguments.append(f"--ignore={options.ignore.upper()}")
    if options.websockets_version is not None:
        arguments.append(f"--websockets-version={options.websockets_version}")
    if files == [_STANDARD_INPUT]:
        arguments.append(f"--stdin-display-name={options.stdin_filename or 'stdin'}")
    of_projects = list(_of_projects(files))
    try:
        violations = lint(files, arguments, of_projects, standard_input)
    except CannotRun as error:
        if str(error):
            print(f"flake8-wsthreads: {error}", file=sys.stderr)
        return None
    settings = Plugin.settings if detailed else None
    return make_report(violations, of_projects, settings, looked_at, standard_input)


def _of_projects(files: Sequence[str]) -> Iterator[tuple[str, Finding]]:
    """The findings in the metadata of the projects that the files belong to; a setup.py is linted as a file."""
    from flake8_wsthreads.requirements import project_findings
    from flake8_wsthreads.target.projects import directory_of

    linted = {os.path.abspath(file) for file in files}
    for path, finding in project_findings(dict.fromkeys(directory_of(file) for file in files)):
        if path not in linted:
            yield os.path.relpath(path), finding


def _print(report: Report, form: str, statistics: bool) -> None:
    writer = importlib.import_module(f"flake8_wsthreads.cli.formats.{_MODULES[form]}")
    colour = sys.stdout.isatty() and "NO_COLOR" not in os.environ
    for line in writer.write(report, colour):
        _say(line)
    if statistics:
        for code, count in sorted(report.counts().items()):
            _say(f"{count:<7} {code}")
    if form == "full":
        _say(_summary(report))
    sys.stdout.flush()


def _summary(report: Report) -> str:
    if not report.findings:
        return f"no findings in {_files(report.looked_at)}"
    counts = ", ".join(f"{code} {count}" for code, count in sorted(report.counts().items()))
    total = len(report.findings)
    return f"{total} finding{'s' if total > 1 else ''} in {_files(report.looked_at)}: {counts}"


def _files(number: int) -> str:
    return "1 file" if number == 1 else f"{number} files"


def _say(line: str) -> None:
    """Print a line, whatever bytes a file name has."""
    try:
        print(line)
    except UnicodeEncodeError:
        print(line.encode(errors="backslashreplace").decode())
