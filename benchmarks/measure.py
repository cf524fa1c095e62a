"""Times the analysis and ``ast.parse`` of files, in turn, so that a busy machine slows both."""

from __future__ import annotations

import ast
import gc
import io
import statistics
import time
import tokenize
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from flake8_wsthreads.check import OnFailure, Settings, check_file, may_hold_connections

ROUNDS = 5
NOTHING = frozenset[str]()
ALL_RULES = Settings(opt_in=frozenset({"WST9"}), on_failure=OnFailure.RAISE)


@dataclass(frozen=True)
class Measurement:
    """The median seconds that one file takes: to parse, and to analyse with every rule."""

    name: str
    lines: int
    parse: float
    analysis: float

    @property
    def ratio(self) -> float:
        """How many times as long the analysis takes as ``ast.parse``."""
        return self.analysis / self.parse


def measure(name: str, lines: list[str], rounds: int = ROUNDS) -> Measurement:
    """Measure one file. Raises ``SyntaxError`` or ``ValueError`` where it is no Python."""
    text = "".join(lines)
    parse: list[float] = []
    analysis: list[float] = []
    for _ in range(rounds):
        gc.collect()
        began = time.process_time()
        tree = ast.parse(text)
        parsed = time.process_time()
        check_file(tree, lines, ALL_RULES)
        analysis.append(time.process_time() - parsed)
        parse.append(parsed - began)
    return Measurement(name, len(lines), statistics.median(parse), statistics.median(analysis))


def read(path: Path) -> list[str]:
    """The lines of a source file. Raises ``SyntaxError`` or ``UnicodeDecodeError`` where its encoding is unknown."""
    with tokenize.open(path) as file:
        return file.readlines()


def with_synchronous_client(directory: Path) -> Iterator[tuple[str, list[str]]]:
    """The files below a directory that are analysed at all, as names and lines."""
    for path in sorted(directory.rglob("*.py")):
        try:
            lines = read(path)
            if may_hold_connections("".join(lines), NOTHING):
                with warnings.catch_warnings():
                    warnings.simplefilter("ignore")
                    ast.parse("".join(lines))
                yield path.relative_to(directory).as_posix(), lines
        except (SyntaxError, ValueError, RecursionError):
            continue  # no Python 3


def lines_of(text: str) -> list[str]:
    """The lines of a text as flake8 gives them."""
    return io.StringIO(text).readlines()
