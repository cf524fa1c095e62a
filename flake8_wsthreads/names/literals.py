"""The builtin classes of what is spelled out: texts, numbers, lists, dicts and sets."""

from __future__ import annotations

import ast

from flake8_wsthreads.names.values import Constant, Instance, Value

_OF_CONSTANTS: dict[type, Instance] = {kind: Instance(f"builtins.{kind.__name__}") for kind in (str, bytes, int, float)}
DISPLAYS: dict[type[ast.AST], Value] = {
    ast.JoinedStr: Instance("builtins.str"),
    **dict.fromkeys((ast.List, ast.ListComp), Instance("builtins.list")),
    **dict.fromkeys((ast.Dict, ast.DictComp), Instance("builtins.dict")),
    **dict.fromkeys((ast.Set, ast.SetComp), Instance("builtins.set")),
}
"""What an expression of this form makes, whatever is in it."""


def of_class(value: Value | None) -> Value | None:
    """A text or a number as an instance of its class; every other value as it is."""
    return _OF_CONSTANTS.get(type(value.value), value) if isinstance(value, Constant) else value
