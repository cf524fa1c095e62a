"""Whether a call surely gives a connection: ``with`` does not take None, and enters what is in no list or dict."""

from __future__ import annotations

import libcst as cst

from flake8_wsthreads.fixes.bound_behind import leaves
from flake8_wsthreads.fixes.parsed import Parsed

_DEEPEST = 8
_PARTIAL = frozenset({"partial", "functools.partial"})


def surely_opens(parsed: Parsed, call: cst.Call) -> bool:
    """Whether a call that opens a connection, as the analysis has found out, gives the connection itself, and always.

    What comes from elsewhere does, be it the library or a factory; a function of the file is looked at.
    """
    name = _last_name(call.func)
    if name and not parsed.functions_named(name) and not parsed.is_assigned(call, name):
        return True
    return _gives_one(parsed, call.func, call, 0)


def _gives_one(parsed: Parsed, function: cst.BaseExpression, place: cst.CSTNode, depth: int) -> bool:
    """Whether whatever this expression may be opens a connection and gives it to its caller."""
    name = _last_name(function)
    if depth > _DEEPEST:
        return False
    if isinstance(function, cst.Lambda):
        return isinstance(function.body, cst.Call) and _gives_one(parsed, function.body.func, place, depth + 1)
    if isinstance(function, cst.Call) and parsed.text_of(function.func) in _PARTIAL and function.args:
        return _gives_one(parsed, function.args[0].value, place, depth + 1)
    functions = parsed.functions_named(name)
    if functions:
        return all(_always_returns_one(parsed, definition, depth + 1) for definition in functions)
    if isinstance(function, cst.Name) and parsed.is_assigned(place, name):
        # ``open_feed = connect``, ``dial = partial(connect, URL)``
        values = [_assigned(parsed, bound) for bound in parsed.bindings_around(place, name)]
        return all(value is not None and _gives_one(parsed, value, place, depth + 1) for value in values)
    return "connect" in name


def _last_name(function: cst.BaseExpression) -> str:
    name = function.attr if isinstance(function, cst.Attribute) else function
    return name.value if isinstance(name, cst.Name) else ""


def _assigned(parsed: Parsed, bound: cst.CSTNode) -> cst.BaseExpression | None:
    """What a statement gives to the one variable that it binds."""
    small = parsed.small_statement(bound)
    if isinstance(small, cst.Assign) and len(small.targets) == 1 and small.targets[0].target is bound:
        return small.value
    return small.value if isinstance(small, cst.AnnAssign) else None


def _always_returns_one(parsed: Parsed, function: cst.FunctionDef, depth: int) -> bool:
    returned = parsed.parts_of(function, cst.Return)
    if not leaves(function.body) or function.asynchronous is not None or parsed.parts_of(function, cst.Yield):
        return False
    return bool(returned) and all(_is_one(parsed, statement.value, statement, depth) for statement in returned)


def _is_one(parsed: Parsed, value: cst.BaseExpression | None, place: cst.CSTNode, depth: int) -> bool:
    if isinstance(value, cst.Call):
        return _gives_one(parsed, value.func, place, depth)
    if not isinstance(value, cst.Name):
        return False
    values = [_assigned(parsed, bound) for bound in parsed.bindings(place, value.value)]
    return bool(values) and all(isinstance(each, cst.Call) and _is_one(parsed, each, place, depth) for each in values)
