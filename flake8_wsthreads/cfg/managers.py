"""What the manager of a ``with`` block does with an exception that ends it: swallows it, or expects it."""

from __future__ import annotations

import ast

from flake8_wsthreads.cfg.builder import Builder
from flake8_wsthreads.cfg.exceptions import caught_by_all
from flake8_wsthreads.cfg.operand import Known, ValueKind
from flake8_wsthreads.cfg.place import Place
from flake8_wsthreads.cfg.raised import Caught
from flake8_wsthreads.cfg.swallowing import Swallowed
from flake8_wsthreads.library import behaviour_of, behaviour_of_method


def _expects_exception(builder: Builder, node: ast.expr) -> bool:
    """``pytest.raises(OSError)``: the block of a test that passes ends with an exception."""
    if not isinstance(node, ast.Call):
        return False
    method = node.func.attr if isinstance(node.func, ast.Attribute) else ""
    if behaviour_of_method(method).expects_error:
        return True
    return behaviour_of(builder.names.qualified_name(node.func, builder.scope)).expects_error


def mark_what_is_open_before(builder: Builder, node: ast.expr) -> Place | None:
    """Before a block that is expected to raise, a mark for the paths on which the connection is open already.

    Whether a block that raises opened what it was to open, the file does not tell. None for all other blocks.
    """
    if not _expects_exception(builder, node):
        return None
    mark = builder.open_before()
    builder.graph.tests[mark] += 2
    builder.assign(mark, Known(ValueKind.TRUE), node)
    return mark


def suppressed(
    builder: Builder, node: ast.expr, swallowed: tuple[Swallowed, ...], after: int
) -> tuple[tuple[Caught, int], ...]:
    """What a context manager swallows, expects, or turns into something else: handlers, each with where it goes on.

    ``swallowed`` is what the manager does with exceptions, and what it swallows goes on at ``after``.
    """
    if isinstance(node, ast.Call) and _expects_exception(builder, node):
        swallowed = (Swallowed(caught_by_all(builder.names, node.args[:1], builder.scope)),)
    handlers: list[tuple[Caught, int]] = []
    for each in swallowed:
        caught = each.caught
        if not (caught.classes or caught.others or caught.bare):
            continue
        target = after
        if each.instead is not None:
            here, builder.here = builder.here, builder.join(node)
            target = builder.here
            builder.raise_from_here(node, each.instead)
            builder.here = here
        handlers.append((caught, target))
    return tuple(handlers)
