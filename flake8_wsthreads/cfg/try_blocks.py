"""``try``: handlers, and a ``finally`` body that runs on every way out."""

from __future__ import annotations

import ast

from flake8_wsthreads.cfg.builder import NOWHERE, Block, Builder, Handled, StatementHandlers
from flake8_wsthreads.cfg.exceptions import caught_by, raised_by_expression, told_by
from flake8_wsthreads.cfg.instruction import Dispatch, Handle, Pop, Push, Rest
from flake8_wsthreads.cfg.lowering import lower_block
from flake8_wsthreads.cfg.quiet_errors import quiet_errors
from flake8_wsthreads.cfg.raised import CONTROL_C, Caught, own_class
from flake8_wsthreads.library.websockets import CLOSE_METHODS
from flake8_wsthreads.names.values import Class
from flake8_wsthreads.source.syntax import parts_run_by

_REFUSED = ".ConcurrencyError"


def _try(builder: Builder, node: ast.Try) -> None:
    after = builder.join(node)
    if node.finalbody:
        _with_final(builder, node, after)
    else:
        _try_handlers(builder, node)
        builder.go(after)
    builder.here = after


def _with_final(builder: Builder, node: ast.Try, after: int) -> None:
    depth = builder.depth
    final = builder.join(node)
    builder.graph.nodes[final].depth = depth + 1
    with builder.inside(Block(depth, final=final)), builder.landing_at(final):
        _try_handlers(builder, node)
    enter_final(builder, node, final, after)
    builder.here = final
    builder.depth = depth + 1
    around = builder.closing_final
    if any(_is_close(part) for part in parts_run_by(node.finalbody)):
        builder.closing_final = final
    lower_block(builder, node.finalbody)
    builder.closing_final = around
    builder.graph.dispatched_at[final] = builder.emit(Dispatch(), node)
    builder.graph.nodes[builder.here].depth = depth
    builder.here = NOWHERE
    builder.depth = depth


def _is_close(node: ast.AST) -> bool:
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in CLOSE_METHODS


def enter_final(builder: Builder, syntax: ast.AST, final: int, resume: int) -> None:
    """From here, run a final body and go on at ``resume``."""
    if builder.here == NOWHERE:
        return
    builder.emit(Push(resume), syntax)
    builder.go(final)


def _try_handlers(builder: Builder, node: ast.Try) -> None:
    if not node.handlers:
        lower_block(builder, node.body)
        lower_block(builder, node.orelse)
        return
    depth = builder.depth
    handlers = builder.add(Handle(), node)
    after = builder.join(node)
    interruptible = builder.interrupts > 0
    caught = tuple(caught_by(builder.names, handler.type, builder.scope) for handler in node.handlers)
    interrupts = any(CONTROL_C in each.classes for each in caught)
    builder.interrupts += interrupts
    surrounding, builder.expected = builder.expected, builder.expected + caught
    shares = any(kind.name.endswith(_REFUSED) for each in caught for kind in each.classes)
    builder.locks += shares  # who catches the refusal knows that another thread may receive
    quiet = quiet_errors(builder, node.body, caught)
    with builder.landing_at(handlers), builder.handling(caught), builder.raising_somehow(node, quiet):
        lower_block(builder, node.body)
    builder.locks -= shares
    builder.expected = surrounding
    builder.interrupts -= interrupts
    lower_block(builder, node.orelse)
    builder.go(after)
    table: list[tuple[Caught, int]] = []
    for handler, each in zip(node.handlers, caught):
        table.append((each, builder.join(handler)))
        value = builder.names.evaluate(handler.type, builder.scope) if handler.type is not None else None
        if isinstance(value, Class) and handler.type is not None:
            raised = raised_by_expression(builder.names, handler.type, builder.scope)
            builder.graph.exceptions[own_class(value.scope)] = raised
    star = isinstance(node, getattr(ast, "TryStar", ()))
    builder.graph.nodes[handlers].does = Handle(tuple(table), star, interruptible)
    for position, (handler, (taken, start)) in enumerate(zip(node.handlers, table)):
        builder.here = start
        builder.depth = depth + 1
        builder.handled.append(Handled(handler.name or "", told_by(handler), depth, star, taken.end_of_connection))
        with builder.inside(Block(depth + 1)):
            lower_block(builder, handler.body)
        builder.handled.pop()
        builder.depth = depth
        if star:
            # the other exceptions of a group go on to the handlers that follow
            rest = builder.add(Handle(tuple(table[position + 1 :]), star=True), node)
            builder.emit(Rest(rest, taken.classes), handler)
            builder.go(after)
        elif builder.here != NOWHERE:
            builder.emit(Pop(), handler)
            builder.go(after)
    builder.here = after


STATEMENTS: StatementHandlers = {ast.Try: _try, getattr(ast, "TryStar", ast.Try): _try}
