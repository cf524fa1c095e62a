"""Calls of the functions and classes of this file."""

from __future__ import annotations

import ast

from flake8_wsthreads.cfg.builder import Builder
from flake8_wsthreads.cfg.instruction import Arguments, CallFunction, Construct
from flake8_wsthreads.cfg.operand import Operand
from flake8_wsthreads.cfg.place import Place
from flake8_wsthreads.cfg.safe_calls import makes_plain
from flake8_wsthreads.names.scopes import Scope
from flake8_wsthreads.source.syntax import walk
from flake8_wsthreads.threads.start import Start

_MAKING = ("__init__", "__new__", "__post_init__")


def emit_call(
    builder: Builder,
    node: ast.AST,
    function: Scope,
    receiver: Operand | None,
    arguments: Arguments,
    target: Place | None,
    start: Start | None = None,
) -> None:
    """A step that calls a function of this file and binds its result to ``target``; without one it never returns.

    ``start`` is the start of the worker that runs it, where the caller waits for its result.
    """
    captured = captured_here(builder, function)
    for place in captured:
        builder.graph.tests[place] += 1
    builder.emit(CallFunction(function, receiver, arguments, target, captured, start, target is not None), node)


def captured_here(builder: Builder, function: Scope | None) -> tuple[Place, ...]:
    """The variables of the function under construction that another one, which stands in it, mentions."""
    around = function.parent.function if function is not None and function.parent is not None else None
    if function is None or around is not builder.function:
        return ()
    return tuple(sorted(builder.rest.captured(function), key=str))


def emit_construct(builder: Builder, node: ast.Call, scope: Scope, arguments: Arguments, target: Place) -> None:
    """A step that makes an object of a class of this file and binds it to the place ``target``."""
    builder.emit(
        Construct(scope, builder.names.classes.method(scope, "__init__"), arguments, target),
        node,
        safe=_constructed_safely(builder, scope),
    )


def _constructed_safely(builder: Builder, scope: Scope) -> bool:
    """Whether no code of the file runs when an object of the class is made: no methods for it, no unknown decorator.

    A dataclass only stores its arguments.
    """
    names = builder.names
    assert isinstance(scope.node, ast.ClassDef)
    decorators = [part.func if isinstance(part, ast.Call) else part for part in scope.node.decorator_list]
    if any(names.qualified_name(decorator, builder.scope) != "dataclasses.dataclass" for decorator in decorators):
        return False
    if scope.node.keywords:
        return False
    if any(names.classes.method(scope, name) is not None for name in _MAKING):
        return False
    made = (part for statement in scope.node.body for part in walk(statement) if isinstance(part, ast.keyword))
    return all(
        part.arg != "default_factory" or makes_plain(names.qualified_name(part.value, builder.scope)) for part in made
    )
