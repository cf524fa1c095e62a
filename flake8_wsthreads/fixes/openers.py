"""Whether a call surely gives a connection, and never None: ``with`` does not take None."""

from __future__ import annotations

import libcst as cst

from flake8_wsthreads.fixes.bound_behind import leaves
from flake8_wsthreads.fixes.parsed import Parsed

_DEEPEST = 8


def surely_opens(parsed: Parsed, call: cst.Call, depth: int = 0) -> bool:
    """Whether what is called comes from elsewhere (the library, a factory), or is a function that always opens one."""
    name = call.func.attr if isinstance(call.func, cst.Attribute) else call.func
    if not isinstance(name, cst.Name) or depth > _DEEPEST:
        return False
    functions = parsed.functions_named(name.value)
    if functions:
        return all(_always_returns_one(parsed, function, depth) for function in functions)
    if isinstance(call.func, cst.Name):
        # ``dial = partial(connect, URL)`` is fine, ``dial = choose()`` may be anything
        return not parsed.is_assigned(call, name.value)
    return True


def _always_returns_one(parsed: Parsed, function: cst.FunctionDef, depth: int) -> bool:
    returned = parsed.parts_of(function, cst.Return)
    if not leaves(function.body) or function.asynchronous is not None or parsed.parts_of(function, cst.Yield):
        return False
    return bool(returned) and all(_is_one(parsed, statement, depth) for statement in returned)


def _is_one(parsed: Parsed, statement: cst.Return, depth: int) -> bool:
    value = statement.value
    if isinstance(value, cst.Call):
        return surely_opens(parsed, value, depth + 1)
    if not isinstance(value, cst.Name):
        return False
    bound = parsed.bindings(statement, value.value)
    smalls = [parsed.small_statement(binding) for binding in bound]
    return bool(bound) and all(
        isinstance(small, (cst.Assign, cst.AnnAssign))
        and isinstance(small.value, cst.Call)
        and surely_opens(parsed, small.value, depth + 1)
        for small in smalls
    )
