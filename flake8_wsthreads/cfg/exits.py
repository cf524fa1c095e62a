"""Calls that never return, and functions of the file that end what calls them."""

from __future__ import annotations

import ast

from flake8_wsthreads.cfg.raised import ExceptionClass, Raised, builtin_error, failing, lineage
from flake8_wsthreads.library import behaviour_of
from flake8_wsthreads.library.behaviour import Ends
from flake8_wsthreads.names.evaluate import Names
from flake8_wsthreads.names.scopes import Scope
from flake8_wsthreads.source.syntax import walk

_OUTCOME = Raised((ExceptionClass("_pytest.outcomes.OutcomeException"), lineage(BaseException)[0]))


def raised_by(name: str) -> Raised | None:
    """What a well-known function that only raises raises; None for all others."""
    ends = behaviour_of(name).ends
    if ends is Ends.PROGRAM:
        return builtin_error(SystemExit)
    if ends is Ends.FAILED_TEST:
        return failing(_OUTCOME)
    return _OUTCOME if ends is Ends.TEST else None


def ends_process(name: str) -> bool:
    """Whether after a call of the callable with this qualified name no code of the program runs any more."""
    return behaviour_of(name).ends is Ends.PROCESS


def may_end_loops(names: Names, function: Scope) -> bool:
    """Whether a function of the file raises on purpose, or exits: a loop that calls it can end."""
    for statement in names.statements_of(function):
        if isinstance(statement, ast.Raise):
            return True
        if isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Call):
            name = names.qualified_name(statement.value.func, function)
            if behaviour_of(name).ends in (Ends.PROCESS, Ends.PROGRAM):
                return True
    return False


def never_returns(names: Names, scope: Scope) -> bool:
    """Whether a function of this file always raises, as far as its last statements show."""
    node = scope.node
    if not isinstance(node, ast.FunctionDef):
        return False
    if any(isinstance(statement, ast.Return) for statement in names.statements_of(scope)):
        return False
    return _block_never_ends(names, node.body, scope) and not _has_yield(node)


def _has_yield(node: ast.FunctionDef) -> bool:
    return any(isinstance(part, (ast.Yield, ast.YieldFrom)) for part in walk(node))


def _block_never_ends(names: Names, body: list[ast.stmt], scope: Scope) -> bool:
    for _ in range(50):
        last = body[-1] if body else None
        if isinstance(last, ast.Raise):
            return True
        if isinstance(last, ast.Expr) and isinstance(last.value, ast.Call):
            name = names.qualified_name(last.value.func, scope)
            return ends_process(name) or raised_by(name) is not None
        if isinstance(last, ast.If) and last.orelse:
            if not _block_never_ends(names, last.body, scope):
                return False
            body = last.orelse
            continue
        return False
    return False
