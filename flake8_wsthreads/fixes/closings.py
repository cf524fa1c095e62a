"""Which statements do nothing but close a connection: what a ``with`` block makes needless."""

from __future__ import annotations

from collections.abc import Sequence

import libcst as cst

from flake8_wsthreads.fixes.parsed import code_of
from flake8_wsthreads.library.websockets import CLOSE_METHODS

_Statement = cst.BaseStatement | cst.BaseSmallStatement
# What calls the function that it is given when something ends: contextlib, atexit, unittest, pytest.
_REGISTERING = frozenset({"callback", "register", "addCleanup", "addClassCleanup", "addModuleCleanup", "addfinalizer"})
# What tells that a close has failed: one that a block makes does not.
_NOTING = frozenset({"print", "debug", "info", "warning", "error", "exception", "critical"})
_SUPPRESS = frozenset({"suppress", "contextlib.suppress"})


def only_closes(statement: cst.CSTNode, variable: str) -> bool:
    """Whether a statement only closes the variable, in whatever wrapping, or forgets it.

    ``ws.close()``, ``if ws is not None: ws.close()``, ``try: ws.close()`` with ``except OSError: pass``,
    ``with suppress(Exception): ws.close()``, ``ws = None``, ``del ws``. A close with a code of its own is not one:
    the server would see another.
    """
    if isinstance(statement, cst.SimpleStatementLine):
        return _all_close(statement.body, variable)
    if isinstance(statement, cst.Expr):
        return _value_closes(statement.value, variable)
    if isinstance(statement, cst.Assign):
        target = statement.targets[0].target
        return len(statement.targets) == 1 and _is(target, variable) and _is(statement.value, "None")
    if isinstance(statement, cst.Del):
        return _is(statement.target, variable)
    if isinstance(statement, cst.If):
        return is_guard(statement.test, variable) and _branches_close(statement, variable)
    if isinstance(statement, cst.Try):
        return (
            statement.orelse is None
            and (statement.finalbody is None or _block_closes(statement.finalbody.body, variable))
            and all(_only_passes(handler.body, logs=True) for handler in statement.handlers)
            and _block_closes(statement.body, variable)
        )
    if isinstance(statement, cst.With):
        return all(_is_suppress(item.item) for item in statement.items) and _block_closes(statement.body, variable)
    return False


def is_needless(statement: cst.CSTNode, variable: str) -> bool:
    """Whether a statement enters the variable by hand, or registers its close: a block does both.

    ``ws.__enter__()``, ``stack.callback(ws.close)``, ``atexit.register(ws.close)``, ``self.addCleanup(ws.close)``.
    """
    call = statement.value if isinstance(statement, cst.Expr) else None
    if not isinstance(call, cst.Call):
        return False
    if isinstance(call.func, cst.Attribute) and _is(call.func.value, variable):
        return call.func.attr.value == "__enter__"
    name = call.func.attr if isinstance(call.func, cst.Attribute) else call.func
    if len(call.args) != 1 or not isinstance(name, cst.Name) or name.value not in _REGISTERING:
        return False
    method = call.args[0].value
    is_close = isinstance(method, cst.Attribute) and method.attr.value == "close" and _is(method.value, variable)
    return is_close and call.args[0].keyword is None


def is_placeholder(statement: cst.BaseSmallStatement, variable: str) -> bool:
    """``ws = None``, with an annotation or without: the value until the opening."""
    if isinstance(statement, cst.AnnAssign):
        value = statement.value
        return _is(statement.target, variable) and (value is None or _is(value, "None"))
    return isinstance(statement, cst.Assign) and only_closes(statement, variable)


def is_guard(test: cst.BaseExpression, variable: str) -> bool:
    """Whether a test only asks whether the variable has a connection: ``ws``, ``ws is not None``, ``not ws``."""
    if isinstance(test, cst.Name):
        return test.value in (variable, "None")
    if isinstance(test, cst.UnaryOperation):
        return is_guard(test.expression, variable)
    if isinstance(test, cst.BooleanOperation):
        return is_guard(test.left, variable) and is_guard(test.right, variable)
    if isinstance(test, cst.Comparison):
        parts = [test.left, *(part.comparator for part in test.comparisons)]
        identity = all(isinstance(part.operator, (cst.Is, cst.IsNot)) for part in test.comparisons)
        return identity and all(is_guard(part, variable) for part in parts)
    return False


def _value_closes(value: cst.BaseExpression, variable: str) -> bool:
    """``ws.close()``, ``ws and ws.close()``, ``ws.close() if ws else None``."""
    if isinstance(value, cst.BooleanOperation):
        return is_guard(value.left, variable) and _is_close(value.right, variable)
    if isinstance(value, cst.IfExp):
        return is_guard(value.test, variable) and _is_close(value.body, variable) and _is(value.orelse, "None")
    return _is_close(value, variable)


def _branches_close(statement: cst.If, variable: str) -> bool:
    """A branch that closes, and no branch that does more."""
    orelse = statement.orelse
    if orelse is None:
        return _block_closes(statement.body, variable)
    if not isinstance(orelse, cst.Else):
        return False
    bodies = [body for body in (statement.body, orelse.body) if not _only_passes(body)]
    return bool(bodies) and all(_block_closes(body, variable) for body in bodies)


def _block_closes(body: cst.BaseSuite, variable: str) -> bool:
    return _all_close(body.body, variable)


def _all_close(statements: Sequence[_Statement], variable: str) -> bool:
    parts = [part for part in statements if not isinstance(part, cst.Pass)]
    return bool(parts) and all(only_closes(part, variable) for part in parts)


def _only_passes(body: cst.BaseSuite, logs: bool = False) -> bool:
    """Whether a block does nothing; or nothing but to note that something was done, where ``logs``."""
    return all(
        isinstance(part, cst.Pass) or (logs and _is_note(part))
        for statement in body.body
        for part in (statement.body if isinstance(statement, cst.SimpleStatementLine) else [statement])
    )


def _is_note(statement: cst.CSTNode) -> bool:
    """``log.exception("close failed")``, ``print(error)``."""
    call = statement.value if isinstance(statement, cst.Expr) else None
    if not isinstance(call, cst.Call):
        return False
    name = call.func.attr if isinstance(call.func, cst.Attribute) else call.func
    plain = all(isinstance(argument.value, (cst.Name, cst.BaseString)) for argument in call.args)
    return isinstance(name, cst.Name) and name.value in _NOTING and plain


def _is_close(node: cst.BaseExpression, variable: str) -> bool:
    if not isinstance(node, cst.Call) or not isinstance(node.func, cst.Attribute):
        return False
    method = node.func.attr.value
    has_code = bool(node.args) and method != "__exit__"
    return _is(node.func.value, variable) and method in CLOSE_METHODS and not has_code


def _is_suppress(node: cst.BaseExpression) -> bool:
    return isinstance(node, cst.Call) and code_of(node.func) in _SUPPRESS


def _is(node: cst.BaseExpression, name: str) -> bool:
    return isinstance(node, cst.Name) and node.value == name
