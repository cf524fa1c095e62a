"""``junit``: XML as test runners write it: each finding is a test that failed."""

from __future__ import annotations

from collections.abc import Iterator
from xml.etree import ElementTree

from flake8_wsthreads.cli.formats.identity import relative_path
from flake8_wsthreads.cli.report import Report


def write(report: Report, colour: bool) -> Iterator[str]:
    """One document. A run without findings is one test that passed."""
    number = str(len(report.findings))
    suites = ElementTree.Element("testsuites", name="flake8-wsthreads", tests=number, failures=number)
    suite = ElementTree.SubElement(suites, "testsuite", name="flake8-wsthreads", tests=number, failures=number)
    for reported in report.findings:
        finding, path = reported.finding, _plain(relative_path(reported.path))
        name = f"{path}:{reported.row}:{reported.column} {finding.code}"
        case = ElementTree.SubElement(suite, "testcase", classname=path, name=name)
        failure = ElementTree.SubElement(case, "failure", message=_plain(finding.message), type=finding.code)
        failure.text = "\n".join(f"line {step.location.line}: {_plain(step.text)}" for step in finding.trace)
    if not report.findings:
        for element in (suites, suite):
            element.set("tests", "1")
        ElementTree.SubElement(suite, "testcase", classname="flake8-wsthreads", name="no findings")
    ElementTree.indent(suites)
    yield f'<?xml version="1.0" encoding="utf-8"?>\n{ElementTree.tostring(suites, encoding="unicode")}'


def _plain(text: str) -> str:
    """A text without what XML cannot hold: control characters, and bytes of names that are no text."""
    return "".join(part if part.isprintable() or part == " " else "?" for part in text)
