"""``flake8-wsthreads check``: find the files, lint them through flake8, fix what can be fixed, print the rest."""

from __future__ import annotations

import argparse
import importlib
import os
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import TextIO

from flake8_wsthreads.cli.files import STANDARD_INPUT, Search
from flake8_wsthreads.cli.main import CLEAN, COULD_NOT_RUN, FOUND, OUTPUT_FORMATS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from flake8_wsthreads.cli.fixing import FixedFile
    from flake8_wsthreads.cli.report import Report
    from flake8_wsthreads.cli.run import Run

_MODULES = {name: name for name in OUTPUT_FORMATS} | {"json": "json_document"}
_SILENT_WITHOUT_FINDINGS = frozenset({"full", "concise"})
_SHOWING_FIXES = frozenset({"full", "json", "sarif"})


def run_check(options: argparse.Namespace) -> int:
    """Run the command; returns its exit status."""
    search = Search()
    paths: list[str] = options.paths
    if STANDARD_INPUT in paths:
        files, standard_input = [STANDARD_INPUT], sys.stdin.buffer.read()
        search.looked_at = 1
    else:
        files, standard_input = list(search.candidates(paths)), b""
    form = options.output_format or ("full" if sys.stdout.isatty() else "concise")
    status = CLEAN
    if files or form not in _SILENT_WITHOUT_FINDINGS:
        status = _check(options, files, standard_input, search.looked_at, form)
    elif form == "full" and not options.diff:
        _say(f"no findings in {_files(search.looked_at)}")
    for path, reason in search.unreadable:
        print(f"flake8-wsthreads: {os.fsencode(path).decode(errors='replace')}: {reason}", file=sys.stderr)
    return COULD_NOT_RUN if search.unreadable else status


def _check(
    options: argparse.Namespace, files: Sequence[str], standard_input: bytes, looked_at: int, form: str
) -> int:
    """Lint the files, fix them where that is asked for, and print what there is to say."""
    # Imported here: where no file names websockets, neither flake8 nor what it takes is needed.
    from flake8_wsthreads.cli.run import Run

    run = Run(options, files, standard_input, looked_at)
    fixes = options.fix or options.diff
    if fixes:
        run.note_stamps()
    report = run.report(detailed=fixes or form != "concise")
    if report is None:
        return COULD_NOT_RUN
    if options.diff:
        return _print_difference(options, run, report)
    output, failed = sys.stdout, False
    if options.fix:
        output = sys.stderr if standard_input else sys.stdout
        report, failed = _fix(options, run, report, form)
        if report is None:
            return COULD_NOT_RUN
    if form in _SHOWING_FIXES and report.findings:
        from flake8_wsthreads.cli.fixing import with_fixes

        report = with_fixes(report, run.settings, run.standard_input)
    _print(report, form, options.statistics, output)
    if failed:
        return COULD_NOT_RUN
    return FOUND if report.findings and not options.exit_zero else CLEAN


def _print_difference(options: argparse.Namespace, run: Run, report: Report) -> int:
    """Print what the fixes would change."""
    changed = False
    for file in _fixed_files(options, run, report):
        changed = True
        _say("".join(file.difference()), end="")
    return FOUND if changed and not options.exit_zero else CLEAN


def _fix(options: argparse.Namespace, run: Run, report: Report, form: str) -> tuple[Report | None, bool]:
    """Write the files that fixes change, and lint again; returns what is left, and whether a file was not written."""
    changed = list(_fixed_files(options, run, report))
    errors: list[str] = []
    if run.standard_input:
        run.standard_input = changed[0].encoded() if changed else run.standard_input
        sys.stdout.buffer.write(run.standard_input)
        sys.stdout.flush()
    elif changed:
        from flake8_wsthreads.cli.fixing import write

        changed, errors = write(changed, run.is_unchanged)
    for error in errors:
        print(f"flake8-wsthreads: {error}", file=sys.stderr)
    if not changed:
        return report, bool(errors)
    left = run.report(detailed=form != "concise")
    if left is not None:
        fixed = report.counts() - left.counts()
        line = f"fixed {_findings(fixed.total())} in {_files(len(changed))}: {_listed(fixed)}"
        print(f"flake8-wsthreads: {line}", file=sys.stderr)
    return left, bool(errors)


def _fixed_files(options: argparse.Namespace, run: Run, report: Report) -> Iterator[FixedFile]:
    if report.findings:
        # Imported here, like libcst, which it needs: only who fixes pays for it.
        from flake8_wsthreads.cli.fixing import fixed_files

        yield from fixed_files(report, run.settings, run.lint_text, options.unsafe_fixes, run.standard_input)


def _print(report: Report, form: str, statistics: bool, output: TextIO) -> None:
    writer = importlib.import_module(f"flake8_wsthreads.cli.formats.{_MODULES[form]}")
    colour = output.isatty() and "NO_COLOR" not in os.environ
    for line in writer.write(report, colour):
        _say(line, output)
    if statistics:
        for code, count in sorted(report.counts().items()):
            _say(f"{count:<7} {code}", output)
    if form == "full":
        _say(_summary(report), output)
        if report.findings:
            _say(_fixable(report), output)
    output.flush()


def _summary(report: Report) -> str:
    if not report.findings:
        return f"no findings in {_files(report.looked_at)}"
    total = len(report.findings)
    return f"{_findings(total)} in {_files(report.looked_at)}: {_listed(report.counts())}"


def _fixable(report: Report) -> str:
    """How many of the findings can be fixed, and how."""
    safe = sum(reported.fix is not None and reported.fix.is_safe for reported in report.findings)
    unsafe = sum(reported.fix is not None for reported in report.findings) - safe
    more = f", {unsafe} {'more ' if safe else ''}with --fix --unsafe-fixes" if unsafe else ""
    return f"{safe or 'none'} fixable with --fix{more}"


def _listed(counts: Counter[str]) -> str:
    return ", ".join(f"{code} {count}" for code, count in sorted(counts.items()))


def _findings(number: int) -> str:
    return "1 finding" if number == 1 else f"{number} findings"


def _files(number: int) -> str:
    return "1 file" if number == 1 else f"{number} files"


def _say(text: str, output: TextIO | None = None, end: str = "\n") -> None:
    """Print a text, whatever bytes a file name has."""
    try:
        print(text, file=output, end=end)
    except UnicodeEncodeError:
        print(text.encode(errors="backslashreplace").decode(), file=output, end=end)
