"""The scopes of a file and its statements. The body of a function is read when somebody asks for what is in it.

Most functions of a file have nothing to do with connections, and nobody ever asks.
"""

from __future__ import annotations

import ast
import bisect
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from flake8_wsthreads.names.bindings import BINDERS, bind_parameters, bind_target, bind_type_parameters, bind_walruses
from flake8_wsthreads.names.scopes import BindingKind, ComprehensionNode, Scope, ScopeKind
from flake8_wsthreads.source.syntax import first_line_of
from flake8_wsthreads.source.words import WordIndex


class Statement(NamedTuple):
    """A statement and the scope that it runs in."""

    node: ast.stmt
    scope: Scope
    first_line: int


@dataclass
class Region:
    """Statements in source order: those of one function with all inside it, or those outside of functions."""

    statements: list[Statement] = field(default_factory=list)
    first_lines: list[int] = field(default_factory=list)


class ScopeTree:
    """All scopes of a file, and its statements in order.

    Lambdas and comprehensions are added when they are met, and what is inside a function when the function is read.
    """

    def __init__(self, tree: ast.Module, words: WordIndex) -> None:
        self.words = words
        self.budget = words.budget
        """What the analysis of this file may cost: whoever looks at its scopes has it at hand."""
        self.module = Scope(ScopeKind.MODULE, tree, None, "<module>", 0)
        self.by_node: dict[ast.AST, Scope] = {tree: self.module}
        self.outline = Region()
        """What stands outside of functions."""
        self._inside: dict[ast.AST, Region] = {}
        lines = words.lines
        has_walrus = ":=" in words.text
        self._walrus_lines = [number for number, line in enumerate(lines, 1) if ":=" in line] if has_walrus else []
        # what stands on them counts outside of its function: a module's variable is bound, a class may be a base
        classes = [line for line in words.lines_of("class") if lines[line - 1].lstrip().startswith("class")]
        self._telling_lines = sorted((*classes, *words.lines_of("global")))
        self._read([(statement, self.module, False) for statement in reversed(tree.body)], self.outline, False)

    def inside(self, function: Scope) -> Region:
        """The statements inside a function that stands in no other function."""
        function.read()
        return self._inside[function.node]

    def region_of(self, scope: Scope) -> Region:
        """The statements among which those of the scope are."""
        outermost = None
        for outer in scope.enclosing():
            if outer.kind is ScopeKind.FUNCTION:
                outermost = outer
        return self.outline if outermost is None else self.inside(outermost)

    def open_scope(self, kind: ScopeKind, node: ast.AST, parent: Scope, name: str) -> Scope:
        """A new scope, or the one that the node already has."""
        scope = self.by_node.get(node)
        if scope is None:
            scope = self.by_node[node] = Scope(kind, node, parent, name, len(self.by_node))
        return scope

    def lambda_scope(self, node: ast.Lambda, parent: Scope) -> Scope:
        """The scope of a lambda, with its parameters bound."""
        known = self.by_node.get(node)
        if known is not None:
            return known
        scope = self.open_scope(ScopeKind.LAMBDA, node, parent, "<lambda>")
        bind_parameters(scope, node.args)
        return scope

    def comprehension_scope(self, node: ComprehensionNode, parent: Scope) -> Scope:
        """The scope of a comprehension, with its loop variables bound."""
        known = self.by_node.get(node)
        if known is not None:
            return known
        scope = self.open_scope(ScopeKind.COMPREHENSION, node, parent, "<comprehension>")
        for generator in node.generators:
            bind_target(scope, generator.target, BindingKind.ELEMENT, generator.iter)
        return scope

    def _read(self, stack: list[tuple[ast.stmt, Scope, bool]], region: Region, in_function: bool) -> None:
        """Bind what the statements of a stack bind, and list them; an explicit stack for chains of ``elif``."""
        add_statement, add_line, walrus_lines = region.statements.append, region.first_lines.append, self._walrus_lines
        before = len(region.statements)
        while stack:
            node, scope, fallback = stack.pop()
            kind = type(node)
            first_line = node.lineno
            if kind in _DEFINITIONS:
                first_line = first_line_of(node)
            add_statement(Statement(node, scope, first_line))
            add_line(first_line)
            if walrus_lines and _is_on(node, walrus_lines):
                bind_walruses(node, scope)
            if kind in _BINDING_NOTHING:
                continue
            bind = BINDERS.get(kind)
            if bind is not None:
                bind(scope, node, fallback)
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
                reader = None if in_function else self._read_function
                inner = Scope(ScopeKind.FUNCTION, node, scope, node.name, len(self.by_node), reader)
                self.by_node[node] = inner
                if in_function:
                    stack.extend(self._body_of(inner))
                elif _is_on(node, self._telling_lines):
                    inner.read()
            elif isinstance(node, ast.ClassDef):
                inner = self.open_scope(ScopeKind.CLASS, node, scope, node.name)
                stack.extend([(child, inner, fallback) for child in reversed(node.body)])
            elif isinstance(node, ast.If):
                stack.extend([(child, scope, fallback) for child in reversed(node.orelse)])
                stack.extend([(child, scope, fallback) for child in reversed(node.body)])
            elif kind in _COMPOUND:
                stack.extend([(child, scope, caught) for child, caught in reversed(list(_children(node, fallback)))])
        self.budget.spend((len(region.statements) - before) // _STATEMENTS_FOR_A_STEP)

    def _read_function(self, function: Scope) -> None:
        region = self._inside[function.node] = Region()
        self._read(self._body_of(function), region, True)

    def _body_of(self, function: Scope) -> list[tuple[ast.stmt, Scope, bool]]:
        """The statements of a function for the stack of what is to be read, its parameters bound."""
        node = function.node
        assert isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))
        bind_parameters(function, node.args)
        bind_type_parameters(function, node)
        return [(child, function, False) for child in reversed(node.body)]


def _is_on(node: ast.stmt, lines: list[int]) -> bool:
    """Whether a statement has one of these lines, which ascend."""
    position = bisect.bisect_left(lines, node.lineno)
    return position < len(lines) and lines[position] <= (node.end_lineno or node.lineno)


# To list a statement and to bind its names takes a fraction of a step.
_STATEMENTS_FOR_A_STEP = 4
_DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
_BINDING_NOTHING = {ast.Expr, ast.Return, ast.Raise, ast.Pass, ast.Break, ast.Continue, ast.Assert}

_COMPOUND = {
    ast.If, ast.For, ast.AsyncFor, ast.While, ast.With, ast.AsyncWith, ast.Try, ast.Match,
    getattr(ast, "TryStar", ast.Try),
}  # fmt: skip


def _children(node: ast.stmt, fallback: bool) -> Iterator[tuple[ast.stmt, bool]]:
    """The statements inside a compound statement, in source order, each with whether a failed import leads to it."""
    for statement in getattr(node, "body", ()):
        yield statement, fallback
    for handler in getattr(node, "handlers", ()):
        caught = fallback or _catches_import_error(handler)
        for statement in handler.body:
            yield statement, caught
    for case in getattr(node, "cases", ()):
        for statement in case.body:
            yield statement, fallback
    for statement in getattr(node, "orelse", ()):
        yield statement, fallback
    for statement in getattr(node, "finalbody", ()):
        yield statement, fallback


def _catches_import_error(handler: ast.ExceptHandler) -> bool:
    kinds = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
    names = {kind.id for kind in kinds if isinstance(kind, ast.Name)}
    return handler.type is None or bool(names & {"ImportError", "ModuleNotFoundError", "Exception", "BaseException"})
