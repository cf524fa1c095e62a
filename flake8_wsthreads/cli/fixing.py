"""Fixes what flake8 reports: shows the fixes, prints them as a difference, or writes the files."""

from __future__ import annotations

import difflib
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from flake8_wsthreads.check import Settings
from flake8_wsthreads.cli.report import Report, Reported
from flake8_wsthreads.cli.source_file import SourceFile, decode_metadata, decode_python
from flake8_wsthreads.cli.writing import NotWritten, replace_file
from flake8_wsthreads.finding import Finding
from flake8_wsthreads.fixes.engine import Mended, PythonFile, fix_of_metadata, mend, mend_metadata
from flake8_wsthreads.fixes.fix import lines_of

Lint = Callable[[str, bytes], Sequence[Finding]]
"""What flake8 reports of a file with this path and these bytes."""


@dataclass(frozen=True)
class FixedFile:
    """A file and what its fixes make of it."""

    path: str
    source: SourceFile
    mended: Mended

    def encoded(self) -> bytes:
        """The new bytes of the file."""
        return self.source.encoded(self.mended.text)

    def difference(self) -> Iterator[str]:
        """The lines of a unified difference, each with its end."""
        old, new = lines_of(self.source.text), lines_of(self.mended.text)
        path = os.path.normpath(self.path)  # git takes no path that begins with a dot
        for line in difflib.unified_diff(old, new, path, path):
            yield line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n"


def with_fixes(report: Report, settings: Settings, standard_input: bytes) -> Report:
    """The report, each finding with its fix."""
    files: dict[str, PythonFile | SourceFile | None] = {}
    found: list[Reported] = []
    for reported in report.findings:
        path = reported.path
        if path not in files:
            source = _source(reported, standard_input)
            is_python = source is not None and not reported.in_metadata
            files[path] = PythonFile(source.text, settings, path) if source is not None and is_python else source
        file = files[path]
        fix = None
        if isinstance(file, PythonFile):
            fix = file.fix_of(reported.finding)
        elif file is not None:
            fix = fix_of_metadata(file.text, reported.finding, path)
        found.append(replace(reported, fix=fix))
    return replace(report, findings=tuple(found))


def fixed_files(
    report: Report, settings: Settings, lint: Lint, unsafe: bool, standard_input: bytes
) -> Iterator[FixedFile]:
    """The files of a report that fixes change, each once, whatever links lead to it."""
    seen: set[str] = set()
    by_path: dict[str, list[Reported]] = {}
    for reported in report.findings:
        by_path.setdefault(reported.path, []).append(reported)
    for path, of_file in by_path.items():
        source = _source(of_file[0], standard_input)
        if source is None or os.path.realpath(path) in seen:
            continue
        seen.add(os.path.realpath(path))
        found = [reported.finding for reported in of_file]
        if of_file[0].in_metadata:
            mended = mend_metadata(source.text, found, path, unsafe)
        else:
            mended = mend(source.text, _live(path, source, found, lint), settings, path, unsafe)
        if mended.text != source.text:
            yield FixedFile(path, source, mended)


def _live(path: str, source: SourceFile, found: Sequence[Finding], lint: Lint) -> Callable[[str], Sequence[Finding]]:
    """What flake8 reports of a text of this file: of the text on the disk it is known."""

    def live(text: str) -> Sequence[Finding]:
        return found if text == source.text else lint(path, source.encoded(text))

    return live


def write(files: Iterable[FixedFile], unchanged: Callable[[str], bool]) -> tuple[list[FixedFile], list[str]]:
    """Write the files; returns those that were written, and a sentence for each of the others.

    ``unchanged`` tells of a path whether the file is still the one that was linted.
    """
    written: list[FixedFile] = []
    errors: list[str] = []
    for file in files:
        try:
            if not unchanged(file.path):
                raise NotWritten("it has changed since it was linted")
            replace_file(file.path, file.source.data, file.encoded())
        except NotWritten as error:
            errors.append(f"{os.fsencode(file.path).decode(errors='replace')} is not fixed: {error}")
        else:
            written.append(file)
    return written, errors


def _source(reported: Reported, standard_input: bytes) -> SourceFile | None:
    if standard_input:
        return decode_python(standard_input)
    try:
        with open(reported.path, "rb") as file:
            data = file.read()
    except OSError:
        return None
    return decode_metadata(data) if reported.in_metadata else decode_python(data)
