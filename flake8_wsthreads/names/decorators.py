"""What the decorators of a function are, and whether they leave its name standing for it."""

from __future__ import annotations

import ast
from collections.abc import Callable

from flake8_wsthreads.names.scopes import Scope

_TRANSPARENT_DECORATORS = {
    "builtins.staticmethod", "builtins.classmethod", "builtins.property", "functools.cached_property",
    "contextlib.contextmanager", "contextlib.asynccontextmanager", "functools.wraps", "functools.lru_cache",
    "functools.cache", "abc.abstractmethod", "typing.override", "typing_extensions.override", "typing.overload",
    "typing.final", "typing.no_type_check", "pytest.fixture", "pytest_asyncio.fixture", "unittest.skip",
    "unittest.skipIf", "unittest.skipUnless", "unittest.mock.patch", "unittest.mock.patch.object",
    "unittest.expectedFailure", "click.command", "click.group", "click.option", "click.argument",
    "click.pass_context", "atexit.register", "dataclasses.dataclass", "warnings.deprecated",
    "typing_extensions.deprecated", "functools.singledispatch", "contextlib.ContextDecorator",
}  # fmt: skip


def decorator_names(function: Scope, qualified_name: Callable[[ast.AST | None, Scope], str]) -> list[str]:
    """The qualified names of a function's decorators (``functools.wraps(f)`` as ``functools.wraps``)."""
    return [
        qualified_name(_callee(decorator), function.parent or function)
        for decorator in getattr(function.node, "decorator_list", ())
    ]


def keeps_its_meaning(
    node: ast.FunctionDef | ast.AsyncFunctionDef, scope: Scope, qualified_name: Callable[[ast.AST | None, Scope], str]
) -> bool:
    """Whether the name that a decorated function binds in ``scope`` still stands for that function."""
    for decorator in node.decorator_list:
        callee = _callee(decorator)
        name = qualified_name(callee, scope)
        if name in _TRANSPARENT_DECORATORS or name.startswith("pytest.mark."):
            continue
        # @ws.setter, @ws.deleter
        if isinstance(callee, ast.Attribute) and callee.attr in ("setter", "getter", "deleter"):
            continue
        return False
    return True


def _callee(decorator: ast.expr) -> ast.expr:
    return decorator.func if isinstance(decorator, ast.Call) else decorator
