"""Loops that run a function of the file for each element: over a generator, or an object of a class of the file."""

from __future__ import annotations

import ast

from flake8_wsthreads.names.bound_once import bound_once
from flake8_wsthreads.names.evaluate import Names
from flake8_wsthreads.names.overriding import called_may_be_another, may_be_another
from flake8_wsthreads.names.scopes import Scope
from flake8_wsthreads.names.values import Function, Instance
from flake8_wsthreads.source.syntax import body_of, first_parameter, parts_run_by

_YIELDS = (ast.Yield, ast.YieldFrom)


def run_for_each(names: Names, node: ast.expr, scope: Scope) -> Scope | None:
    """The function that a loop over an expression runs for each element; None where the file does not tell.

    That is the generator function that the expression calls, an ``__iter__`` that is one, or the ``__next__`` of an
    object that is its own iterator.
    """
    node, scope = bound_once(names, node, scope)
    if isinstance(node, ast.Call):
        called = names.evaluate(node.func, scope)
        if isinstance(called, Function):
            is_told = _is_generator(called.scope) and not called_may_be_another(names, node.func, called.scope, scope)
            return called.scope if is_told else None
    value = names.evaluate(node, scope)
    if not isinstance(value, Instance) or not isinstance(value.of, Scope):
        return None
    run = names.classes.method(value.of, "__iter__")
    if run is not None and not _is_generator(run):
        run = names.classes.method(value.of, "__next__") if _only_returns_itself(run) else None
    return run if run is not None and not may_be_another(names, node, run, scope) else None


def _is_generator(function: Scope) -> bool:
    if not isinstance(function.node, ast.FunctionDef):
        return False
    body = body_of(function.node)
    return function.once(_is_generator, lambda: any(isinstance(part, _YIELDS) for part in parts_run_by(body)))


def _only_returns_itself(method: Scope) -> bool:
    """Whether a method does nothing but ``return self``, a docstring aside."""
    own, last = first_parameter(method.node), body_of(method.node)[-1]
    before = body_of(method.node)[:-1]
    if own is None or not all(isinstance(part, ast.Expr) and isinstance(part.value, ast.Constant) for part in before):
        return False
    return isinstance(last, ast.Return) and isinstance(last.value, ast.Name) and last.value.id == own.arg
