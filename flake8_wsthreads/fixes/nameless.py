"""Into a ``with`` block: a connection that has no name, such as ``connect(URL).send("done")``."""

from __future__ import annotations

from collections.abc import Iterator

import libcst as cst

from flake8_wsthreads.fixes.fix import Change
from flake8_wsthreads.fixes.openers import surely_opens
from flake8_wsthreads.fixes.parsed import Parsed
from flake8_wsthreads.fixes.rewrite import NewBlock, Rewrite
from flake8_wsthreads.fixes.site import Site
from flake8_wsthreads.fixes.with_block import DOES, with_item

_NAMES = ("ws", "websocket", "connection", "client_connection")
_METHODS = frozenset({"recv", "send", "ping", "pong", "close"})
_SOMETIMES = (cst.IfExp, cst.BooleanOperation, cst.Lambda, cst.BaseComp, cst.Comparison, cst.NamedExpr, cst.Yield)
_HARMLESS = (cst.Name, cst.Attribute, cst.BaseString, cst.Integer, cst.Float)


def around_statement(site: Site) -> Iterator[Change]:
    """The block around the one statement that opens the connection and uses it, or does nothing with it."""
    parsed, call = site.parsed, site.call
    line, block = site.line, site.block
    if line is None or block is None or site.connection.hand_overs or not surely_opens(parsed, call):
        return
    rewrite = Rewrite(parsed)
    if isinstance(line, cst.For) and line.iter is call and line.asynchronous is None:
        used: cst.CSTNode = call
    elif isinstance(line, cst.SimpleStatementLine) and len(line.body) == 1:
        method = parsed.parent(call)
        used_by = parsed.parent(method) if isinstance(method, cst.Attribute) else None
        statement = line.body[0]
        if isinstance(statement, cst.Expr) and (statement.value is call or _closes(statement.value, call)):
            rewrite.drop([statement])
            rewrite.new_block(block, NewBlock(line, line, lambda: cst.WithItem(item=call), opens=False))
            yield Change(rewrite.text(), is_safe=True, does=DOES)
            return
        is_called = isinstance(used_by, cst.Call) and used_by.func is method
        if not is_called or not isinstance(method, cst.Attribute) or method.attr.value not in _METHODS:
            return
        if not _comes_first(parsed, call, statement):
            return
        used = call
    else:
        return
    name = _free_name(parsed, call)
    if not name:
        return
    rewrite.replace(used, lambda updated: cst.Name(name))
    rewrite.new_block(block, NewBlock(line, line, lambda: with_item(call, name), opens=False))
    yield Change(rewrite.text(), is_safe=True, does=DOES)


def _closes(value: cst.BaseExpression, call: cst.Call) -> bool:
    """``connect(URL).close()``."""
    method = value.func if isinstance(value, cst.Call) and not value.args else None
    return isinstance(method, cst.Attribute) and method.value is call and method.attr.value == "close"


def _comes_first(parsed: Parsed, call: cst.Call, statement: cst.BaseSmallStatement) -> bool:
    """Whether nothing else of the statement does anything before the call, and the call is always made."""
    if isinstance(statement, (cst.AugAssign, cst.Assert, cst.Del)):
        return False
    inner: cst.CSTNode = call
    for outer in parsed.around(call):
        if isinstance(outer, _SOMETIMES):
            return False
        if outer is statement:
            return True
        for part in outer.children:
            if part is inner:
                break
            if not _is_harmless(part):
                return False
        inner = outer
    return False


def _is_harmless(node: cst.CSTNode) -> bool:
    """Whether evaluating a part calls nothing."""
    value = node.value if isinstance(node, cst.Arg) else node
    if isinstance(value, cst.FormattedString):
        return False
    return isinstance(value, _HARMLESS) or not isinstance(value, (cst.BaseExpression, cst.Arg, cst.BaseElement))


def _free_name(parsed: Parsed, call: cst.Call) -> str:
    """A name that nothing in the file has; empty where all are taken."""
    return next((name for name in _NAMES if not parsed.mentions_name(name)), "")
