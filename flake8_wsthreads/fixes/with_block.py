"""Into a ``with`` block: the connection is opened where it was, and closed when its last use is over.

The block is the shortest that holds every use. The calls of ``close()`` that it makes needless go, and so do the
``try`` and the ``finally`` that were there for them alone.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeGuard

import libcst as cst

from flake8_wsthreads.facts import BlockRoom
from flake8_wsthreads.fixes.closing_manager import is_closing_manager
from flake8_wsthreads.fixes.closings import is_needless, is_placeholder
from flake8_wsthreads.fixes.fix import Change
from flake8_wsthreads.fixes.needless import at_the_end, closing_around
from flake8_wsthreads.fixes.openers import surely_opens
from flake8_wsthreads.fixes.opening import Opening, opening_of
from flake8_wsthreads.fixes.parsed import Parsed
from flake8_wsthreads.fixes.rewrite import NewBlock, Rewrite
from flake8_wsthreads.fixes.site import Site
from flake8_wsthreads.fixes.uses import Uses, uses_of
from flake8_wsthreads.rules.wording import outlives_function

_NEVER: tuple[float, float] = (math.inf, 0)
DOES = 'Open the connection in a "with" block'


def into_with_block(site: Site) -> Iterator[Change]:
    """The block around the uses of a connection that is opened as ``ws = connect(URL)``."""
    parsed, call, connection = site.parsed, site.call, site.connection
    is_over = not outlives_function(connection) and connection.room is not BlockRoom.USED_LATER
    if is_over and surely_opens(parsed, call):
        yield from block_around(parsed, call, DOES, bool(connection.hand_overs))


def block_around(parsed: Parsed, call: cst.Call, does: str, is_shared: bool) -> Iterator[Change]:
    """The block around the uses of what a call gives, where the call is all that a variable is bound to.

    What ``is_shared`` is used by other threads as well, nobody knows for how long: the block is long, and not safe.
    """
    rewrite = Rewrite(parsed)
    is_all = put_into_block(parsed, call, rewrite, to_the_end=is_shared)
    if is_all is not None:
        yield Change(rewrite.text(), is_all and not is_shared, does)


def put_into_block(parsed: Parsed, call: cst.Call, rewrite: Rewrite, to_the_end: bool = False) -> bool | None:
    """Note the change that puts the uses of what a call gives into a block; None where no block can hold them.

    The block ends with the last use, or ``to_the_end`` with the list of statements. Returns whether these uses are
    all, so that nothing is missing when the block is over.
    """
    opening = opening_of(parsed, call)
    uses = uses_of(parsed, opening.call, opening.variable) if opening is not None else None
    plan = _plan(parsed, opening, uses, to_the_end) if opening is not None and uses is not None else None
    if opening is None or uses is None or plan is None:
        return None
    variable = opening.variable
    rewrite.drop(plan.needless)
    rewrite.unwrap(plan.unwrapped)
    new = NewBlock(opening.line, plan.last, lambda: with_item(rewrite.updated(call), variable), opens=True)
    rewrite.new_block(opening.block, new)
    if isinstance(opening.small, cst.AnnAssign):
        declaration = opening.small.with_changes(value=None, equal=cst.MaybeSentinel.DEFAULT)
        rewrite.insert_before(opening.line, [cst.SimpleStatementLine([declaration])])
    # a connection that nobody uses may be there to be open for as long as the function runs
    return uses.are_all and plan.last is not opening.line


def with_item(entered: cst.CSTNode, variable: str) -> cst.WithItem:
    """``connect(URL) as ws``."""
    assert isinstance(entered, cst.BaseExpression)
    return cst.WithItem(item=entered, asname=cst.AsName(name=cst.Name(variable)))


@dataclass(frozen=True)
class _Plan:
    """Where the block ends, and what it makes needless."""

    last: cst.BaseStatement
    needless: tuple[cst.CSTNode, ...]
    unwrapped: tuple[cst.With, ...]
    """Blocks that enter the variable, too."""


def _plan(parsed: Parsed, opening: Opening, uses: Uses, to_the_end: bool) -> _Plan | None:
    """The plan; None where a use stands before the opening, or where its block does not hold every use."""
    variable, block = opening.variable, opening.block
    here, end = parsed.start(opening.line), _bound_again(parsed, opening)
    closing: set[cst.CSTNode] = set()
    needless: list[cst.CSTNode] = []
    inside: list[cst.BaseStatement] = [opening.line]
    mentions: list[cst.CSTNode] = [mention for mention in (*uses.direct, *uses.derived) if parsed.start(mention) < end]
    for bound in parsed.bindings(opening.call, variable):
        small = parsed.small_statement(bound)
        if small is opening.small or parsed.start(bound) >= end:
            continue
        if small is None or not is_placeholder(small, variable):
            return None
        if parsed.start(bound) < here:
            needless += [small] if end == _NEVER else []
        else:
            mentions.append(bound)
    for mention in mentions:
        if parsed.start(mention) < here:
            return None
        statement = parsed.statement_in(mention, block)
        holder = closing_around(parsed, mention, variable)
        small = parsed.small_statement(mention)
        if small is not None and is_needless(small, variable):
            needless.append(small)
        elif statement is None and holder is None:
            return None
        elif holder is not None:
            (closing.add if statement is not None else needless.append)(holder)
        if statement is not None:
            inside.append(statement)
    statements = list(block.body)
    last = max(statements.index(statement) for statement in inside)
    body = statements[statements.index(opening.line) + 1 : last + 1]
    at_end = list(at_the_end(body, closing))
    if to_the_end and end == _NEVER and not at_end:
        last = len(statements) - 1  # where the function closes it, it knows when
    unwrapped = [statement for statement in body[-1:] if _enters(statement, variable)]
    return _Plan(statements[last], (*at_end, *needless), tuple(unwrapped))


def _bound_again(parsed: Parsed, opening: Opening) -> tuple[float, float]:
    """Where the next statement of the block gives the variable to something else; behind the end of the text if none.

    What that statement reads of the variable is still the connection, and so is all that comes before.
    """
    statements = list(opening.block.body)
    bound = {id(binding) for binding in parsed.bindings(opening.call, opening.variable)}
    for statement in statements[statements.index(opening.line) + 1 :]:
        target: cst.CSTNode | None = None
        if isinstance(statement, cst.SimpleStatementLine) and isinstance(statement.body[-1], cst.Assign):
            assign = statement.body[-1]
            target = assign.targets[0].target if not is_placeholder(assign, opening.variable) else None
            if id(target) in bound:
                return parsed.end(statement)
        elif isinstance(statement, cst.With) and statement.items[-1].asname is not None:
            target = statement.items[-1].asname.name
            if id(target) in bound:
                return parsed.start(target)
    return _NEVER


def _enters(statement: cst.BaseStatement, variable: str) -> TypeGuard[cst.With]:
    """``with ws:`` or ``with closing(ws):``, the last that happens to it."""
    if not isinstance(statement, cst.With) or len(statement.items) != 1 or statement.asynchronous is not None:
        return False
    item = statement.items[0]
    entered = item.item
    if is_closing_manager(entered):
        entered = entered.args[0].value
    named = item.asname.name if item.asname is not None else entered
    return all(isinstance(name, cst.Name) and name.value == variable for name in (entered, named))
