"""Calls of functions whose decorator keeps the errors to itself: ``@safe``, ``@log_errors``.

::

    def safe(function):
        def inner(*args):
            try:
                return function(*args)
            except Exception:
                log.exception("failed")
        return inner
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from flake8_wsthreads.cfg.swallowing import caught_for_good, named_like_swallowing, swallowed_around, swallowed_by
from flake8_wsthreads.library.behaviour import Decorates
from flake8_wsthreads.names.bound_once import bound_once
from flake8_wsthreads.names.evaluate import Names
from flake8_wsthreads.names.scopes import BindingKind, Scope
from flake8_wsthreads.names.values import Class, Function, Instance, Super
from flake8_wsthreads.names.variables import meaningful
from flake8_wsthreads.source.syntax import positional_parameters


def keeps_errors(names: Names, called: ast.expr, scope: Scope) -> bool:
    """Whether a decorator catches errors of the function that a call names, so that the caller may never see one.

    Which errors is not asked: where a decorator catches some, nothing is claimed of the others.
    """
    if isinstance(called, ast.Name):
        made, made_in = bound_once(names, called, scope)
        if isinstance(made, ast.Call) and _swallows(names, made.func, made_in):
            return True  # step = safe(compute)
    return any(_swallows(names, decorator, within) for decorator, within in _decorators(names, called, scope))


def _decorators(names: Names, called: ast.expr, scope: Scope) -> Iterator[tuple[ast.expr, Scope]]:
    """The decorators of the function of this file that a call names, each with the scope that it is read in."""
    for definition in _definitions(names, called, scope):
        for decorator in getattr(definition.node, "decorator_list", ()):
            yield decorator, definition.parent or definition


def _definitions(names: Names, called: ast.expr, scope: Scope) -> Iterator[Scope]:
    if isinstance(called, ast.Name):
        owner = names.lookup(called.id, scope)
        for binding in meaningful(owner.bindings.get(called.id, ())) if owner is not None else ():
            if binding.kind is BindingKind.FUNCTION and isinstance(binding.node, ast.AST):
                yield names.scopes.by_node[binding.node]
    elif isinstance(called, ast.Attribute):
        holder = names.evaluate(called.value, scope)
        of = holder.of if isinstance(holder, Instance) else None
        if isinstance(holder, (Class, Super)):
            of = holder.scope
        if isinstance(of, Scope):
            family = names.classes.ancestors(of)[1 if isinstance(holder, Super) else 0 :]
            method = next(filter(None, (names.classes.own_method(each, called.attr) for each in family)), None)
            if method is not None:
                yield method


def _swallows(names: Names, decorator: ast.expr, scope: Scope) -> bool:
    """Whether what a decorator puts in the place of its function catches what that raises, or may."""
    made_by = decorator.func if isinstance(decorator, ast.Call) else decorator
    value = names.evaluate(made_by, scope)
    if isinstance(value, Function):
        if names.is_decorated(value.scope, Decorates.CONTEXT_MANAGER):
            return next(caught_for_good(swallowed_by(names, decorator, scope)), None) is not None
        decorating = value.scope
        return decorating.once(_wrapper_swallows, lambda: _wrapper_swallows(names, decorating))
    if isinstance(value, Class):
        called = names.classes.method(value.scope, "__call__")
        return called is not None and (_catches_around(names, called, called) or _wrapper_swallows(names, called))
    return named_like_swallowing(made_by)


def _wrapper_swallows(names: Names, decorator: Scope) -> bool:
    """Whether a function inside a decorator, or inside what it makes, calls what it is given, and keeps its errors."""
    defined = (binding for bindings in decorator.read().bindings.values() for binding in bindings)
    inner = [names.scopes.by_node[each.node] for each in defined if isinstance(each.node, ast.FunctionDef)]
    return any(_catches_around(names, scope, decorator) or _wrapper_swallows(names, scope) for scope in inner)


def _catches_around(names: Names, wrapper: Scope, receiver: Scope) -> bool:
    """Whether a function catches errors of calls of what another one was given, or of an attribute of that."""
    arguments = getattr(receiver.node, "args", None)
    given = {each.arg for each in positional_parameters(arguments)} if isinstance(arguments, ast.arguments) else set()

    def is_call(part: ast.AST) -> bool:
        called = part.func if isinstance(part, ast.Call) else None
        called = called.value if isinstance(called, ast.Attribute) else called
        return isinstance(called, ast.Name) and called.id in given

    return next(caught_for_good(swallowed_around(names, wrapper, is_call)), None) is not None
