"""What ``functools.partial(function, …)`` has bound, at the place that calls it."""

from __future__ import annotations

import ast

from flake8_wsthreads.cfg.builder import Builder
from flake8_wsthreads.cfg.instruction import Arguments
from flake8_wsthreads.cfg.lowering import lower
from flake8_wsthreads.cfg.operand import UNKNOWN, Operand
from flake8_wsthreads.names.values import Partial


def bound_arguments(builder: Builder, partial: Partial) -> Arguments | None:
    """The arguments that a partial application made in this function hands on; None where that is not told.

    A variable that is bound once is the same at the call as it was then. What was in an attribute or a container may
    not be there any more.
    """
    call = partial.call
    values = [*call.args[1:], *(keyword.value for keyword in call.keywords)]
    untold = any(isinstance(value, (ast.Starred, ast.Attribute, ast.Subscript)) for value in values)
    if partial.scope is not builder.scope or untold or any(keyword.arg is None for keyword in call.keywords):
        return None
    keywords = tuple((str(keyword.arg), _bound(builder, keyword.value)) for keyword in call.keywords)
    return Arguments(tuple(_bound(builder, argument) for argument in call.args[1:]), keywords)


def _bound(builder: Builder, node: ast.expr) -> Operand:
    if not isinstance(node, ast.Name):
        return UNKNOWN
    owner = builder.names.lookup(node.id, builder.scope)
    steady = owner is not None and len(owner.bindings[node.id]) == 1
    return lower(builder, node) if steady else UNKNOWN
