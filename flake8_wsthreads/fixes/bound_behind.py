"""Whether a variable surely has its connection behind the statement in which that is opened."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

import libcst as cst

from flake8_wsthreads.fixes.needless import parts_of

_LEAVING = (cst.Return, cst.Raise, cst.Continue, cst.Break)
_EXITS = frozenset({"exit", "quit", "_exit", "fail", "skip"})
_Statement = cst.BaseStatement | cst.BaseSmallStatement


def is_bound_behind(statement: _Statement, bindings: Collection[cst.CSTNode]) -> bool:
    """Whether every way to what follows a statement goes through one of these assignments."""
    if isinstance(statement, cst.BaseSmallStatement):
        return statement in bindings
    if isinstance(statement, cst.SimpleStatementLine):
        return any(small in bindings for small in statement.body)
    if isinstance(statement, cst.With):
        return False  # it may swallow the exception of connect()
    if isinstance(statement, cst.If):
        return _bound_or_gone(statement.body, bindings) and _orelse_bound(statement, bindings)
    if isinstance(statement, cst.Try):
        tried = _bound(statement.body, bindings) or _bound_in_else(statement, bindings)
        return tried and all(_bound_or_gone(handler.body, bindings) for handler in statement.handlers)
    if isinstance(statement, cst.While):
        return _is_endless(statement) and all(_breaks(statement.body, bindings, False))
    return False


def leaves(block: cst.BaseSuite) -> bool:
    """Whether nothing behind a block is reached from its end: it returns, raises, or goes elsewhere in a loop."""
    parts = parts_of(block.body)
    last = parts[-1] if parts else None
    if isinstance(last, cst.Expr) and isinstance(last.value, cst.Call):
        name = last.value.func.attr if isinstance(last.value.func, cst.Attribute) else last.value.func
        return isinstance(name, cst.Name) and name.value in _EXITS
    if isinstance(last, cst.If):
        return leaves(last.body) and isinstance(last.orelse, cst.Else) and leaves(last.orelse.body)
    if isinstance(last, cst.While):
        return _is_endless(last) and not any(True for _ in _breaks(last.body, (), False))
    return isinstance(last, _LEAVING)


def _is_endless(loop: cst.While) -> bool:
    """Whether nothing but ``break`` leads behind a loop."""
    return isinstance(loop.test, cst.Name) and loop.test.value == "True" and loop.orelse is None


def _bound(block: cst.BaseSuite, bindings: Collection[cst.CSTNode]) -> bool:
    return any(is_bound_behind(part, bindings) for part in parts_of(block.body))


def _bound_or_gone(block: cst.BaseSuite, bindings: Collection[cst.CSTNode]) -> bool:
    return leaves(block) or _bound(block, bindings)


def _bound_in_else(statement: cst.Try, bindings: Collection[cst.CSTNode]) -> bool:
    return statement.orelse is not None and _bound(statement.orelse.body, bindings)


def _orelse_bound(statement: cst.If, bindings: Collection[cst.CSTNode]) -> bool:
    orelse = statement.orelse
    if isinstance(orelse, cst.Else):
        return _bound_or_gone(orelse.body, bindings)
    return orelse is not None and is_bound_behind(orelse, bindings)


def _breaks(block: cst.BaseSuite, bindings: Collection[cst.CSTNode], is_bound: bool) -> Iterator[bool]:
    """For each way out of the loop that a block belongs to, whether the variable is bound there."""
    for part in parts_of(block.body):
        if isinstance(part, cst.Break):
            yield is_bound
        for inner, before in _blocks(part):
            yield from _breaks(inner, bindings, is_bound or any(_bound(earlier, bindings) for earlier in before))
        is_bound = is_bound or is_bound_behind(part, bindings)


def _blocks(statement: cst.CSTNode) -> Iterator[tuple[cst.BaseSuite, Sequence[cst.BaseSuite]]]:
    """The blocks of a statement that is no loop, each with the blocks of it that have run before."""
    if isinstance(statement, cst.Try):
        yield statement.body, ()
        yield from ((handler.body, ()) for handler in statement.handlers)
        if statement.orelse is not None:
            yield statement.orelse.body, (statement.body,)
        if statement.finalbody is not None:
            yield statement.finalbody.body, ()
    elif isinstance(statement, (cst.If, cst.With)):
        yield statement.body, ()
        orelse = statement.orelse if isinstance(statement, cst.If) else None
        if isinstance(orelse, cst.Else):
            yield orelse.body, ()
        elif orelse is not None:
            yield from _blocks(orelse)
