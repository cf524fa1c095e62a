"""Which of the closings in a ``with`` block are needless: those after which nothing of the block runs."""

from __future__ import annotations

from collections.abc import Container, Iterator, Sequence

import libcst as cst

from flake8_wsthreads.fixes.closings import only_closes
from flake8_wsthreads.fixes.parsed import Parsed

_Statement = cst.BaseStatement | cst.BaseSmallStatement
_LEAVING = (cst.Return, cst.Raise, cst.Break, cst.Continue)


def closing_around(parsed: Parsed, mention: cst.CSTNode, variable: str) -> cst.CSTNode | None:
    """The largest statement around a mention that does nothing but close."""
    found: cst.CSTNode | None = None
    for outer in parsed.around(mention):
        if isinstance(outer, (cst.BaseSmallStatement, cst.BaseCompoundStatement)):
            if not only_closes(outer, variable):
                return found
            found = outer
    return found


def at_the_end(body: list[cst.BaseStatement], closing: Container[cst.CSTNode]) -> Iterator[cst.CSTNode]:
    """The closings after which nothing of the block runs."""
    yield from _tail(body, closing)
    for statement in body:
        yield from _before_leaving(statement, closing, caught=False)


def _tail(statements: Sequence[_Statement], closing: Container[cst.CSTNode]) -> Iterator[cst.CSTNode]:
    """The closings at the end of a list, also at the end of each branch of its last statement."""
    for statement in reversed(parts_of(statements)):
        if statement in closing:
            yield statement
        elif not isinstance(statement, _LEAVING) and not _closes_another(statement):
            for block in _last_blocks(statement, closing):
                yield from _tail(block.body, closing)
            return


def _closes_another(statement: _Statement) -> bool:
    """``other.close()``: which of two is closed first makes no difference."""
    call = statement.value if isinstance(statement, cst.Expr) else None
    method = call.func if isinstance(call, cst.Call) and not call.args else None
    return isinstance(method, cst.Attribute) and isinstance(method.value, cst.Name) and method.attr.value == "close"


def parts_of(statements: Sequence[_Statement]) -> list[_Statement]:
    """The statements of a list, those of a line with several one by one."""
    return [
        part
        for statement in statements
        for part in (statement.body if isinstance(statement, cst.SimpleStatementLine) else [statement])
    ]


def _last_blocks(statement: cst.CSTNode, closing: Container[cst.CSTNode]) -> Iterator[cst.BaseSuite]:
    """The blocks of a compound statement after which nothing of it runs."""
    if isinstance(statement, cst.If):
        orelse = statement.orelse
        blocks = [statement.body, orelse.body] if isinstance(orelse, cst.Else) else [statement.body]
        # ``if polite: pass`` is no better than ``if polite: ws.close()``
        yield from (block for block in blocks if not _all_in(block, closing))
        if isinstance(orelse, cst.If):
            yield from _last_blocks(orelse, closing)
    elif isinstance(statement, cst.With):
        if not _all_in(statement.body, closing):
            yield statement.body
    elif isinstance(statement, cst.Try):
        final = statement.finalbody
        if final is not None:
            yield final.body
            if not _all_in(final.body, closing):
                return
        yield statement.body if statement.orelse is None else statement.orelse.body
        yield from (handler.body for handler in statement.handlers)


def _all_in(block: cst.BaseSuite, closing: Container[cst.CSTNode]) -> bool:
    return all(part in closing for part in parts_of(block.body))


def _before_leaving(
    statement: cst.CSTNode, closing: Container[cst.CSTNode], caught: bool
) -> Iterator[cst.CSTNode]:
    """The closings right before a ``return`` or a ``raise`` that leaves the block, however deep they stand."""
    for block, is_caught in _blocks(statement, caught):
        parts = parts_of(block.body)
        leaves = parts and (isinstance(parts[-1], cst.Return) or (isinstance(parts[-1], cst.Raise) and not is_caught))
        if leaves:
            yield from _tail(parts, closing)
        for inner in parts:
            yield from _before_leaving(inner, closing, is_caught)


def _blocks(statement: cst.CSTNode, caught: bool) -> Iterator[tuple[cst.BaseSuite, bool]]:
    """The blocks of a compound statement, each with whether an exception in it may be caught further out."""
    if isinstance(statement, (cst.If, cst.For, cst.While, cst.With)):
        yield statement.body, caught
    elif isinstance(statement, cst.Try):
        yield statement.body, caught or bool(statement.handlers)
        for handler in statement.handlers:
            yield handler.body, caught
    orelse = getattr(statement, "orelse", None)
    if isinstance(orelse, cst.Else):
        yield orelse.body, caught
    elif isinstance(orelse, cst.If):
        yield from _blocks(orelse, caught)
