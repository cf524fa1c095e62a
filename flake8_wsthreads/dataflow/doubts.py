"""Conditions whose answer hangs together with the answer of another one in a way that is not followed.

``count = len(names)``; ``if names: ws = connect(…)``; ``if count: ws.close()``: that there is a path with names and
without a count is not told. So nothing is claimed of it. The same holds for what the function computes from literals
alone: ``for attempt in range(3): if attempt == 2: ws.close()``, and for what tells of the connection itself or of a
container that it was put into: ``if "feed" in pool: pool["feed"].close()``.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from flake8_wsthreads.cfg.asked import Test
from flake8_wsthreads.cfg.graph import Graph, Node
from flake8_wsthreads.cfg.instruction import (
    Assign,
    Branch,
    CallFunction,
    CallMethod,
    Join,
    Next,
    Open,
    Push,
    Read,
    Unpack,
)
from flake8_wsthreads.cfg.operand import Operand, place_of, places_in
from flake8_wsthreads.cfg.place import Place
from flake8_wsthreads.cfg.tracked import Tracked, subject_of
from flake8_wsthreads.dataflow.value import LASTING, Environment, holds, truth
from flake8_wsthreads.library.websockets import CLOSE_METHODS
from flake8_wsthreads.names.inputs import Inputs, input_of_its_own, same_text
from flake8_wsthreads.source.syntax import walk

# Of a function with more conditions than this it is not asked how they hang together.
_MOST_CONDITIONS = 40

Holders = frozenset[Place]
"""The places that hold the connection."""


@dataclass(frozen=True)
class _Condition:
    """A condition of the graph."""

    node: Node
    test: Test
    expression: ast.expr


class Doubts:
    """The conditions of one graph whose answers are not told though no path knows them."""

    def __init__(self, graph: Graph, inputs: Inputs) -> None:
        self._graph = graph
        self._inputs = inputs
        found = {
            node.index: _Condition(node, does.test, node.syntax)
            for node, does in graph.steps(Branch)
            if len(node.next) == 2 and isinstance(node.syntax, ast.expr)
        }
        self._opened = _opened_here(graph)
        others = {index: each for index, each in found.items() if not _asks_for(each.expression, self._opened)}
        few = len(others) <= _MOST_CONDITIONS
        self._all = found if few else {}
        self._conditions = others if few else {}
        """Those that ask nothing about what holds a connection: what it holds is followed."""
        self._reached: dict[int, tuple[set[int], set[int]]] = {}
        self._known: dict[tuple[int, Holders, int], tuple[bool, bool]] = {}
        self._deciding: dict[tuple[int, Holders], bool] = {}

    @cached_property
    def are_possible(self) -> bool:
        """Whether any two conditions hang together, or one asks what is computed from literals or from a connection."""
        opening = [node.index for node, _ in self._graph.steps(Open)]
        if any(self._is_told_by(each, index) for each in self._all.values() for index in opening):
            return True
        seen: set[str] = set()
        for condition in self._conditions.values():
            inputs = self._inputs.of(condition.expression)
            if not inputs or not inputs.isdisjoint(seen):
                return True
            seen |= inputs
        return False

    def about(self, node: Node, holders: Holders, opened_at: int) -> tuple[bool, bool]:
        """Whether it is in doubt that the answer of a condition is yes on some path, and that it is no.

        Only of a condition that decides what becomes of the connection. ``opened_at`` is the step that opened it, -1
        where another function did, and before one is opened: then nothing holds it yet.
        """
        key = (node.index, holders, opened_at)
        known = self._known.get(key)
        if known is None:
            condition = self._all.get(node.index)
            known = (False, False) if condition is None else self._found(condition, holders, opened_at)
            self._known[key] = known
        return known

    def by_what_is_known(self, node: Node, environment: Environment, holders: Holders) -> tuple[bool, bool]:
        """Whether each answer of a condition is in doubt since the path knows of something computed from the same.

        What is written is taken to be true together, or false together.
        """
        condition = self._conditions.get(node.index)
        if condition is None or condition.test.in_loop or not self._decides(condition, holders or self._opened):
            return False, False
        inputs, computed = self._inputs.of(condition.expression), self._inputs.is_computed(condition.expression)
        true = false = False
        for tracked, value in environment.items():
            subject = subject_of(tracked)
            if holds(value) or value in LASTING or subject == condition.test.subject or subject in self._opened:
                continue
            places = (subject,) if isinstance(subject, Place) else subject.mentions
            mentions = [
                self._inputs.mention(place.name, condition.expression.lineno)
                for place in places
                if place.variable is not None and not place.fields
            ]
            if all(inputs.isdisjoint(self._inputs.of(mention)) for mention in mentions):
                continue
            if computed or not isinstance(subject, Place) or any(map(self._inputs.is_computed, mentions)):
                known = truth(value) if subject is tracked else None
                if known is not None and condition.test.negated:
                    known = not known
                true, false = true or known is not True, false or known is not False
        return true, false

    def _is_told_by(self, condition: _Condition, opened_at: int) -> bool:
        """Whether the answer of a condition is computed from what a step has opened, as from what is in a container."""
        opening, asked = self._graph.nodes[opened_at].syntax, condition.expression
        if condition.node.index not in self._conditions:
            # ws in pool; that ws is the same as something else is another matter
            if not (isinstance(asked, ast.Compare) and isinstance(asked.ops[0], (ast.In, ast.NotIn))):
                return False
        return isinstance(opening, ast.expr) and input_of_its_own(opening) in self._inputs.of(asked)

    def _found(self, condition: _Condition, holders: Holders, opened_at: int) -> tuple[bool, bool]:
        is_opened_here = opened_at >= 0 and isinstance(self._graph.nodes[opened_at].does, Open)
        if is_opened_here and self._is_told_by(condition, opened_at):
            decides = self._decides(condition, holders)
            return decides, decides
        if condition.test.in_loop or condition.node.index not in self._conditions:
            return False, False
        if _asks_for(condition.expression, holders) or not self._decides(condition, holders):
            return False, False
        if not self._inputs.of(condition.expression):
            told = not holders or self._is_each_turn(condition.node, opened_at)
            return (False, False) if told else (True, True)
        true, false = False, False
        for other in self._conditions.values():
            if _asks_for(other.expression, holders):
                continue
            if self._hang_together(condition, other) and self._decides(other, holders or self._opened):
                # what is written is taken to be true together, or false together
                answers = [condition.node.index in reached for reached in self._after(other)]
                alike = condition.test.negated is other.test.negated
                after_true, after_false = answers if alike else reversed(answers)
                # a loop that has come to its end has asked often, and what holds then holds for either answer
                ended = other.test.in_loop and (after_true or after_false)
                true, false = true or after_false, false or after_true or ended
        return true, false

    def _is_each_turn(self, node: Node, opened_at: int) -> bool:
        """Whether each turn of the loop around a condition opens a connection of its own.

        Then what is computed from the number of the turn has either answer in some of them.
        """
        if opened_at < 0 or not node.loops or node.loops[-1] not in self._graph.nodes[opened_at].loops:
            return False
        # for step in ("open", "close"): if step == "open": ws = connect(URL)
        return not any(
            (opened_at in after_true) is not (opened_at in after_false)
            for other in self._conditions.values()
            if other.node.loops[-1:] == node.loops[-1:] and not self._inputs.of(other.expression)
            for after_true, after_false in [self._after(other)]
        )

    def _hang_together(self, condition: _Condition, other: _Condition) -> bool:
        """Whether two conditions ask about different things that are computed from the same."""
        inputs, one, two = self._inputs, condition.expression, other.expression
        if one is two or inputs.of(one).isdisjoint(inputs.of(two)) or same_text(one, two):
            return False
        if condition.test.subject is not None and condition.test.subject == other.test.subject:
            return False  # what the one answer says of the other is followed
        if isinstance(one, ast.Name) and inputs.tells(two, one.id):
            return False  # it is this condition's own answer
        return inputs.is_computed(one) or inputs.is_computed(two)

    def _decides(self, condition: _Condition, holders: Holders) -> bool:
        """Whether it depends on a condition what is done with the connection, other than to use it."""
        key = (condition.node.index, holders)
        known = self._deciding.get(key)
        if known is None:
            asked = self._asked_with(condition)
            known = self._deciding[key] = any(self._answer_matters(each, holders) for each in asked)
        return known

    def _asked_with(self, condition: _Condition) -> list[_Condition]:
        """A condition, and those whose answers it gives."""
        deciding = [condition]
        for other in self._conditions.values():
            # is_last = attempt == 2; if is_last: ws.close()
            asked = other.expression
            told = isinstance(asked, ast.Name) and self._inputs.tells(condition.expression, asked.id)
            # what the answer was is known when the same is asked again
            if told or (other is not condition and same_text(condition.expression, asked)):
                deciding.append(other)
        return deciding

    def _answer_matters(self, condition: _Condition, holders: Holders) -> bool:
        """Whether a step after one answer of a condition, and not after the other, does something."""
        after_true, after_false = self._after(condition)
        return any(_does_something(self._graph.nodes[index], holders) for index in after_true ^ after_false)

    def _after(self, condition: _Condition) -> tuple[set[int], set[int]]:
        """The steps to which paths come after each answer of a condition, before it is asked again."""
        index = condition.node.index
        known = self._reached.get(index)
        if known is None:
            on_true, on_false = condition.node.next
            known = self._reached[index] = self._steps(on_true, index), self._steps(on_false, index)
        return known

    def _steps(self, start: int, without: int) -> set[int]:
        """The steps to which paths come from a step, but for those that raise and those through another step."""
        found = {start} - {without}
        pending = list(found)
        while pending:
            node = self._graph.nodes[pending.pop()]
            following = [*node.next, node.does.resume] if isinstance(node.does, Push) else node.next
            new = {step for step in following if step != without} - found
            found |= new
            pending.extend(new)
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


def _opened_here(graph: Graph) -> Holders:
    """The places to which connections are bound that the function opens."""
    found: set[Tracked | None] = {does.target for _, does in graph.steps(Open)}
    for _, binding in graph.steps(Assign):
        if place_of(binding.value) in found:
            found.add(binding.target)
    return frozenset(place for place in found if isinstance(place, Place) and not place.is_temporary)


def _asks_for(condition: ast.expr, holders: Holders) -> bool:
    """Whether a condition asks about what holds a connection."""
    names = {place.name for place in holders}
    return any(getattr(part, "id", "") in names or getattr(part, "attr", "") in names for part in walk(condition))


def _variables(operands: Iterable[Operand]) -> set[Place]:
    return {place.whole for operand in operands for place in places_in(operand)}
