"""Where a file mentions an identifier, found by a search of its text, so that nobody walks the whole tree for it."""

from __future__ import annotations

import ast
import bisect
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from flake8_wsthreads.finding import Location
from flake8_wsthreads.names.scope_tree import Region, ScopeTree, Statement
from flake8_wsthreads.names.scopes import ComprehensionNode, Scope
from flake8_wsthreads.source.syntax import children, first_line_of
from flake8_wsthreads.source.words import WordIndex


@dataclass(frozen=True)
class Reference:
    """One mention of a name, an attribute or a lambda: the expression, what is around it, and its scope.

    ``parents`` goes from the innermost to the statement.
    """

    node: ast.expr
    parents: tuple[ast.AST, ...]
    scope: Scope

    @property
    def statement(self) -> ast.AST:
        """The statement that it stands in."""
        return self.parents[-1]

    @property
    def parent(self) -> ast.AST | None:
        """What is right around it; None where that is not known."""
        return self.parents[0] if self.parents else None

    @property
    def call(self) -> ast.Call | None:
        """The call whose callee it is: ``connect(…)``, ``client.connect(…)``."""
        return self.parent if isinstance(self.parent, ast.Call) and self.parent.func is self.node else None

    @property
    def taken_by(self) -> ast.Call | None:
        """The call that it is an argument of, by its position: ``register(ws)``."""
        return self.parent if isinstance(self.parent, ast.Call) and self.parent.func is not self.node else None

    @property
    def around_call(self) -> Reference | None:
        """The mention of what comes of the call whose callee it is: of the object in ``start(Client())``."""
        return Reference(self.call, self.parents[1:], self.scope) if self.call is not None else None

    @property
    def attribute(self) -> str:
        """The attribute of it that is meant: for ``ws`` in ``ws.close()`` that is ``close``; empty without one."""
        return self.parent.attr if isinstance(self.parent, ast.Attribute) else ""

    @property
    def is_read(self) -> bool:
        """Whether it is read: neither bound nor deleted."""
        return isinstance(self.node, (ast.Name, ast.Attribute)) and isinstance(self.node.ctx, ast.Load)


