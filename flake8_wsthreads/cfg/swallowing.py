"""What a context manager does with the exceptions that end its block: most let them pass, some swallow them."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from flake8_wsthreads.cfg.exceptions import caught_by, caught_by_all, raised_by_expression
from flake8_wsthreads.cfg.raised import Caught, Raised
from flake8_wsthreads.library.behaviour import Decorates
from flake8_wsthreads.names.evaluate import Names
from flake8_wsthreads.names.scopes import Scope
from flake8_wsthreads.names.values import Function, Instance
from flake8_wsthreads.source.syntax import body_of, own_parts, statements_in

_TRY = (ast.Try, getattr(ast, "TryStar", ast.Try))
_WITH = (ast.With, ast.AsyncWith)
_WITH_OWN_BODY = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
_DEEPEST = 4
"""Managers that use managers that use managers: what those further in swallow is not asked."""


@dataclass(frozen=True)
class Swallowed:
    """Exceptions that end a block and do not come out of it."""

    caught: Caught
    instead: Raised | None = None
    """What comes out in their place; None where the program goes on behind the block."""


_EVERYTHING = Swallowed(Caught(bare=True))


def swallowed_by(names: Names, manager: ast.expr, scope: Scope, depth: int = 0) -> tuple[Swallowed, ...]:
    """What a manager swallows, or may swallow, in the order in which it is asked; empty for most managers.

    ``contextlib.suppress(…)`` names it; an ``__exit__`` of the file that swallows returns something true; a
    ``@contextmanager`` of the file catches it around its ``yield``.
    """
    if isinstance(manager, ast.Call) and names.qualified_name(manager.func, scope) == "contextlib.suppress":
        return (Swallowed(caught_by_all(names, manager.args, scope)),) if manager.args else ()
    value = names.evaluate(manager, scope)
    if isinstance(value, Instance) and isinstance(value.of, Scope):
        leaving = names.classes.method(value.of, "__exit__")
        return (_EVERYTHING,) if leaving is not None and _may_return_true(names, leaving) else ()
    made_by = names.evaluate(manager.func, scope) if isinstance(manager, ast.Call) else None
    if isinstance(made_by, Function) and depth < _DEEPEST:
        if names.is_decorated(made_by.scope, Decorates.CONTEXT_MANAGER):
            return tuple(dict.fromkeys(_around_yields(names, made_by.scope, depth)))
    return ()


def _may_return_true(names: Names, leaving: Scope) -> bool:
    """Whether ``__exit__`` returns anything but None, False, or what another ``__exit__`` returns."""
    returned = (part.value for part in names.statements_of(leaving) if isinstance(part, ast.Return))
    return any(value is not None and not _lets_pass(value) for value in returned)


def _lets_pass(value: ast.expr) -> bool:
    if isinstance(value, ast.Call) and isinstance(value.func, ast.Attribute):
        return value.func.attr in ("__exit__", "close")
    return isinstance(value, ast.Constant) and not value.value


def _around_yields(names: Names, generator: Scope, depth: int) -> Iterator[Swallowed]:
    """What is swallowed around each ``yield`` of a generator function, from the inside out."""
    pending: list[tuple[ast.stmt, tuple[Swallowed, ...]]] = [
        (statement, ()) for statement in body_of(generator.node) if isinstance(statement, ast.stmt)
    ]
    while pending:
        statement, around = pending.pop()
        if any(isinstance(part, ast.Yield) for part in own_parts(statement)):
            yield from around
        if isinstance(statement, _WITH_OWN_BODY):
            continue
        inside = around
        if isinstance(statement, _TRY):
            inside = (*_by_handlers(names, statement, generator), *around)
        elif isinstance(statement, _WITH):
            for item in statement.items:
                inside = (*swallowed_by(names, item.context_expr, generator, depth + 1), *inside)
        protected = set(map(id, body_of(statement))) if inside is not around else set()
        pending.extend((part, inside if id(part) in protected else around) for part in statements_in(statement))


def _by_handlers(names: Names, statement: ast.Try, scope: Scope) -> Iterator[Swallowed]:
    """What the handlers of a ``try`` do not let out as it came."""
    for handler in statement.handlers:
        last, instead = handler.body[-1], None
        if isinstance(last, ast.Raise):
            made = last.exc.func if isinstance(last.exc, ast.Call) else last.exc
            if made is None or (isinstance(made, ast.Name) and made.id == handler.name):
                continue
            instead = raised_by_expression(names, made, scope)
        yield Swallowed(caught_by(names, handler.type, scope), instead)
