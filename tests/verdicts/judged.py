"""The programs whose verdicts are frozen: every case, every example, and the files of the field study's packages."""

from __future__ import annotations

import ast
import sys
import warnings
from dataclasses import replace
from pathlib import Path

from benchmarks.download import packages
from benchmarks.measure import with_synchronous_client
from flake8_wsthreads.check import Settings, check_file
from flake8_wsthreads.rules import RULES
from flake8_wsthreads.rules.rule import Example
from flake8_wsthreads.target import Target
from flake8_wsthreads.target.specifier import read_specifier
from tests.case_documents import all_cases
from tests.door import ALL_RULES, DEFAULT_RULES, findings
from tests.verdicts.frozen import Verdicts, lines_of

EXAMPLES = Path(__file__).parent.parent.parent / "examples"
# Newer than any that runs the tests: the documents list the cases of every grammar.
ANY_PYTHON = (3, 99)


def of_cases(frozen: Verdicts) -> dict[str, tuple[str, ...]]:
    """The verdicts of the cases; of those whose grammar this Python lacks, what is frozen."""
    return {
        case.name: lines_of(findings(case.source, case.settings))
        if case.python <= sys.version_info
        else frozen.get(case.name, ())
        for case in all_cases(ANY_PYTHON)
    }


def of_examples() -> dict[str, tuple[str, ...]]:
    """The verdicts of the examples of the rules, and of the programs for newcomers."""
    verdicts = {}
    for rule in RULES:
        for kind, examples in (("bad", rule.bad), ("good", rule.good)):
            for example in examples:
                found = findings(example.source, _settings(example))
                verdicts[f"{rule.code} {kind}: {example.title}"] = lines_of(found)
    for program in sorted(EXAMPLES.glob("*.py")):
        source = program.read_text(encoding="utf-8")
        verdicts[f"examples/{program.name}"] = lines_of(findings(source, DEFAULT_RULES))
    return verdicts


def _settings(example: Example) -> Settings:
    return replace(ALL_RULES, target=read_specifier(example.websockets) if example.websockets else Target())


def of_packages(sources: Path, frozen: Verdicts) -> dict[str, tuple[str, ...]]:
    """The verdicts of the files that use the synchronous client, in the unpacked packages of the field study.

    Of a file that this Python cannot read, what is frozen.
    """
    verdicts: dict[str, tuple[str, ...]] = {}
    for package in packages():
        directory = sources / package.replace("==", "-")
        for name, lines in with_synchronous_client(directory):
            verdicts[f"{directory.name}/{name}"] = lines_of(check_file(_parsed(lines), lines, ALL_RULES))
    unreadable = {name: found for name, found in frozen.items() if (sources / name).exists()}
    return dict(sorted((unreadable | verdicts).items()))


def _parsed(lines: list[str]) -> ast.Module:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return ast.parse("".join(lines))
