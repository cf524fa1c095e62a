"""Conditions as branches: what a path learns from the answer to a test."""

from __future__ import annotations

import ast
from dataclasses import replace

from flake8_wsthreads.cfg.asked import Asks, SameAs, Test
from flake8_wsthreads.cfg.builder import Builder
from flake8_wsthreads.cfg.guards import Guard, equality, is_sentinel, namespace_guard, opaque, question, state_guard
from flake8_wsthreads.cfg.instruction import Branch
from flake8_wsthreads.cfg.lowering import MAXIMUM_DEPTH, lower, lower_all
from flake8_wsthreads.cfg.operand import NONE, OBJECT, UNKNOWN, Element, Known, Member, Operand, Pack, place_of
from flake8_wsthreads.cfg.place import Equality, Place, Question
from flake8_wsthreads.cfg.safe_calls import SAFE_READERS
from flake8_wsthreads.names.scopes import BindingKind, Scope
from flake8_wsthreads.names.values import Instance
from flake8_wsthreads.source.syntax import argument

# Of more literals than these in ``mode in (…)`` it is not told apart which one it is.
_MOST_LITERALS = 8
_CONTRARY: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.NotEq: ast.Eq,
    ast.IsNot: ast.Is,
    ast.NotIn: ast.In,
    ast.GtE: ast.Lt,
    ast.LtE: ast.Gt,
}


def branch(builder: Builder, test: Test, syntax: ast.AST, on_true: int, on_false: int) -> None:
    """A two-way branch from here."""
    for asked in (*map(place_of, (test.operand, *test.mentions)), test.key):
        if asked is not None:
            # in a loop one condition asks again and again; an answer is remembered for another place that asks
            builder.graph.tests[asked] += 2 if builder.loops and not isinstance(asked, Question) else 1
    node = builder.emit(Branch(test), syntax)
    if builder.here != -1:
        builder.graph.nodes[node].next.extend((on_true, on_false))
    builder.here = -1


def condition(
    builder: Builder, node: ast.expr, on_true: int, on_false: int, steady: frozenset[Place] | None = None
) -> None:
    """Add the steps of a condition, with short circuits, up to its two outcomes.

    ``steady`` is given for the condition of a loop: the variables that are the same at each turn.
    """
    while isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        node, on_true, on_false = node.operand, on_false, on_true
    if isinstance(node, ast.Compare) and isinstance(node.ops[0], (ast.In, ast.NotIn)):
        one_of = _one_of_literals(builder, node)
        if one_of is not None:
            on_true, on_false = (on_false, on_true) if isinstance(node.ops[0], ast.NotIn) else (on_true, on_false)
            node = one_of
    if isinstance(node, ast.BoolOp) and builder.expression_depth <= MAXIMUM_DEPTH:
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
    before = len(builder.graph.nodes)
    test, negated = _test(builder, node, False)
    if test.key is not None:
        for step in builder.graph.nodes[before:]:
            step.asks = test.key
    if steady is not None and place_of(test.operand) not in steady:
        test = replace(test, in_loop=True)
    if negated:
        on_true, on_false = on_false, on_true
    branch(builder, test, node, on_true, on_false)


def _test(builder: Builder, node: ast.expr, in_loop: bool) -> tuple[Test, bool]:
    """What a condition without ``and``, ``or`` and ``not`` asks, and whether the answer is to be turned round."""
    if isinstance(node, ast.Compare) and len(node.ops) == 1:
        guard = namespace_guard(builder, node) or state_guard(builder, node) or _comparison(builder, node)
        return replace(guard.test, in_loop=in_loop), guard.negated
    if isinstance(node, ast.Constant):
        return Test(Asks.TRUTH, OBJECT if node.value else NONE, (), in_loop), False
    if (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id in ("isinstance", "hasattr", "callable", "bool")
    ):
        if builder.names.lookup(node.func.id, builder.scope) is None and argument(node, 0) is not None:
            operands = lower_all(builder, node.args)
            if node.func.id not in SAFE_READERS:
                builder.raises(node)
            if node.func.id == "bool":
                return Test(Asks.TRUTH, operands[0], (), in_loop), False
            return Test(Asks.OBJECT, operands[0], (), in_loop, question(builder, node)), False
    operand = lower(builder, node)
    place = place_of(operand)
    if isinstance(operand, (Place, Member)) and not (place is not None and place.is_temporary):
        return Test(Asks.TRUTH, operand, (), in_loop), False
    if isinstance(operand, (Place, Member, Element)):
        # what a call returned, or an element: known where the operand is, else as it was when last asked
        return Test(Asks.TRUTH, operand, (), in_loop, question(builder, node)), False
    if isinstance(operand, Known) and operand != UNKNOWN:
        return Test(Asks.TRUTH, operand, (), in_loop), False
    if isinstance(operand, Pack):
        return Test(Asks.TRUTH, OBJECT if operand.items else NONE, (), in_loop), False
    return replace(opaque(builder, node, (operand,)), in_loop=in_loop), False


