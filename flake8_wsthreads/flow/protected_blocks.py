"""``try`` and ``with``: blocks whose end runs on every way out."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from flake8_wsthreads.flow.builder import NOWHERE, Block, Builder
from flake8_wsthreads.flow.exceptions import caught_names
from flake8_wsthreads.flow.expressions import awaits_opener
from flake8_wsthreads.flow.graph import OPEN_BEFORE, UNKNOWN, Basic, Known, Op, Slot
from flake8_wsthreads.flow.lowering import STATEMENTS, lower, lower_block
from flake8_wsthreads.flow.quiet_errors import quiet_errors
from flake8_wsthreads.flow.safe_calls import entering_never_raises, is_lock, manager_never_raises
from flake8_wsthreads.flow.targets import bind
from flake8_wsthreads.flow.ways_to_end import suppressed_by
from flake8_wsthreads.names.scopes import Scope
from flake8_wsthreads.names.values import Instance, Value

_EXPECTING = {"pytest.raises", "unittest.TestCase.assertRaises"}
_EXIT_STACKS = frozenset({"contextlib.ExitStack", "contextlib.AsyncExitStack"})
_STACK_METHODS = frozenset({"enter_context", "push", "callback"})
_REFUSED = ".ConcurrencyError"
_EXPECTING_METHODS = {"assertRaises", "assertRaisesRegex"}


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
    lower_block(builder, node.finalbody)
    builder.graph.dispatched_at[final] = builder.emit(Op.DISPATCH, node)
    builder.graph.nodes[builder.here].depth = depth
    builder.here = NOWHERE
    builder.depth = depth


def enter_final(builder: Builder, syntax: ast.AST, final: int, resume: int) -> None:
    """From here, run a final body and go on at ``resume``."""
    if builder.here == NOWHERE:
        return
    push = builder.emit(Op.PUSH, syntax)
    builder.graph.nodes[push].resume = resume
    builder.go(final)


def _try_handlers(builder: Builder, node: ast.Try) -> None:
    if not node.handlers:
        lower_block(builder, node.body)
        lower_block(builder, node.orelse)
        return
    depth = builder.depth
    handlers = builder.add(Op.HANDLERS, node)
    after = builder.join(node)
    builder.graph.nodes[handlers].interruptible = builder.interrupts > 0
    interrupts = any(
        "KeyboardInterrupt" in (caught_names(builder.names, handler.type, builder.scope) or ())
        for handler in node.handlers
    )
    builder.interrupts += interrupts
    caught = tuple(caught_names(builder.names, handler.type, builder.scope) for handler in node.handlers)
    expected = tuple(names or () for names in caught)
    surrounding, builder.expected = builder.expected, builder.expected + expected
    shares = any(name.endswith(_REFUSED) for names in expected for name in names)
    builder.locks += shares  # who catches the refusal knows that another thread may receive
    quiet = quiet_errors(builder, node.body, expected)
    with builder.landing_at(handlers), builder.handling(caught), builder.raising_somehow(node, quiet):
        lower_block(builder, node.body)
    builder.locks -= shares
    builder.expected = surrounding
    builder.interrupts -= interrupts
    lower_block(builder, node.orelse)
    builder.go(after)
    table: list[tuple[tuple[str, ...] | None, int]] = []
    for handler in node.handlers:
        table.append((caught_names(builder.names, handler.type, builder.scope), builder.join(handler)))
    builder.graph.nodes[handlers].handlers = tuple(table)
    builder.graph.nodes[handlers].name = "star" if isinstance(node, getattr(ast, "TryStar", ())) else ""
    star = isinstance(node, getattr(ast, "TryStar", ()))
    for position, (handler, (_, start)) in enumerate(zip(node.handlers, table)):
        builder.here = start
        builder.depth = depth + 1
        builder.handled.append((handler.name or "", depth))
        with builder.inside(Block(depth + 1)):
            lower_block(builder, handler.body)
        builder.handled.pop()
        builder.depth = depth
        if star:
            # the other exceptions of a group go on to the handlers that follow
            rest = builder.add(Op.HANDLERS, node, handlers=tuple(table[position + 1 :]), name="star")
            taken_out = tuple(f"not {name}" for name in table[position][0] or ())
            builder.emit(Op.REST, handler, resume=rest, raised=taken_out)
            builder.go(after)
        elif builder.here != NOWHERE:
            builder.emit(Op.POP, handler)
            builder.go(after)
    builder.here = after


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
    item = items[0]
    depth = builder.depth
    opened_async = isinstance(node, ast.AsyncWith) and awaits_opener(builder, item.context_expr)
    manager = UNKNOWN if opened_async else lower(builder, item.context_expr)
    kept = builder.temporary()
    builder.temporaries.pop()  # it lives as long as the block
    builder.emit(Op.ASSIGN, item.context_expr, target=kept, operand=manager)
    entered = builder.temporary()
    suppressed = _suppressed(builder, item.context_expr, after)
    before = _mark_what_is_open_before(builder, item.context_expr)
    value = builder.names.evaluate(item.context_expr, builder.scope)
    enter = (
        builder.names.method(value.of, "__enter__")
        if isinstance(value, Instance) and isinstance(value.of, Scope)
        else None
    )
    builder.emit(
        Op.ENTER, item.context_expr, operand=Slot(kept), target=entered, function=enter, receiver=manager, detail=node
    )
    manager_name = value.of if isinstance(value, Instance) and isinstance(value.of, str) else ""
    builder.graph.nodes[builder.here].safe = entering_never_raises(manager_name)
    locked = is_lock(manager_name) or _is_named_lock(item.context_expr) or _may_be_lock(builder, item, value)
    builder.locks += locked
    final = builder.join(node)
    builder.graph.nodes[final].depth = depth + 1
    leave = builder.join(node)
    swallowed = suppressed_by(builder.names, item.context_expr, builder.scope)
    handling = builder.handling((swallowed,) if swallowed else ())
    with builder.inside(Block(depth, final=final)), builder.landing_at(final), handling:
        if item.optional_vars is not None:
            bind(builder, item.optional_vars, Slot(entered), node)
        stack = _stack_slot(builder, item, manager_name, node)
        if stack:
            builder.stacks[stack] = kept
        _with_items(builder, node, items[1:], leave)
        builder.stacks.pop(stack, None)
        builder.here = leave
        enter_final(builder, node, final, after)
    builder.locks -= locked
    builder.here = final
    builder.depth = depth + 1
    leave_method = (
        builder.names.method(value.of, "__exit__")
        if isinstance(value, Instance) and isinstance(value.of, Scope)
        else None
    )
    builder.emit(Op.EXIT, node, operand=Slot(kept), function=leave_method, receiver=manager)
    left = builder.graph.nodes[builder.here]
    left.safe = manager_never_raises(manager_name)
    if before:
        left.name, left.operands = "expecting", (Slot(before),)
        left.raised = next((caught or () for caught, _ in suppressed), ())
        builder.emit(Op.ASSIGN, node, target=before, operand=UNKNOWN)
    builder.emit(Op.ASSIGN, node, target=kept, operand=UNKNOWN)
    builder.graph.dispatched_at[final] = builder.emit(Op.DISPATCH, node, handlers=suppressed)
    builder.graph.nodes[builder.here].depth = depth
    builder.here = NOWHERE
    builder.depth = depth


def _is_named_lock(node: ast.expr) -> bool:
    """``with self._lock:`` where the file does not show what made the lock."""
    name = node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""
    return name.lower().endswith(("lock", "mutex", "semaphore"))


def _stack_slot(builder: Builder, item: ast.withitem, manager: str, block: ast.With | ast.AsyncWith) -> str:
    """The slot of ``stack`` in ``with ExitStack() as stack:`` where the block only registers things with it."""
    variable = item.optional_vars
    if manager not in _EXIT_STACKS or not isinstance(variable, ast.Name):
        return ""
    registering: set[int] = set()
    for part in ast.walk(block):
        if isinstance(part, ast.Attribute) and part.attr in _STACK_METHODS:
            registering.add(id(part.value))
        elif isinstance(part, ast.Name) and part.id == variable.id and part is not variable:
            if id(part) not in registering:
                return ""
        elif isinstance(part, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)):
            if any(isinstance(inner, ast.Name) and inner.id == variable.id for inner in ast.walk(part)):
                return ""  # what it registers, and when, does not show
    slot = builder.variable(variable.id, variable)
    return slot.name if isinstance(slot, Slot) else ""


def _may_be_lock(builder: Builder, item: ast.withitem, value: Value | None) -> bool:
    """``with guard:`` where the file does not tell what that is, and the function does nothing else with it."""
    text = _short_text(item.context_expr)
    if value is not None or item.optional_vars is not None or not text:
        return False
    if builder.used_otherwise is None:
        builder.used_otherwise = frozenset(_used_otherwise(builder.unit.node))
    return text not in builder.used_otherwise


def _used_otherwise(function: ast.AST) -> Iterator[str]:
    """The variables and attributes that a function does something else with than ``with variable:``."""
    entered: set[int] = set()
    for part in ast.walk(function):
        if isinstance(part, ast.withitem) and part.optional_vars is None:
            entered.add(id(part.context_expr))
        elif isinstance(part, (ast.Name, ast.Attribute)) and id(part) not in entered:
            if isinstance(part.ctx, ast.Load):
                yield _short_text(part)


def _short_text(node: ast.expr) -> str:
    """``name`` and ``name.attribute`` as text; empty for all else."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
        return f"{node.value.id}.{node.attr}"
    return ""


