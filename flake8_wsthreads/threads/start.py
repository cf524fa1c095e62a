"""A call that starts code on another thread or in another process."""

from __future__ import annotations

import ast
from dataclasses import dataclass

from flake8_wsthreads.facts import Context, Spawner
from flake8_wsthreads.names.scopes import Scope


@dataclass(frozen=True)
class Start:
    """A call that runs ``target`` elsewhere.

    ``runs_in`` is the kind of thread where the call alone says so. Else ``daemon`` is the expression of the flag, and
    without one the new thread inherits the flag of its starter.
    """

    spawner: Spawner
    call: ast.Call
    target: ast.expr | None
    arguments: tuple[ast.expr, ...] = ()
    """In their order; a ``*`` among them hides the positions of those behind it."""
    keywords: tuple[tuple[str, ast.expr], ...] = ()
    spread: tuple[ast.expr, ...] = ()
    """Collections of further arguments, which cannot be told one by one."""
    runs_in: Context | None = None
    daemon: ast.expr | None = None
    started: bool = False
    """The call starts it as well: no ``start()`` follows."""
    one_at_a_time: bool = False
    """The pool has a single worker, or how many it has does not show."""
    each: bool = False
    """The arguments are collections: the target runs once for each of their elements (``pool.map``)."""
    instance_of: Scope | None = None
    """The subclass of Thread or Process in this file that is created."""
    made_by: MadeBy | None = None
    """The function of the file that makes the thread, where the call is one of that function."""
    prepares_workers: bool = False
    """The target is the initializer of a pool of processes: it runs once in each of them, before all else."""

    @property
    def is_thread_object(self) -> bool:
        """Whether what is started is an object of a Thread subclass with a ``run()`` of its own."""
        return self.instance_of is not None and self.target is None


Starts = tuple[tuple[Start, Scope], ...]
"""Starts, each with the function that it stands in."""


@dataclass(frozen=True)
class MadeBy:
    """A function of the file that makes a thread of what it is given: ``def spawn(target, *args)``."""

    function: Scope
    start: Start
    """The one in the function."""
