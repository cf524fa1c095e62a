"""What each function of one file does with a connection that reaches it: found once, and kept.

Recursion is settled here, and the order in which functions are asked about. How paths are followed is not: that is a
matter of the interpreter, which asks here about the functions that are called.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager

from flake8_wsthreads.cfg.graph import Graph, Node
from flake8_wsthreads.cfg.graphs import MAXIMUM_CALL_DEPTH, FunctionGraphs
from flake8_wsthreads.cfg.instruction import CallFunction, CallMethod
from flake8_wsthreads.cfg.operand import ValueKind
from flake8_wsthreads.cfg.place import Place, Root, variable
from flake8_wsthreads.cfg.raised import ANY_EXCEPTION
from flake8_wsthreads.cfg.shared_object import steps_sharing_object
from flake8_wsthreads.cfg.tracked import Tracked, subject_of
from flake8_wsthreads.dataflow.dispatch import Dispatch
from flake8_wsthreads.dataflow.doubts import Doubts
from flake8_wsthreads.dataflow.fixpoint import Fixpoint
from flake8_wsthreads.dataflow.idle_calls import roots_in_reach
from flake8_wsthreads.dataflow.liveness import LivePlaces
from flake8_wsthreads.dataflow.parameters import is_constructor, parameters
from flake8_wsthreads.dataflow.signals import stops_by_closing
from flake8_wsthreads.dataflow.state import Flags, State
from flake8_wsthreads.dataflow.summary import Summary
from flake8_wsthreads.dataflow.turns import outside_questions
from flake8_wsthreads.dataflow.value import AbstractValue, Environment, holds
from flake8_wsthreads.names.changes import Changes
from flake8_wsthreads.names.evaluate import Names
from flake8_wsthreads.names.inputs import Inputs
from flake8_wsthreads.names.mentions import SourceIndex
from flake8_wsthreads.names.scopes import BindingKind, Scope, ScopeKind

# Of a call that does not reach the connection, only short functions are worth a look: do they raise, and return what?
LONGEST_FOLLOWED = 12
# Each variable that a called function asks about doubles the states: more than these are not told apart.
_MOST_CONDITIONS = 2

Interpret = Callable[["Summaries", Graph, State, frozenset[Tracked]], Summary]
"""Follows all paths of a graph from its entry, with what is known there and the places that the caller knows too."""


class Summaries(FunctionGraphs):
    """Summaries of the functions of one file, made from their graphs when they are first asked for."""

    def __init__(
        self,
        names: Names,
        source: SourceIndex,
        openers: Mapping[Scope, Collection[Scope]],
        factories: frozenset[str],
        off_main: Callable[[Scope], bool],
        interpret: Interpret,
    ) -> None:
        super().__init__(names, source, openers, factories, off_main)
        self.dispatch = Dispatch(names, source)
        self.changes = Changes(names, source)
        self._interpret = interpret
        self._fixpoint = Fixpoint()
        self._stopping: dict[tuple[str, frozenset[str]], bool] = {}
        self._asked: dict[Scope, dict[Place, bool]] = {}
        self._live: dict[Graph, LivePlaces] = {}
        self._outside_questions: dict[Graph, frozenset[int]] = {}
        self._sharing: dict[Graph, frozenset[int]] = {}
        self._doubts: dict[Graph, Doubts] = {}
        self._in_reach: dict[Node, frozenset[Root] | None] = {}
        self.doubting = 0
        """How deep to look closer at conditions, where what hangs together as is not followed is not claimed.

        Not at all, in a function alone, or in those that it calls, too.
        """

    def effect(self, function: Scope, bindings: Iterable[tuple[Tracked, AbstractValue]]) -> Summary:
        """What a function does with a connection that is bound to these places when it is called.

        A recursive call counts for nothing at first, and the answer is computed again until it stays the same.
        """
        graph = self.graph(function)
        environment = self.live_places(graph).of(graph.entry, dict(bindings))
        doubting = max(self.doubting - 1, 0)
        key = ("effect", function, frozenset(environment.items()), doubting)
        known = self._fixpoint.known(key)
        if known is not None:
            return known
        if self.depth >= MAXIMUM_CALL_DEPTH:
            return _UNDECIDED
        if graph.is_generator:
            # A call of a generator function runs none of its body; the generator keeps the connection.
            return Summary(given=function.node)
        return self._fixpoint.find(
            key, lambda: self._explored(graph, State(environment), _holding(environment), doubting), _UNDECIDED
        )

    def managed(self, function: Scope, bindings: Iterable[tuple[Tracked, AbstractValue]]) -> Summary | None:
        """What entering and leaving a ``@contextmanager`` of the file does with a connection that it is given.

        None for any other function. A block under it may raise where the function yields.
        """
        graph = self.graph(function)
        if not (graph.is_generator and graph.is_context_manager) or self.depth >= MAXIMUM_CALL_DEPTH:
            return None
        environment = self.live_places(graph).of(graph.entry, dict(bindings))
        doubting = max(self.doubting - 1, 0)
        key = ("managed", function, frozenset(environment.items()), doubting)
        known = self._fixpoint.known(key)
        if known is not None:
            return known
        return self._fixpoint.find(
            key, lambda: self._explored(graph, State(environment), _holding(environment), doubting), _UNDECIDED
        )

    def _explored(
        self, graph: Graph, state: State, inherited: frozenset[Tracked] = frozenset(), doubting: int = 0
    ) -> Summary:
        self.depth += 1
        with self.looking_closer(doubting):
            summary = self._interpret(self, graph, state, inherited)
        self.depth -= 1
        return summary

    def without(self, function: Scope, bindings: Iterable[tuple[Tracked, AbstractValue]] = ()) -> Summary:
        """What a call of the function returns and raises when it has nothing to do with the connection."""
        environment = dict(bindings)
        key = ("without", function, frozenset(environment.items()))
        known = self._fixpoint.known(key)
        if known is None:
            if self._is_too_far(function) or function.is_async:
                return _ANYTHING
            graph = self.graph(function)
            if graph.is_generator:
                return _ANYTHING
            state = State(environment, (), Flags(lost=True))
            known = self._fixpoint.find(key, lambda: self._explored(graph, state), _ANYTHING)
        return _ANYTHING if known.undecided else known

    def gone_through(self, function: Scope) -> Summary | None:
        """What a generator function does for somebody who takes its elements one by one, up to the end.

        None where that is not told: it is long, or calls others that call others.
        """
        graph = self.graph(function)
        key = ("gone through", function)
        known = self._fixpoint.known(key)
        if known is None:
            if self._is_too_far(function) or graph.is_context_manager or graph.resumes_after_yield:
                return None
            state = State({}, (), Flags(lost=True, given=0))
            known = self._fixpoint.find(key, lambda: self._explored(graph, state), _UNDECIDED)
        return None if known.undecided else known

    def _is_too_far(self, function: Scope) -> bool:
        """Whether a function that has nothing to do with the connection is too long, or called too deep, to look at."""
        return len(self.names.statements_of(function)) > LONGEST_FOLLOWED or self.depth >= MAXIMUM_CALL_DEPTH

    def asked_of_parameters(self, function: Scope) -> dict[Place, bool]:
        """The variables that the conditions of a short function ask about, each with whether they compare it."""
        known = self._asked.get(function)
        if known is None:
            known = self._asked[function] = {}
            if not self._is_too_far(function):
                for tracked in self.graph(function).tests:
                    subject = subject_of(tracked)
                    if isinstance(subject, Place):
                        known[subject] = known.get(subject, False) or tracked is not subject
        return known

    def asked_by(self, does: CallFunction) -> list[tuple[Place, Place]]:
        """The variables that a called function asks about: its own place, and the one of the caller."""
        function = does.function
        if len(self.names.statements_of(function)) > LONGEST_FOLLOWED:
            return []
        pairs = parameters(self.names, function, does.arguments, does.receiver is not None) or []
        asked = [(place, place) for place in does.captured]
        asked.extend((place, operand) for place, operand in pairs if isinstance(operand, Place))
        tested = self.graph(function).tests
        return [(inside, outside) for inside, outside in asked if tested.get(inside, 0)][:_MOST_CONDITIONS]

    def users_leave_open(self, fixture: Scope) -> bool:
        """Whether the tests of the file that get what a fixture returns are all there to see, and none closes it."""
        users = [
            scope
            for scope in list(self.names.scopes.by_node.values())
            if scope.kind is ScopeKind.FUNCTION and scope is not fixture and fixture.name in scope.read().bindings
            if any(binding.kind is BindingKind.PARAMETER for binding in scope.bindings[fixture.name])
        ]
        bound = [(user, [(variable(fixture.name, user), ValueKind.CONNECTION)]) for user in users]
        return bool(users) and not any(self.effect(user, bindings).takes for user, bindings in bound)

    def stops_by_closing(self, signal: str, kept: frozenset[str]) -> bool:
        """Whether whatever sets this event, or clears this flag, closes the connection in one of these attributes."""
        if (signal, kept) not in self._stopping:
            self._stopping[signal, kept] = stops_by_closing(self.source, signal, kept)
        return self._stopping[signal, kept]

    def live_places(self, graph: Graph) -> LivePlaces:
        """What each step of a graph and those after it still ask about."""
        known = self._live.get(graph)
        if known is None:
            known = self._live[graph] = LivePlaces(graph)
        return known

    @contextmanager
    def looking_closer(self, doubting: int) -> Iterator[None]:
        """While it is entered, conditions are doubted so deep."""
        saved, self.doubting = self.doubting, doubting
        yield
        self.doubting = saved

    def doubts(self, graph: Graph) -> Doubts:
        """The conditions of a graph that hang together with others."""
        known = self._doubts.get(graph)
        if known is None:
            known = self._doubts[graph] = Doubts(graph, Inputs(self.names, graph.scope))
        return known

    def steps_sharing_object(self, graph: Graph) -> frozenset[int]:
        """The steps of a constructor that let others know the object that is being made; none in other functions."""
        known = self._sharing.get(graph)
        if known is None:
            known = self._sharing[graph] = steps_sharing_object(graph) if is_constructor(graph.scope) else frozenset()
        return known

    def roots_in_reach(self, graph: Graph, node: Node, does: CallMethod) -> frozenset[Root] | None:
        """What a step that calls a method reaches objects through; None where it may do more than change these."""
        if node not in self._in_reach:
            self._in_reach[node] = roots_in_reach(graph, does)
        return self._in_reach[node]

    def is_used(self, graph: Graph, index: int, environment: Environment) -> bool:
        """Whether a step or a later one mentions a variable by which the connection is reached, or a field of it."""
        reaching = (place.whole for place, value in environment.items() if holds(value) and isinstance(place, Place))
        return self.live_places(graph).mention(index, reaching)

    def outside_questions(self, graph: Graph) -> frozenset[int]:
        """The conditions that ask about what others may change, by the numbers of their steps."""
        known = self._outside_questions.get(graph)
        if known is None:
            known = self._outside_questions[graph] = outside_questions(graph)
        return known


def _holding(environment: Environment) -> frozenset[Tracked]:
    """The places that hold the connection."""
    return frozenset(place for place, value in environment.items() if holds(value))


_ANYTHING = Summary(results=(ValueKind.UNKNOWN,), raised=(ANY_EXCEPTION,))
_UNDECIDED = Summary(undecided=True)
