"""``legacy=True`` for a project that has only releases from 17.1 on: the connection stays as it is, without warning."""

from __future__ import annotations

from collections.abc import Iterator

import libcst as cst

from flake8_wsthreads.fixes.fault import Fault
from flake8_wsthreads.fixes.fix import Change
from flake8_wsthreads.fixes.rewrite import Rewrite
from flake8_wsthreads.rules.wst305_connect_without_context_manager import KNOWS_NO_LEGACY

DOES = "Pass legacy=True, which websockets knows from 17.1 on"


def pass_legacy(fault: Fault) -> Iterator[Change]:
    """The argument at the call of ``connect()`` itself; an opener of the file does not know it."""
    parsed, connection = fault.parsed, fault.connection
    if parsed is None or connection is None:
        return
    call = parsed.call_at(connection.location)
    is_connect = connection.opened_by.rpartition(".")[2] in ("connect", "unix_connect")
    if call is None or not is_connect or fault.target.admits_any([KNOWS_NO_LEGACY]):
        return
    rewrite = Rewrite(parsed)
    rewrite.replace(call, _with_legacy)
    yield Change(rewrite.text(), is_safe=False, does=DOES)


def _with_legacy(call: cst.CSTNode) -> cst.CSTNode:
    assert isinstance(call, cst.Call)
    equal = cst.AssignEqual(whitespace_before=cst.SimpleWhitespace(""), whitespace_after=cst.SimpleWhitespace(""))
    argument = cst.Arg(cst.Name("True"), keyword=cst.Name("legacy"), equal=equal)
    if not call.args:
        return call.with_changes(args=[argument])
    last = call.args[-1]
    if not isinstance(last.comma, cst.Comma):
        return call.with_changes(args=[*call.args, argument])
    # one argument a line: the next one has a line of its own, with a comma like the others
    between = cst.Comma(whitespace_after=call.whitespace_before_args)
    if len(call.args) > 1 and isinstance(call.args[0].comma, cst.Comma):
        between = call.args[0].comma
    ends = [last.with_changes(comma=between), argument.with_changes(comma=last.comma)]
    return call.with_changes(args=[*call.args[:-1], *ends])
