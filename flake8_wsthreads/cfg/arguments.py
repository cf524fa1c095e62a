"""The arguments of a call as operands."""

from __future__ import annotations

import ast
from collections.abc import Iterable

from flake8_wsthreads.cfg.builder import Builder
from flake8_wsthreads.cfg.instruction import Arguments
from flake8_wsthreads.cfg.lowering import lower
from flake8_wsthreads.cfg.operand import Element, Operand


def arguments_of(builder: Builder, node: ast.Call) -> Arguments:
    positional, spread = in_order(builder, node.args)
    keywords: list[tuple[str, Operand]] = []
    for keyword in node.keywords:
        operand = lower(builder, keyword.value)
        if keyword.arg is None:
            spread += (Element(operand),)
        else:
            keywords.append((keyword.arg, operand))
    return Arguments(positional, tuple(keywords), spread)


def in_order(builder: Builder, parts: Iterable[ast.expr]) -> tuple[tuple[Operand, ...], tuple[Operand, ...]]:
    """The operands whose positions show, and those that stand behind a ``*``."""
    positional: list[Operand] = []
    spread: list[Operand] = []
    for part in parts:
        (spread if spread or isinstance(part, ast.Starred) else positional).append(lower(builder, part))
    return tuple(positional), tuple(spread)
