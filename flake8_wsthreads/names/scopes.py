"""The scopes of a file and what each binds, collected in one pass over its statements."""

from __future__ import annotations

import ast
import bisect
import enum
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from flake8_wsthreads.syntax import first_line_of

ComprehensionNode = ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp


class ScopeKind(enum.Enum):
    """What a scope is the body of."""

    MODULE = "module"
    CLASS = "class"
    FUNCTION = "function"
    """Of ``def`` and ``async def``, methods included."""
    LAMBDA = "lambda"
    COMPREHENSION = "comprehension"
    """Of all four kinds, generator expressions included. Its code runs in the function around it."""


class BindingKind(enum.Enum):
    """How a place binds a name. ``node`` is the one of the :class:`Binding`."""

    IMPORT = "import"
    """``import``, ``from … import``: ``qualified_name`` says what."""
    VALUE = "value"
    """``name = node``, also by the matching element of two displays: ``name, other = node, 1``."""
    FUNCTION = "function"
    """``def name``: ``node`` is the definition."""
    CLASS = "class"
    """``class name``: ``node`` is the definition."""
    PARAMETER = "parameter"
    """A parameter: ``node`` is its ``ast.arg``."""
    ENTERED = "entered"
    """``with node as name``."""
    ELEMENT = "element"
    """``for name in node``."""
    OTHER = "other"
    """Something that the file does not tell: an augmented assignment, ``except … as name``, a pattern, ``del``."""


class Binding(NamedTuple):
    """One place that binds a name. ``scope`` is the scope in which ``node`` is evaluated."""

    kind: BindingKind
    scope: Scope
    node: ast.AST | None = None
    qualified_name: str = ""
    annotation: ast.expr | None = None
    fallback: bool = False
    """It stands in a handler that catches a failed import."""


@dataclass(eq=False)
class Scope:
    """A scope and its bindings by name. Two scopes are equal only when they are the same."""

    kind: ScopeKind
    node: ast.AST
    parent: Scope | None
    name: str
    index: int
    bindings: dict[str, list[Binding]] = field(default_factory=dict)
    global_names: set[str] = field(default_factory=set)
    nonlocal_names: set[str] = field(default_factory=set)
    star_imports: list[str] = field(default_factory=list)
    unit: Scope = field(init=False)
    """The function, lambda, class body or module whose code this scope's code runs in."""

    def __post_init__(self) -> None:
        inside = self.kind is ScopeKind.COMPREHENSION
        self.unit = self.parent.unit if self.parent is not None and inside else self

    def enclosing(self) -> Iterator[Scope]:
        """This scope and the scopes around it, innermost first."""
        scope: Scope | None = self
        while scope is not None:
            yield scope
            scope = scope.parent

    @property
    def enclosing_class(self) -> Scope | None:
        """The class that this scope is a method of, if it is one."""
        unit = self.unit
        parent = unit.parent
        if (
            unit.kind in (ScopeKind.FUNCTION, ScopeKind.LAMBDA)
            and parent is not None
            and parent.kind is ScopeKind.CLASS
        ):
            return parent
        return None

    @property
    def running_unit(self) -> Scope:
        """The function or module on whose thread this scope's code runs: a class body runs where it stands."""
        unit = self.unit
        while unit.kind is ScopeKind.CLASS and unit.parent is not None:
            unit = unit.parent.unit
        return unit

    @property
    def surrounding_class(self) -> Scope | None:
        """The class of the innermost method around this scope, itself included."""
        return next((outer.enclosing_class for outer in self.enclosing() if outer.enclosing_class is not None), None)

    @property
    def is_async(self) -> bool:
        """Whether it is a coroutine function: a call of it runs nothing until it is awaited."""
        return isinstance(self.node, ast.AsyncFunctionDef)


class Statement(NamedTuple):
    """A statement and the scope that it runs in."""

    node: ast.stmt
    scope: Scope
    first_line: int


@dataclass
class ScopeTree:
    """All scopes of a file (lambdas and comprehensions are added when they are met), and its statements in order."""

    module: Scope
    by_node: dict[ast.AST, Scope]
    statements: list[Statement]

    def open_scope(self, kind: ScopeKind, node: ast.AST, parent: Scope, name: str) -> Scope:
        """A new scope, or the one that the node already has."""
        scope = self.by_node.get(node)
        if scope is None:
            scope = Scope(kind, node, parent, name, len(self.by_node))
            self.by_node[node] = scope
        return scope

    def lambda_scope(self, node: ast.Lambda, parent: Scope) -> Scope:
        """The scope of a lambda, with its parameters bound."""
        known = self.by_node.get(node)
        if known is not None:
            return known
        scope = self.open_scope(ScopeKind.LAMBDA, node, parent, "<lambda>")
        _bind_parameters(scope, node.args)
        return scope

    def comprehension_scope(self, node: ComprehensionNode, parent: Scope) -> Scope:
        """The scope of a comprehension, with its loop variables bound."""
        known = self.by_node.get(node)
        if known is not None:
            return known
        scope = self.open_scope(ScopeKind.COMPREHENSION, node, parent, "<comprehension>")
        for generator in node.generators:
            _bind_target(scope, generator.target, BindingKind.ELEMENT, generator.iter)
        return scope


