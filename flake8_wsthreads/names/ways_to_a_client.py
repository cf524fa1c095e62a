"""How a file reaches the synchronous client: what its imports bind."""

from __future__ import annotations

import ast

from flake8_wsthreads.names.mentions import SourceIndex


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
