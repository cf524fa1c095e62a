"""The control-flow graph of one function: steps, and the normal and exceptional edges between them.

A ``finally`` body, and the exit of a ``with`` block, stand in the graph once. What happens after them is on a stack
that a path carries along: each entry is the exception under way or the step to go on with. ``depth`` is the length of
that stack at a step; it is known when the graph is made.
"""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, TypeVar

from flake8_wsthreads.cfg.instruction import (
    CallFunction,
    Construct,
    Dispatch,
    Enter,
    Handle,
    Instruction,
    Push,
    Rest,
    Spawn,
)
from flake8_wsthreads.cfg.place import LastingPlace, Place
from flake8_wsthreads.cfg.raised import Caught, ExceptionClass, Raised
from flake8_wsthreads.cfg.tracked import Comparison, Question, Subject, Tracked
from flake8_wsthreads.names.scopes import Scope

Kind = TypeVar("Kind", bound=Instruction)


@dataclass(frozen=True, eq=False)
class Loop:
    """A loop of a function."""

    syntax: ast.AST
    first: int
    """The first step in it."""
    head: int
    """The step before it that each turn comes back to; -1 for one whose head is in it."""
    while_true: bool
    """Its condition is always true."""
    may_be_stopped: bool
    """It has a condition that something makes false, or a handler around it is there for what ends it."""


@dataclass(eq=False, slots=True)
class Node:
    """One step: an instruction, where it stands, and what comes after it."""

    does: Instruction
    syntax: ast.AST
    index: int
    """Its number in the graph."""
    next: list[int]
    error: int
    """The step that an exception leads to."""
    depth: int
    """How many continuations a path carries along here."""
    error_depth: int
    loops: tuple[Loop, ...] = ()
    """The loops around it."""
    safe: bool = False
    """It never raises."""
    locked: bool = False
    """It stands in a ``with`` block that holds a lock."""
    stoppable: bool = False
    """A ``try`` around it catches an exception that is there to end what goes on in it."""
    closing_final: int = -1
    """The first step of the ``finally`` body around it that closes something, the innermost; -1 without one."""
    asks: Comparison | Question | None = None
    """The question that it is part of: what was asked before does not raise now."""


