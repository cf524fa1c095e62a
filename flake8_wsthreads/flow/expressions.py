"""Expressions as steps, in the order in which Python evaluates them, and the operand that each leaves behind."""

from __future__ import annotations

import ast
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from flake8_wsthreads.flow.builder import Builder
from flake8_wsthreads.flow.graph import (
    NONE,
    OBJECT,
    UNKNOWN,
    Arguments,
    Basic,
    Callback,
    Element,
    Known,
    Member,
    Op,
    Operand,
    Pack,
    Slot,
    Test,
    slot_of,
)
from flake8_wsthreads.names.scopes import BindingKind, ComprehensionNode
from flake8_wsthreads.names.values import Function, Instance, Partial
from flake8_wsthreads.names.websockets import opens

# Expressions nested deeper than this are not taken apart: what they mention is given away.
_MAXIMUM_DEPTH = 40


def lower(builder: Builder, node: ast.expr | None) -> Operand:
    """Add the steps of an expression; returns what it evaluates to."""
    if node is None:
        return UNKNOWN
    handler = HANDLERS.get(type(node))
    if handler is None:
        return UNKNOWN
    if builder.expression_depth > _MAXIMUM_DEPTH:
        return _opaque(builder, node)
    builder.expression_depth += 1
    operand = handler(builder, node)
    builder.expression_depth -= 1
    return operand


def lower_all(builder: Builder, nodes: list[ast.expr]) -> tuple[Operand, ...]:
    """Add the steps of several expressions, from left to right."""
    return tuple([lower(builder, node) for node in nodes])


def _opaque(builder: Builder, node: ast.expr) -> Operand:
    """An expression too deep to follow: it may raise, and whatever it mentions is no longer ours to judge."""
    mentioned: dict[str, Operand] = {}
    pending: list[ast.AST] = [node]
    while pending:
        part = pending.pop()
        if isinstance(part, ast.Name):
            mentioned[part.id] = builder.variable(part.id, part)
        pending.extend(ast.iter_child_nodes(part))
    builder.emit(Op.GIVE, node, operands=tuple(mentioned.values()))
    return UNKNOWN


def _name(builder: Builder, node: ast.Name) -> Operand:
    owner = builder.names.lookup(node.id, builder.scope)
    if owner is None:
        return UNKNOWN
    if any(binding.kind in _CALLABLE_BINDINGS for binding in owner.bindings[node.id]):
        value = builder.names.variable(node.id, owner)
        if isinstance(value, Function):
            return Callback(value.scope)
        if isinstance(value, Partial) and isinstance(value.function, Function):
            return Slot(f"{node.id}@{owner.index}")
    return builder.variable(node.id, node)


_CALLABLE_BINDINGS = {BindingKind.FUNCTION, BindingKind.VALUE}


def _attribute(builder: Builder, node: ast.Attribute) -> Operand:
    base = lower(builder, node.value)
    value = builder.names.evaluate(node.value, builder.scope)
    if isinstance(value, Instance) and not isinstance(value.of, str):
        method = builder.names.method(value.of, node.attr)
        if method is not None:
            decorators = builder.names.decorators(method)
            if "functools.cached_property" in decorators:
                return builder.member(base, node.attr, node.value)
            if "builtins.property" in decorators:
                target = builder.temporary()
                builder.emit(Op.CALL, node, function=method, receiver=base, target=target, name=node.attr)
                return Slot(target)
            return Callback(method, base)
    return builder.member(base, node.attr, node.value)


def _constant(builder: Builder, node: ast.Constant) -> Operand:
    if node.value is None:
        return NONE
    if node.value is True:
        return Known(Basic.TRUE)
    if node.value is False:
        return Known(Basic.FALSE)
    return OBJECT if node.value else Known(Basic.FALSE) if node.value == 0 else UNKNOWN


def _display(builder: Builder, node: ast.List | ast.Tuple | ast.Set) -> Operand:
    return Pack(lower_all(builder, node.elts))


