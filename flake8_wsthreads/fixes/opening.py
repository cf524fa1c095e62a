"""The statement that binds a variable to a connection."""

from __future__ import annotations

from dataclasses import dataclass

import libcst as cst

from flake8_wsthreads.fixes.parsed import Block, Parsed


@dataclass(frozen=True)
class Opening:
    """``ws = connect(URL)`` as a statement of its own."""

    call: cst.Call
    variable: str
    small: cst.BaseSmallStatement
    line: cst.SimpleStatementLine
    block: Block


def opening_of(parsed: Parsed, call: cst.Call) -> Opening | None:
    """The statement around a call, where it does nothing but bind a variable to what the call gives."""
    line = parsed.line_of(call)
    block = parsed.block_of(line) if line is not None else None
    if block is None or not isinstance(line, cst.SimpleStatementLine) or len(line.body) != 1:
        return None
    small = line.body[0]
    if isinstance(small, cst.Assign) and len(small.targets) == 1:
        target: cst.BaseExpression = small.targets[0].target
    elif isinstance(small, cst.AnnAssign):
        target = small.target
    else:
        return None
    value = small.value
    method = value.func if isinstance(value, cst.Call) else None
    if isinstance(method, cst.Attribute) and method.value is call and method.attr.value == "__enter__":
        value = call
    if value is not call or not isinstance(target, cst.Name):
        return None
    return Opening(call, target.value, small, line, block)
