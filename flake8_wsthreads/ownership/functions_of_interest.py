"""Which functions to look at: those that may open a connection, or are handed one."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from flake8_wsthreads.names.openers import names_a_callable
from flake8_wsthreads.names.scopes import Scope, ScopeKind
from flake8_wsthreads.names.values import Function, Imported, Partial
from flake8_wsthreads.ownership.file_analyses import FileAnalyses


def functions_of_interest(file: FileAnalyses, words: list[str]) -> list[Scope]:
    """The functions that may open a connection, or are handed one, found from what leads to the client.

    A function that returns a connection, or a callable that opens one, leads there as well.
    """
    seen = set(words)
    functions: dict[Scope, None] = {}
    for word in words:
        for statement in file.source.statements(word):
            node = statement.node
            if isinstance(node, (ast.Import, ast.ImportFrom)):
                continue
            function = statement.scope.running_function
            functions[function] = None
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
                functions[file.names.scopes.by_node[node]] = None
            for name in _leads_on(file, node, function):
                if name not in seen:
                    seen.add(name)
                    words.append(name)
    return list(functions)


def _leads_on(file: FileAnalyses, node: ast.stmt, function: Scope) -> Iterator[str]:
    """The names under which other functions reach what this statement got."""
    if isinstance(node, ast.Assign) and names_a_callable(file.names, node.value, function):
        for target in node.targets:
            if isinstance(target, (ast.Name, ast.Attribute)):
                yield target.id if isinstance(target, ast.Name) else target.attr
    if function.kind is ScopeKind.FUNCTION and isinstance(
        node, (ast.Return, ast.With, ast.Assign, ast.AnnAssign, ast.Expr)
    ):
        if file.sites.opens(function) is not None or _returns_callable(file, function):
            yield function.name


def _returns_callable(file: FileAnalyses, function: Scope) -> bool:
    return isinstance(file.names.returned(Function(function)), (Imported, Function, Partial))
