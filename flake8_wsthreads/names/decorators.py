"""What the decorators of a function are, and whether they leave its name standing for it."""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import Union

from flake8_wsthreads.library import behaviour_of
from flake8_wsthreads.names.scopes import Scope
from flake8_wsthreads.names.values import Function, Value

FunctionDefinition = Union[ast.FunctionDef, ast.AsyncFunctionDef]


def decorator_names(function: Scope, qualified_name: Callable[[ast.AST | None, Scope], str]) -> list[str]:
    """The qualified names of a function's decorators (``functools.wraps(f)`` as ``functools.wraps``)."""
    return [
        qualified_name(_callee(decorator), function.parent or function)
        for decorator in getattr(function.node, "decorator_list", ())
    ]


def keeps_its_meaning(
    node: FunctionDefinition,
    scope: Scope,
    qualified_name: Callable[[ast.AST | None, Scope], str],
    evaluate: Callable[[ast.AST | None, Scope], Value | None],
    is_wrapper: Callable[[ast.AST], bool],
) -> bool:
    """Whether the name that a decorated function binds in ``scope`` still stands for that function.

    ``is_wrapper`` tells of a decorator that the file defines whether it calls what it decorates.
    """
    for decorator in node.decorator_list:
        callee = _callee(decorator)
        name = qualified_name(callee, scope)
        if behaviour_of(name).keeps_meaning or name.startswith("pytest.mark."):
            continue
        value = evaluate(callee, scope)
        if isinstance(value, Function) and value.scope.node is not node and is_wrapper(value.scope.node):
            continue
        # @ws.setter, @ws.deleter
        if isinstance(callee, ast.Attribute) and callee.attr in ("setter", "getter", "deleter"):
            continue
        return False
    return True


def _callee(decorator: ast.expr) -> ast.expr:
    return decorator.func if isinstance(decorator, ast.Call) else decorator
