"""Expressions and statements become steps: the builder carries a handler for each kind of syntax."""

from __future__ import annotations

import ast
from collections.abc import Sequence

from flake8_wsthreads.cfg.builder import Builder
from flake8_wsthreads.cfg.instruction import Give
from flake8_wsthreads.cfg.operand import UNKNOWN, Operand

# Expressions nested deeper than this are not taken apart: what they mention is given away.
MAXIMUM_DEPTH = 40


def lower(builder: Builder, node: ast.expr | None) -> Operand:
    """Add the steps of an expression; returns what it evaluates to."""
    if node is None:
        return UNKNOWN
    handler = builder.lowering.expressions.get(type(node))
    if handler is None:
        return UNKNOWN
    if builder.expression_depth > MAXIMUM_DEPTH:
        return _opaque(builder, node)
    builder.expression_depth += 1
    operand = handler(builder, node)
    builder.expression_depth -= 1
    return operand


def lower_all(builder: Builder, nodes: list[ast.expr]) -> tuple[Operand, ...]:
    """Add the steps of several expressions, from left to right."""
    return tuple([lower(builder, node) for node in nodes])


def _opaque(builder: Builder, node: ast.expr) -> Operand:
    """An expression too deep to follow: it may raise, and whatever it mentions is no longer ours to judge."""
    mentioned: dict[str, Operand] = {}
    pending: list[ast.AST] = [node]
    while pending:
        part = pending.pop()
        if isinstance(part, ast.Name):
            mentioned[part.id] = builder.variable(part.id, part)
        pending.extend(ast.iter_child_nodes(part))
    builder.emit(Give(tuple(mentioned.values())), node)
    return UNKNOWN


def lower_block(builder: Builder, statements: Sequence[ast.stmt]) -> None:
    """Add the steps of statements that follow each other."""
    for statement in statements:
        handler = builder.lowering.statements.get(type(statement))
        if handler is not None:
            mark, around = len(builder.temporaries), builder.alternatives
            builder.alternatives = 0
            handler(builder, statement)
            builder.alternatives = around
            builder.forget_temporaries(statement, mark)
