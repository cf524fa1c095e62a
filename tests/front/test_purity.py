"""The same file gives the same findings: again, in any company, in any order, in any process."""

from __future__ import annotations

import ast
import os
import random
import subprocess
import sys
import warnings
from pathlib import Path

import pytest

from flake8_wsthreads import rules
from flake8_wsthreads.check import check_file
from tests.door import ALL_RULES, findings

SOURCES = {
    f"{rule.code} {kind} {number}": example.source
    for rule in rules.RULES
    for kind, examples in (("bad", rule.bad), ("good", rule.good))
    for number, example in enumerate(examples)
}


@pytest.mark.parametrize("source", SOURCES.values(), ids=SOURCES.keys())
def test_the_tree_is_only_read(source: str) -> None:
    tree = ast.parse(source)
    before = [(id(node), dict(vars(node))) for node in ast.walk(tree)]
    dump = ast.dump(tree, include_attributes=True)
    check_file(tree, source.splitlines(keepends=True), ALL_RULES)
    assert ast.dump(tree, include_attributes=True) == dump
    assert [(id(node), dict(vars(node))) for node in ast.walk(tree)] == before


def test_a_file_gives_the_same_findings_whatever_was_analysed_before() -> None:
    alone = {name: findings(source) for name, source in SOURCES.items()}
    for seed in (1, 2):
        names = list(SOURCES)
        random.Random(seed).shuffle(names)
        assert {name: findings(SOURCES[name]) for name in names} == alone


def test_one_tree_gives_the_same_findings_again() -> None:
    for source in SOURCES.values():
        tree, lines = ast.parse(source), source.splitlines(keepends=True)
        first, second = (check_file(tree, lines, ALL_RULES) for _ in range(2))
        assert first == second


def flake8(directory: Path, *arguments: str, hash_seed: str = "0") -> str:
    command = [sys.executable, "-m", "flake8", "--isolated", "--select=WST", "--enable-extensions=WST9", *arguments]
    environment = {**os.environ, "PYTHONHASHSEED": hash_seed}
    result = subprocess.run(command, cwd=directory, env=environment, capture_output=True, text=True, check=False)
    assert result.stderr == ""
    return result.stdout


@pytest.fixture(scope="module")
def programs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory with all the examples of the rules."""
    directory = tmp_path_factory.mktemp("programs")
    for number, source in enumerate(SOURCES.values()):
        (directory / f"program{number:03}.py").write_text(source, encoding="utf-8")
    return directory


def test_the_number_of_processes_changes_nothing(programs: Path) -> None:
    assert flake8(programs, "--jobs=1", ".") == flake8(programs, "--jobs=2", ".") != ""


def test_the_order_of_the_files_changes_no_finding(programs: Path) -> None:
    names = sorted(path.name for path in programs.glob("*.py"))
    forwards, backwards = (flake8(programs, "--jobs=1", *order) for order in (names, reversed(names)))
    assert sorted(forwards.splitlines()) == sorted(backwards.splitlines())


def test_the_order_of_sets_changes_nothing(programs: Path) -> None:
    """Python gives strings other hashes in each process, and so sets other orders."""
    assert flake8(programs, "--jobs=1", ".", hash_seed="1") == flake8(programs, "--jobs=1", ".", hash_seed="2")


def test_a_quoted_annotation_makes_python_warn_once_at_most() -> None:
    """Python 3.12 and later warn of the backslash when they parse a text; the file was parsed by flake8."""
    source = (
        "from websockets.sync.client import connect\n\n\ndef hang_up(ws: \"'\\\\d'\"):\n    ws.close()\n\n\n"
        "hang_up(connect('ws://localhost'))\n"
    )
    tree = ast.parse(source)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        check_file(tree, source.splitlines(keepends=True), ALL_RULES)
    assert caught == []
