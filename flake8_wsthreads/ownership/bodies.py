"""The parts of a function, each with what stands around it."""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterator

from flake8_wsthreads.names.scopes import Scope
from flake8_wsthreads.source.syntax import children

_PARTS = (
    ast.stmt, ast.expr, ast.ExceptHandler, ast.match_case, ast.keyword, ast.withitem, ast.comprehension, ast.arguments,
)  # fmt: skip
_LATER = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda, ast.GeneratorExp)


class Body:
    """The code of one function or of the module, with what is around each part of it."""

    def __init__(self, function: Scope) -> None:
        self.function = function
        self._parents: dict[ast.AST, ast.AST] = {}
        pending: list[ast.AST] = [function.node]
        for node in pending:
            for child in children(node):
                if isinstance(child, _PARTS):
                    self._parents[child] = node
                    pending.append(child)
        self._names: dict[str, list[ast.Name]] = {}
        self.times_bound: Counter[str] = Counter()
        """How often a variable of this name is bound by an assignment, a loop and the like."""
        self.has_code_for_later = any(isinstance(part, _LATER) or is_streaming(part) for part in pending[1:])
        """Whether a function, a lambda or a generator stands in it: what such a part mentions is used when it runs."""
        for part in pending:
            if isinstance(part, ast.Name):
                self._names.setdefault(part.id, []).append(part)
                self.times_bound[part.id] += isinstance(part.ctx, ast.Store)

    def around(self, node: ast.AST) -> Iterator[tuple[ast.AST, ast.AST]]:
        """Each part around a node, from the inside out, after the part of it that the node is in."""
        while node is not self.function.node and node in self._parents:
            yield node, self._parents[node]
            node = self._parents[node]

    def mentions(self, name: str) -> list[ast.Name]:
        """Every mention of a variable of this name, also in the functions inside."""
        return self._names.get(name, [])


class Bodies:
    """The bodies of the functions of one file, made when they are first asked for."""

    def __init__(self) -> None:
        self._bodies: dict[Scope, Body] = {}

    def of(self, function: Scope) -> Body:
        """The body of a function, or of the module."""
        known = self._bodies.get(function)
        if known is None:
            known = self._bodies[function] = Body(function)
        return known


def is_streaming(node: ast.AST) -> bool:
    """``ws.recv_streaming``, a generator method: it receives when someone goes through what it gives."""
    return isinstance(node, ast.Attribute) and node.attr == "recv_streaming"


def position(node: ast.AST) -> tuple[int, int]:
    """Where a syntax node begins."""
    return getattr(node, "lineno", 0), getattr(node, "col_offset", 0)