def _dict(builder: Builder, node: ast.Dict) -> Operand:
    items: list[Operand] = []
    for key, value in zip(node.keys, node.values):
        lower(builder, key)
        items.append(lower(builder, value))
    return Pack(tuple(items))


def _starred(builder: Builder, node: ast.Starred) -> Operand:
    base = lower(builder, node.value)
    if not isinstance(base, Pack) and not (isinstance(base, Slot) and base.name in builder.graph.containers):
        builder.raises(node)
    return Element(base)


def _subscript(builder: Builder, node: ast.Subscript) -> Operand:
    base = lower(builder, node.value)
    lower(builder, node.slice)
    if not (isinstance(base, Slot) and base.name in builder.graph.containers):
        builder.raises(node)
    if isinstance(node.slice, ast.Constant) and isinstance(node.slice.value, int) and not isinstance(base, Pack):
        return Element(base, node.slice.value if node.slice.value >= 0 else None)
    if isinstance(base, Pack) and isinstance(node.slice, ast.Constant) and isinstance(node.slice.value, int):
        if 0 <= node.slice.value < len(base.items):
            return base.items[node.slice.value]
    return Element(base)


def _slice(builder: Builder, node: ast.Slice) -> Operand:
    for part in (node.lower, node.upper, node.step):
        lower(builder, part)
    return UNKNOWN


def _operation(builder: Builder, node: ast.BinOp) -> Operand:
    left, right = lower(builder, node.left), lower(builder, node.right)
    # [*a] + [*b] and a | b keep the elements
    return Pack((Element(left), Element(right))) if isinstance(node.op, (ast.Add, ast.BitOr)) else UNKNOWN


def _unary(builder: Builder, node: ast.UnaryOp) -> Operand:
    if isinstance(node.op, ast.Not):
        return _truth(builder, node)
    lower(builder, node.operand)
    return UNKNOWN


def _compare(builder: Builder, node: ast.Compare) -> Operand:
    if len(node.ops) == 1 and isinstance(node.ops[0], (ast.Is, ast.IsNot)):
        return _truth(builder, node)
    lower(builder, node.left)
    lower_all(builder, node.comparators)
    return UNKNOWN


def _truth(builder: Builder, node: ast.expr) -> Operand:
    """A condition as a value: True on the paths where it holds."""
    target = builder.temporary()
    builder.graph.tests[target] = builder.graph.tests.get(target, 0) + 2
    after = builder.join(node)
    yes, no = builder.join(node), builder.join(node)
    condition(builder, node, yes, no)
    for branch, value in ((yes, Basic.TRUE), (no, Basic.FALSE)):
        builder.here = branch
        builder.assign(target, Known(value), node)
        builder.go(after)
    builder.here = after
    return Slot(target)


def _bool(builder: Builder, node: ast.BoolOp) -> Operand:
    """``a and b``, ``a or b``: the value of the operand that decides."""
    target = builder.temporary()
    builder.graph.tests[target] = builder.graph.tests.get(target, 0) + 2
    after = builder.join(node)
    conjunction = isinstance(node.op, ast.And)
    for part in node.values[:-1]:
        proceed, decided = builder.join(part), builder.join(part)
        outcomes = (proceed, decided) if conjunction else (decided, proceed)
        if isinstance(part, (ast.Compare, ast.UnaryOp)):
            condition(builder, part, *outcomes)
            builder.here = decided
            builder.assign(target, Known(Basic.FALSE if conjunction else Basic.TRUE), part)
        else:
            operand = lower(builder, part)
            if not slot_of(operand):
                builder.assign(target, operand, part)
                operand = Slot(target)
            # what the condition learns of a variable stays known
            branch(builder, Test("truth", operand), part, *outcomes)
            builder.here = decided
            builder.assign(target, operand, part)
        builder.go(after)
        builder.here = proceed
    builder.assign(target, lower(builder, node.values[-1]), node.values[-1])
    builder.go(after)
    builder.here = after
    return Slot(target)


