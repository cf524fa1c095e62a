"""Comparisons: what an answer is remembered for, so that it answers other comparisons of the same subject, too."""

from __future__ import annotations

import ast

from flake8_wsthreads.cfg.asked import Asks, SameAs, Test
from flake8_wsthreads.cfg.builder import Builder
from flake8_wsthreads.cfg.guards import Guard, opaque, question, untold
from flake8_wsthreads.cfg.lowering import lower
from flake8_wsthreads.cfg.operand import NONE, UNKNOWN, Operand, place_of
from flake8_wsthreads.cfg.tracked import CLASS, CLASSES_APART, Bound, Comparison, Equality, Literal, Subject
from flake8_wsthreads.names.scopes import BindingKind, Scope
from flake8_wsthreads.names.values import Class, Constant, Instance
from flake8_wsthreads.source.syntax import argument

# Of more literals than these in ``mode in (…)`` it is not told apart which one it is.
_MOST_LITERALS = 8
_CONTRARY: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.NotEq: ast.Eq,
    ast.IsNot: ast.Is,
    ast.NotIn: ast.In,
    ast.GtE: ast.Lt,
    ast.Gt: ast.LtE,
}
# The same question with its two sides exchanged.
_MIRRORED: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Lt: ast.Gt,
    ast.LtE: ast.GtE,
    ast.Gt: ast.Lt,
    ast.GtE: ast.LtE,
    ast.Eq: ast.Eq,
    ast.NotEq: ast.NotEq,
}
_IDENTITY = (ast.Is, ast.IsNot)


def comparison(builder: Builder, node: ast.Compare) -> Guard:
    """What a comparison of two expressions asks."""
    left, right = lower(builder, node.left), lower(builder, node.comparators[0])
    operator, literal = node.ops[0], node.comparators[0]
    negated = type(operator) in _CONTRARY
    if isinstance(operator, (*_IDENTITY, ast.Eq, ast.NotEq)):
        if right == NONE or left == NONE:
            asked, expression = (left, node.left) if right == NONE else (right, literal)
            place = place_of(asked)
            key = question(builder, expression) if place is None or place.is_temporary else None
            return Guard(Test(Asks.NONE, asked, key=key), negated)
        if isinstance(literal, ast.Constant) and isinstance(literal.value, bool):
            return Guard(Test(Asks.TRUE if literal.value else Asks.FALSE, left), negated)
        for asked, compared, expression in ((left, node.left, literal), (right, literal, node.left)):
            if place_of(asked) is not None and _is_sentinel(builder, expression):
                equal = equality(builder, asked, compared, expression)
                return Guard(Test(Asks.SENTINEL, asked, (left, right), key=equal), negated)
    if type(operator) in _MIRRORED:
        asks, negated = _asks(builder, node, left, right)
        return Guard(untold(asks, (left, right)), negated)
    positive = affirmed(node)
    if isinstance(operator, _IDENTITY):
        for expression, one, other in ((node.left, left, right), (literal, right, left)):
            if _is_steady_parameter(builder, expression):
                return Guard(Test(SameAs(one), other, (one,), key=question(builder, positive)), negated)
    return Guard(opaque(builder, positive, (left, right)), negated)


def affirmed(node: ast.expr) -> ast.expr:
    """``a == b`` for ``a != b``: the comparison that has the contrary answer, for one that asks by a negative.

    All other conditions as they are.
    """
    if not isinstance(node, ast.Compare) or len(node.ops) > 1 or type(node.ops[0]) not in _CONTRARY:
        return node
    return ast.Compare(node.left, [_CONTRARY[type(node.ops[0])]()], node.comparators)