@dataclass(eq=False)
class Graph:
    """The graph of one function, lambda, class body or module."""

    scope: Scope
    nodes: list[Node] = field(default_factory=list)
    entry: int = 0
    normal_exit: int = 0
    error_exit: int = 0
    owners: dict[Place, LastingPlace] = field(default_factory=dict)
    """The places that outlive the function."""
    fills: LastingPlace | None = None
    """The attribute in which a ``cached_property`` keeps what this function returns."""
    rebound: tuple[Place, ...] = ()
    """The variables of enclosing scopes that the function binds (``nonlocal``, ``global``)."""
    foreign: set[Place] = field(default_factory=set)
    """The places on objects that this file does not define."""
    untold: set[Place] = field(default_factory=set)
    """Those of them on objects of which the file does not tell what they are: they may be of one of its classes."""
    containers: set[Place] = field(default_factory=set)
    """The local variables that only ever hold containers made here."""
    stacks: set[Place] = field(default_factory=set)
    """Those of the containers that are exit stacks: ``close()`` closes what is in them."""
    paired: set[Place] = field(default_factory=set)
    """The variables that a loop binds together: ``for name, ws in …``. Which of them is a connection is not told."""
    made: set[Place] = field(default_factory=set)
    """The attributes that this function binds to a new container: to add to it does not raise."""
    tests: Counter[Tracked] = field(default_factory=Counter)
    """How often a condition asks about a place."""
    not_told_apart: set[Place] = field(default_factory=set)
    """The results of which no path knows which of several they are.

    Their statements have too many of them, or nothing else asks the same.
    """
    answers: list[tuple[Place, range]] = field(default_factory=list)
    """The results that are answers of conditions, each with the steps of the condition."""
    conditions: dict[Subject, bool] = field(default_factory=dict)
    """What conditions ask about, whether it is true or is None; each with whether one compares it with None."""
    optional_connections: frozenset[Tracked] = frozenset()
    """The places that are a connection or None: nothing else that is false."""
    copies: frozenset[int] = frozenset()
    """The steps that give a second name to what is asked about by both: ``is_live = live``."""
    related: set[Subject] = field(default_factory=set)
    """What is asked several kinds of questions about: one answer may answer others, ``n > 0`` that ``n`` is true."""
    counted: set[Subject] = field(default_factory=set)
    """What is compared by its length, which is never below 0."""
    fractional: set[Subject] = field(default_factory=set)
    """What is compared with a fraction: all other numbers are taken for whole ones, above 0 is not below 1."""
    assigned: set[Tracked] = field(default_factory=set)
    """The places that are bound to something that may be known."""
    thread_places: dict[Place, set[int]] = field(default_factory=dict)
    """The places whose truth says that a thread of this function is there: ``reader``, ``reader.is_alive()``.

    Each with the steps that make the threads which may be there.
    """
    wait_places: set[Place] = field(default_factory=set)
    """The places whose truth says that what was waited for has come: ``ready.wait(timeout=1)``."""
    dispatched_at: dict[int, int] = field(default_factory=dict)
    """For the first step of each ``finally`` body (or exit of a ``with`` block) the step that ends it."""
    questions: set[Question] = field(default_factory=set)
    """What is remembered, besides what places hold."""
    exceptions: dict[ExceptionClass, Raised] = field(default_factory=dict)
    """The exception classes of the file that handlers here name, each with what it is."""
    asked_about: frozenset[Place] = frozenset()
    """The variables that remembered answers depend on."""
    registered: Counter[Place] = field(default_factory=Counter)
    """How often something is left to an exit stack, by the place of the stack."""
    is_generator: bool = False
    resumes_after_yield: bool = False
    """A pytest fixture: the code after ``yield`` runs whatever happens to the test."""
    is_context_manager: bool = False

    @cached_property
    def spawns(self) -> list[Node]:
        """The steps that make threads and processes.

        To be asked when the graph is finished.
        """
        return [node for node, _ in self.steps(Spawn)]

    @cached_property
    def _by_kind(self) -> dict[type[Instruction], list[tuple[Node, Any]]]:
        found: dict[type[Instruction], list[tuple[Node, Any]]] = {}
        for node in self.nodes:
            found.setdefault(type(node.does), []).append((node, node.does))
        return found

    def steps(self, kind: type[Kind]) -> Sequence[tuple[Node, Kind]]:
        """The steps that do one thing, in their order, each with what it does.

        To be asked when the graph is finished.
        """
        return self._by_kind.get(kind, ())

    @cached_property
    def calls_of(self) -> dict[Scope, list[Node]]:
        """The steps that call each function of the file, as its objects are made and entered, too.

        To be asked when the graph is finished.
        """
        found: dict[Scope, list[Node]] = {}
        calls: list[tuple[Node, Scope | None]] = [
            *((node, does.function) for node, does in self.steps(CallFunction)),
            *((node, does.initializer) for node, does in self.steps(Construct)),
            *((node, does.method) for node, does in self.steps(Enter)),
        ]
        for node, called in sorted(calls, key=lambda call: call[0].index):
            if called is not None:
                found.setdefault(called, []).append(node)
        return found

    @cached_property
    def steps_before(self) -> list[list[int]]:
        """For each step those from which a path may come to it, normally or after an exception.

        To be asked when the graph is finished.
        """
        before: list[list[int]] = [[] for _ in self.nodes]
        for index, node in enumerate(self.nodes):
            for step in following(node):
                before[step].append(index)
            if isinstance(node.does, Push) and node.next:
                before[node.does.resume].append(self.dispatched_at.get(node.next[0], index))
        return before


def following(node: Node, left_out: Callable[[Caught], bool] | None = None) -> list[int]:
    """The steps that a path may come to next, normally or after an exception, but for the handlers that are left out.

    Where it goes on after a ``finally`` body is told by the end of that body.
    """
    targets, does = node.next.copy(), node.does
    if isinstance(does, (Handle, Dispatch)):
        targets.extend([target for caught, target in does.handlers if left_out is None or not left_out(caught)])
    if node.error >= 0:
        targets.append(node.error)
    if isinstance(does, Rest):
        targets.append(does.following)
    return targets