def _conditional(builder: Builder, node: ast.IfExp) -> Operand:
    target = builder.temporary()
    builder.graph.tests[target] = builder.graph.tests.get(target, 0) + 2
    yes, no, after = builder.join(node), builder.join(node), builder.join(node)
    condition(builder, node.test, yes, no)
    for start, part in ((yes, node.body), (no, node.orelse)):
        builder.here = start
        builder.assign(target, lower(builder, part), part)
        builder.go(after)
    builder.here = after
    return Slot(target)


def _walrus(builder: Builder, node: ast.NamedExpr) -> Operand:
    operand = lower(builder, node.value)
    variable = builder.variable(node.target.id, node.target)
    if isinstance(variable, Slot):
        builder.assign(variable.name, operand, node)
        return variable
    return operand


def _await(builder: Builder, node: ast.Await) -> Operand:
    if awaits_opener(builder, node.value):
        return UNKNOWN
    operand = lower(builder, node.value)
    builder.raises(node)
    return operand


def awaits_opener(builder: Builder, node: ast.expr) -> bool:
    """Whether a call that seems to open a connection is awaited: then it is no synchronous client after all."""
    if not isinstance(node, ast.Call) or not opens(builder.names, node, builder.scope, builder.factories):
        return False
    for argument in (*node.args, *(keyword.value for keyword in node.keywords)):
        lower(builder, argument)
    builder.raises(node)
    return True


def _yield(builder: Builder, node: ast.Yield | ast.YieldFrom) -> Operand:
    operand = lower(builder, node.value)
    builder.graph.is_generator = True
    builder.leave_loops()
    builder.emit(Op.YIELD, node, operand=operand, name="from" if isinstance(node, ast.YieldFrom) else "")
    return UNKNOWN


def _joined(builder: Builder, node: ast.AST) -> Operand:
    """An f-string or a template string: its parts are read."""
    for value in getattr(node, "values", ()):
        inner = getattr(value, "value", None)
        if isinstance(inner, ast.expr) and not isinstance(value, ast.Constant):
            lower(builder, inner)
            lower(builder, getattr(value, "format_spec", None))
    return UNKNOWN


def _lambda(builder: Builder, node: ast.Lambda) -> Operand:
    scope = builder.names.scopes.lambda_scope(node, builder.scope)
    defaults = [default for default in (*node.args.defaults, *node.args.kw_defaults) if default is not None]
    return Callback(scope, None, lower_all(builder, defaults))


def _comprehension(builder: Builder, node: ComprehensionNode) -> Operand:
    """A loop that fills a new container."""
    target = builder.temporary()
    builder.graph.containers.add(target)
    builder.assign(target, Known(Basic.EMPTY), node)
    outer = builder.scope
    builder.scope = builder.names.scopes.comprehension_scope(node, outer)
    heads: list[tuple[int, int]] = []
    for position, generator in enumerate(node.generators):
        scope, builder.scope = builder.scope, outer if position == 0 else builder.scope
        iterable = lower(builder, generator.iter)
        builder.scope = scope
        head, leave = iteration(builder, generator.target, iterable, node)
        heads.append((head, leave))
        for test in generator.ifs:
            proceed = builder.join(test)
            condition(builder, test, proceed, head)
            builder.here = proceed
    parts = [node.key, node.value] if isinstance(node, ast.DictComp) else [node.elt]
    items = lower_all(builder, parts)
    builder.emit(Op.METHOD, node, operand=Slot(target), name="append", arguments=Arguments(items))
    for head, leave in reversed(heads):
        builder.go(head)
        builder.here = leave
    builder.scope = outer
    return Slot(target)


