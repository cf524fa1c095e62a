"""``with`` blocks that swallow exceptions, or expect one: ``contextlib.suppress``, ``pytest.raises``."""

from __future__ import annotations

import ast

from flake8_wsthreads.cfg.builder import Builder
from flake8_wsthreads.cfg.exceptions import caught_by_all
from flake8_wsthreads.cfg.operand import Basic, Known
from flake8_wsthreads.cfg.place import Place
from flake8_wsthreads.cfg.raised import Caught
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
    builder.assign(mark, Known(Basic.TRUE), node)
    return mark


def suppressed(builder: Builder, node: ast.expr, after: int) -> tuple[tuple[Caught, int], ...]:
    """What a context manager swallows, as a handler that does nothing."""
    if not isinstance(node, ast.Call):
        return ()
    suppresses = builder.names.qualified_name(node.func, builder.scope) == "contextlib.suppress"
    if not suppresses and not _expects_exception(builder, node):
        return ()
    parts = node.args if suppresses else node.args[:1]
    caught = caught_by_all(builder.names, parts, builder.scope)
    return ((caught, after),) if caught.classes or caught.others else ()
