"""Whether a ``with`` block at the opening of a connection can hold every use of the variable that it is bound to."""

from __future__ import annotations

import ast

from flake8_wsthreads.facts import BlockRoom
from flake8_wsthreads.library.websockets import CLOSE_METHODS
from flake8_wsthreads.names.scopes import Scope
from flake8_wsthreads.ownership.bodies import Body, position
from flake8_wsthreads.ownership.file_analyses import FileAnalyses

# Of a variable that a function binds more often than this nobody asks for one block.
_MOST_BINDINGS = 10
_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
_LOOPS = (ast.For, ast.AsyncFor, ast.While)


def block_room(file: FileAnalyses, function: Scope, opening: ast.AST) -> BlockRoom:
    """What stands in the way of a block around the uses of what ``opening`` is bound to in ``function``."""
    statement = file.source.statement_around(opening)
    variable = _variable(statement)
    if statement is None or not variable:
        return BlockRoom.FITS
    body = file.bodies.of(function)
    if body.times_bound[variable] > _MOST_BINDINGS:
        return BlockRoom.FITS
    end = _end_of_block(body, statement)
    for node in body.mentions(variable):
        if not isinstance(node.ctx, ast.Load):
            continue
        if body.has_code_for_later and _is_for_later(body, node):
            return BlockRoom.USED_LATER
        inside = position(statement) <= position(node) < end
        if not inside and not _only_closes(body, node) and _may_follow(body, statement, node):
            return BlockRoom.USED_ELSEWHERE
    return BlockRoom.FITS


def _variable(statement: ast.stmt | None) -> str:
    target = statement.targets[0] if isinstance(statement, ast.Assign) and len(statement.targets) == 1 else None
    if isinstance(statement, ast.AnnAssign):
        target = statement.target
    return target.id if isinstance(target, ast.Name) else ""


def _end_of_block(body: Body, statement: ast.stmt) -> tuple[int, int]:
    """Where the block ends that a statement stands in."""
    holder = next((outer for _, outer in body.around(statement)), None)
    for field in ("body", "orelse", "finalbody"):
        block = getattr(holder, field, None)
        if isinstance(block, list) and statement in block:
            return (block[-1].end_lineno or 0) + 1, 0
    return (statement.end_lineno or 0) + 1, 0


def _may_follow(body: Body, statement: ast.stmt, node: ast.AST) -> bool:
    """Whether a use may come after the opening: it stands behind it, or a loop around both goes round again."""
    if position(node) > position(statement):
        return True
    around = {id(outer) for _, outer in body.around(node)}
    return any(isinstance(outer, _LOOPS) and id(outer) in around for _, outer in body.around(statement))


def _only_closes(body: Body, node: ast.Name) -> bool:
    """``ws.close()``, or a question that guards it: a block does without both."""
    parent = next((outer for _, outer in body.around(node)), None)
    if isinstance(parent, ast.Attribute):
        return parent.attr in CLOSE_METHODS
    return isinstance(parent, (ast.If, ast.IfExp, ast.BoolOp, ast.UnaryOp, ast.Compare, ast.While))


def _is_for_later(body: Body, node: ast.Name) -> bool:
    """Whether a function, or a generator, that is returned uses it when the block would be over."""
    around = [outer for _, outer in body.around(node) if outer is not body.function.node]
    function = next((outer for outer in reversed(around) if isinstance(outer, _FUNCTIONS)), None)
    if function is not None:
        others = (mention for mention in body.mentions(function.name) if isinstance(mention.ctx, ast.Load))
        return any(_is_returned(body, mention) for mention in others)
    lazy = any(isinstance(outer, (ast.Lambda, ast.GeneratorExp)) for outer in around)
    return lazy and _is_returned(body, node)


def _is_returned(body: Body, node: ast.AST) -> bool:
    return any(isinstance(outer, ast.Return) for _, outer in body.around(node))
