"""Calls that make an object of a class of this file."""

from __future__ import annotations

import ast

from flake8_wsthreads.cfg.builder import Builder
from flake8_wsthreads.cfg.graph import Arguments, Op
from flake8_wsthreads.cfg.place import Place
from flake8_wsthreads.cfg.safe_calls import never_raises
from flake8_wsthreads.names.scopes import Scope
from flake8_wsthreads.source.syntax import walk

_MAKING = ("__init__", "__new__", "__post_init__")


def emit_construct(builder: Builder, node: ast.Call, scope: Scope, arguments: Arguments, target: Place) -> None:
    """A step that makes an object of a class of this file and binds it to the slot ``target``."""
    builder.emit(
        Op.CONSTRUCT,
        node,
        function=builder.names.method(scope, "__init__"),
        receiver=target,
        arguments=arguments,
        target=target,
        detail=scope,
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
    if any(names.method(scope, name) is not None for name in _MAKING):
        return False
    made = (part for statement in scope.node.body for part in walk(statement) if isinstance(part, ast.keyword))
    return all(part.arg != "default_factory" or _makes_plain(builder, part.value) for part in made)


def _makes_plain(builder: Builder, factory: ast.expr) -> bool:
    return never_raises(builder.names.qualified_name(factory, builder.scope), False)
