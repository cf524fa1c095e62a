"""Onto an exit stack: one that is in reach enters the connection, and closes it with all the others."""

from __future__ import annotations

from collections.abc import Iterator

import libcst as cst

from flake8_wsthreads.fixes.closing_manager import is_closing_manager
from flake8_wsthreads.fixes.fix import Change
from flake8_wsthreads.fixes.openers import surely_opens
from flake8_wsthreads.fixes.parsed import Parsed, code_of
from flake8_wsthreads.fixes.rewrite import Rewrite
from flake8_wsthreads.fixes.site import Site
from flake8_wsthreads.fixes.with_block import block_around

ENTERS = "Enter the connection on the exit stack"
STACK_IN_BLOCK = 'Open the exit stack in a "with" block'
_STACKS = frozenset({"ExitStack", "contextlib.ExitStack"})


def enter_where_registered(site: Site) -> Iterator[Change]:
    """``ws = connect(URL)`` with ``stack.callback(ws.close)`` becomes ``ws = stack.enter_context(connect(URL))``."""
    parsed, call = site.parsed, site.call
    line, block, assign = site.line, site.block, site.small_statement
    if line is None or block is None or not surely_opens(parsed, call):
        return
    if not isinstance(assign, cst.Assign) or len(assign.targets) != 1 or assign.value is not call:
        return
    target = code_of(assign.targets[0].target)
    statements = list(block.body)
    for later in statements[statements.index(line) + 1 :]:
        small = later.body[0] if isinstance(later, cst.SimpleStatementLine) and len(later.body) == 1 else None
        stack = _registering(small, target)
        if small is None or stack is None:
            continue
        if isinstance(stack, cst.Name) and not parsed.is_bound_before(call, stack.value):
            return
        rewrite = Rewrite(parsed)
        rewrite.drop([small])
        rewrite.replace(call, lambda updated: _entered(stack, updated))
        yield Change(rewrite.text(), is_safe=True, does=ENTERS)
        return


def enter_on_stack_around(site: Site) -> Iterator[Change]:
    """The connection in a list, opened below ``with ExitStack() as stack``, is entered on that stack."""
    parsed, call = site.parsed, site.call
    stack = _stack_around(parsed, call)
    if stack is None or not site.connection.gathered:
        return
    rewrite = Rewrite(parsed)
    rewrite.replace(call, lambda updated: _entered(stack, updated))
    # the list may be used behind the block
    yield Change(rewrite.text(), is_safe=False, does=ENTERS)


def stack_in_block(site: Site) -> Iterator[Change]:
    """``stack = ExitStack()``, on which the connection is entered, becomes ``with ExitStack() as stack``."""
    parsed, call = site.parsed, site.call
    argument = parsed.parent(call)
    entered = parsed.parent(argument) if isinstance(argument, cst.Arg) else None
    method = entered.func if isinstance(entered, cst.Call) else None
    if not isinstance(method, cst.Attribute) or not isinstance(method.value, cst.Name):
        return
    for bound in parsed.bindings(call, method.value.value):
        assign = parsed.small_statement(bound)
        value = assign.value if isinstance(assign, cst.Assign) else None
        if isinstance(value, cst.Call) and code_of(value.func) in _STACKS:
            yield from block_around(parsed, value, STACK_IN_BLOCK, bool(site.connection.hand_overs))


def _registering(statement: cst.BaseSmallStatement | None, target: str) -> cst.BaseExpression | None:
    """The stack on which a statement registers the close of a connection, or enters it."""
    call = statement.value if isinstance(statement, cst.Expr) else None
    if not isinstance(call, cst.Call) or not isinstance(call.func, cst.Attribute) or len(call.args) != 1:
        return None
    method, value = call.func.attr.value, call.args[0].value
    if method == "callback" and isinstance(value, cst.Attribute) and value.attr.value == "close":
        value = value.value
    elif method == "enter_context" and is_closing_manager(value):
        value = value.args[0].value
    elif method not in ("enter_context", "push"):
        return None
    is_plain = isinstance(call.func.value, (cst.Name, cst.Attribute))
    return call.func.value if is_plain and code_of(value) == target else None


def _stack_around(parsed: Parsed, call: cst.Call) -> cst.Name | None:
    function = parsed.function_around(call)
    for outer in parsed.around(call):
        if outer is function:
            return None
        for item in outer.items if isinstance(outer, cst.With) else ():
            is_stack = isinstance(item.item, cst.Call) and code_of(item.item.func) in _STACKS
            if is_stack and item.asname is not None and isinstance(item.asname.name, cst.Name):
                return item.asname.name
    return None


def _entered(stack: cst.BaseExpression, call: cst.CSTNode) -> cst.Call:
    assert isinstance(call, cst.BaseExpression)
    return cst.Call(func=cst.Attribute(value=stack, attr=cst.Name("enter_context")), args=[cst.Arg(call)])