def iteration(builder: Builder, target: ast.expr, iterable: Operand, syntax: ast.AST) -> tuple[int, int]:
    """The head of a loop over an operand; returns it and the step after the loop. What follows is the loop's body."""
    container = builder.temporary()
    builder.temporaries.pop()  # it lives as long as the loop
    if isinstance(iterable, Pack) or slot_of(iterable) in builder.graph.containers:
        builder.graph.containers.add(container)
    builder.assign(container, iterable, syntax)
    seen = f"{container}.seen"
    builder.graph.tests[container] = builder.graph.tests.get(container, 0) + 2
    builder.graph.tests[seen] = 2
    builder.assign(seen, Known(Basic.FALSE), syntax)
    element = f"{container}.element"
    head = builder.emit(Op.ITERATE, syntax, operand=Slot(container), target=element, name=seen)
    leave = builder.join(syntax)
    body = builder.join(syntax)
    builder.graph.nodes[head].next.extend((body, leave))
    builder.here = body
    # for name, ws in connections.items(): whichever of them holds it
    parts = target.elts if isinstance(target, (ast.Tuple, ast.List)) else [target]
    for part in parts:
        bind(builder, part, Slot(element), syntax)
    builder.assign(element, UNKNOWN, syntax)
    return head, leave


def bind(builder: Builder, target: ast.expr, operand: Operand, syntax: ast.AST) -> None:
    """Add the steps that bind an assignment target."""
    pending: list[tuple[ast.expr, Operand]] = [(target, operand)]
    while pending:
        node, value = pending.pop()
        if isinstance(node, ast.Name):
            variable = builder.variable(node.id, node)
            if isinstance(variable, Slot):
                builder.assign(variable.name, value, syntax)
        elif isinstance(node, ast.Attribute):
            member = builder.member(lower(builder, node.value), node.attr, node.value)
            if member.slot:
                builder.assign(member.slot, value, syntax)
            else:
                builder.emit(Op.GIVE, syntax, operands=(value,))
        elif isinstance(node, ast.Subscript):
            base = lower(builder, node.value)
            lower(builder, node.slice)
            builder.emit(Op.METHOD, syntax, operand=base, name="__setitem__", arguments=Arguments((value,)))
        elif isinstance(node, ast.Starred):
            pending.append((node.value, Pack((value,))))
        elif isinstance(node, (ast.Tuple, ast.List)):
            starred = any(isinstance(part, ast.Starred) for part in node.elts)
            if isinstance(value, Pack) and len(value.items) == len(node.elts) and not starred:
                parts: list[Operand] = list(value.items)
                # a, b = b, a: all values are read before the first is bound
                saved: list[Operand] = []
                for part in parts:
                    if isinstance(part, (Pack, Known)):
                        saved.append(part)
                        continue
                    temporary = builder.temporary()
                    builder.assign(temporary, part, syntax)
                    saved.append(Slot(temporary))
                pending.extend(zip(reversed(node.elts), reversed(saved)))
            else:
                kept = builder.temporary()
                builder.assign(kept, value, syntax)
                builder.emit(Op.UNPACK, syntax, operand=Slot(kept))
                last = len(node.elts) - 1
                pending.extend(
                    (part, Element(Slot(kept), None if starred else last - position))
                    for position, part in enumerate(reversed(node.elts))
                )


def branch(builder: Builder, test: Test, syntax: ast.AST, on_true: int, on_false: int) -> None:
    """A two-way branch from here."""
    for operand in (test.operand, *test.mentions):
        slot = operand.name if isinstance(operand, Slot) else operand.slot if isinstance(operand, Member) else ""
        if slot:
            # in a loop one condition asks again and again
            times = 2 if any(block.loop is not None for block in builder.blocks) else 1
            builder.graph.tests[slot] = builder.graph.tests.get(slot, 0) + times
    node = builder.emit(Op.BRANCH, syntax, test=test)
    if builder.here != -1:
        builder.graph.nodes[node].next.extend((on_true, on_false))
    builder.here = -1


def condition(
    builder: Builder, node: ast.expr, on_true: int, on_false: int, steady: frozenset[str] | None = None
) -> None:
    """Add the steps of a condition, with short circuits, up to its two outcomes.

    ``steady`` is given for the condition of a loop: the slots that are the same at each turn.
    """
    while isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        node, on_true, on_false = node.operand, on_false, on_true
    if isinstance(node, ast.BoolOp) and builder.expression_depth <= _MAXIMUM_DEPTH:
        builder.expression_depth += 1
        for position, part in enumerate(node.values):
            last = position == len(node.values) - 1
            proceed = on_true if last else builder.join(part)
            if isinstance(node.op, ast.And):
                condition(builder, part, proceed, on_false, steady)
            else:
                proceed = on_false if last else proceed
                condition(builder, part, on_true, proceed, steady)
            if not last:
                builder.here = proceed
        builder.expression_depth -= 1
        return
    test, negated = _test(builder, node, False)
    if steady is not None and slot_of(test.operand) not in steady:
        test = replace(test, in_loop=True)
    if negated:
        on_true, on_false = on_false, on_true
    branch(builder, test, node, on_true, on_false)


