"""What the decorators of a function are, and whether they leave its name standing for it."""

from __future__ import annotations

import ast
from collections.abc import Callable

from flake8_wsthreads.library import behaviour_of
from flake8_wsthreads.names.scopes import Scope


def decorator_names(function: Scope, qualified_name: Callable[[ast.AST | None, Scope], str]) -> list[str]:
    """The qualified names of a function's decorators (``functools.wraps(f)`` as ``functools.wraps``)."""
    return [
        qualified_name(_callee(decorator), function.parent or function)
        for decorator in getattr(function.node, "decorator_list", ())
    ]


def keeps_its_meaning(
    node: ast.FunctionDef | ast.AsyncFunctionDef,
    scope: Scope,
    qualified_name: Callable[[ast.AST | None, Scope], str],
    calls_its_function: Callable[[ast.expr], bool],
) -> bool:
    """Whether the name that a decorated function binds in ``scope`` still stands for that function.

    ``calls_its_function`` tells of a decorator whether the file defines it and it calls what it decorates.
    """
    for decorator in node.decorator_list:
        callee = _callee(decorator)
        name = qualified_name(callee, scope)
        if behaviour_of(name).keeps_meaning or name.startswith("pytest.mark."):
            continue
        if calls_its_function(callee):
            continue
        # @ws.setter, @ws.deleter
        if isinstance(callee, ast.Attribute) and callee.attr in ("setter", "getter", "deleter"):
            continue
        return False
    return True


def is_plain_wrapper(decorator: ast.AST) -> bool:
    """Whether a decorator of the file gives back a function that calls the one it gets, and returns the result.

    ``def timed(function): def inner(*args): …; return function(*args); return inner``, and one that makes such a
    decorator from arguments of its own.
    """
    if not isinstance(decorator, ast.FunctionDef) or not decorator.body:
        return False
    inner = [part for part in decorator.body if isinstance(part, ast.FunctionDef)]
    last = decorator.body[-1]
    if len(inner) != 1 or not isinstance(last, ast.Return) or not isinstance(last.value, ast.Name):
        return False
    if last.value.id != inner[0].name:
        return False
    given = {argument.arg for argument in decorator.args.args[:1]}
    calls = (part for part in ast.walk(inner[0]) if isinstance(part, ast.Return))
    returns_result = any(_calls_one_of(part.value, given, inner[0]) for part in calls)
    return returns_result or is_plain_wrapper(inner[0])


def _calls_one_of(value: ast.expr | None, names: set[str], function: ast.FunctionDef) -> bool:
    """Whether a value is a call of one of the names, or a variable that such a call was bound to."""
    if isinstance(value, ast.Name):
        bound = (part for part in ast.walk(function) if isinstance(part, ast.Assign))
        return any(
            isinstance(target, ast.Name) and target.id == value.id and _calls_one_of(part.value, names, function)
            for part in bound
            if not isinstance(part.value, ast.Name)
            for target in part.targets
        )
    return isinstance(value, ast.Call) and isinstance(value.func, ast.Name) and value.func.id in names


def _callee(decorator: ast.expr) -> ast.expr:
    return decorator.func if isinstance(decorator, ast.Call) else decorator
