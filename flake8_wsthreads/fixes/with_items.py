"""Two ``with`` blocks, one inside of the other and nothing between, as one block with several items."""

from __future__ import annotations

import libcst as cst

from flake8_wsthreads.fixes.comments import comments_in

WIDEST = 100
"""A ``with`` statement gets no further item when its line would be longer than this."""
_COMMA = cst.Comma(whitespace_after=cst.SimpleWhitespace(" "))
_ELLIPSIS = cst.SimpleStatementSuite([cst.Expr(cst.Ellipsis())])


def merged(outer: cst.With, inner: cst.With, column: int) -> cst.With | None:
    """The two as one that begins at a column; None where a comment would lose its place, or the line get too long."""
    if outer.asynchronous is not None or inner.asynchronous is not None:
        return None
    if not isinstance(outer.body, cst.IndentedBlock) or not isinstance(inner.body, cst.IndentedBlock):
        return None
    has_two_headers = comments_in(outer.body.header) and comments_in(inner.body.header)
    if has_two_headers or any(comments_in(line) for line in inner.leading_lines):
        return None
    items = [item.with_changes(comma=cst.MaybeSentinel.DEFAULT) for item in (*outer.items, *inner.items)]
    if not isinstance(outer.lpar, cst.MaybeSentinel):
        items = [*outer.items[:-1], outer.items[-1].with_changes(comma=_COMMA), *inner.items]
    header = outer.body.header if comments_in(outer.body.header) else inner.body.header
    body = inner.body.with_changes(header=header, footer=[*inner.body.footer, *outer.body.footer])
    both = outer.with_changes(items=items, body=body)
    head = cst.Module([]).code_for_node(both.with_changes(body=_ELLIPSIS, leading_lines=[])).rstrip("\n")
    is_short = "\n" not in head and column + len(head) - len(" ...") <= WIDEST
    return both if is_short else None
