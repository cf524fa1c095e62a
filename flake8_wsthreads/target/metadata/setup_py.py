"""``install_requires`` and ``extras_require`` of setup.py, from its syntax tree: nothing of it is ever run."""

from __future__ import annotations

import ast
import warnings
from collections.abc import Iterator

from flake8_wsthreads.finding import Location
from flake8_wsthreads.target.metadata.requirement import stated_requirement
from flake8_wsthreads.target.metadata.text_file import TextFile
from flake8_wsthreads.target.statement import Stated

_KEYWORDS = frozenset({"install_requires", "extras_require", "tests_require"})


def read(file: TextFile) -> Iterator[Stated]:
    """What the project and its extras require, as far as it is written down as literals."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(file.text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return
    yield from read_tree(file, tree)


def read_tree(file: TextFile, tree: ast.Module) -> Iterator[Stated]:
    """The same for a tree that somebody has made already."""
    assigned = {
        target.id: statement.value
        for statement in tree.body
        if isinstance(statement, ast.Assign)
        for target in statement.targets
        if isinstance(target, ast.Name)
    }
    for call in ast.walk(tree):
        if not isinstance(call, ast.Call) or _last_name(call.func) != "setup":
            continue
        for keyword in call.keywords:
            if keyword.arg in _KEYWORDS:
                for literal in _literals(keyword.value, assigned):
                    assert isinstance(literal.value, str)
                    for line in literal.value.splitlines():
                        for stated in stated_requirement(file, line.strip()):
                            yield Stated(stated.text, stated.specifier, _place(file, literal))


def _last_name(function: ast.expr) -> str:
    return function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")


def _literals(value: ast.expr, assigned: dict[str, ast.expr]) -> Iterator[ast.Constant]:
    """The texts in a list, in the lists of a dict, in a sum of lists, and in variables of the module that hold such."""
    pending = [value]
    seen: set[str] = set()
    while pending:
        part = pending.pop(0)
        if isinstance(part, ast.Name) and part.id in assigned and part.id not in seen:
            seen.add(part.id)
            pending.append(assigned[part.id])
        elif isinstance(part, ast.Constant) and isinstance(part.value, str):
            yield part
        elif isinstance(part, (ast.List, ast.Tuple, ast.Set)):
            pending.extend(part.elts)
        elif isinstance(part, ast.Dict):
            pending.extend(part.values)
        elif isinstance(part, ast.BinOp):
            pending.extend((part.left, part.right))
        elif isinstance(part, ast.Starred):
            pending.append(part.value)


def _place(file: TextFile, literal: ast.Constant) -> Location:
    """The range of a literal, its columns in characters: the syntax tree counts bytes of UTF-8."""
    lines = file.text.splitlines()
    end = literal.end_lineno or literal.lineno
    return Location(
        literal.lineno,
        _characters(lines, literal.lineno, literal.col_offset),
        end,
        _characters(lines, end, literal.end_col_offset or 0),
    )


def _characters(lines: list[str], line: int, offset: int) -> int:
    text = lines[line - 1] if 0 < line <= len(lines) else ""
    return len(text.encode("utf-8", "surrogatepass")[:offset].decode("utf-8", "ignore"))
