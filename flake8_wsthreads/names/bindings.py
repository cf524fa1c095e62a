"""What each kind of statement binds."""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import Any

from flake8_wsthreads.names.scopes import Binding, BindingKind, Scope, ScopeKind


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


def bind_target(
    scope: Scope,
    target: ast.expr,
    kind: BindingKind,
    value: ast.expr | None,
    annotation: ast.expr | None = None,
    fallback: bool = False,
) -> None:
    """Bind the names of an assignment target, each to the part of ``value`` that it gets where that shows."""
    pending: list[tuple[ast.expr, BindingKind, ast.expr | None]] = [(target, kind, value)]
    while pending:
        node, node_kind, node_value = pending.pop()
        if isinstance(node, ast.Name):
            _add(scope, node.id, Binding(node_kind, scope, node_value, "", annotation, fallback))
        elif isinstance(node, ast.Starred):
            pending.append((node.value, BindingKind.OTHER, None))
        elif isinstance(node, (ast.Tuple, ast.List)):
            # what a call returns is taken apart: the call is all that is known of each part
            whole = node_value if node_kind is BindingKind.VALUE and isinstance(node_value, ast.Call) else None
            elements: list[ast.expr | None] = [whole] * len(node.elts)
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
        bind_target(scope, target, BindingKind.VALUE, node.value, None, fallback)


def _bind_annotated(scope: Scope, node: ast.AnnAssign, fallback: bool) -> None:
    if isinstance(node.target, ast.Name):
        kind = BindingKind.VALUE if node.value is not None else BindingKind.OTHER
        _add(scope, node.target.id, Binding(kind, scope, node.value, "", node.annotation, fallback))


def _bind_augmented(scope: Scope, node: ast.AugAssign, fallback: bool) -> None:
    bind_target(scope, node.target, BindingKind.OTHER, None, None, fallback)


def _bind_for(scope: Scope, node: ast.For | ast.AsyncFor, fallback: bool) -> None:
    bind_target(scope, node.target, BindingKind.ELEMENT, node.iter, None, fallback)


def _bind_with(scope: Scope, node: ast.With | ast.AsyncWith, fallback: bool) -> None:
    for item in node.items:
        if item.optional_vars is not None:
            bind_target(scope, item.optional_vars, BindingKind.ENTERED, item.context_expr, None, fallback)


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


def bind_parameters(scope: Scope, arguments: ast.arguments) -> None:
    """Bind the parameters of a function or lambda."""
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


def bind_type_parameters(scope: Scope, node: ast.AST) -> None:
    """Bind the type parameters of a definition: ``def first[T](…)``."""
    for parameter in getattr(node, "type_params", ()):
        scope.bindings.setdefault(parameter.name, []).append(Binding(BindingKind.OTHER, scope))


def bind_walruses(node: ast.stmt, scope: Scope) -> None:
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


BINDERS: dict[type[ast.AST], Callable[[Scope, Any, bool], None]] = {
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
"""What each kind of statement binds, given its scope, itself, and whether a failed import leads to it."""
