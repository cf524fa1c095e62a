"""What the laboratory runs, and what it sees: plain frozen data."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


@dataclass(frozen=True)
class Program:
    """A program to run. In its text, ``ws://localhost:8765`` stands for the address of the server."""

    source: str
    server: str = "echo"
    """How the server behaves: one of the endpoints in ``echo_server``."""
    arguments: tuple[str, ...] = ()
    watch_uses: bool = False
    """Whether to see which threads use a connection. It makes a program slower, so only some runs ask."""


class Ending(Enum):
    """How a program came to its end, or where it stopped to come to one."""

    EXIT = "exits"
    HANG_AT_EXIT = "hangs at exit: the main thread is done, another one is not"
    HANG_IN_FINALIZATION = "hangs while the interpreter shuts down"
    HANG_IN_MAIN = "hangs before the main thread is done"


@dataclass(frozen=True)
class Observation:
    """What was seen of one run of one program on one release."""

    ending: Ending
    status: int | None
    """The exit status; None for a program that hangs. Negative: ended by that signal."""
    uncaught: tuple[str, ...]
    """The types of the exceptions that reached the top of a thread, sorted."""
    warnings: tuple[str, ...]
    """The texts of the deprecation warnings, sorted."""
    close_codes: tuple[int | None, ...]
    """For each connection the close code that the server saw; None while it was still open when the program hung."""
    opened_on_daemon: tuple[bool, ...]
    """For each connection whether the thread that opened it is a daemon thread."""
    cut_off: tuple[str, ...]
    """The threads that used a connection which another thread had closed, whether or not an exception showed it."""
    unfinished_children: int
    """How many child processes never came to the end of their work."""
    users: tuple[str, ...]
    """The threads that used a connection, where the program asked to watch that."""
    output: str
    """What the program wrote on its standard output."""
    errors: str
    """What the program wrote on its standard error, and where its threads stood when it hung."""

    @property
    def hangs(self) -> bool:
        """Whether the program did not come to an end."""
        return self.ending is not Ending.EXIT

    @property
    def deprecated(self) -> bool:
        """Whether the library warned that the connection is used in a deprecated way."""
        # While the interpreter shuts down, a warning only reaches the standard error.
        printed = [line for line in self.errors.splitlines() if "DeprecationWarning: " in line]
        return any("legacy=True" in text for text in (*self.warnings, *printed))
