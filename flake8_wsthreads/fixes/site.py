"""What a kind of fix is asked about: the place at which a connection is opened, in the file that it stands in."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import libcst as cst

from flake8_wsthreads.facts import Connection
from flake8_wsthreads.fixes.fix import Change
from flake8_wsthreads.fixes.parsed import Block, Parsed
from flake8_wsthreads.target import Target


@dataclass(frozen=True)
class Site:
    """The opening that a finding stands at, and what is known of it."""

    parsed: Parsed
    """Its file."""
    call: cst.Call
    """The call that opens."""
    connection: Connection
    """What the analysis says of the connection."""
    target: Target
    """The releases that the project allows."""

    @property
    def line(self) -> cst.BaseStatement | None:
        """The statement of a block that the call stands in."""
        return self.parsed.line_of(self.call)

    @property
    def block(self) -> Block | None:
        """The block whose list that statement is in."""
        line = self.line
        return self.parsed.block_of(line) if line is not None else None

    @property
    def small_statement(self) -> cst.BaseSmallStatement | None:
        """That statement where nothing else stands on its line; None for a compound one, and for one of several."""
        line = self.line
        is_alone = isinstance(line, cst.SimpleStatementLine) and len(line.body) == 1 and self.block is not None
        return line.body[0] if is_alone and isinstance(line, cst.SimpleStatementLine) else None


Kind = Callable[[Site], Iterator[Change]]
"""A kind of fix: what it proposes for an opening, the best first; nothing where it does not fit."""
