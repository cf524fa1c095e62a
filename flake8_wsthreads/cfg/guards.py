"""Guards: questions whose answer says whether a connection is there, and questions that are asked more than once."""

from __future__ import annotations

import ast
from dataclasses import dataclass

from flake8_wsthreads.cfg.asked import Asks, Test
from flake8_wsthreads.cfg.builder import Builder
from flake8_wsthreads.cfg.exceptions import caught_by, mentions_any
from flake8_wsthreads.cfg.lowering import lower
from flake8_wsthreads.cfg.operand import UNKNOWN, Operand
from flake8_wsthreads.cfg.place import Place, variable
from flake8_wsthreads.cfg.raised import CLOSED_ERROR, is_for_closed, matches
from flake8_wsthreads.cfg.tracked import Comparison, Question
from flake8_wsthreads.library import behaviour_of
from flake8_wsthreads.library.containers import OF_TEXTS
from flake8_wsthreads.names.scopes import Scope
from flake8_wsthreads.names.values import Class, Instance
from flake8_wsthreads.source.syntax import argument, last_name, walk

# The states of websockets.protocol.State, and whether a connection in this state is still to be closed.
_STATES = {"OPEN": True, "CONNECTING": True, "CLOSING": False, "CLOSED": False}
_EQUALITY = (ast.Eq, ast.NotEq, ast.Is, ast.IsNot)
# A condition of more parts than these is remembered nowhere; a deep one could not even be spelled out.
_LONGEST_QUESTION = 200
_NEGATIVE = (ast.NotEq, ast.IsNot, ast.NotIn)


@dataclass(frozen=True)
class Guard:
    """What a condition asks, and whether the answer is to be turned round."""

    test: Test
    negated: bool = False


def namespace_guard(builder: Builder, node: ast.Compare) -> Guard | None:
    """``if "ws" in locals()``: whether the variable is bound."""
    operator, right = node.ops[0], node.comparators[0]
    if not isinstance(operator, (ast.In, ast.NotIn)) or not is_namespace(builder, right):
        return None
    if not isinstance(node.left, ast.Constant) or not isinstance(node.left.value, str):
        return None
    return Guard(Test(Asks.BOUND, builder.variable(node.left.value, node)), isinstance(operator, ast.NotIn))


def is_namespace(builder: Builder, node: ast.expr) -> bool:
    """``locals()``, ``vars()``, ``dir()``, ``globals()``."""
    if not isinstance(node, ast.Call) or node.args or node.keywords:
        return False
    return behaviour_of(builder.names.qualified_name(node.func, builder.scope)).shows_variables


def entry_of_namespace(builder: Builder, node: ast.Call) -> Operand | None:
    """``locals().get("ws")`` is the variable; None for any other call."""
    if not isinstance(node.func, ast.Attribute) or node.func.attr != "get":
        return None
    name = argument(node, 0) if is_namespace(builder, node.func.value) else None
    if not isinstance(name, ast.Constant) or not isinstance(name.value, str):
        return None
    return builder.variable(name.value, node)


def state_guard(builder: Builder, node: ast.Compare) -> Guard | None:
    """``ws.protocol.state is State.OPEN``, ``ws.close_code is None``: whether there is something left to close."""
    left, right = node.left, node.comparators[0]
    if not isinstance(node.ops[0], _EQUALITY) or not isinstance(left, ast.Attribute):
        return None
    if left.attr == "close_code":
        is_open = True if isinstance(right, ast.Constant) and right.value is None else None
    else:
        is_open = _STATES.get(last_name(right)) if left.attr == "state" else None
    if is_open is None or _is_state_of_file(builder, left, right):
        return None
    base = left.value
    if isinstance(base, ast.Attribute) and base.attr == "protocol":
        base = base.value
    test = Test(Asks.OPEN, lower(builder, base), key=question(builder, node))
    return Guard(test, isinstance(node.ops[0], _NEGATIVE) is is_open)


def _is_state_of_file(builder: Builder, state: ast.Attribute, literal: ast.expr) -> bool:
    """``self.state is State.OPEN`` of a class of the file, or by its own enumeration: no state of a connection."""
    names = builder.names
    if isinstance(literal, ast.Attribute) and isinstance(names.evaluate(literal.value, builder.scope), Class):
        return True
    holder = names.evaluate(state.value, builder.scope)
    return isinstance(holder, Instance) and isinstance(holder.of, Scope) and not names.classes.foreign_bases(holder.of)