def _asks(builder: Builder, node: ast.Compare, left: Operand, right: Operand) -> tuple[Comparison | None, bool]:
    """What ``==``, ``<`` and the like ask, and whether they ask for the contrary of it; None where it may change."""
    one, other, operator = node.left, node.comparators[0], type(node.ops[0])
    if _literal(builder, one) is not None and _literal(builder, other) is None:
        one, other, left, right, operator = other, one, right, left, _MIRRORED[operator]
    negated = operator in _CONTRARY
    operator = _CONTRARY.get(operator, operator)
    if operator is ast.Eq:
        equal = equality(builder, left, one, other) or equality(builder, right, other, one)
        if equal is not None:
            return equal, negated
    number = _literal(builder, other)
    if isinstance(number, (int, float)):
        subject = _subject(builder, left, one)
        return (_bound(subject, operator, number) if subject is not None else None), negated
    return _pair(builder, one, other, operator, negated)


def _pair(
    builder: Builder, one: ast.expr, other: ast.expr, operator: type[ast.cmpop], negated: bool
) -> tuple[Comparison | None, bool]:
    """What is asked of two variables: on which side of 0 their difference is."""
    difference = question(builder, ast.BinOp(left=one, op=ast.Sub(), right=other))
    if difference is not None and ast.unparse(one) > ast.unparse(other):
        # n < m is the contrary of m <= n
        difference = question(builder, ast.BinOp(left=other, op=ast.Sub(), right=one))
        if operator is not ast.Eq:
            operator, negated = ast.LtE if operator is ast.Lt else ast.Lt, not negated
    return (_bound(difference, operator, 0) if difference is not None else None), negated


def _bound(subject: Subject, operator: type[ast.cmpop], number: int | float) -> Comparison:
    """What ``==``, ``<`` or ``<=`` asks."""
    if operator is ast.Eq:
        return Equality(subject, number)
    return Bound(subject, number, inclusive=operator is ast.LtE)


def equality(builder: Builder, asked: Operand, expression: ast.expr, literal: ast.expr) -> Equality | None:
    """What is asked of an expression that is compared with a constant, or with a member of an enumeration.

    None for anything else, and where the expression may give something else each time.
    """
    value = _literal(builder, literal)
    is_member = value is None and _is_member(builder, literal)
    if value is None and not is_member:
        return None
    subject = _subject(builder, asked, expression)
    if subject is None or not is_member:
        return Equality(subject, value) if subject is not None else None
    name = builder.names.qualified_name(literal, builder.scope) or ast.unparse(literal)
    return Equality(subject, name, name.rpartition(".")[0])


def object_of(builder: Builder, asked: Operand, expression: ast.expr, classes: ast.expr) -> Equality | None:
    """What ``isinstance(message, str)`` asks; None where it names no class, or several, that are told apart."""
    module, _, name = builder.names.qualified_name(classes, builder.scope).rpartition(".")
    if module != "builtins" or name not in CLASSES_APART:
        return None
    subject = _subject(builder, asked, expression)
    return Equality(subject, name, CLASS) if subject is not None else None


def _subject(builder: Builder, asked: Operand, expression: ast.expr) -> Subject | None:
    """The place that is compared, or the question what an expression gives."""
    counted = _counted(builder, expression)
    if counted is not None:
        # a container is true when there is something in it: its length and its truth are one answer
        asked, expression = (lower(builder, counted) if _is_only_read(builder, counted) else UNKNOWN), counted
    place = place_of(asked)
    subject = question(builder, expression) if place is None or place.is_temporary else place
    if counted is not None and subject is not None:
        builder.graph.counted.add(subject)
    return subject


def _counted(builder: Builder, node: ast.expr) -> ast.expr | None:
    """``names`` for ``len(names)``; None for anything else."""
    if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name) or node.func.id != "len":
        return None
    return argument(node, 0) if builder.names.lookup("len", builder.scope) is None else None


def _literal(builder: Builder, node: ast.expr) -> Literal | None:
    """The value of ``"live"``, ``5``, ``-1`` or ``LIMIT``; None for all that is no text and no number."""
    if isinstance(node, ast.UnaryOp):
        try:
            value = ast.literal_eval(node)
        except ValueError:
            return None
    else:
        named = builder.names.evaluate(node, builder.scope)
        value = named.value if isinstance(named, Constant) else None
    return value if isinstance(value, (str, bytes, int, float)) and not isinstance(value, bool) else None