def _comparison(builder: Builder, node: ast.Compare) -> Guard:
    """A comparison of two expressions."""
    left, right = lower(builder, node.left), lower(builder, node.comparators[0])
    operator, literal = node.ops[0], node.comparators[0]
    positive, negated = _positive(node)
    if not isinstance(operator, (ast.Is, ast.IsNot, ast.Eq, ast.NotEq)):
        return Guard(opaque(builder, positive, (left, right)), negated)
    if right == NONE or left == NONE:
        asked, expression = (left, node.left) if right == NONE else (right, literal)
        key = question(builder, expression) if place_of(asked) is None else None
        return Guard(Test(Asks.NONE, asked, key=key), negated)
    if isinstance(literal, ast.Constant) and isinstance(literal.value, bool):
        return Guard(Test(Asks.TRUE if literal.value else Asks.FALSE, left), negated)
    for asked, expression in ((left, literal), (right, node.left)):
        if place_of(asked) is not None and is_sentinel(builder, expression):
            compared = comparison_key(builder, asked, expression)
            return Guard(Test(Asks.SENTINEL, asked, (left, right), key=compared), negated)
    if isinstance(operator, (ast.Is, ast.IsNot)):
        for expression, one, other in ((node.left, left, right), (literal, right, left)):
            if _is_steady_parameter(builder, expression):
                return Guard(Test(SameAs(one), other, (one,), key=question(builder, positive)), negated)
    return Guard(opaque(builder, positive, (left, right)), negated)


def _positive(node: ast.Compare) -> tuple[ast.Compare, bool]:
    """The question that a comparison asks, and whether it asks for the contrary: ``a == b`` for ``a != b``.

    ``n > 0`` is ``0 < n``, and ``n <= 0`` its contrary: of numbers, which is what programs compare so.
    """
    operator, left, right = node.ops[0], node.left, node.comparators[0]
    negated = type(operator) in _CONTRARY
    asked: ast.cmpop = _CONTRARY[type(operator)]() if negated else operator
    if isinstance(asked, ast.Gt):
        asked, left, right = ast.Lt(), right, left
    return ast.Compare(left=left, ops=[asked], comparators=[right]), negated


def _is_steady_parameter(builder: Builder, node: ast.expr) -> bool:
    """Whether a name is a parameter of this function that nothing binds again."""
    if not isinstance(node, ast.Name):
        return False
    owner = builder.names.lookup(node.id, builder.scope)
    if owner is None or owner is not builder.function:
        return False
    return [binding.kind for binding in owner.bindings[node.id]] == [BindingKind.PARAMETER]


def _one_of_literals(builder: Builder, node: ast.Compare) -> ast.BoolOp | None:
    """``mode == "live" or mode == "paper"`` for ``mode in ("live", "paper")``; None where it asks something else."""
    left, several = node.left, node.comparators[0]
    if len(node.ops) > 1 or not isinstance(several, (ast.Tuple, ast.List, ast.Set)):
        return None
    if not 0 < len(several.elts) <= _MOST_LITERALS or not _is_only_read(builder, left):
        return None
    asked = lower(builder, left)
    if any(comparison_key(builder, asked, literal) is None for literal in several.elts):
        return None
    comparisons: list[ast.expr] = [
        ast.copy_location(ast.Compare(left=left, ops=[ast.Eq()], comparators=[literal]), node)
        for literal in several.elts
    ]
    return ast.copy_location(ast.BoolOp(op=ast.Or(), values=comparisons), node)


def _is_only_read(builder: Builder, node: ast.expr) -> bool:
    """Whether an expression is a variable, or an attribute of one that is no property of the file."""
    if not isinstance(node, ast.Attribute):
        return isinstance(node, ast.Name)
    value = builder.names.evaluate(node.value, builder.scope)
    if isinstance(value, Instance) and isinstance(value.of, Scope):
        if builder.names.classes.method(value.of, node.attr) is not None:
            return False
    return isinstance(node.value, ast.Name)


def comparison_key(builder: Builder, asked: Operand, expression: ast.expr) -> Equality | None:
    """What the answer to ``variable == literal`` is remembered for, so that asking twice gives one answer."""
    place = place_of(asked)
    return equality(builder, place, expression) if place is not None and not place.is_temporary else None
