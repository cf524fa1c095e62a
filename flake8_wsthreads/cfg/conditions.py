"""Conditions as branches: what a path learns from the answer to a test."""

from __future__ import annotations

import ast
from collections.abc import Callable
from dataclasses import dataclass, replace

from flake8_wsthreads.cfg.asked import Asks, Test
from flake8_wsthreads.cfg.builder import Builder
from flake8_wsthreads.cfg.comparisons import affirmed, comparison, object_of, spelled_out
from flake8_wsthreads.cfg.guards import (
    class_guard,
    error_asked_about,
    names_closed_errors,
    namespace_guard,
    opaque,
    question,
    state_guard,
    uncertain_question,
)
from flake8_wsthreads.cfg.instruction import Branch
from flake8_wsthreads.cfg.lowering import MAXIMUM_DEPTH, lower, lower_all
from flake8_wsthreads.cfg.operand import (
    NONE,
    OBJECT,
    UNKNOWN,
    Element,
    Known,
    Member,
    Operand,
    Pack,
    ValueKind,
    place_of,
)
from flake8_wsthreads.cfg.place import Place
from flake8_wsthreads.cfg.safe_calls import SAFE_READERS
from flake8_wsthreads.cfg.tracked import Question, subject_of
from flake8_wsthreads.names.scopes import ScopeKind
from flake8_wsthreads.source.syntax import argument


def branch(builder: Builder, test: Test, syntax: ast.AST, on_true: int, on_false: int) -> None:
    """A two-way branch from here."""
    for asked in (*map(place_of, (test.operand, *test.mentions)), test.key):
        if asked is not None:
            # in a loop one condition asks again and again; an answer is remembered for another place that asks
            again = builder.loops and not isinstance(subject_of(asked), Question)
            builder.graph.tests[asked] += 2 if again else 1
    if test.asks in (Asks.TRUTH, Asks.NONE) and test.subject is not None:
        conditions = builder.graph.conditions
        conditions[test.subject] = test.asks is Asks.NONE or conditions.get(test.subject, False)
    node = builder.emit(Branch(test), syntax)
    if builder.here != -1:
        builder.graph.nodes[node].next.extend((on_true, on_false))
    builder.here = -1


@dataclass(frozen=True)
class OfLoop:
    """What is special about a condition that ends a loop: its own, or ``if self.stopped: break``."""

    body: int
    leave: int
    steady: frozenset[Place] | None = None
    """For the loop's own condition the variables that are the same at each turn."""

    def ending_answer(self, on_true: int, on_false: int) -> bool | None:
        """The answer of a part of the condition with which the loop may end; None where both lead to other parts."""
        if on_true == self.body or on_false == self.leave:
            return False
        return True if on_false == self.body or on_true == self.leave else None


def condition(builder: Builder, node: ast.expr, on_true: int, on_false: int, loop: OfLoop | None = None) -> None:
    """Add the steps of a condition, with short circuits, up to its two outcomes."""
    while isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        node, on_true, on_false = node.operand, on_false, on_true
    node = spelled_out(builder, node)
    if isinstance(node, ast.BoolOp) and builder.expression_depth <= MAXIMUM_DEPTH:
        builder.expression_depth += 1
        for position, part in enumerate(node.values):
            last = position == len(node.values) - 1
            proceed = on_true if last else builder.join(part)
            if isinstance(node.op, ast.And):
                condition(builder, part, proceed, on_false, loop)
            else:
                proceed = on_false if last else proceed
                condition(builder, part, on_true, proceed, loop)
            if not last:
                builder.here = proceed
        builder.expression_depth -= 1
        return
    before = len(builder.graph.nodes)
    test, negated = _test(builder, node)
    asked = place_of(test.operand)
    if test.key is None and (asked is None or asked.is_temporary):
        key = uncertain_question(builder, affirmed(node))
        test = replace(test, key=key, again=key is not None and builder.graph.tests[key] > 0)
    if test.key is not None:
        for step in builder.graph.nodes[before:]:
            step.asks = test.key
    if builder.handled:
        test = replace(test, error_at=error_asked_about(builder, node, test))
    if negated:
        test = replace(test, negated=True)
        on_true, on_false = on_false, on_true
    own = loop is not None and loop.steady is not None
    asked = test.subject if isinstance(test.subject, Place) else place_of(test.operand)
    if loop is not None and (loop.steady is None or asked not in loop.steady):
        changed = isinstance(test.subject, Place) and _others_may_change(builder, test.subject, own)
        test = replace(test, in_loop=own, ended_by_others=loop.ending_answer(on_true, on_false) if changed else None)
    branch(builder, test, node, on_true, on_false)