def _is_sentinel(builder: Builder, node: ast.expr) -> bool:
    """Whether an expression is something that no connection equals: a literal, a class, ``UNSET = object()``."""
    value = builder.names.evaluate(node, builder.scope)
    if isinstance(value, (Constant, Class)) or _literal(builder, node) is not None or _is_member(builder, node):
        return True
    return isinstance(value, Instance) and value.of == "builtins.object"


def _is_member(builder: Builder, node: ast.expr) -> bool:
    """``State.OPEN``, where ``State`` is a class of the file, or by its name one of another file."""
    if not isinstance(node, ast.Attribute):
        return False
    value = builder.names.evaluate(node.value, builder.scope)
    if isinstance(value, Class):
        bases = builder.names.classes.foreign_bases(value.scope)
        return any(base.rpartition(".")[2].endswith(("Enum", "Flag")) for base in bases)
    name = builder.names.qualified_name(node.value, builder.scope).rpartition(".")[2]
    return name[:1].isupper() and node.attr.isupper()


def _is_steady_parameter(builder: Builder, node: ast.expr) -> bool:
    """Whether a name is a parameter of this function that nothing binds again."""
    if not isinstance(node, ast.Name):
        return False
    owner = builder.names.lookup(node.id, builder.scope)
    if owner is None or owner is not builder.function:
        return False
    return [binding.kind for binding in owner.bindings[node.id]] == [BindingKind.PARAMETER]


def spelled_out(builder: Builder, node: ast.expr) -> ast.expr:
    """``mode == "live" or mode == "paper"`` for ``mode in ("live", "paper")``, ``0 < n and n < 9`` for ``0 < n < 9``.

    ``len(names) != 0`` for ``len(names)``. The condition itself where it asks something else, or evaluates more than
    variables twice.
    """
    if _counted(builder, node) is not None:
        return _compared(node, ast.NotEq(), ast.copy_location(ast.Constant(0), node), node)
    if not isinstance(node, ast.Compare):
        return node
    if len(node.ops) > 1:
        if not all(_is_only_read(builder, shared) for shared in node.comparators[:-1]):
            return node
        pairs = zip((node.left, *node.comparators), node.ops, node.comparators)
        return _joined(ast.And(), [_compared(left, operator, right, node) for left, operator, right in pairs], node)
    several, operator = node.comparators[0], node.ops[0]
    if not isinstance(operator, (ast.In, ast.NotIn)) or not isinstance(several, (ast.Tuple, ast.List, ast.Set)):
        return node
    if not 0 < len(several.elts) <= _MOST_LITERALS or not _is_only_read(builder, node.left):
        return node
    if not all(_literal(builder, literal) is not None or _is_member(builder, literal) for literal in several.elts):
        return node
    if isinstance(operator, ast.In):
        return _joined(ast.Or(), [_compared(node.left, ast.Eq(), each, node) for each in several.elts], node)
    return _joined(ast.And(), [_compared(node.left, ast.NotEq(), each, node) for each in several.elts], node)


def _joined(operator: ast.boolop, values: list[ast.expr], syntax: ast.expr) -> ast.expr:
    return ast.copy_location(ast.BoolOp(op=operator, values=values), syntax)


def _compared(left: ast.expr, operator: ast.cmpop, right: ast.expr, syntax: ast.expr) -> ast.expr:
    return ast.copy_location(ast.Compare(left=left, ops=[operator], comparators=[right]), syntax)


def _is_only_read(builder: Builder, node: ast.expr) -> bool:
    """Whether an expression is a literal, a variable, or an attribute of one that is no property of the file."""
    if not isinstance(node, ast.Attribute):
        return isinstance(node, ast.Name) or _literal(builder, node) is not None
    value = builder.names.evaluate(node.value, builder.scope)
    if isinstance(value, Instance) and isinstance(value.of, Scope):
        if builder.names.classes.method(value.of, node.attr) is not None:
            return False
    return isinstance(node.value, ast.Name)
