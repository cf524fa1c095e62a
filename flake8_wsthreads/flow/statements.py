"""Statements as steps: what follows what, normally and when something raises."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from flake8_wsthreads.flow.builder import NOWHERE, Block, Builder
from flake8_wsthreads.flow.calls import lower_call
from flake8_wsthreads.flow.exceptions import caught_names, exception_names, raised_names
from flake8_wsthreads.flow.expressions import HANDLERS, awaits_opener, bind, condition, iteration, lower, lower_all
from flake8_wsthreads.flow.graph import (
    NONE,
    UNKNOWN,
    Arguments,
    Callback,
    Graph,
    Loop,
    Member,
    Op,
    Operand,
    OwnerReference,
    Slot,
    Test,
    slot_of,
)
from flake8_wsthreads.flow.safe_calls import entering_never_raises, is_lock, manager_never_raises
from flake8_wsthreads.names.evaluate import Names
from flake8_wsthreads.names.scopes import Scope, ScopeKind
from flake8_wsthreads.names.values import Instance

_SUPPRESSORS = {"contextlib.suppress", "pytest.raises", "unittest.TestCase.assertRaises"}
_CONTEXT_MANAGERS = {"contextlib.contextmanager", "contextlib.asynccontextmanager"}
_FIXTURES = {"pytest.fixture", "pytest_asyncio.fixture"}


def build_graph(names: Names, scope: Scope, factories: frozenset[str] = frozenset()) -> Graph:
    """The graph of a function, lambda or module."""
    graph = Graph(scope)
    builder = Builder(names, scope, graph, factories)
    node = scope.node
    decorators = names.decorators(scope) if scope.kind is ScopeKind.FUNCTION else []
    graph.is_context_manager = not _CONTEXT_MANAGERS.isdisjoint(decorators)
    owner = scope.enclosing_class
    if "functools.cached_property" in decorators and owner is not None:
        graph.fills = OwnerReference(owner, scope.name, f"self.{scope.name}")
    graph.resumes_after_yield = not _FIXTURES.isdisjoint(decorators)
    graph.entry = builder.emit(Op.NOTHING, node)
    graph.error_exit = builder.add(Op.ERROR_EXIT, node)
    graph.normal_exit = builder.add(Op.NORMAL_EXIT, node)
    builder.landing = graph.error_exit
    if isinstance(node, ast.Lambda):
        builder.emit(Op.RETURN, node, operand=lower(builder, node.body))
        builder.go(graph.normal_exit)
    else:
        lower_block(builder, getattr(node, "body", []))
        builder.emit(Op.RETURN, node, operand=NONE)
        builder.go(graph.normal_exit)
    _count_tests(graph)
    graph.rebound = tuple(
        sorted({node.target for node in graph.nodes if node.target in graph.owners and "." not in node.target})
    )
    return graph


def _count_tests(graph: Graph) -> None:
    """A variable that a call hands to a function of the file counts as asked about: the function may ask what it is."""
    for node in graph.nodes:
        if node.op is Op.CALL:
            for operand in node.arguments.all:
                slot = slot_of(operand)
                graph.tests[slot] = graph.tests.get(slot, 0) + 1


def lower_block(builder: Builder, statements: Sequence[ast.stmt]) -> None:
    """Add the steps of statements that follow each other."""
    for statement in statements:
        handler = _HANDLERS.get(type(statement))
        if handler is not None:
            mark = len(builder.temporaries)
            handler(builder, statement)
            builder.forget_temporaries(statement, mark)


def _expression(builder: Builder, node: ast.Expr) -> None:
    if not isinstance(node.value, ast.Constant):
        lower(builder, node.value)


def _assign(builder: Builder, node: ast.Assign) -> None:
    operand = lower(builder, node.value)
    for target in node.targets:
        bind(builder, target, operand, node)


def _annotated_assign(builder: Builder, node: ast.AnnAssign) -> None:
    if node.value is not None:
        bind(builder, node.target, lower(builder, node.value), node)


def _augmented_assign(builder: Builder, node: ast.AugAssign) -> None:
    value = lower(builder, node.value)
    target = lower(builder, node.target) if isinstance(node.target, (ast.Attribute, ast.Subscript)) else UNKNOWN
    if isinstance(node.target, ast.Name):
        target = builder.variable(node.target.id, node.target)
    if isinstance(node.op, (ast.Add, ast.BitOr)):
        # connections += [ws]
        builder.emit(Op.METHOD, node, operand=target, name="extend", arguments=Arguments((value,)))
    elif isinstance(target, (Slot, Member)):
        slot = target.name if isinstance(target, Slot) else target.slot
        if slot:
            builder.assign(slot, UNKNOWN, node)


def _delete(builder: Builder, node: ast.Delete) -> None:
    for target in node.targets:
        if isinstance(target, ast.Name):
            variable = builder.variable(target.id, target)
            if isinstance(variable, Slot):
                builder.assign(variable.name, UNKNOWN, node)
        elif isinstance(target, ast.Attribute):
            member = builder.member(lower(builder, target.value), target.attr, target.value)
            if member.slot:
                builder.assign(member.slot, UNKNOWN, node)
        elif isinstance(target, ast.Subscript):
            base = lower(builder, target.value)
            lower(builder, target.slice)
            builder.emit(Op.METHOD, node, operand=base, name="__delitem__")


def _import(builder: Builder, node: ast.Import | ast.ImportFrom) -> None:
    builder.raises(node)


def _assert(builder: Builder, node: ast.Assert) -> None:
    proceed, fail = builder.join(node), builder.join(node)
    condition(builder, node.test, proceed, fail)
    builder.here = fail
    lower(builder, node.msg)
    builder.raise_from_here(node, exception_names(AssertionError))
    builder.here = proceed


def _if(builder: Builder, node: ast.If) -> None:
    after = builder.join(node)
    current = node
    while True:
        mark = len(builder.temporaries)
        yes, no = builder.join(current), builder.join(current)
        condition(builder, current.test, yes, no)
        for branch in (yes, no):
            builder.here = branch
            for name in builder.temporaries[mark:]:
                builder.emit(Op.ASSIGN, current, target=name, operand=UNKNOWN)
            if branch == yes:
                lower_block(builder, current.body)
                builder.go(after)
        del builder.temporaries[mark:]
        # elif: a loop, because a chain may have thousands of branches
        if len(current.orelse) == 1 and isinstance(current.orelse[0], ast.If):
            current = current.orelse[0]
            continue
        lower_block(builder, current.orelse)
        builder.go(after)
        break
    builder.here = after


def _while(builder: Builder, node: ast.While) -> None:
    forever = isinstance(node.test, ast.Constant) and bool(node.test.value)
    loop = Loop(node, endless=forever, while_true=forever)
    head, after = builder.join(node), builder.join(node)
    builder.go(head)
    builder.here = head
    with builder.inside(Block(builder.depth, loop, after, head)):
        mark = len(builder.temporaries)
        body, leave = builder.join(node), builder.join(node)
        condition(builder, node.test, body, leave, steady=_steady_names(builder, node))
        builder.here = body
        lower_block(builder, node.body)
        builder.go(head)
        del builder.temporaries[mark:]
    builder.here = leave
    lower_block(builder, node.orelse)
    builder.go(after)
    builder.here = after


def _steady_names(builder: Builder, node: ast.While) -> frozenset[str]:
    """The slots of local variables in the condition of a loop that its body does not mention: they stay what they are."""
    unit = builder.unit
    asked = {part.id for part in ast.walk(node.test) if isinstance(part, ast.Name)}
    steady: set[str] = set()
    for name in asked:
        owner = builder.names.lookup(name, builder.scope)
        local = owner is unit and unit.kind is not ScopeKind.MODULE and name not in builder.names.captured_names(unit)
        if local and not any(_may_change(statement, name) for statement in node.body):
            slot = f"{name}@{unit.index}"
            builder.graph.tests[slot] = builder.graph.tests.get(slot, 0) + 1
            steady.add(slot)
    return frozenset(steady)


def _may_change(statement: ast.stmt, name: str) -> bool:
    """Whether a statement binds a variable, or mentions it other than to ask whether it is true."""
    pending: list[ast.AST] = [statement]
    while pending:
        node = pending.pop()
        if isinstance(node, ast.Name):
            if node.id == name:
                return True
            continue
        for child in ast.iter_child_nodes(node):
            if isinstance(node, (ast.If, ast.IfExp, ast.While, ast.Assert)) and child is node.test:
                pending.extend(_not_just_asked(node.test))
            elif isinstance(node, ast.match_case) and child is node.guard:
                pending.extend(_not_just_asked(node.guard))
            elif isinstance(child, (ast.BoolOp, ast.UnaryOp)):
                pending.extend(_not_just_asked(child))
            else:
                pending.append(child)
    return False


def _not_just_asked(condition: ast.expr) -> Iterator[ast.expr]:
    """The parts of a condition other than names whose truth it asks for."""
    pending = [condition]
    while pending:
        node = pending.pop()
        if isinstance(node, ast.UnaryOp):
            pending.append(node.operand)
        elif isinstance(node, ast.BoolOp):
            pending.extend(node.values)
        elif not isinstance(node, ast.Name):
            yield node


def _for(builder: Builder, node: ast.For | ast.AsyncFor) -> None:
    iterable = lower(builder, node.iter)
    loop = Loop(node, endless=True, while_true=False)
    after = builder.join(node)
    with builder.inside(Block(builder.depth, loop, after)):
        head, leave = iteration(builder, node.target, iterable, node)
        builder.blocks[-1].continue_to = head
        lower_block(builder, node.body)
        builder.go(head)
    builder.here = leave
    lower_block(builder, node.orelse)
    builder.go(after)
    builder.here = after


def _break(builder: Builder, node: ast.Break) -> None:
    _jump(builder, node, lambda block: block.break_to)


def _continue(builder: Builder, node: ast.Continue) -> None:
    _jump(builder, node, lambda block: block.continue_to)


def _jump(builder: Builder, node: ast.Break | ast.Continue, target: Callable[[Block], int]) -> None:
    block = builder.unwind(node, lambda block: block.loop is not None)
    if block is not None:
        if isinstance(node, ast.Break) and block.loop is not None:
            block.loop.endless = False
        builder.go(target(block))
    builder.here = NOWHERE


def _return(builder: Builder, node: ast.Return) -> None:
    operand = lower(builder, node.value)
    builder.leave_loops()
    # The value is computed before any finally runs, and kept meanwhile.
    kept = f"#return.{builder.unit.index}"
    builder.assign(kept, operand, node)
    builder.unwind(node, lambda block: False)
    builder.emit(Op.RETURN, node, operand=Slot(kept))
    builder.go(builder.graph.normal_exit)


def _raise(builder: Builder, node: ast.Raise) -> None:
    builder.leave_loops()
    if node.exc is None:
        depth = builder.handled[-1][1] if builder.handled else 0
        builder.emit(Op.RERAISE, node)
        builder.graph.nodes[builder.here].resume = depth
        builder.here = NOWHERE
        return
    exception = node.exc
    if isinstance(exception, ast.Call):
        # ValueError("…"): making the exception does not raise another one
        for argument in (*exception.args, *(keyword.value for keyword in exception.keywords)):
            lower(builder, argument)
    else:
        lower(builder, exception)
    lower(builder, node.cause)
    if isinstance(exception, ast.Name):
        for name, depth in reversed(builder.handled):
            if name == exception.id:
                builder.emit(Op.RERAISE, node)
                builder.graph.nodes[builder.here].resume = depth
                builder.here = NOWHERE
                return
    callee = exception.func if isinstance(exception, ast.Call) else exception
    builder.raise_from_here(node, raised_names(builder.names, callee, builder.scope))


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
    with builder.landing_at(handlers):
        lower_block(builder, node.body)
    lower_block(builder, node.orelse)
    builder.go(after)
    table: list[tuple[tuple[str, ...] | None, int]] = []
    for handler in node.handlers:
        table.append((caught_names(builder.names, handler.type, builder.scope), builder.join(handler)))
    builder.graph.nodes[handlers].handlers = tuple(table)
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
            rest = builder.add(Op.HANDLERS, node, handlers=tuple(table[position + 1 :]))
            builder.emit(Op.REST, handler, resume=rest)
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
    locked = is_lock(manager_name) or _is_named_lock(item.context_expr)
    builder.locks += locked
    final = builder.join(node)
    builder.graph.nodes[final].depth = depth + 1
    leave = builder.join(node)
    with builder.inside(Block(depth, final=final)), builder.landing_at(final):
        if item.optional_vars is not None:
            bind(builder, item.optional_vars, Slot(entered), node)
        _with_items(builder, node, items[1:], leave)
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
    builder.graph.nodes[builder.here].safe = manager_never_raises(manager_name)
    builder.emit(Op.ASSIGN, node, target=kept, operand=UNKNOWN)
    suppressed = _suppressed(builder, item.context_expr, after)
    builder.graph.dispatched_at[final] = builder.emit(Op.DISPATCH, node, handlers=suppressed)
    builder.graph.nodes[builder.here].depth = depth
    builder.here = NOWHERE
    builder.depth = depth


def _is_named_lock(node: ast.expr) -> bool:
    """``with self._lock:`` where the file does not show what made the lock."""
    name = node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""
    return name.lower().endswith(("lock", "mutex", "semaphore"))


def _suppressed(builder: Builder, node: ast.expr, after: int) -> tuple[tuple[tuple[str, ...] | None, int], ...]:
    """What a context manager swallows, as a handler that does nothing."""
    if not isinstance(node, ast.Call):
        return ()
    name = builder.names.qualified_name(node.func, builder.scope)
    attribute = node.func.attr if isinstance(node.func, ast.Attribute) else ""
    if name not in _SUPPRESSORS and attribute not in ("assertRaises", "assertRaisesRegex"):
        return ()
    parts = node.args if name == "contextlib.suppress" else node.args[:1]
    found: list[str] = []
    for part in parts:
        found.extend(caught_names(builder.names, part, builder.scope) or ())
    return ((tuple(found), after),) if found else ()


def _match(builder: Builder, node: ast.Match) -> None:
    subject = lower(builder, node.subject)
    after = builder.join(node)
    exhaustive = False
    for case in node.cases:
        body, following = builder.join(case), builder.join(case)
        irrefutable = _is_irrefutable(case.pattern)
        if irrefutable:
            builder.go(body)
        else:
            if isinstance(case.pattern, (ast.MatchClass, ast.MatchMapping)):
                builder.raises(case.pattern)
            test, negated = _pattern_test(case.pattern, subject)
            node_index = builder.emit(Op.BRANCH, case.pattern, test=test)
            if isinstance(test.operand, Slot) and test.kind != "opaque":
                slot = test.operand.name
                builder.graph.tests[slot] = builder.graph.tests.get(slot, 0) + 1
            builder.graph.nodes[node_index].next.extend((following, body) if negated else (body, following))
        builder.here = body
        for pattern in ast.walk(case.pattern):
            captured = getattr(pattern, "name", None) or getattr(pattern, "rest", None)
            if isinstance(captured, str):
                variable = builder.variable(captured, pattern)
                if isinstance(variable, Slot):
                    whole = pattern is case.pattern
                    builder.assign(variable.name, subject if whole else UNKNOWN, pattern)
        if case.guard is not None:
            guarded = builder.join(case)
            condition(builder, case.guard, guarded, following)
            builder.here = guarded
        elif irrefutable:
            exhaustive = True
        lower_block(builder, case.body)
        builder.go(after)
        builder.here = following
    if not exhaustive:
        builder.go(after)
    builder.here = after


def _is_irrefutable(pattern: ast.pattern) -> bool:
    return isinstance(pattern, ast.MatchAs) and (pattern.pattern is None or _is_irrefutable(pattern.pattern))


def _pattern_test(pattern: ast.pattern, subject: Operand) -> tuple[Test, bool]:
    if isinstance(pattern, ast.MatchSingleton) and isinstance(subject, (Slot, Member)):
        if pattern.value is None:
            return Test("none", subject), False
        return Test("truth", subject), pattern.value is False
    remembered = isinstance(subject, Slot) and not subject.name.startswith("#")
    if isinstance(pattern, ast.MatchValue) and isinstance(pattern.value, ast.Constant) and remembered:
        assert isinstance(subject, Slot)
        return Test("truth", Slot(f"{subject.name}=={pattern.value.value!r}"), (subject,)), False
    return Test("opaque", UNKNOWN, (subject,)), False


def _function(builder: Builder, node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
    for decorator in node.decorator_list:
        lower(builder, decorator)
    if node.decorator_list:
        builder.raises(node)
    arguments = node.args
    defaults = [default for default in (*arguments.defaults, *arguments.kw_defaults) if default is not None]
    operands = lower_all(builder, defaults)
    scope = builder.names.scopes.by_node.get(node)
    if operands or (
        node.decorator_list and scope is not None and builder.names.variable(node.name, builder.scope) is None
    ):
        # Defaults live in the function; a decorator that is not known may keep the function, and what it captures.
        callback = (Callback(scope),) if scope is not None and node.decorator_list else ()
        builder.emit(Op.GIVE, node, operands=(*operands, *callback))


def _class(builder: Builder, node: ast.ClassDef) -> None:
    for decorator in node.decorator_list:
        lower(builder, decorator)
    lower_all(builder, node.bases)
    for keyword in node.keywords:
        lower(builder, keyword.value)
    outer = builder.scope
    builder.scope = builder.names.scopes.by_node[node]
    lower_block(builder, node.body)
    builder.scope = outer
    builder.raises(node)


# Calls are expressions too; they have a room of their own.
HANDLERS[ast.Call] = lower_call

_HANDLERS: dict[type[ast.AST], Callable[[Builder, Any], None]] = {
    ast.Expr: _expression,
    ast.Assign: _assign,
    ast.AnnAssign: _annotated_assign,
    ast.AugAssign: _augmented_assign,
    ast.Delete: _delete,
    ast.Import: _import,
    ast.ImportFrom: _import,
    ast.Assert: _assert,
    ast.If: _if,
    ast.While: _while,
    ast.For: _for,
    ast.AsyncFor: _for,
    ast.Break: _break,
    ast.Continue: _continue,
    ast.Return: _return,
    ast.Raise: _raise,
    ast.Try: _try,
    getattr(ast, "TryStar", ast.Try): _try,
    ast.With: _with,
    ast.AsyncWith: _with,
    ast.Match: _match,
    ast.FunctionDef: _function,
    ast.AsyncFunctionDef: _function,
    ast.ClassDef: _class,
}