def build_scopes(tree: ast.Module, walrus_lines: Sequence[int]) -> ScopeTree:
    """The scopes of a module. ``walrus_lines``: the lines with ``:=``, ascending; no other statement needs a walk."""
    module = Scope(ScopeKind.MODULE, tree, None, "<module>", 0)
    scopes = ScopeTree(module, {tree: module}, [])
    # An explicit stack: a chain of thousands of elif branches is legal Python.
    stack: list[tuple[ast.stmt, Scope, bool]] = [(statement, module, False) for statement in reversed(tree.body)]
    add_statement = scopes.statements.append
    while stack:
        node, scope, fallback = stack.pop()
        kind = type(node)
        first_line = node.lineno
        if kind in _DEFINITIONS:
            first_line = first_line_of(node)
        add_statement(Statement(node, scope, first_line))
        if walrus_lines:
            position = bisect.bisect_left(walrus_lines, node.lineno)
            if position < len(walrus_lines) and walrus_lines[position] <= (node.end_lineno or node.lineno):
                _bind_walruses(node, scope)
        if kind in _BINDING_NOTHING:
            continue
        bind = _BINDERS.get(kind)
        if bind is not None:
            bind(scope, node, fallback)
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            inner = scopes.open_scope(ScopeKind.FUNCTION, node, scope, node.name)
            _bind_parameters(inner, node.args)
            _bind_type_parameters(inner, node)
            stack.extend([(child, inner, False) for child in reversed(node.body)])
        elif isinstance(node, ast.ClassDef):
            inner = scopes.open_scope(ScopeKind.CLASS, node, scope, node.name)
            stack.extend([(child, inner, fallback) for child in reversed(node.body)])
        elif isinstance(node, ast.If):
            stack.extend([(child, scope, fallback) for child in reversed(node.orelse)])
            stack.extend([(child, scope, fallback) for child in reversed(node.body)])
        elif kind in _COMPOUND:
            stack.extend([(child, scope, caught) for child, caught in reversed(list(_children(node, fallback)))])
    return scopes


_DEFINITIONS = {ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef}
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


def _add(scope: Scope, name: str, binding: Binding) -> None:
    if name in scope.global_names:
        scope = next(outer for outer in scope.enclosing() if outer.parent is None)
    elif name in scope.nonlocal_names:
        scope = next(
            (
                outer
                for outer in scope.enclosing()
                if outer is not scope and outer.kind is ScopeKind.FUNCTION and name not in outer.nonlocal_names
            ),
            scope,
        )
    scope.bindings.setdefault(name, []).append(binding)


def _bind_target(
    scope: Scope,
    target: ast.expr,
    kind: BindingKind,
    value: ast.expr | None,
    annotation: ast.expr | None = None,
    fallback: bool = False,
) -> None:
    pending: list[tuple[ast.expr, BindingKind, ast.expr | None]] = [(target, kind, value)]
    while pending:
        node, node_kind, node_value = pending.pop()
        if isinstance(node, ast.Name):
            _add(scope, node.id, Binding(node_kind, scope, node_value, "", annotation, fallback))
        elif isinstance(node, ast.Starred):
            pending.append((node.value, BindingKind.OTHER, None))
        elif isinstance(node, (ast.Tuple, ast.List)):
            elements: list[ast.expr | None] = [None] * len(node.elts)
            element_kind = BindingKind.OTHER
            if (
                node_kind is BindingKind.VALUE
                and isinstance(node_value, (ast.Tuple, ast.List))
                and len(node_value.elts) == len(node.elts)
                and not any(isinstance(element, ast.Starred) for element in [*node.elts, *node_value.elts])
            ):
                elements = list(node_value.elts)
                element_kind = BindingKind.VALUE
            pending.extend((part, element_kind, part_value) for part, part_value in zip(node.elts, elements))


def _bind_import(scope: Scope, node: ast.Import, fallback: bool) -> None:
    for alias in node.names:
        if alias.asname is not None:
            _add(scope, alias.asname, Binding(BindingKind.IMPORT, scope, node, alias.name, None, fallback))
        else:
            root = alias.name.partition(".")[0]
            _add(scope, root, Binding(BindingKind.IMPORT, scope, node, root, None, fallback))


def _bind_import_from(scope: Scope, node: ast.ImportFrom, fallback: bool) -> None:
    module = "." * node.level + (node.module or "")
    for alias in node.names:
        if alias.name == "*":
            scope.star_imports.append(module)
        else:
            qualified_name = f"{module}.{alias.name}"
            _add(
                scope,
                alias.asname or alias.name,
                Binding(BindingKind.IMPORT, scope, node, qualified_name, None, fallback),
            )


def _bind_assign(scope: Scope, node: ast.Assign, fallback: bool) -> None:
    for target in node.targets:
        _bind_target(scope, target, BindingKind.VALUE, node.value, None, fallback)


def _bind_annotated(scope: Scope, node: ast.AnnAssign, fallback: bool) -> None:
    if isinstance(node.target, ast.Name):
        kind = BindingKind.VALUE if node.value is not None else BindingKind.OTHER
        _add(scope, node.target.id, Binding(kind, scope, node.value, "", node.annotation, fallback))