def class_guard(builder: Builder, node: ast.Compare) -> Guard | None:
    """``type(error) is ConnectionClosedOK``: whether the connection is closed."""
    operator, right = node.ops[0], node.comparators[0]
    if not isinstance(operator, (*_EQUALITY, ast.In, ast.NotIn)) or not names_closed_errors(builder, right):
        return None
    test = Test(Asks.CLOSED, lower(builder, node.left), key=question(builder, node))
    return Guard(test, isinstance(operator, _NEGATIVE))


def names_closed_errors(builder: Builder, node: ast.expr) -> bool:
    """Whether an expression names an exception that says that the connection is closed, or several and no other."""
    if not isinstance(node, (ast.Name, ast.Attribute, ast.Tuple)):
        return False
    return is_for_closed(caught_by(builder.names, node, builder.scope))


def error_asked_about(builder: Builder, node: ast.expr, test: Test) -> int:
    """Where the exception stands in what is pending that a condition asks about; -1 where its class is asked for."""
    if test.asks is Asks.CLOSED:
        return -1
    handled = next((each for each in reversed(builder.handled) if mentions_any(node, each.told_by)), None)
    if handled is None or _asks_for_other_classes(builder, node):
        return -1
    return handled.depth


def _asks_for_other_classes(builder: Builder, node: ast.expr) -> bool:
    """``isinstance(error, ValueError)``: no class that an exception has which says that a connection is closed."""
    if not isinstance(node, ast.Call):
        return False
    name = builder.names.qualified_name(node.func, builder.scope)
    classes = argument(node, 1) if name == "builtins.isinstance" else None
    return classes is not None and matches(caught_by(builder.names, classes, builder.scope), CLOSED_ERROR) is False


def question(builder: Builder, node: ast.expr) -> Question | None:
    """What the answer to a question is remembered for, while nothing that it mentions can have changed.

    None for a question whose answer may be another one each time it is asked: one that calls something unknown.
    """
    asked = _asked(builder, node, unknown_calls=False)
    if asked is not None:
        builder.graph.questions.add(asked)
    return asked


def uncertain_question(builder: Builder, node: ast.expr) -> Question | None:
    """The same for a condition that calls something unknown: whether it answers alike is not told.

    None where it calls nothing, or does something besides.
    """
    asked = _asked(builder, node, unknown_calls=True)
    if asked is not None and builder.graph.tests[asked]:
        builder.graph.questions.add(asked)
    return asked


def _asked(builder: Builder, node: ast.expr, unknown_calls: bool) -> Question | None:
    mentions: set[Place] = set()
    is_steady = True
    for count, part in enumerate(walk(node)):
        if count > _LONGEST_QUESTION:
            return None
        if isinstance(part, ast.Call):
            is_steady = is_steady and _answers_alike(builder, part)
            if not is_steady and not unknown_calls:
                return None
        elif isinstance(part, ast.Name):
            owner = builder.names.lookup(part.id, builder.scope)
            if owner is not None:
                mentions.add(variable(part.id, owner))
        elif isinstance(part, (ast.Await, ast.Yield, ast.YieldFrom, ast.NamedExpr, ast.Lambda)):
            return None
    if not mentions or is_steady is unknown_calls:
        return None
    return Question(ast.unparse(node), frozenset(mentions), is_steady)


def _answers_alike(builder: Builder, call: ast.Call) -> bool:
    """Whether a call gives the same answer as long as its arguments stay as they are: ``isinstance(x, str)``."""
    if isinstance(call.func, ast.Attribute):
        return call.func.attr in OF_TEXTS or (call.func.attr == "get" and bool(call.args))
    if isinstance(call.func, ast.Name):
        known = ("isinstance", "issubclass", "hasattr", "callable", "len", "bool")
        return call.func.id in known and builder.names.lookup(call.func.id, builder.scope) is None
    return False


def opaque(builder: Builder, node: ast.expr, mentions: tuple[Operand, ...]) -> Test:
    """A question that the analysis cannot answer itself; asked again, it has the same answer."""
    return untold(question(builder, node), mentions)


def untold(key: Comparison | Question | None, mentions: tuple[Operand, ...]) -> Test:
    """A question that no value of a place answers by itself."""
    return Test(Asks.UNTOLD, UNKNOWN, mentions, key=key)
