"""What a context manager does with the exceptions that end its block: most let them pass, some swallow them."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from flake8_wsthreads.cfg.exceptions import caught_by, caught_by_all, raised_by_expression
from flake8_wsthreads.cfg.raised import Caught, Raised
from flake8_wsthreads.library.behaviour import Decorates
from flake8_wsthreads.names.bound_once import bound_once
from flake8_wsthreads.names.evaluate import Names
from flake8_wsthreads.names.scopes import Scope
from flake8_wsthreads.names.values import Class, Function, Imported, Instance, Value
from flake8_wsthreads.source.syntax import body_of, last_name, own_parts, parts_run_by, statements_in

_TRY = (ast.Try, getattr(ast, "TryStar", ast.Try))
_WITH = (ast.With, ast.AsyncWith)
_WITH_OWN_BODY = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
# with ignored(OSError):, with log_errors():, for attempt in Retrying(): with attempt:
_SWALLOWING = re.compile(r"suppress|safe|ignor|swallow|silen|quiet|catch(?!_warnings)|attempt|error|exception")
_DEEPEST = 4
"""Managers that use managers that use managers: what those further in swallow is not asked."""


@dataclass(frozen=True)
class Swallowed:
    """Exceptions that end a block and do not come out of it."""

    caught: Caught
    instead: Raised | None = None
    """What comes out in their place; None where the program goes on behind the block."""


_EVERYTHING = Swallowed(Caught(bare=True))


def caught_for_good(swallowed: Iterable[Swallowed]) -> Iterator[Caught]:
    """What of this does not come out of the block at all, not even as something else."""
    return (each.caught for each in swallowed if each.instead is None)


def swallowed_by(names: Names, manager: ast.expr, scope: Scope, depth: int = 0) -> tuple[Swallowed, ...]:
    """What a manager swallows, or may swallow, in the order in which it is asked; empty for most managers.

    ``contextlib.suppress(…)`` names it; an ``__exit__`` of the file that swallows returns something true; a
    ``@contextmanager`` of the file catches it around its ``yield``. Of what other files define the name tells.
    """
    manager, scope = bound_once(names, manager, scope)
    if isinstance(manager, ast.IfExp) and depth < _DEEPEST:
        either = (manager.body, manager.orelse)
        return tuple(part for each in either for part in swallowed_by(names, each, scope, depth + 1))
    made_by = names.evaluate(manager.func, scope) if isinstance(manager, ast.Call) else None
    if isinstance(manager, ast.Call) and _suppresses(names, made_by):
        return (Swallowed(caught_by_all(names, manager.args, scope)),) if manager.args else ()
    value = names.evaluate(manager, scope)
    if isinstance(value, Instance) and isinstance(value.of, Scope):
        leaving = names.classes.method(value.of, "__exit__")
        return (_EVERYTHING,) if leaving is not None and _may_return_true(names, leaving) else ()
    if isinstance(made_by, Function):
        return _swallowed_by_generator(names, made_by.scope, depth)
    called = manager.func if isinstance(manager, ast.Call) else manager
    return (_EVERYTHING,) if named_like_swallowing(called) else ()


def named_like_swallowing(node: ast.expr) -> bool:
    """Whether the name of something of another file says that it keeps errors, or may: ``ignored``, ``log_errors``."""
    return _SWALLOWING.search(last_name(node).lower()) is not None


def swallowed_by_stack(
    names: Names, stack: ast.expr | None, body: list[ast.stmt], scope: Scope
) -> tuple[Swallowed, ...]:
    """What an exit stack swallows by the managers that its block leaves to it: ``stack.enter_context(suppress(…))``.

    ``stack`` is the variable that ``with`` binds it to, None where it binds none.
    """
    if not isinstance(stack, ast.Name):
        return ()
    found: list[Swallowed] = []
    for call in parts_run_by(body):
        if not isinstance(call, ast.Call) or not isinstance(call.func, ast.Attribute) or not call.args:
            continue
        if isinstance(call.func.value, ast.Name) and call.func.value.id == stack.id:
            if call.func.attr == "enter_context":
                found.extend(swallowed_by(names, call.args[0], scope))
            elif call.func.attr == "push" and isinstance(call.args[0], ast.Lambda):
                found.append(_EVERYTHING)
    return tuple(dict.fromkeys(found))


def _suppresses(names: Names, made_by: Value | None) -> bool:
    """Whether a call makes a ``contextlib.suppress``, or an object of a class below it."""
    if isinstance(made_by, Class):
        return "contextlib.suppress" in names.classes.foreign_bases(made_by.scope)
    return isinstance(made_by, Imported) and made_by.name == "contextlib.suppress"


def _may_return_true(names: Names, leaving: Scope) -> bool:
    """Whether ``__exit__`` returns anything but None, False, or what another ``__exit__`` returns."""
    returned = (part.value for part in names.statements_of(leaving) if isinstance(part, ast.Return))
    return any(value is not None and not _lets_pass(value) for value in returned)


def _lets_pass(value: ast.expr) -> bool:
    if isinstance(value, ast.Call) and isinstance(value.func, ast.Attribute):
        return value.func.attr in ("__exit__", "close")
    return isinstance(value, ast.Constant) and not value.value


def _swallowed_by_generator(names: Names, generator: Scope, depth: int) -> tuple[Swallowed, ...]:
    """What a ``@contextmanager`` swallows; nothing for any other function. Its body is looked through once."""
    if depth >= _DEEPEST or not names.is_decorated(generator, Decorates.CONTEXT_MANAGER):
        return ()
    around = (_is_yield, depth)
    return generator.once(
        around, lambda: tuple(dict.fromkeys(swallowed_around(names, generator, _is_yield, depth)))
    )


def _is_yield(part: ast.AST) -> bool:
    return isinstance(part, ast.Yield)


def swallowed_around(
    names: Names, function: Scope, is_meant: Callable[[ast.AST], bool], depth: int = 0
) -> Iterator[Swallowed]:
    """What is swallowed around each of these parts of a function, from the inside out."""
    pending: list[tuple[ast.stmt, tuple[Swallowed, ...]]] = [
        (statement, ()) for statement in body_of(function.node) if isinstance(statement, ast.stmt)
    ]
    while pending:
        statement, around = pending.pop()
        if around and any(is_meant(part) for part in own_parts(statement)):
            yield from around
        if isinstance(statement, _WITH_OWN_BODY):
            continue
        inside = around
        if isinstance(statement, _TRY):
            inside = (*_by_handlers(names, statement, function), *around)
        elif isinstance(statement, _WITH):
            for item in statement.items:
                inside = (*swallowed_by(names, item.context_expr, function, depth + 1), *inside)
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
