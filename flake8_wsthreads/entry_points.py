"""Where to look for connections: how a file reaches the synchronous client, and which functions do."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from flake8_wsthreads.analyses import FileAnalyses
from flake8_wsthreads.names.mentions import SourceIndex
from flake8_wsthreads.names.openers import names_a_callable
from flake8_wsthreads.names.scopes import Scope, ScopeKind
from flake8_wsthreads.names.values import Function, Imported, Partial


def ways_to_a_client(source: SourceIndex, factories: frozenset[str]) -> list[str]:
    """The identifiers through which the file may reach the synchronous client: what its imports bind, at first."""
    words: dict[str, None] = {factory.rpartition(".")[2]: None for factory in sorted(factories)}
    for factory in sorted(factories):
        for statement in source.statements(factory.rpartition(".")[2]):
            if isinstance(statement.node, (ast.Import, ast.ImportFrom)):
                words.update((alias.asname, None) for alias in statement.node.names if alias.asname is not None)
    for statement in source.statements("websockets"):
        node = statement.node
        if isinstance(node, ast.Import):
            for alias in node.names:
                if alias.name.startswith("websockets.sync") or alias.name == "websockets":
                    words[alias.asname or "websockets"] = None
        elif isinstance(node, ast.ImportFrom):
            module = node.module or ""
            for alias in node.names:
                if alias.name == "*" and module == "websockets.sync.client":
                    words.update(dict.fromkeys(("connect", "unix_connect", "reconnect", "ClientConnection")))
                elif f"{module}.{alias.name}".startswith("websockets.sync"):
                    words[alias.asname or alias.name] = None
        elif source.mentions_string("websockets.sync") and any(
            isinstance(part, ast.Constant) and isinstance(part.value, str) and part.value.startswith("websockets.sync")
            for part in ast.walk(node)
            if not isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef))
        ):
            # importlib.import_module("websockets.sync.client")
            words["websockets"] = None
    return list(words)


def functions_of_interest(file: FileAnalyses, words: list[str]) -> list[Scope]:
    """The functions that may open a connection, or are handed one, found from what leads to the client.

    A function that returns a connection, or a callable that opens one, leads there as well.
    """
    seen = set(words)
    units: dict[Scope, None] = {}
    for word in words:
        for statement in file.source.statements(word):
            node = statement.node
            if isinstance(node, (ast.Import, ast.ImportFrom)):
                continue
            unit = statement.scope.running_unit
            units[unit] = None
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
                units[file.names.scopes.by_node[node]] = None
            for name in _leads_on(file, node, unit):
                if name not in seen:
                    seen.add(name)
                    words.append(name)
    return list(units)


def _leads_on(file: FileAnalyses, node: ast.stmt, unit: Scope) -> Iterator[str]:
    """The names under which other functions reach what this statement got."""
    if isinstance(node, ast.Assign) and names_a_callable(file.names, node.value, unit):
        for target in node.targets:
            if isinstance(target, (ast.Name, ast.Attribute)):
                yield target.id if isinstance(target, ast.Name) else target.attr
    if unit.kind is ScopeKind.FUNCTION and isinstance(
        node, (ast.Return, ast.With, ast.Assign, ast.AnnAssign, ast.Expr)
    ):
        if file.program.opens(unit) is not None or _returns_callable(file, unit):
            yield unit.name


def _returns_callable(file: FileAnalyses, unit: Scope) -> bool:
    return isinstance(file.names.returned(Function(unit)), (Imported, Function, Partial))
