"""Objects that are nothing but their attributes: ``SimpleNamespace(ws=ws)``, ``threading.local()``.

They are read and filled like dicts: an attribute is the element under its name.
"""

from __future__ import annotations

import ast

from flake8_wsthreads.cfg.builder import Builder
from flake8_wsthreads.cfg.instruction import Arguments, CallMethod
from flake8_wsthreads.cfg.operand import OBJECT, Operand, Pack
from flake8_wsthreads.names.values import Instance

NAMESPACES = frozenset({"types.SimpleNamespace", "argparse.Namespace", "threading.local"})


def is_namespace(builder: Builder, node: ast.expr) -> bool:
    """Whether an expression is known to be such an object."""
    value = builder.names.evaluate(node, builder.scope)
    return isinstance(value, Instance) and value.of in NAMESPACES


def set_attribute(builder: Builder, base: Operand, name: str, value: Operand, syntax: ast.AST) -> None:
    """Add the step that puts a value under a name."""
    builder.emit(CallMethod(base, "__setitem__", Arguments((value,)), key=name), syntax)


def record(arguments: Arguments) -> Operand:
    """``SimpleNamespace(ws=ws)``, ``dict(ws=ws, count=0)``: each value under its name."""
    if not arguments.keywords:
        return OBJECT
    return Pack(tuple(value for _, value in arguments.keywords), tuple(key for key, _ in arguments.keywords))
