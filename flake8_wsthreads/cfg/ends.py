"""What ends a function, the loops around a call, or the program: exits, and exceptions that are raised on purpose."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from flake8_wsthreads.cfg.exceptions import caught_by
from flake8_wsthreads.cfg.raised import Caught, ExceptionClass, Raised, builtin_error, failing, lineage, matches
from flake8_wsthreads.cfg.swallowing import caught_for_good, swallowed_by
from flake8_wsthreads.library import behaviour_of
from flake8_wsthreads.library.behaviour import Ends
from flake8_wsthreads.names.evaluate import Names
from flake8_wsthreads.names.scopes import Scope
from flake8_wsthreads.source.syntax import children, parts_run_by

_OUTCOME = Raised((ExceptionClass("_pytest.outcomes.OutcomeException"), lineage(BaseException)[0]))
_TIMEOUT = builtin_error(TimeoutError)
_END_OF_INPUT = builtin_error(EOFError)
_FAILED_ASSERTION = builtin_error(AssertionError)
# Who catches these is prepared for anything, or for what opening the connection raises, or for control-C, which only
# the main thread sees.
_NO_END = {lineage(OSError)[0], lineage(KeyboardInterrupt)[0]}
_NO_END_ITSELF = lineage(Exception)
_WITH_OWN_BODY = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)
_TRY = (ast.Try, getattr(ast, "TryStar", ast.Try))


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
    return any(isinstance(part, (ast.Yield, ast.YieldFrom)) for part in parts_run_by(node.body))


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


def ends_on_purpose(caught: Caught) -> bool:
    """Whether a handler around a loop is there for the exception that ends it: ``EOFError``, ``queue.Empty``."""
    return any(_is_an_end(kind) for kind in caught.classes)


def _is_an_end(kind: ExceptionClass) -> bool:
    if kind.of_this_file:
        return True  # a class of the program: something in it raises it on purpose
    if kind in _NO_END_ITSELF or not _NO_END.isdisjoint(kind.lineage):
        return False
    return bool(kind.lineage or "." in kind.name) and not kind.name.startswith("websockets.")


def ending_error(node: ast.AST) -> Raised | None:
    """What a call or an ``assert`` raises in the course of things; None where it is not meant to raise.

    ``ws.recv(timeout=1)`` raises when no message comes, ``input()`` at the end of what is typed in.
    """
    if isinstance(node, ast.Assert):
        return None if _narrows(node.test) else _FAILED_ASSERTION
    if not isinstance(node, ast.Call):
        return None
    if isinstance(node.func, ast.Name):
        return _END_OF_INPUT if node.func.id == "input" else None
    return _TIMEOUT if ends_by_timeout(node) else None


def ends_by_timeout(call: ast.AST) -> bool:
    """Whether a step is a receive that does not wait longer than a timeout."""
    if not isinstance(call, ast.Call) or not isinstance(call.func, ast.Attribute) or call.func.attr != "recv":
        return False
    given = [*call.args[:1], *(keyword.value for keyword in call.keywords if keyword.arg in (None, "timeout"))]
    return any(not (isinstance(value, ast.Constant) and value.value is None) for value in given)


def _narrows(test: ast.expr) -> bool:
    """``assert isinstance(message, str)``: it tells a type checker what always holds."""
    if isinstance(test, ast.Call):
        return isinstance(test.func, ast.Name) and test.func.id == "isinstance"
    return isinstance(test, ast.Compare) and isinstance(test.ops[0], ast.IsNot)


def passes(raised: Raised, handlers: tuple[Caught, ...]) -> bool:
    """Whether an exception may get past these handlers."""
    return not any(matches(caught, raised) for caught in handlers)


def errors_leaving(names: Names, function: Scope) -> Iterator[Raised]:
    """The exceptions that end what calls a function of the file: raised in it by what ``ending_error`` knows."""
    pending: list[tuple[ast.AST, tuple[Caught, ...]]] = [
        (part, ()) for part in children(function.node) if isinstance(part, (ast.stmt, ast.expr))
    ]
    while pending:
        node, handlers = pending.pop()
        if isinstance(node, _WITH_OWN_BODY):
            continue
        raised = ending_error(node)
        if raised is not None and passes(raised, handlers):
            yield raised
        inside = handlers
        if isinstance(node, _TRY):
            inside = (*handlers, *(caught_by(names, handler.type, function) for handler in node.handlers))
        elif isinstance(node, (ast.With, ast.AsyncWith)):
            swallowed = (swallowed_by(names, item.context_expr, function) for item in node.items)
            inside = (*handlers, *(caught for each in swallowed for caught in caught_for_good(each)))
        protected = set(map(id, getattr(node, "body", ()))) if inside is not handlers else set()
        pending.extend((part, inside if id(part) in protected else handlers) for part in children(node))
