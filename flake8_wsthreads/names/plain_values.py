"""Which expressions are made of nothing but numbers, or of numbers and texts."""

from __future__ import annotations

import ast

from flake8_wsthreads.names.evaluate import Names
from flake8_wsthreads.names.literals import of_class
from flake8_wsthreads.names.scopes import Scope
from flake8_wsthreads.names.values import Instance

_NUMBERS = (Instance("builtins.int"), Instance("builtins.float"))
_PLAIN = (*_NUMBERS, Instance("builtins.str"))


def is_number(names: Names, node: ast.expr, scope: Scope) -> bool:
    """Whether an expression is a number, however it is computed: ``time.time() * 1000``."""
    pending = [node]
    while pending:
        part = pending.pop()
        if isinstance(part, ast.BinOp):
            pending.extend((part.left, part.right))
        elif isinstance(part, ast.UnaryOp):
            pending.append(part.operand)
        elif of_class(names.evaluate(part, scope)) not in _NUMBERS:
            return False
    return True


def is_literal(names: Names, node: ast.expr, scope: Scope) -> bool:
    """Whether an expression is a text or a number, or a list or a dict with nothing else in it."""
    pending: list[ast.expr | None] = [node]
    while pending:
        part = pending.pop()
        if isinstance(part, (ast.List, ast.Tuple)):
            pending.extend(part.elts)
        elif isinstance(part, ast.Dict):
            pending.extend((*part.keys, *part.values))
        elif part is None:
            return False
        elif isinstance(part, ast.Constant):
            if not (part.value is None or isinstance(part.value, (str, int, float))):
                return False
        elif of_class(names.evaluate(part, scope)) not in _PLAIN and not is_number(names, part, scope):
            return False
    return True
