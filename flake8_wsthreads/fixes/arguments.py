"""A keyword argument more, in the layout of the others."""

from __future__ import annotations

import libcst as cst


def with_argument(call: cst.Call, keyword: str, value: cst.BaseExpression) -> cst.Call:
    """The call with ``keyword=value`` behind its arguments; where those stand one a line, on a line of its own."""
    equal = cst.AssignEqual(whitespace_before=cst.SimpleWhitespace(""), whitespace_after=cst.SimpleWhitespace(""))
    argument = cst.Arg(value, keyword=cst.Name(keyword), equal=equal)
    if not call.args:
        return call.with_changes(args=[argument])
    last = call.args[-1]
    if not isinstance(last.comma, cst.Comma):
        return call.with_changes(args=[*call.args, argument])
    between = cst.Comma(whitespace_after=call.whitespace_before_args)
    if len(call.args) > 1 and isinstance(call.args[0].comma, cst.Comma):
        between = call.args[0].comma
    ends = [last.with_changes(comma=between), argument.with_changes(comma=last.comma)]
    return call.with_changes(args=[*call.args[:-1], *ends])