class SourceIndex:
    """Finds the statements and expressions of one file that mention an identifier."""

    def __init__(self, words: WordIndex, scopes: ScopeTree) -> None:
        self._words = words
        self._lines = words.lines
        self._scopes = scopes
        self._references: dict[str, list[Reference]] = {}
        self._statements: dict[str, list[Statement]] = {}

    def location(self, node: ast.AST) -> Location:
        """The range of a syntax node, its columns in characters (the syntax tree counts UTF-8 bytes)."""
        line = getattr(node, "lineno", 1)
        end_line = getattr(node, "end_lineno", None) or line
        column = self._characters(line, getattr(node, "col_offset", 0))
        end_column = self._characters(end_line, getattr(node, "end_col_offset", None) or 0)
        return Location(line, column, end_line, end_column)

    def _characters(self, line: int, offset: int) -> int:
        text = self._lines[line - 1] if 0 < line <= len(self._lines) else ""
        if text.isascii():
            return offset
        return len(text.encode("utf-8", "surrogatepass")[:offset].decode("utf-8", "ignore"))

    def statements(self, identifier: str) -> list[Statement]:
        """The innermost statements whose own lines mention the identifier, in source order."""
        known = self._statements.get(identifier)
        if known is not None:
            return known
        known = self._statements[identifier] = self._statements_at(self.lines_of(identifier))
        return known

    def statement_around(self, node: ast.AST) -> ast.stmt | None:
        """The innermost statement around an expression; None for what has no place in the file."""
        place = getattr(node, "lineno", 0), getattr(node, "col_offset", 0)
        found = [statement.node for _, statement in self._at(place[0])]
        around = [each for each in found if (each.lineno, each.col_offset) <= place]
        return max(around, key=lambda each: (each.lineno, each.col_offset), default=None)

    def _statements_at(self, lines: Iterable[int]) -> list[Statement]:
        found: dict[tuple[int, int], Statement] = {}
        for line in lines:
            found.update(self._at(line))
        return [found[position] for position in sorted(found)]

    def lines_of(self, identifier: str) -> list[int]:
        """The lines that mention the identifier, ascending, each once."""
        return self._words.lines_of(identifier)

    def may_import(self, package: str) -> bool:
        """Whether something may import a package: it is named where the file imports."""
        return self._words.may_import(package)

    def lines_between(self, identifier: str, first: int, last: int) -> list[int]:
        """The lines from ``first`` to ``last`` that mention the identifier."""
        return self._words.lines_between(identifier, first, last)

    def mentions(self, identifier: str, node: ast.AST) -> bool:
        """Whether the lines of a statement, an expression or the module mention the identifier."""
        first, last = _lines_of(node)
        return bool(self.lines_between(identifier, first, last))

    def _at(self, line: int) -> Iterator[tuple[tuple[int, int], Statement]]:
        """The statements that may own a line, each with its place in the file."""
        outline = self._scopes.outline
        for position in _positions_at(outline, line):
            statement = outline.statements[position]
            node = statement.node
            function = node if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) else None
            if function is not None and first_line_of(function.body[0]) <= line <= (function.end_lineno or 0):
                region = self._scopes.inside(self._scopes.by_node[function])
                within = list(_positions_at(region, line))
                for inner in within:
                    yield (position, inner), region.statements[inner]
                if within and statement.first_line != line:
                    continue  # it stands further in
            yield (position, -1), statement

    def mentions_string(self, text: str) -> bool:
        """Whether a string literal begins with this text."""
        return f'"{text}' in self._words.text or f"'{text}" in self._words.text

    def references(self, identifier: str) -> list[Reference]:
        """Every name and attribute of the file that is this identifier, in source order."""
        known = self._references.get(identifier)
        if known is None:
            known = self._references[identifier] = []
            for statement in self.statements(identifier):
                known.extend(self._within(statement, identifier))
            self._scopes.budget.spend(len(known))
        return known

    def references_inside(self, identifier: str, function: Scope) -> list[Reference]:
        """Those of them that stand in a function, or in one inside it."""
        first, last = _lines_of(function.node)
        statements = self._statements_at(self.lines_between(identifier, first, last))
        mentions = [mention for each in statements for mention in self._within(each, identifier)]
        return [mention for mention in mentions if function in mention.scope.enclosing()]

    def _within(self, statement: Statement, identifier: str) -> Iterator[Reference]:
        pending: list[tuple[ast.AST, tuple[ast.AST, ...], Scope]] = [(statement.node, (), statement.scope)]
        first, last = statement.first_line, statement.node.end_lineno or statement.first_line
        lines = self.lines_between(identifier, first, last)
        while pending:
            node, parents, scope = pending.pop()
            kind = node.__class__
            if isinstance(node, ast.Name):
                if node.id == identifier:
                    yield Reference(node, parents, scope)
                continue
            if kind is ast.Constant:
                continue
            if isinstance(node, ast.Attribute) and node.attr == identifier:
                yield Reference(node, parents, scope)
            inner = scope
            if kind is ast.Lambda:
                assert isinstance(node, ast.Lambda)
                inner = self._scopes.lambda_scope(node, scope)
            elif isinstance(node, ComprehensionNode):
                inner = self._scopes.comprehension_scope(node, scope)
            around = (node, *parents)
            below = children(node)
            below.reverse()
            for child in below:
                # what stands on other lines does not mention it
                if not isinstance(child, ast.stmt) and (first == last or _is_on(child, lines)):
                    pending.append((child, around, inner))


def _lines_of(node: ast.AST) -> tuple[int, int]:
    """The first and the last line of a node; of the module all there are."""
    return getattr(node, "lineno", 1), getattr(node, "end_lineno", None) or sys.maxsize


def _is_on(node: ast.AST, lines: list[int]) -> bool:
    """Whether an expression may stand on one of these lines, which ascend."""
    if not isinstance(node, ast.expr):
        return True
    last = node.end_lineno or node.lineno
    position = bisect.bisect_left(lines, node.lineno)
    return position < len(lines) and lines[position] <= last


def _positions_at(region: Region, line: int) -> Iterator[int]:
    """Where the statements stand that may own a line: those that start on it, or the innermost that goes on there."""
    statements = region.statements
    last = bisect.bisect_right(region.first_lines, line) - 1
    position = last
    while position >= 0 and statements[position].first_line == line:
        yield position
        position -= 1
    if position < last:
        return
    # the nearest statement before that reaches this line: ``except X:`` belongs to a ``try`` further up
    while position >= 0 and (statements[position].node.end_lineno or 0) < line:
        position -= 1
    if position >= 0:
        yield position
