"""Whether a ``with`` block at the opening of a connection can hold every use of the variable that it is bound to."""

from __future__ import annotations

import ast

from flake8_wsthreads.facts import BlockRoom
from flake8_wsthreads.library import behaviour_of
from flake8_wsthreads.library.behaviour import Holds, Keeps
from flake8_wsthreads.library.websockets import CLOSE_METHODS
from flake8_wsthreads.names.scopes import Scope
from flake8_wsthreads.ownership.bodies import Body, is_streaming, position
from flake8_wsthreads.ownership.file_analyses import FileAnalyses

# Of a variable that a function binds more often than this nobody asks for one block.
_MOST_BINDINGS = 10
_LAZY = (ast.Lambda, ast.GeneratorExp)
_DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
# What gives an iterator over the iterator that it gets.
_ITERATORS = frozenset({"builtins.enumerate", "builtins.zip", "builtins.iter"})
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
    if body.has_code_for_later and any(_is_for_later(file, body, code) for code in _codes(body, variable)):
        return BlockRoom.USED_LATER
    for node in body.mentions(variable):
        if not isinstance(node.ctx, ast.Load):
            continue
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


def _codes(body: Body, variable: str) -> list[ast.AST]:
    """The functions, classes, lambdas, generators and streams that use a variable when they run, each once."""
    codes: dict[ast.AST, None] = {}
    for mention in body.mentions(variable):
        around = [outer for _, outer in body.around(mention) if outer is not body.function.node]
        definitions: list[ast.AST] = [outer for outer in around if isinstance(outer, _DEFINITIONS)]
        lazy = [part for part in around if isinstance(part, _LAZY) or is_streaming(part)]
        parts = definitions or lazy
        if parts and isinstance(mention.ctx, ast.Load):
            codes[parts[-1]] = None
    return list(codes)


def _is_for_later(file: FileAnalyses, body: Body, code: ast.AST) -> bool:
    """Whether a function, or a generator, that is returned uses a variable when the block would be over."""
    if isinstance(code, _DEFINITIONS):
        is_class = isinstance(code, ast.ClassDef)
        runs_at_once = not is_class and not any(isinstance(part, (ast.Yield, ast.YieldFrom)) for part in ast.walk(code))
        return _is_returned_as(file, body, code.name, runs_at_once)
    left = _left_in(file, body, code)
    if isinstance(left, ast.Assign):
        return _is_returned_as(file, body, _variable(left), runs_at_once=False)
    return isinstance(left, ast.Return)


def _is_returned_as(file: FileAnalyses, body: Body, name: str, runs_at_once: bool) -> bool:
    """Whether code is returned that a variable names; what it gives when it is called is its own result then."""
    for mention in body.mentions(name):
        around = list(body.around(mention))
        code: ast.AST | None = mention
        if runs_at_once and around and isinstance(around[0][1], ast.Call) and around[0][1].func is mention:
            code = next((outer for _, outer in reversed(around) if isinstance(outer, _LAZY)), None)
        if isinstance(mention.ctx, ast.Load) and isinstance(_left_in(file, body, code), ast.Return):
            return True
    return False


def _left_in(file: FileAnalyses, body: Body, code: ast.AST | None) -> ast.stmt | None:
    """The statement that returns or names code that has still to run; None where it has run by then.

    ``return (m.upper() for m in ws)`` gives it to the caller, ``return "".join(ws.recv_streaming())`` does not.
    """
    for part, outer in body.around(code) if code is not None else ():
        if isinstance(outer, ast.Call) and part is not outer.func and _goes_through(file, body, outer):
            return None
        if isinstance(part, ast.comprehension) and not isinstance(outer, ast.GeneratorExp):
            return None
        if isinstance(outer, (ast.Return, ast.Assign)):
            return outer
    return None


def _goes_through(file: FileAnalyses, body: Body, call: ast.Call) -> bool:
    """Whether a call runs an iterator, or a function, that it is given, before it returns."""
    if isinstance(call.func, ast.Attribute) and call.func.attr == "join":
        return True
    name = file.names.qualified_name(call.func, body.function)
    behaviour = behaviour_of(name)
    is_container = behaviour.holds is Holds.ELEMENTS or behaviour.keeps is Keeps.ELEMENTS
    return behaviour.keeps is Keeps.NOTHING or (is_container and name not in _ITERATORS)
