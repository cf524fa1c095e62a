"""Runs the whole analysis over one file, also over one that has nothing to do with websockets."""

from __future__ import annotations

import ast
import builtins
import io
import signal
import sys
import time
import tokenize
import traceback
import warnings
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

from flake8_wsthreads import rules
from flake8_wsthreads.analysis import build_model
from flake8_wsthreads.finding import Finding
from flake8_wsthreads.target import Target

MOST_FACTORIES = 30

# What these return is seldom bound to a variable, and nearly every line calls one.
_DULL = {"isinstance", "len", "print", "super", "range", "str", "int", "repr", "getattr", "hasattr", "setattr", "type"}


@dataclass(frozen=True)
class Analysed:
    """What came of one file: the findings, and the time that it took, beside that of ``ast.parse``."""

    findings: list[Finding]
    parse_seconds: float
    seconds: float


@dataclass(frozen=True)
class Crash:
    """An exception that the analysis let out."""

    path: str
    summary: str
    """The exception and the place that raised it: equal for crashes with the same cause."""
    traceback: str


def read_lines(content: bytes) -> list[str]:
    """The lines of a file as flake8 hands them to its plugins: decoded, without a BOM, each line end ``\\n``.

    Like flake8 it takes for latin-1 what it cannot decode otherwise.
    """
    try:
        encoding, _ = tokenize.detect_encoding(io.BytesIO(content).readline)
        return io.TextIOWrapper(io.BytesIO(content), encoding).readlines()
    except (SyntaxError, UnicodeError):
        return io.TextIOWrapper(io.BytesIO(content), "latin-1").readlines()


def parse(text: str) -> ast.Module:
    """The tree of a program, without the warnings that its literals would cause."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return ast.parse(text)


def parse_deep(text: str) -> ast.Module:
    """The tree of a program, also of one that this Python's ``ast.parse`` takes only under a higher recursion limit."""
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(max(limit, 100_000))
    try:
        return parse(text)
    finally:
        sys.setrecursionlimit(limit)


def analyse(text: str, factories: frozenset[str] = frozenset()) -> list[Finding]:
    """The findings of all rules, the opt-in ones included, whatever words the file holds."""
    return analyse_lines(io.StringIO(text).readlines(), factories).findings


def analyse_lines(lines: list[str], factories: frozenset[str] | None = frozenset(), deep: bool = False) -> Analysed:
    """The findings in a file of these lines; ``factories=None`` makes the callables openers that it calls most often.

    Raises ``SyntaxError``, ``ValueError``, ``RecursionError`` or ``MemoryError`` for what ``ast.parse`` rejects.
    """
    began = time.process_time()
    tree = parse_deep("".join(lines)) if deep else parse("".join(lines))
    parsed = time.process_time()
    chosen = common_callables(tree) if factories is None else factories
    chosen_at = time.process_time()
    try:
        findings = rules.find(build_model(tree, lines, chosen), Target(), rules.RULES)
    except Exception as error:
        raise AnalysisError(error) from error
    return Analysed(findings, parsed - began, time.process_time() - chosen_at)


class AnalysisError(Exception):
    """The analysis raised; its cause is what it raised."""


class TooSlow(BaseException):
    """The limit is over. No ``except Exception`` in what runs too long can swallow it."""


@contextmanager
def time_limit(seconds: int) -> Iterator[None]:
    """Stop what runs inside with ``TooSlow`` when it keeps the processor busy for longer."""

    def stop(signal_number: int, frame: FrameType | None) -> None:
        raise TooSlow(f"more than {seconds} s")

    before = signal.signal(signal.SIGVTALRM, stop)
    signal.setitimer(signal.ITIMER_VIRTUAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)


def crash_of(path: str, error: AnalysisError) -> Crash:
    """The report of an analysis that raised."""
    cause = error.__cause__
    assert cause is not None
    frames = [frame for frame in traceback.extract_tb(cause.__traceback__) if "flake8_wsthreads" in frame.filename]
    last = frames[-1]
    place = f"{Path(last.filename).name}:{last.lineno} in {last.name}"
    tail = traceback.format_exception(type(cause), cause, cause.__traceback__)[-6:]
    return Crash(path, f"{type(cause).__name__}: {str(cause)[:200]} at {place}", "".join(tail))


def common_callables(tree: ast.Module) -> frozenset[str]:
    """The qualified names of what a file calls most often, of those that it imports and of the builtins.

    As factories they make the analysis build and explore the graphs of nearly every function of the file.
    """
    imported = dict(_imported_names(tree))
    counts: Counter[str] = Counter()
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            root, _, rest = _dotted(node.func).partition(".")
            if root in imported:
                counts[f"{imported[root]}.{rest}".rstrip(".")] += 1
            elif root and not rest and hasattr(builtins, root) and root not in _DULL:
                counts[f"builtins.{root}"] += 1
    ordered = sorted(counts, key=lambda name: (-counts[name], name))
    return frozenset(ordered[:MOST_FACTORIES])


def _imported_names(tree: ast.Module) -> Iterator[tuple[str, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield (alias.asname, alias.name) if alias.asname else (alias.name.partition(".")[0],) * 2
        elif isinstance(node, ast.ImportFrom):
            module = "." * node.level + (node.module or "")
            for alias in node.names:
                yield alias.asname or alias.name, f"{module}.{alias.name}"


def _dotted(node: ast.AST) -> str:
    """``a.b.c`` as text; empty for any other expression."""
    names: list[str] = []
    while isinstance(node, ast.Attribute):
        names.append(node.attr)
        node = node.value
    if not isinstance(node, ast.Name):
        return ""
    return ".".join([node.id, *reversed(names)])
