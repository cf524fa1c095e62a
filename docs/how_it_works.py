"""Writes what each pass of the analysis finds in one program into the page how-it-works.md."""

from __future__ import annotations

import ast
import dataclasses
import io
import re
from pathlib import Path

from flake8_wsthreads.analysis import build_model
from flake8_wsthreads.cfg.graph import Graph
from flake8_wsthreads.cfg.instruction import ErrorExit, Join, NormalExit
from flake8_wsthreads.check import check_file
from flake8_wsthreads.facts import Connection
from flake8_wsthreads.finding import Location
from flake8_wsthreads.names.evaluate import Names
from flake8_wsthreads.names.mentions import SourceIndex
from flake8_wsthreads.names.openers import possible_openers
from flake8_wsthreads.names.scope_tree import ScopeTree
from flake8_wsthreads.names.scopes import Scope
from flake8_wsthreads.names.ways_to_a_client import ways_to_a_client
from flake8_wsthreads.ownership.file_analyses import FileAnalyses, analyses_of
from flake8_wsthreads.source.budget import Budget
from flake8_wsthreads.source.words import WordIndex

PAGE = Path(__file__).with_name("how-it-works.md")
_PROGRAM = re.compile(r"```python\n(?P<program>.*?)```", re.DOTALL)
_VALUE = re.compile(r"(<!-- value: (?P<name>[\w ]+) -->\n)```text\n.*?```\n", re.DOTALL)


def values(program: str) -> dict[str, str]:
    """What each pass finds in the program, by the name of its pass."""
    tree, lines = ast.parse(program), io.StringIO(program).readlines()
    text = WordIndex(lines, Budget())
    scopes = ScopeTree(tree, text)
    names = Names(scopes)
    source = SourceIndex(text, scopes)
    words = ways_to_a_client(source, frozenset())
    openers = possible_openers(names, source, words, frozenset())
    file = analyses_of(names, source, openers, frozenset())
    opener = next(iter(openers))
    functions = [unit for unit in names.scopes.by_node.values() if isinstance(unit.node, ast.FunctionDef)]
    connection = build_model(tree, lines).connections[0]
    return {
        "words": ", ".join(words),
        "names": "\n".join(_names(names, functions, opener)),
        "threads": "\n".join(f"{_called(unit)}: {_threads(file, unit)}" for unit in functions),
        "graph": "\n".join(_steps(file.summaries.graph(opener))),
        "facts": "\n".join(_facts(connection)),
        "finding": "\n".join(
            f"{found.location.line}:{found.location.column + 1} {found.code} {found.message}"
            for found in check_file(tree, lines)
        ),
    }


def _names(names: Names, functions: list[Scope], opener: Scope) -> list[str]:
    calls = [part for part in ast.walk(opener.node) if isinstance(part, ast.Call)]
    named = ((ast.unparse(call.func), names.qualified_name(call.func, opener)) for call in calls)
    known = [f"{written} is {name}" for written, name in named if name]
    return [*known, f"opens a connection: {_called(opener)}", f"other functions: {_others(functions, opener)}"]


def _others(functions: list[Scope], opener: Scope) -> str:
    return ", ".join(_called(unit) for unit in functions if unit is not opener)


def _called(unit: Scope) -> str:
    owner = unit.method_of
    return f"{owner.name}.{unit.name}" if owner is not None else unit.name


def _threads(file: FileAnalyses, unit: Scope) -> str:
    return " or ".join(sorted(context.value for context in file.contexts.of(unit)))


def _steps(graph: Graph) -> list[str]:
    """The instructions with what they do, those of the frame of the graph left out."""
    found = []
    for number, node in enumerate(graph.nodes):
        does = node.does
        if isinstance(does, (Join, ErrorExit, NormalExit)) or isinstance(node.syntax, ast.FunctionDef):
            continue
        target = f" -> {does.target!r}" if does.target is not None else ""
        found.append(f"{number}: {type(does).__name__}{target}    {ast.unparse(node.syntax)}")
    return found


def _facts(connection: Connection) -> list[str]:
    """The fields that say something."""
    lines = [
        f"opened_by: {connection.opened_by}",
        f"contexts: {', '.join(sorted(context.value for context in connection.contexts))}",
        f"in_thread_constructor: {connection.in_thread_constructor}",
    ]
    for holder in (connection.paths, connection.owner):
        if holder is None:
            continue
        for field in dataclasses.fields(holder):
            value = getattr(holder, field.name)
            if isinstance(value, Location):
                lines.append(f"{type(holder).__name__.lower()}.{field.name}: line {value.line}")
            elif value is True or (isinstance(value, str) and value):
                lines.append(f"{type(holder).__name__.lower()}.{field.name}: {value}")
    return lines


def written(page: str) -> str:
    """The page with the values of today."""
    match = _PROGRAM.search(page)
    assert match is not None
    found = values(match["program"])
    return _VALUE.sub(lambda value: f"{value[1]}```text\n{found[value['name']]}\n```\n", page)


if __name__ == "__main__":
    PAGE.write_text(written(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