def _bind_augmented(scope: Scope, node: ast.AugAssign, fallback: bool) -> None:
    _bind_target(scope, node.target, BindingKind.OTHER, None, None, fallback)


def _bind_for(scope: Scope, node: ast.For | ast.AsyncFor, fallback: bool) -> None:
    _bind_target(scope, node.target, BindingKind.ELEMENT, node.iter, None, fallback)


def _bind_with(scope: Scope, node: ast.With | ast.AsyncWith, fallback: bool) -> None:
    for item in node.items:
        if item.optional_vars is not None:
            _bind_target(scope, item.optional_vars, BindingKind.ENTERED, item.context_expr, None, fallback)


def _bind_function(scope: Scope, node: ast.FunctionDef | ast.AsyncFunctionDef, fallback: bool) -> None:
    _add(scope, node.name, Binding(BindingKind.FUNCTION, scope, node, "", None, fallback))


def _bind_class(scope: Scope, node: ast.ClassDef, fallback: bool) -> None:
    _add(scope, node.name, Binding(BindingKind.CLASS, scope, node, "", None, fallback))


def _bind_handlers(scope: Scope, node: ast.Try, fallback: bool) -> None:
    for handler in node.handlers:
        if handler.name is not None:
            _add(scope, handler.name, Binding(BindingKind.OTHER, scope))


def _bind_match(scope: Scope, node: ast.Match, fallback: bool) -> None:
    for case in node.cases:
        for pattern in ast.walk(case.pattern):
            name = getattr(pattern, "name", None) or getattr(pattern, "rest", None)
            if isinstance(name, str):
                _add(scope, name, Binding(BindingKind.OTHER, scope))


def _bind_global(scope: Scope, node: ast.Global, fallback: bool) -> None:
    scope.global_names.update(node.names)


def _bind_nonlocal(scope: Scope, node: ast.Nonlocal, fallback: bool) -> None:
    scope.nonlocal_names.update(node.names)


def _bind_delete(scope: Scope, node: ast.Delete, fallback: bool) -> None:
    for target in node.targets:
        if isinstance(target, ast.Name) and target.id not in scope.bindings:
            _add(scope, target.id, Binding(BindingKind.OTHER, scope))


def _bind_type_alias(scope: Scope, node: ast.stmt, fallback: bool) -> None:
    name = getattr(node, "name", None)
    if isinstance(name, ast.Name):
        _add(scope, name.id, Binding(BindingKind.OTHER, scope))


def _bind_parameters(scope: Scope, arguments: ast.arguments) -> None:
    every = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
    if arguments.vararg is not None:
        every.append(arguments.vararg)
    if arguments.kwarg is not None:
        every.append(arguments.kwarg)
    # a scope binds nothing before its parameters, and in a program that runs no two of them have the same name
    kind = BindingKind.PARAMETER
    scope.bindings.update(
        {argument.arg: [Binding(kind, scope, argument, "", argument.annotation)] for argument in every}
    )


def _bind_type_parameters(scope: Scope, node: ast.AST) -> None:
    for parameter in getattr(node, "type_params", ()):
        scope.bindings.setdefault(parameter.name, []).append(Binding(BindingKind.OTHER, scope))


def _bind_walruses(node: ast.stmt, scope: Scope) -> None:
    """Bind what ``:=`` binds in the expressions of a statement (comprehensions bind in the function around them)."""
    pending: list[ast.AST] = [
        child for child in ast.iter_child_nodes(node) if not isinstance(child, (ast.stmt, ast.ExceptHandler))
    ]
    while pending:
        child = pending.pop()
        if isinstance(child, ast.NamedExpr):
            _add(scope, child.target.id, Binding(BindingKind.VALUE, scope, child.value))
        if isinstance(child, ast.match_case):
            pending.extend(part for part in (child.guard,) if part is not None)
        elif not isinstance(child, (ast.Lambda, ast.stmt)):
            pending.extend(ast.iter_child_nodes(child))


_BINDERS: dict[type[ast.AST], Callable[[Scope, Any, bool], None]] = {
    ast.Import: _bind_import,
    ast.ImportFrom: _bind_import_from,
    ast.Assign: _bind_assign,
    ast.AnnAssign: _bind_annotated,
    ast.AugAssign: _bind_augmented,
    ast.For: _bind_for,
    ast.AsyncFor: _bind_for,
    ast.With: _bind_with,
    ast.AsyncWith: _bind_with,
    ast.FunctionDef: _bind_function,
    ast.AsyncFunctionDef: _bind_function,
    ast.ClassDef: _bind_class,
    ast.Try: _bind_handlers,
    getattr(ast, "TryStar", ast.Try): _bind_handlers,
    ast.Match: _bind_match,
    ast.Global: _bind_global,
    ast.Nonlocal: _bind_nonlocal,
    ast.Delete: _bind_delete,
    getattr(ast, "TypeAlias", ast.Delete): _bind_type_alias if hasattr(ast, "TypeAlias") else _bind_delete,
}
