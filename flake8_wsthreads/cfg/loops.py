"""Loops, and the jumps that leave them or go round again."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator

from flake8_wsthreads.cfg.builder import NOWHERE, Block, Builder, StatementHandlers
from flake8_wsthreads.cfg.conditions import OfLoop, condition
from flake8_wsthreads.cfg.graph import Loop
from flake8_wsthreads.cfg.lowering import lower, lower_block
from flake8_wsthreads.cfg.mapped_calls import is_mapped, mapped
from flake8_wsthreads.cfg.place import Place, variable
from flake8_wsthreads.cfg.quiet_errors import quiet_errors
from flake8_wsthreads.cfg.raised import CONTROL_C, Caught
from flake8_wsthreads.cfg.targets import iteration
from flake8_wsthreads.library import behaviour_of
from flake8_wsthreads.names.scopes import ScopeKind
from flake8_wsthreads.names.values import Instance
from flake8_wsthreads.source.syntax import children, walk


def _while(builder: Builder, node: ast.While) -> None:
    forever = isinstance(node.test, ast.Constant) and bool(node.test.value)
    unset = builder.rest.never_set(node.test, builder.scope)
    head, after = builder.join(node), builder.join(node)
    on_and_on = forever or unset
    loop = Loop(node, len(builder.graph.nodes), head, on_and_on, builder.ways_to_stop > 0 or not on_and_on)
    builder.go(head)
    builder.here = head
    with builder.inside(Block(builder.depth, loop, after, head)):
        mark = len(builder.temporaries)
        body, leave = builder.join(node), builder.join(node)
        condition(builder, node.test, body, leave, OfLoop(body, leave, _steady_names(builder, node)))
        builder.here = body
        with builder.raising_somehow(node, _ends_of(builder, node) if forever else ()):
            lower_block(builder, node.body)
        builder.go(head)
        del builder.temporaries[mark:]
    builder.here = leave
    lower_block(builder, node.orelse)
    builder.go(after)
    builder.here = after


def _ends_of(builder: Builder, node: ast.While) -> tuple[Caught, ...]:
    """What may end an endless loop none of whose steps raises: ``obj = obj.next``; in any loop, control-C."""
    quiet = quiet_errors(builder, node.body, builder.expected)
    return tuple(caught for caught in builder.expected if caught in quiet or CONTROL_C in caught.classes)


def _steady_names(builder: Builder, node: ast.While) -> frozenset[Place]:
    """The variables in the condition of a loop that its body leaves alone: they stay what they are."""
    function = builder.function
    asked = {part.id for part in walk(node.test) if isinstance(part, ast.Name)}
    steady: set[Place] = set()
    for name in asked:
        owner = builder.names.lookup(name, builder.scope)
        own = owner is function and function.kind is not ScopeKind.MODULE
        local = own and name not in builder.names.captured_names(function)
        if local and not any(_may_change(statement, name) for statement in node.body):
            place = variable(name, function)
            builder.graph.tests[place] += 1
            steady.add(place)
    return frozenset(steady)


_ASKING = (ast.BoolOp, ast.Compare, ast.UnaryOp)


def _may_change(statement: ast.stmt, name: str) -> bool:
    """Whether a statement binds a variable, or mentions it other than to ask whether it is true, or equals something.
    """
    pending: list[ast.AST] = [statement]
    while pending:
        node = pending.pop()
        if isinstance(node, ast.Name):
            if node.id == name:
                return True
            continue
        for child in children(node):
            if isinstance(node, (ast.If, ast.IfExp, ast.While, ast.Assert)) and child is node.test:
                pending.extend(_not_just_asked(node.test))
            elif isinstance(node, ast.match_case) and child is node.guard:
                pending.extend(_not_just_asked(node.guard))
            elif isinstance(child, _ASKING):
                pending.extend(_not_just_asked(child))
            else:
                pending.append(child)
    return False


def _not_just_asked(condition: ast.expr) -> Iterator[ast.expr]:
    """The parts of a condition other than names that it asks about: ``name``, ``not name``, ``name == "live"``."""
    pending = [condition]
    while pending:
        node = pending.pop()
        if isinstance(node, ast.UnaryOp):
            pending.append(node.operand)
        elif isinstance(node, ast.BoolOp):
            pending.extend(node.values)
        elif isinstance(node, ast.Compare):
            pending.extend((node.left, *node.comparators))
        elif not isinstance(node, ast.Name):
            yield node


def _for(builder: Builder, node: ast.For | ast.AsyncFor) -> None:
    each = node.iter
    through_map = isinstance(each, ast.Call) and is_mapped(builder, each)
    iterable = mapped(builder, each) if isinstance(each, ast.Call) and through_map else lower(builder, each)
    after = builder.join(node)
    loop = Loop(node, len(builder.graph.nodes), NOWHERE, False, builder.ways_to_stop > 0)
    with builder.inside(Block(builder.depth, loop, after)):
        head, leave = iteration(builder, node.target, iterable, node, each, builder.scope)
        builder.blocks[-1].continue_to = head
        lower_block(builder, node.body)
        # for attempt in Retrying(): with attempt: … goes round again only after an exception
        builder.go(after if _retries(builder, node.iter) else head)
    builder.here = leave
    lower_block(builder, node.orelse)
    builder.go(after)
    builder.here = after


def _retries(builder: Builder, node: ast.expr) -> bool:
    """Whether a loop over an expression makes attempts, of which the first that works is the last."""
    value = builder.names.evaluate(node, builder.scope)
    return isinstance(value, Instance) and isinstance(value.of, str) and behaviour_of(value.of).gives_attempts


def _break(builder: Builder, node: ast.Break) -> None:
    _jump(builder, node, lambda block: block.break_to)


def _continue(builder: Builder, node: ast.Continue) -> None:
    _jump(builder, node, lambda block: block.continue_to)


def _jump(builder: Builder, node: ast.Break | ast.Continue, target: Callable[[Block], int]) -> None:
    block = builder.unwind(node, lambda block: block.loop is not None)
    if block is not None:
        builder.go(target(block))
    builder.here = NOWHERE


STATEMENTS: StatementHandlers = {
    ast.While: _while,
    ast.For: _for,
    ast.AsyncFor: _for,
    ast.Break: _break,
    ast.Continue: _continue,
}
