"""The comments of a piece of code: no fix loses one."""

from __future__ import annotations

from collections.abc import Iterable

import libcst as cst


def comment_lines(node: cst.CSTNode) -> list[cst.EmptyLine]:
    """The comments of a node, each on a line of its own."""
    return [cst.EmptyLine(comment=comment) for comment in comments_in(node)]


def lines_with_comments(lines: Iterable[cst.EmptyLine]) -> list[cst.EmptyLine]:
    """The lines that have a comment."""
    return [line for line in lines if line.comment is not None]


def comments_in(node: cst.CSTNode) -> list[cst.Comment]:
    """The comments of a node, in the order of the text."""
    found: list[cst.Comment] = []
    pending = [node]
    while pending:
        inner = pending.pop()
        if isinstance(inner, cst.Comment):
            found.append(inner)
        pending.extend(reversed(inner.children))
    return found
