"""``with``: a block whose manager is entered before it, and left on every way out."""

from __future__ import annotations

import ast

from flake8_wsthreads.cfg.builder import NOWHERE, Block, Builder, StatementHandlers
from flake8_wsthreads.cfg.expressions import awaits_opener
from flake8_wsthreads.cfg.instruction import Assign, Dispatch, Enter, Leave, LeaveExpecting
from flake8_wsthreads.cfg.locks import holds_lock
from flake8_wsthreads.cfg.lowering import lower, lower_block
from flake8_wsthreads.cfg.managers import mark_what_is_open_before, suppressed
from flake8_wsthreads.cfg.operand import UNKNOWN
from flake8_wsthreads.cfg.place import Place
from flake8_wsthreads.cfg.safe_calls import entering_never_raises, manager_never_raises
from flake8_wsthreads.cfg.swallowing import caught_for_good, swallowed_by, swallowed_by_stack
from flake8_wsthreads.cfg.targets import bind
from flake8_wsthreads.cfg.try_blocks import enter_final
from flake8_wsthreads.library import behaviour_of
from flake8_wsthreads.library.behaviour import Holds
from flake8_wsthreads.names.scopes import Scope
from flake8_wsthreads.names.values import Instance, Value
from flake8_wsthreads.source.syntax import first_parameter

_STACK_METHODS = frozenset({"enter_context", "push", "callback"})


def _with(builder: Builder, node: ast.With | ast.AsyncWith) -> None:
    after = builder.join(node)
    _with_items(builder, node, node.items, after)
    builder.here = after


def _with_items(builder: Builder, node: ast.With | ast.AsyncWith, items: list[ast.withitem], after: int) -> None:
    # with a, b: is with a: with b:, so the exits nest. Many items are rare and the parser bounds them.
    if not items:
        lower_block(builder, node.body)
        builder.go(after)
        return
    item, depth = items[0], builder.depth
    value = builder.names.evaluate(item.context_expr, builder.scope)
    manager_name = value.of if isinstance(value, Instance) and isinstance(value.of, str) else ""
    opened_async = isinstance(node, ast.AsyncWith) and awaits_opener(builder, item.context_expr)
    made = len(builder.graph.nodes)
    manager = UNKNOWN if opened_async else lower(builder, item.context_expr)
    swallowed = swallowed_by(builder.names, item.context_expr, builder.scope)
    if swallowed:
        # nobody guards against the making of what is to swallow errors
        for step in builder.graph.nodes[made:]:
            step.safe = step.safe or step.syntax is item.context_expr
    if behaviour_of(manager_name).holds is Holds.CALLBACKS:
        swallowed = swallowed_by_stack(builder.names, item.optional_vars, node.body, builder.scope)
    kept = _lasting_place(builder)
    builder.emit(Assign(kept, manager), item.context_expr)
    entered = builder.temporary()
    swallowing = suppressed(builder, item.context_expr, swallowed, after)
    before = mark_what_is_open_before(builder, item.context_expr)
    builder.emit(
        Enter(kept, _method(builder, value, "__enter__"), manager, entered),
        item.context_expr,
        safe=entering_never_raises(manager_name),
    )
    if _returns_itself(builder, value):
        builder.assign(entered, manager, item.context_expr)
    locked = holds_lock(builder, item, value)
    builder.locks += locked
    final = builder.join(node)
    builder.graph.nodes[final].depth = depth + 1
    leave = builder.join(node)
    handling = builder.handling(tuple(caught_for_good(swallowed)))
    with builder.inside(Block(depth, final=final)), builder.landing_at(final), handling:
        if item.optional_vars is not None:
            bind(builder, item.optional_vars, entered, node)
        stack = _stack_variable(builder, item, manager_name, node)
        if stack is not None:
            builder.stacks[stack] = kept
        _with_items(builder, node, items[1:], leave)
        if stack is not None:
            del builder.stacks[stack]
        builder.here = leave
        enter_final(builder, node, final, after)
    builder.locks -= locked
    builder.here = final
    builder.depth = depth + 1
    safe = manager_never_raises(manager_name)
    if before is not None:
        builder.emit(LeaveExpecting(before, next((caught for caught, _ in swallowing), None)), node, safe)
        builder.emit(Assign(before), node)
    else:
        builder.emit(Leave(kept, _method(builder, value, "__exit__"), manager), node, safe)
    builder.emit(Assign(kept), node)
    builder.graph.dispatched_at[final] = builder.emit(Dispatch(swallowing), node)
    builder.graph.nodes[builder.here].depth = depth
    builder.here = NOWHERE
    builder.depth = depth


def _lasting_place(builder: Builder) -> Place:
    """A place for a result that lives as long as the block, not only as long as a statement in it."""
    place = builder.temporary()
    builder.temporaries.pop()
    return place


def _returns_itself(builder: Builder, value: Value | None) -> bool:
    """Whether ``__enter__`` of a class of this file returns the object: ``return self``, and nothing else."""
    method = _method(builder, value, "__enter__")
    own = first_parameter(method.node) if method is not None else None
    if method is None or own is None:
        return False
    returned = [part.value for part in builder.names.statements_of(method) if isinstance(part, ast.Return)]
    return bool(returned) and all(isinstance(each, ast.Name) and each.id == own.arg for each in returned)


def _method(builder: Builder, value: Value | None, name: str) -> Scope | None:
    """The method of a manager whose class stands in this file."""
    if not isinstance(value, Instance) or not isinstance(value.of, Scope):
        return None
    return builder.names.classes.method(value.of, name)


def _stack_variable(
    builder: Builder, item: ast.withitem, manager: str, block: ast.With | ast.AsyncWith
) -> Place | None:
    """The variable of ``stack`` in ``with ExitStack() as stack:`` where the block only registers things with it."""
    variable = item.optional_vars
    if behaviour_of(manager).holds is not Holds.CALLBACKS or not isinstance(variable, ast.Name):
        return None
    registering: set[int] = set()
    for part in ast.walk(block):
        if isinstance(part, ast.Attribute) and part.attr in _STACK_METHODS:
            registering.add(id(part.value))
        elif isinstance(part, ast.Name) and part.id == variable.id and part is not variable:
            if id(part) not in registering:
                return None
        elif isinstance(part, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)):
            if any(isinstance(inner, ast.Name) and inner.id == variable.id for inner in ast.walk(part)):
                return None  # what it registers, and when, does not show
    place = builder.variable(variable.id, variable)
    return place if isinstance(place, Place) else None


STATEMENTS: StatementHandlers = {ast.With: _with, ast.AsyncWith: _with}
