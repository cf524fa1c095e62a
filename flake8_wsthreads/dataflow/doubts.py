"""Conditions whose answer hangs together with the answer of another one in a way that is not followed.

``count = len(names)``; ``if names: ws = connect(…)``; ``if count: ws.close()``: that there is a path with names and
without a count is not told. So nothing is claimed of it. The same holds for what the function computes from literals
alone: ``for attempt in range(3): if attempt == 2: ws.close()``.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable
from functools import cached_property

from flake8_wsthreads.cfg.graph import Graph, Node
from flake8_wsthreads.cfg.instruction import Branch, CallFunction, CallMethod, Join, Next, Open, Push, Read, Unpack
from flake8_wsthreads.cfg.operand import parts, place_of
from flake8_wsthreads.cfg.place import Place
from flake8_wsthreads.library.websockets import CLOSE_METHODS
from flake8_wsthreads.names.inputs import Inputs, same_text
from flake8_wsthreads.source.syntax import walk

# Of a function with more conditions than this it is not asked how they hang together.
_MOST_CONDITIONS = 40

Holders = frozenset[Place]
"""The places that hold the connection."""


class Doubts:
    """The conditions of one graph whose answers are not told though no path knows them."""

    def __init__(self, graph: Graph, inputs: Inputs) -> None:
        self._graph = graph
        self._inputs = inputs
        self._branches = [node for node in graph.nodes if isinstance(node.does, Branch) and len(node.next) == 2]
        self._reached: dict[int, tuple[set[int], set[int]]] = {}
        self._known: dict[tuple[int, Holders, bool], tuple[bool, bool]] = {}

    @cached_property
    def are_possible(self) -> bool:
        """Whether any two conditions hang together, or one asks about what is computed from literals."""
        seen: set[str] = set()
        for node in self._branches if len(self._branches) <= _MOST_CONDITIONS else ():
            if isinstance(node.syntax, ast.expr):
                inputs = self._inputs.of(node.syntax)
                if not inputs or not inputs.isdisjoint(seen):
                    return True
                seen |= inputs
        return False

    def about(self, node: Node, holders: Holders, opened_at: int) -> tuple[bool, bool]:
        """Whether it is in doubt that a condition is true on some path, and that it is false.

        Only of a condition that decides what becomes of the connection. ``opened_at`` is the step that opened it, -1
        where another function did.
        """
        in_turn = opened_at >= 0 and node.loops[-1:] != () and node.loops[-1] in self._graph.nodes[opened_at].loops
        key = (node.index, holders, in_turn)
        known = self._known.get(key)
        if known is None:
            known = self._known[key] = self._found(node, holders, in_turn)
        return known

    def _found(self, node: Node, holders: Holders, in_turn: bool) -> tuple[bool, bool]:
        assert isinstance(node.does, Branch)
        if node.does.test.in_loop or not isinstance(node.syntax, ast.expr):
            return False, False
        if _asks_for(node, holders) or not self._decides(node, holders):
            return False, False
        inputs = self._inputs.of(node.syntax)
        if not inputs:
            # each turn of the loop has a connection of its own: the condition is false in some of them
            return (False, False) if in_turn else (True, True)
        true, false = False, False
        for other in self._branches:
            assert isinstance(other.does, Branch)
            if self._hang_together(node, other, inputs) and not _asks_for(other, holders) and self._decides(other, holders):
                # a loop that has come to its end has asked often, and what holds then holds for either answer
                after_true, after_false = (node.index in reached for reached in self._after(other))
                true, false = true or after_false, false or after_true or other.does.test.in_loop
        return true, false

    def _hang_together(self, node: Node, other: Node, inputs: frozenset[str]) -> bool:
        """Whether two conditions ask about different things that are computed from the same."""
        assert isinstance(node.does, Branch) and isinstance(other.does, Branch)
        subject = node.does.test.subject
        if other is node or not isinstance(other.syntax, ast.expr) or not isinstance(node.syntax, ast.expr):
            return False
        if subject is not None and subject == other.does.test.subject:
            return False
        if self._inputs.of(other.syntax).isdisjoint(inputs) or same_text(node.syntax, other.syntax):
            return False
        if isinstance(node.syntax, ast.Name) and self._inputs.tells(other.syntax, node.syntax.id):
            return False  # it is this condition's own answer
        return self._inputs.is_computed(node.syntax) or self._inputs.is_computed(other.syntax)

    def _decides(self, node: Node, holders: Holders) -> bool:
        """Whether it depends on a condition what is done with the connection, other than to use it."""
        deciding = [node]
        for other in self._branches:
            # is_last = attempt == 2; if is_last: ws.close()
            if isinstance(other.syntax, ast.Name) and self._inputs.tells(node.syntax, other.syntax.id):
                deciding.append(other)
        for each in deciding:
            first, second = self._after(each)
            if any(_does_something(self._graph.nodes[index], holders) for index in first ^ second):
                return True
        return False

    def _after(self, branch: Node) -> tuple[set[int], set[int]]:
        """The steps to which paths come after each answer of a condition, before it is asked again."""
        known = self._reached.get(branch.index)
        if known is None:
            true, false = branch.next
            known = self._reached[branch.index] = self._steps(true, branch.index), self._steps(false, branch.index)
        return known

    def _steps(self, start: int, without: int) -> set[int]:
        """The steps to which paths come from a step, but for those that raise and those through another step."""
        found = {start} - {without}
        pending = list(found)
        while pending:
            node = self._graph.nodes[pending.pop()]
            following = [*node.next, node.does.resume] if isinstance(node.does, Push) else node.next
            pending.extend(step for step in following if step not in found and step != without)
            found.update(pending)
        return found


def _does_something(node: Node, holders: Holders) -> bool:
    """Whether a step opens a connection, or does more with one in these variables than to use it."""
    does = node.does
    if isinstance(does, (Branch, Join, Next, Read, Unpack)):
        return False
    variables = {place.whole for place in holders}
    if isinstance(does, Open) or (isinstance(does.target, Place) and does.target.whole in variables):
        return True
    if isinstance(does, CallMethod) and does.name not in CLOSE_METHODS:
        return not variables.isdisjoint(_variables(does.arguments.all))
    if isinstance(does, CallFunction) and not variables.isdisjoint(does.captured):
        return True
    return not variables.isdisjoint(_variables(does.operands()))


def _asks_for(node: Node, holders: Holders) -> bool:
    """Whether a condition asks about what holds the connection: that is followed."""
    names = {place.name for place in holders}
    return any(getattr(part, "id", "") in names or getattr(part, "attr", "") in names for part in walk(node.syntax))


def _variables(operands: Iterable[object]) -> set[Place]:
    places = (place_of(part) for operand in operands for part in parts(operand))  # type: ignore[arg-type]
    return {place.whole for place in places if place is not None}
