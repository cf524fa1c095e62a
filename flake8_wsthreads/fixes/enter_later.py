"""Into a ``with`` block behind the opening: ``with ws:``, where ``connect()`` stands in a ``try`` of its own."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import libcst as cst

from flake8_wsthreads.fixes.bound_behind import is_bound_behind, leaves
from flake8_wsthreads.fixes.closings import is_guard, is_needless, is_placeholder
from flake8_wsthreads.fixes.fix import Change
from flake8_wsthreads.fixes.needless import at_the_end, closing_around
from flake8_wsthreads.fixes.openers import surely_opens
from flake8_wsthreads.fixes.opening import opening_of
from flake8_wsthreads.fixes.parsed import Block, Parsed
from flake8_wsthreads.fixes.rewrite import NewBlock, Rewrite
from flake8_wsthreads.fixes.site import Site
from flake8_wsthreads.fixes.uses import uses_of
from flake8_wsthreads.rules.wording import outlives_function

DOES = 'Enter the connection in a "with" block as soon as it is open'


def enter_after(site: Site) -> Iterator[Change]:
    """The block around all that follows the statement in which the connection is opened, up to its last use."""
    parsed, call = site.parsed, site.call
    opening = opening_of(parsed, call)
    if opening is None or outlives_function(site.connection) or not surely_opens(parsed, opening.call):
        return
    variable = opening.variable
    uses = uses_of(parsed, opening.call, variable)
    if uses is None:
        return
    mentions = (*uses.direct, *uses.derived)
    for block, opener in _outwards(parsed, opening.line):
        statements = list(block.body)
        behind = statements[statements.index(opener) + 1 :]
        holders = {parsed.statement_in(mention, block) for mention in mentions}
        if not holders <= set(behind) or not holders:
            continue
        first = _first(parsed, opening.call, variable, opener, behind)
        last = max(behind.index(holder) for holder in holders if holder is not None)
        if first is None or first > last:
            return
        body = behind[first : last + 1]
        around = {mention: closing_around(parsed, mention, variable) for mention in uses.direct}
        smalls = [parsed.small_statement(mention) for mention in uses.direct]
        rewrite = Rewrite(parsed)
        rewrite.drop(at_the_end(body, {holder for holder in around.values() if holder is not None}))
        rewrite.drop(small for small in smalls if small is not None and is_needless(small, variable))
        item = cst.WithItem(item=cst.Name(variable))
        rewrite.new_block(block, NewBlock(body[0], body[-1], lambda: item, opens=False))
        yield Change(rewrite.text(), uses.are_all and not site.connection.hand_overs, DOES)
        return


def _outwards(parsed: Parsed, line: cst.BaseStatement) -> Iterator[tuple[Block, cst.BaseStatement]]:
    """The blocks around the opening, without its own, each with its statement in which the opening stands."""
    function = parsed.function_of(line)
    inner: cst.CSTNode = line
    for outer in parsed.around(line):
        if isinstance(outer, Block) and isinstance(inner, cst.BaseStatement) and inner is not line:
            yield outer, inner
        if outer is function:
            return
        inner = outer


def _first(
    parsed: Parsed, call: cst.Call, variable: str, opener: cst.BaseStatement, behind: Sequence[cst.BaseStatement]
) -> int | None:
    """Where the block can begin: where the variable surely has a connection; None where it may have something else."""
    bindings: set[cst.CSTNode] = set()
    may_be_none = False
    for bound in parsed.bindings(call, variable):
        small = parsed.small_statement(bound)
        if small is None:
            return None
        is_inside = opener in parsed.around(bound)
        if is_placeholder(small, variable):
            # a handler that says ``ws = None``, or the value before the opening
            may_be_none = may_be_none or is_inside
            if not is_inside and parsed.start(bound) > parsed.start(opener):
                return None
        elif not is_inside or not _surely_binds(parsed, small):
            return None
        bindings.add(small)
    if not is_bound_behind(opener, bindings):
        return None
    first = 0
    while may_be_none and first < len(behind) and _leaves_without(behind[first], variable):
        first, may_be_none = first + 1, False
    return None if may_be_none else first


def _surely_binds(parsed: Parsed, statement: cst.BaseSmallStatement) -> bool:
    """Whether what a statement binds is a connection: ``ws = live and connect(URL)`` may be something else."""
    value = statement.value if isinstance(statement, (cst.Assign, cst.AnnAssign)) else None
    return isinstance(value, cst.Call) and surely_opens(parsed, value)


def _leaves_without(statement: cst.BaseStatement, variable: str) -> bool:
    """``if ws is None: return``."""
    if not isinstance(statement, cst.If) or statement.orelse is not None or not leaves(statement.body):
        return False
    test = statement.test
    if isinstance(test, cst.UnaryOperation) and isinstance(test.operator, cst.Not):
        return isinstance(test.expression, cst.Name) and test.expression.value == variable
    if not isinstance(test, cst.Comparison) or not is_guard(test, variable) or len(test.comparisons) != 1:
        return False
    compared = test.comparisons[0]
    left, right = test.left, compared.comparator
    names = [part.value for part in (left, right) if isinstance(part, cst.Name)]
    return isinstance(compared.operator, cst.Is) and names == [variable, "None"]