def either(builder: Builder, node: ast.IfExp, arm: Callable[[ast.expr], None]) -> None:
    """Add the steps of ``a if b else c``; ``arm`` adds those of the expression that was chosen."""
    yes, no, after = builder.join(node), builder.join(node), builder.join(node)
    condition(builder, node.test, yes, no)
    for start, part in ((yes, node.body), (no, node.orelse)):
        builder.here = start
        arm(part)
        builder.go(after)
    builder.here = after


def asked_by_bool(builder: Builder, node: ast.expr) -> ast.expr | None:
    """``live`` for ``bool(live)``, which is as true as that; None for anything else."""
    if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name) or node.func.id != "bool":
        return None
    if len(node.args) != 1 or builder.names.lookup("bool", builder.scope) is not None:
        return None
    return argument(node, 0)


def answer(builder: Builder, node: ast.expr) -> Operand:
    """A condition as a value: True on the paths where it holds."""
    target = builder.alternative()
    after = builder.join(node)
    yes, no = builder.join(node), builder.join(node)
    before = len(builder.graph.nodes)
    condition(builder, node, yes, no)
    builder.graph.answers.append((target, range(before, len(builder.graph.nodes))))
    for branch_taken, value in ((yes, ValueKind.TRUE), (no, ValueKind.FALSE)):
        builder.here = branch_taken
        builder.assign(target, Known(value), node)
        builder.go(after)
    builder.here = after
    return target


def _others_may_change(builder: Builder, place: Place, waited_for: bool) -> bool:
    """Whether code that runs meanwhile, on another thread or as a callback, may bind something else to a place.

    An attribute that a loop waits for is there to be changed (``waited_for``), by another file if not by this one.
    """
    kept = place.variable
    if place.fields or kept is None:
        return bool(place.fields) and (waited_for or builder.rest.bound_elsewhere(place.name, builder.function))
    binding_it = {binding.scope.function for binding in kept.scope.bindings.get(kept.name, ())}
    return any(function.kind is not ScopeKind.MODULE for function in binding_it - {builder.function})


def _test(builder: Builder, node: ast.expr) -> tuple[Test, bool]:
    """What a condition without ``and``, ``or`` and ``not`` asks, and whether the answer is to be turned round."""
    if isinstance(node, ast.Compare):
        if len(node.ops) > 1:
            # 0 < len(names) < 5: not spelled out, or its middle would be evaluated twice
            return opaque(builder, node, lower_all(builder, [node.left, *node.comparators])), False
        guard = (
            namespace_guard(builder, node)
            or state_guard(builder, node)
            or class_guard(builder, node)
            or comparison(builder, node)
        )
        return guard.test, guard.negated
    asked = asked_by_bool(builder, node)
    if asked is not None:
        return Test(Asks.TRUTH, lower(builder, asked)), False
    if isinstance(node, ast.Constant):
        return Test(Asks.TRUTH, OBJECT if node.value else NONE), False
    if (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id in ("isinstance", "hasattr", "callable")
    ):
        if builder.names.lookup(node.func.id, builder.scope) is None and argument(node, 0) is not None:
            operands = lower_all(builder, node.args)
            if node.func.id not in SAFE_READERS:
                builder.raises(node)
            told_apart = len(operands) == 2 and node.func.id == "isinstance"
            if told_apart and names_closed_errors(builder, node.args[1]):
                return Test(Asks.CLOSED, operands[0], key=question(builder, node)), False
            key = object_of(builder, operands[0], *node.args) if told_apart else None
            return Test(Asks.OBJECT, operands[0], key=key or question(builder, node)), False
    operand = lower(builder, node)
    place = place_of(operand)
    if isinstance(operand, (Place, Member)) and not (place is not None and place.is_temporary):
        return Test(Asks.TRUTH, operand), False
    if isinstance(operand, (Place, Member, Element)):
        # what a call returned, or an element: known where the operand is, else as it was when last asked
        return Test(Asks.TRUTH, operand, key=question(builder, node)), False
    if isinstance(operand, Known) and operand != UNKNOWN:
        return Test(Asks.TRUTH, operand), False
    if isinstance(operand, Pack):
        return Test(Asks.TRUTH, OBJECT if operand.items else NONE), False
    return opaque(builder, node, (operand,)), False
