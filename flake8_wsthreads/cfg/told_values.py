"""What the text tells of the values in variables and attributes: after a binding, and after a call that binds them."""

from __future__ import annotations

import ast
import sys

from flake8_wsthreads.cfg.builder import Builder
from flake8_wsthreads.cfg.comparisons import equality
from flake8_wsthreads.cfg.operand import Known, ValueKind, constant, place_of
from flake8_wsthreads.cfg.place import Place
from flake8_wsthreads.cfg.safe_calls import logs
from flake8_wsthreads.library import reports
from flake8_wsthreads.names.evaluate import Names
from flake8_wsthreads.names.scopes import Scope
from flake8_wsthreads.source.syntax import body_of, first_parameter, has_starred, parts_run_by, walk

_LEAVING = (ast.Return, ast.Yield, ast.YieldFrom, ast.Await)


def note_literals(builder: Builder, target: ast.expr, value: ast.expr, syntax: ast.AST) -> None:
    """After ``state, ws = "init", None`` the comparison ``state == "init"`` has an answer, and so have all others."""
    pending = [(target, value)]
    while pending:
        part, given = pending.pop()
        if isinstance(part, (ast.Name, ast.Attribute)):
            told = isinstance(given, (ast.Constant, ast.UnaryOp, ast.Attribute, ast.Name))
            place = _place_bound(builder, part) if told else None
            known = equality(builder, place, part, given) if place is not None else None
            if known is not None:
                builder.assign(known, Known(ValueKind.TRUE), syntax)
        elif isinstance(part, (ast.Tuple, ast.List)) and isinstance(given, (ast.Tuple, ast.List)):
            if len(part.elts) == len(given.elts) and not has_starred((*part.elts, *given.elts)):
                pending.extend(zip(part.elts, given.elts))


def _place_bound(builder: Builder, target: ast.Name | ast.Attribute) -> Place | None:
    """The place of a variable, or of an attribute of an object in one: ``self.state``."""
    if isinstance(target, ast.Name):
        return place_of(builder.variable(target.id, target))
    if not isinstance(target.value, ast.Name):
        return None
    return builder.member(builder.variable(target.value.id, target.value), target.attr, target.value).place


def note_bound_by(builder: Builder, call: ast.Call, function: Scope) -> None:
    """After ``self.mark_open()`` what the method always binds last is known: ``self.is_open = True``.

    So it is with variables of the module. Only what the function that calls it mentions as well is noted.
    """
    holder = call.func.value if isinstance(call.func, ast.Attribute) else None
    for bound, value in function.once(always_bound, lambda: always_bound(builder.names, function)):
        target = bound
        if isinstance(bound, ast.Attribute):
            if not isinstance(holder, ast.Name):
                continue
            target = ast.Attribute(holder, bound.attr, ast.Load())
        elif builder.names.lookup(bound.id, builder.scope) is not builder.names.scopes.module:
            continue
        place = _place_bound(builder, target) if _mentions(builder, target) else None
        if place is not None:
            builder.assign(place, constant(value.value), call)
            note_literals(builder, target, value, call)


def _mentions(builder: Builder, target: ast.Name | ast.Attribute) -> bool:
    """Whether the function under construction mentions a name, so that it may ask about it."""
    name = target.attr if isinstance(target, ast.Attribute) else target.id
    node = builder.function.node
    first, last = getattr(node, "lineno", 1), getattr(node, "end_lineno", None) or sys.maxsize
    return bool(builder.names.scopes.words.lines_between(name, first, last))


def always_bound(names: Names, function: Scope) -> list[tuple[ast.Name | ast.Attribute, ast.Constant]]:
    """What a function has bound to a constant last whenever it returns: attributes of its object, global variables.

    Each with the constant. Empty for a function that may return before its end.
    """
    node, body = function.node, body_of(function.node)
    if not isinstance(node, ast.FunctionDef):
        return []
    own = first_parameter(node) if function.method_of is not None else None
    found: dict[tuple[str, bool], tuple[ast.Name | ast.Attribute, ast.Constant]] = {}
    for statement in reversed(body):
        if not isinstance(statement, ast.Assign) or not isinstance(statement.value, ast.Constant):
            if _changes_nothing(names, statement, function):
                continue
            break
        for target in statement.targets:
            if isinstance(target, ast.Attribute) and isinstance(target.value, ast.Name):
                if own is not None and target.value.id == own.arg:
                    found.setdefault((target.attr, True), (target, statement.value))
            elif isinstance(target, ast.Name) and target.id in function.read().global_names:
                found.setdefault((target.id, False), (target, statement.value))
    if found and any(isinstance(part, _LEAVING) and part is not body[-1] for part in parts_run_by(body)):
        return []
    return [*found.values()]


def _changes_nothing(names: Names, statement: ast.AST, function: Scope) -> bool:
    """Whether a statement only tells something, or returns a constant or a variable."""
    value = getattr(statement, "value", None)
    if isinstance(statement, ast.Return):
        return value is None or isinstance(value, (ast.Constant, ast.Name))
    if not isinstance(statement, ast.Expr) or not isinstance(value, ast.Call):
        return isinstance(statement, ast.Pass) or (isinstance(statement, ast.Expr) and isinstance(value, ast.Constant))
    if any(isinstance(part, ast.Call) and part is not value for part in walk(value)):
        return False
    name = names.qualified_name(value.func, function)
    return logs(value.func) or reports(name) or name == "builtins.print"