def _expects_exception(builder: Builder, node: ast.expr) -> bool:
    """``pytest.raises(OSError)``: the block of a test that passes ends with an exception."""
    if not isinstance(node, ast.Call):
        return False
    method = node.func.attr if isinstance(node.func, ast.Attribute) else ""
    return method in _EXPECTING_METHODS or builder.names.qualified_name(node.func, builder.scope) in _EXPECTING


def _mark_what_is_open_before(builder: Builder, node: ast.expr) -> str:
    """Before a block that is expected to raise, a mark for the paths on which the connection is open already.

    Whether a block that raises opened what it was to open, the file does not tell. Empty for all other blocks.
    """
    if not _expects_exception(builder, node):
        return ""
    mark = OPEN_BEFORE + builder.temporary()
    builder.temporaries.pop()  # it lives as long as the block
    builder.graph.tests[mark] = builder.graph.tests.get(mark, 0) + 2
    builder.assign(mark, Known(Basic.TRUE), node)
    return mark


def _suppressed(builder: Builder, node: ast.expr, after: int) -> tuple[tuple[tuple[str, ...] | None, int], ...]:
    """What a context manager swallows, as a handler that does nothing."""
    if not isinstance(node, ast.Call):
        return ()
    suppresses = builder.names.qualified_name(node.func, builder.scope) == "contextlib.suppress"
    if not suppresses and not _expects_exception(builder, node):
        return ()
    parts = node.args if suppresses else node.args[:1]
    found: list[str] = []
    for part in parts:
        found.extend(caught_names(builder.names, part, builder.scope) or ())
    return ((tuple(found), after),) if found else ()


STATEMENTS.update(
    {
        ast.Try: _try,
        getattr(ast, "TryStar", ast.Try): _try,
        ast.With: _with,
        ast.AsyncWith: _with,
    }
)