def _test(builder: Builder, node: ast.expr, in_loop: bool) -> tuple[Test, bool]:
    """What a condition without ``and``, ``or`` and ``not`` asks, and whether the answer is to be turned round."""
    if isinstance(node, ast.Compare) and len(node.ops) == 1:
        left, right = lower(builder, node.left), lower(builder, node.comparators[0])
        operator = node.ops[0]
        negated = isinstance(operator, (ast.IsNot, ast.NotEq))
        if isinstance(operator, (ast.Is, ast.IsNot, ast.Eq, ast.NotEq)):
            if right == NONE or left == NONE:
                return Test("none", left if right == NONE else right, (), in_loop), negated
            literal = node.comparators[0]
            if isinstance(literal, ast.Constant) and isinstance(literal.value, bool):
                return Test("true" if literal.value else "false", left, (), in_loop), negated
            key = _comparison_key(left, literal)
            if key:
                return Test("truth", Slot(key), (left, right), in_loop), negated
        return Test("opaque", UNKNOWN, (left, right), in_loop), False
    if isinstance(node, ast.Constant):
        return Test("truth", OBJECT if node.value else NONE, (), in_loop), False
    if (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id in ("isinstance", "hasattr", "bool")
    ):
        if builder.names.lookup(node.func.id, builder.scope) is None and node.args:
            operands = lower_all(builder, node.args)
            builder.raises(node)
            if node.func.id == "bool":
                return Test("truth", operands[0], (), in_loop), False
            return Test("object", operands[0], (), in_loop), False
    operand = lower(builder, node)
    if isinstance(operand, (Slot, Member)):
        return Test("truth", operand, (), in_loop), False
    if isinstance(operand, Known):
        mentions = operand if operand.value else UNKNOWN
        return Test("truth" if operand.value else "opaque", mentions, (), in_loop), False
    if isinstance(operand, Pack):
        return Test("truth", OBJECT if operand.items else NONE, (), in_loop), False
    return Test("opaque", UNKNOWN, (operand,), in_loop), False


def _comparison_key(left: Operand, right: ast.expr) -> str:
    """A slot for ``variable == literal``, so that asking twice gives one answer."""
    if isinstance(right, ast.Constant):
        if isinstance(left, Slot) and not left.name.startswith("#"):
            return f"{left.name}=={right.value!r}"
        if isinstance(left, Member) and left.slot and not left.slot.startswith("#"):
            return f"{left.slot}=={right.value!r}"
    return ""


HANDLERS: dict[type[ast.AST], Callable[[Builder, Any], Operand]] = {
    ast.Name: _name,
    ast.Attribute: _attribute,
    ast.Constant: _constant,
    ast.List: _display,
    ast.Tuple: _display,
    ast.Set: _display,
    ast.Dict: _dict,
    ast.Starred: _starred,
    ast.Subscript: _subscript,
    ast.Slice: _slice,
    ast.BinOp: _operation,
    ast.UnaryOp: _unary,
    ast.Compare: _compare,
    ast.BoolOp: _bool,
    ast.IfExp: _conditional,
    ast.NamedExpr: _walrus,
    ast.Await: _await,
    ast.Yield: _yield,
    ast.YieldFrom: _yield,
    ast.JoinedStr: _joined,
    getattr(ast, "TemplateStr", ast.JoinedStr): _joined,
    ast.Lambda: _lambda,
    ast.ListComp: _comprehension,
    ast.SetComp: _comprehension,
    ast.DictComp: _comprehension,
    ast.GeneratorExp: _comprehension,
}
