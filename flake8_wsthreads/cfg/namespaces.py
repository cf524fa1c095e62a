"""Objects that are nothing but their attributes: ``SimpleNamespace(ws=ws)``, ``threading.local()``.

They are read and filled like dicts: an attribute is the element under its name.
"""

from __future__ import annotations

import ast

from flake8_wsthreads.cfg.builder import Builder
from flake8_wsthreads.cfg.instruction import Arguments, CallMethod
from flake8_wsthreads.cfg.operand import OBJECT, Operand, Pack
from flake8_wsthreads.library import behaviour_of
from flake8_wsthreads.library.behaviour import Holds
from flake8_wsthreads.names.values import Instance


def is_namespace(builder: Builder, node: ast.expr) -> bool:
    """Whether an expression is known to be such an object."""
    value = builder.names.evaluate(node, builder.scope)
    made_by = value.of if isinstance(value, Instance) else ""
    return isinstance(made_by, str) and behaviour_of(made_by).holds is Holds.ATTRIBUTES


def set_attribute(builder: Builder, base: Operand, name: str, value: Operand, syntax: ast.AST) -> None:
    """Add the step that puts a value under a name."""
    builder.emit(CallMethod(base, "__setitem__", Arguments((value,)), key=name), syntax)


def record(arguments: Arguments) -> Operand:
    """``SimpleNamespace(ws=ws)``, ``dict(ws=ws, count=0)``: each value under its name."""
    if not arguments.keywords:
        return OBJECT
    return Pack(tuple(value for _, value in arguments.keywords), tuple(key for key, _ in arguments.keywords))
