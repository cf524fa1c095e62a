"""Which parts of a function run whenever it is called, and which later statements run after a given one."""

from __future__ import annotations

import ast
import bisect
from collections import Counter
from collections.abc import Iterator

from flake8_wsthreads.names.scopes import ComprehensionNode, Scope
from flake8_wsthreads.source.syntax import children, walk

_PARTS = (
    ast.stmt, ast.expr, ast.ExceptHandler, ast.match_case, ast.keyword, ast.withitem, ast.comprehension,
)  # fmt: skip
_LEAVING = (ast.Return, ast.Raise, ast.Break, ast.Continue, ast.Yield, ast.YieldFrom)
_SOMETIMES = (
    ast.If, ast.IfExp, ast.BoolOp, ast.Lambda, ast.ExceptHandler, ast.match_case, ast.Assert, ast.FunctionDef,
    ast.AsyncFunctionDef, ast.ClassDef,
)  # fmt: skip
_LATER = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.GeneratorExp)


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
        self.has_code_for_later = any(isinstance(part, _LATER) for part in pending[1:])
        """Whether a function, a lambda or a generator stands in it: what such a part mentions is used when it runs."""
        for part in pending:
            if isinstance(part, ast.Name):
                self._names.setdefault(part.id, []).append(part)
                self.times_bound[part.id] += isinstance(part.ctx, ast.Store)
        self._calls = sorted((part for part in pending if isinstance(part, ast.Call)), key=position)
        self._positions = [position(call) for call in self._calls]

    def around(self, node: ast.AST) -> Iterator[tuple[ast.AST, ast.AST]]:
        """Each part around a node, from the inside out, after the part of it that the node is in."""
        while node is not self.function.node and node in self._parents:
            yield node, self._parents[node]
            node = self._parents[node]

    def before(self, node: ast.AST) -> list[ast.stmt] | None:
        """The statements that surely run before a node does; None where it may not run at all."""
        earlier: list[ast.stmt] = []
        for inner, outer in self.around(node):
            if isinstance(outer, ComprehensionNode):
                return None
            if outer is not self.function.node and isinstance(outer, _SOMETIMES):
                return None
            if isinstance(outer, ast.While) and inner in outer.body and not _is_true(outer.test):
                return None
            if isinstance(outer, (ast.For, ast.AsyncFor)) and inner is not outer.iter:
                return None
            if isinstance(inner, ast.stmt):
                block = _block_of(inner, outer)
                if block is None:
                    return None
                siblings = block[: block.index(inner)]
                if any(isinstance(part, _LEAVING) for statement in siblings for part in walk(statement)):
                    return None
                earlier = siblings + earlier
        return earlier

    def runs_after(self, later: ast.AST, first: ast.stmt) -> bool:
        """Whether a node stands behind a statement, in the block of that or further inside: so ``first`` has run.

        Of a ``with`` statement, whether it stands in its body.
        """
        holder = self._parents.get(first)
        if holder is None:
            return False
        entered = isinstance(first, (ast.With, ast.AsyncWith))
        if _block_of(first, holder) is None:
            return False
        for inner, outer in self.around(later):
            if isinstance(inner, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)):
                return False
            if entered and outer is first:
                return isinstance(inner, ast.stmt)
            if not entered and outer is holder:
                is_behind = isinstance(inner, ast.stmt) and _block_of(inner, holder) is not None
                return is_behind and position(inner) > position(first)
        return False

    def mentions(self, name: str) -> list[ast.Name]:
        """Every mention of a variable of this name, also in the functions inside."""
        return self._names.get(name, [])

    def calls_between(self, start: tuple[int, int], end: tuple[int, int]) -> list[ast.Call]:
        """The calls that begin behind one position in the file and before another."""
        return self._calls[bisect.bisect_right(self._positions, start) : bisect.bisect_left(self._positions, end)]

    def statement(self, node: ast.AST) -> ast.stmt | None:
        """The innermost statement around a node."""
        if isinstance(node, ast.stmt):
            return node
        return next((outer for _, outer in self.around(node) if isinstance(outer, ast.stmt)), None)


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


def position(node: ast.AST) -> tuple[int, int]:
    """Where a syntax node begins."""
    return getattr(node, "lineno", 0), getattr(node, "col_offset", 0)


def _block_of(statement: ast.stmt, holder: ast.AST) -> list[ast.stmt] | None:
    """The list of statements that a statement stands in, where that runs with its holder: no ``else``, no handler."""
    body = getattr(holder, "body", None)
    return body if isinstance(body, list) and statement in body else None


def _is_true(test: ast.expr) -> bool:
    return isinstance(test, ast.Constant) and bool(test.value)
