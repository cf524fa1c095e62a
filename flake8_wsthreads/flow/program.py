"""The functions of one file together: what each does with a connection that reaches it, or that it opens."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Mapping, Sequence

from flake8_wsthreads.flow.call_steps import CALL_STEPS
from flake8_wsthreads.flow.connection_steps import CONNECTION_STEPS
from flake8_wsthreads.flow.exceptions import OLDER
from flake8_wsthreads.flow.exploration import Exploration, Steps, Successor
from flake8_wsthreads.flow.graph import (
    ANY_EXCEPTION,
    OPEN_BEFORE,
    Arguments,
    Basic,
    Graph,
    Node,
    Op,
    Operand,
    OwnerReference,
    Slot,
)
from flake8_wsthreads.flow.graphs import MAXIMUM_CALL_DEPTH, FunctionGraphs
from flake8_wsthreads.flow.liveness import steps_leading_to
from flake8_wsthreads.flow.outcome import LateClose, Outcome
from flake8_wsthreads.flow.parameters import defaults, kept_by, parameters, receiver_slot
from flake8_wsthreads.flow.path_steps import PATH_STEPS
from flake8_wsthreads.flow.reach import decided_arguments
from flake8_wsthreads.flow.recursion import Answers
from flake8_wsthreads.flow.state import AbstractValue, BoundMethod, Environment, Flags, State, in_common
from flake8_wsthreads.flow.statements import CACHES
from flake8_wsthreads.flow.stop_signals import stops_by_closing
from flake8_wsthreads.flow.thread_steps import THREAD_STEPS
from flake8_wsthreads.names.evaluate import Names
from flake8_wsthreads.names.mentions import SourceIndex
from flake8_wsthreads.names.scopes import BindingKind, Scope, ScopeKind
from flake8_wsthreads.names.values import Function

# Of a call that does not reach the connection, only short functions are worth a look: do they raise, and return what?
_LONGEST_FOLLOWED = 12
# Each variable that a called function asks about doubles the states: more than these are not told apart.
_MOST_CONDITIONS = 2

_CONSTRUCTORS = ("__init__", "__enter__")

_STEPS: Steps = {**PATH_STEPS, **CONNECTION_STEPS, **CALL_STEPS, **THREAD_STEPS}


class FileProgram(FunctionGraphs):
    """Summaries of the functions of one file, made from their graphs when they are first asked for."""

    def __init__(
        self,
        names: Names,
        source: SourceIndex,
        openers: Mapping[Scope, int],
        factories: frozenset[str],
        off_main: Callable[[Scope], bool],
    ) -> None:
        super().__init__(names, source, openers, factories, off_main)
        self._answers = Answers()
        self._sites: dict[object, dict[int, Outcome]] = {}
        self._stopping: dict[tuple[str, frozenset[str]], bool] = {}
        self._opens: dict[object, AbstractValue | None] = {}
        self._sites_under_way: set[Scope] = set()

    def effect(self, function: Scope, bindings: Iterable[tuple[str, AbstractValue]]) -> Outcome:
        """What a function does with a connection that is bound to these slots when it is called.

        A recursive call counts for nothing at first, and the answer is computed again until it stays the same.
        """
        environment = dict(bindings)
        key = ("effect", function, frozenset(environment.items()))
        known = self._answers.known(key)
        if known is not None:
            return known
        graph = self.graph(function)
        if self._depth >= MAXIMUM_CALL_DEPTH:
            return _UNDECIDED
        if graph.is_generator:
            # A call of a generator function runs none of its body; the generator keeps the connection.
            return Outcome(given=function.node)
        return self._answers.find(
            key, lambda: self._explored(graph, State(environment), frozenset(environment)), _UNDECIDED
        )

    def managed(self, function: Scope, bindings: Iterable[tuple[str, AbstractValue]]) -> Outcome | None:
        """What entering and leaving a ``@contextmanager`` of the file does with a connection that it is given.

        None for any other function. A block under it may raise where the function yields.
        """
        graph = self.graph(function)
        if not (graph.is_generator and graph.is_context_manager) or self._depth >= MAXIMUM_CALL_DEPTH:
            return None
        environment = dict(bindings)
        key = ("managed", function, frozenset(environment.items()))
        known = self._answers.known(key)
        if known is not None:
            return known
        return self._answers.find(
            key, lambda: self._explored(graph, State(environment), frozenset(environment)), _UNDECIDED
        )

    def _explored(self, graph: Graph, state: State, inherited: frozenset[str] = frozenset()) -> Outcome:
        self._depth += 1
        outcome = Exploration(self, graph, _STEPS, inherited).run([(graph.entry, state)])
        self._depth -= 1
        return outcome

    def without(self, function: Scope, bindings: Iterable[tuple[str, AbstractValue]] = ()) -> Outcome:
        """What a call of the function returns and raises when it has nothing to do with the connection."""
        environment = dict(bindings)
        key = ("without", function, frozenset(environment.items()))
        known = self._answers.known(key)
        if known is None:
            too_long = len(self.names.statements_of(function)) > _LONGEST_FOLLOWED
            if too_long or self._depth >= MAXIMUM_CALL_DEPTH or function.is_async:
                return _ANYTHING
            graph = self.graph(function)
            if graph.is_generator:
                return _ANYTHING
            state = State(environment, (), Flags(lost=True))
            known = self._answers.find(key, lambda: self._explored(graph, state), _ANYTHING)
        return _ANYTHING if known.undecided else known

    def sites(self, scope: Scope, bindings: Iterable[tuple[str, AbstractValue]] = ()) -> dict[int, Outcome]:
        """The steps of a function that open a connection which is then the function's own, and what becomes of each.

        ``bindings`` are what is known of its parameters when it is called.
        """
        environment = dict(bindings)
        key = (scope, frozenset(environment.items()))
        known = self._sites.get(key)
        if known is not None:
            return known
        found: dict[int, Outcome] = {}
        self._sites_under_way.add(scope)
        graph = self.opening_graph(scope)
        opening: dict[int, AbstractValue] = {}
        for index, node in enumerate(graph.nodes):
            if node.op is Op.OPEN:
                opening[index] = Basic.UNOPENED if node.name == "unopened" else Basic.CONNECTION
            elif node.op is Op.CALL and node.function is not None and node.name != "never":
                opened = self.opens(node.function)
                if opened is not None:
                    opening[index] = opened
        if opening:
            reached = self._reached(graph, opening, environment)
            for index, value in opening.items():
                found[index] = self._follow(graph, index, value, reached[index])
        self._sites_under_way.discard(scope)
        self._sites[key] = found
        return found

    def _reached(
        self, graph: Graph, opening: dict[int, AbstractValue], environment: Environment
    ) -> dict[int, list[State]]:
        """With which states the paths of a function reach the steps that open connections."""
        scout = Exploration(self, graph, _STEPS)
        scout.only = steps_leading_to(graph, opening)
        scout.watched = {index: [] for index in opening}
        scout.run([(graph.entry, State(environment, (), Flags(lost=True)))])
        return {index: [] for index in opening} if scout.outcome.undecided else scout.watched

    def _follow(self, graph: Graph, index: int, value: AbstractValue, reached: list[State]) -> Outcome:
        exploration = Exploration(self, graph, _STEPS)
        node = graph.nodes[index]
        start: list[Successor] = []
        for state in reached:
            if node.op is Op.CALL and not self._opens_with(node, state):
                continue
            environment = {
                slot: known for slot, known in state.environment.items() if not slot.startswith(OPEN_BEFORE)
            }
            if node.op is Op.CALL:
                environment.update(self._conditions_for(node, state))
            environment[node.target] = value
            late, entered = self._done_by_opener(node, state)
            if late is not None:
                exploration.outcome.note_late(late)
            exploration.outcome.entered = exploration.outcome.entered or entered
            pending = tuple((*item, OLDER) if isinstance(item, tuple) else item for item in state.pending)
            flags = Flags(
                entered=entered,
                late=late is not None,
                unopened=value is Basic.UNOPENED,
                being_closed=state.flags.being_closed,
            )
            opened = State(environment, pending, flags)
            start.extend((following, opened) for following in node.next)
        return exploration.run(start)

    def asked_by(self, node: Node) -> list[tuple[str, str]]:
        """The variables that a called function asks about: its own slot, and the one of the caller."""
        function = node.function
        if function is None or len(self.names.statements_of(function)) > _LONGEST_FOLLOWED:
            return []
        pairs = self.parameters(function, node.arguments, node.receiver is not None) or []
        asked = [(slot, slot) for slot in node.captured]
        asked.extend((slot, operand.name) for slot, operand in pairs if isinstance(operand, Slot))
        tested = self.graph(function).tests
        return [(inside, outside) for inside, outside in asked if tested.get(inside, 0)][:_MOST_CONDITIONS]

    def _conditions_for(self, node: Node, state: State) -> list[tuple[str, AbstractValue]]:
        """What a call's opening of a connection says of the variables that decide whether it opens one."""
        assert node.function is not None
        found: list[tuple[str, AbstractValue]] = []
        for inside, outside in self.asked_by(node):
            if outside in state.environment:
                continue
            answers = [
                self.opens(node.function, [(inside, value)]) is not None for value in (Basic.TRUTHY, Basic.FALSY)
            ]
            if answers[0] != answers[1]:
                found.append((outside, Basic.TRUTHY if answers[0] else Basic.FALSY))
        return found

    def _opens_with(self, node: Node, state: State) -> bool:
        """Whether a call opens a connection when its arguments are what they are on this path."""
        assert node.function is not None
        decided = decided_arguments(self, node, state)
        return not decided or self.opens(node.function, decided) is not None

    def _done_by_opener(self, node: Node, state: State) -> tuple[LateClose | None, bool]:
        """The late close that a call has registered for the connection which it returns, and whether it entered it.

        A caller cannot tell the paths of an opener apart: what is closed late on some is closed late. An opener that
        registers the close before anything enters the connection answers for that itself.
        """
        if node.op is not Op.CALL or node.function is None:
            return None, False
        opened = self.sites(node.function, decided_arguments(self, node, state)).values()
        returned = [outcome for outcome in opened if outcome.returned and not outcome.stored]
        late = next((outcome.late for outcome in returned if outcome.returned_late), None)
        entered = any(outcome.entered for outcome in returned)
        return late, entered or (late is not None and any(outcome.used_before_enter for outcome in returned))

    def opens(self, function: Scope, bindings: Iterable[tuple[str, AbstractValue]] = ()) -> AbstractValue | None:
        """How a call of the function holds a connection that it opened and returns; None when it returns none."""
        known = dict(bindings)
        key = (function, frozenset(known.items()))
        if key in self._opens:
            return self._opens[key]
        if function in self._sites_under_way:
            return None  # a function that calls itself: its other returns tell
        shared = CACHES.isdisjoint(self.names.decorators(function)) is False
        if self._depth >= MAXIMUM_CALL_DEPTH or shared or not self._may_return_connection(function):
            self._opens[key] = None
            return None
        self._depth += 1
        result: AbstractValue | None = None
        if not self.opening_graph(function).is_generator:
            for outcome in self.sites(function, known.items()).values():
                # return ws.send: whoever has the method has no connection to close or to enter
                by_method = isinstance(outcome.returned_as, BoundMethod)
                if outcome.returned and not outcome.stored and not by_method:
                    result = outcome.returned_as if result is None else in_common(result, outcome.returned_as)
        self._depth -= 1
        self._opens[key] = result
        return result

    def parameters(
        self, function: Scope, arguments: Arguments, bound_receiver: bool
    ) -> list[tuple[str, Operand]] | None:
        """The slots of a function's parameters with the operands bound to them; None where that is not known."""
        return parameters(self.names, function, arguments, bound_receiver)

    def defaults(self, function: Scope) -> Sequence[tuple[str, AbstractValue]]:
        """The slots of a function's parameters that have a literal as default, with what it is."""
        return defaults(function)

    def receiver_slot(self, function: Scope) -> str:
        """The slot of a method's first parameter; empty for one that has none."""
        return receiver_slot(function)

    def kept_by(self, constructed: Scope, node: Node, held: list[Operand]) -> list[OwnerReference] | None:
        """The fields in which a class without ``__init__`` (a dataclass, a named tuple) keeps these operands."""
        return kept_by(self.names, constructed, node, held)

    def users_leave_open(self, fixture: Scope) -> bool:
        """Whether the tests of the file that get what a fixture returns are all there to see, and none closes it."""
        users = [
            scope
            for scope in list(self.names.scopes.by_node.values())
            if scope.kind is ScopeKind.FUNCTION and scope is not fixture and fixture.name in scope.read().bindings
            if any(binding.kind is BindingKind.PARAMETER for binding in scope.bindings[fixture.name])
        ]
        bound = [(user, [(f"{fixture.name}@{user.index}", Basic.CONNECTION)]) for user in users]
        return bool(users) and not any(self.effect(user, bindings).takes for user, bindings in bound)

    def stops_by_closing(self, signal: str, kept: frozenset[str]) -> bool:
        """Whether whatever sets this event, or clears this flag, closes the connection in one of these attributes."""
        if (signal, kept) not in self._stopping:
            self._stopping[signal, kept] = stops_by_closing(self.source, signal, kept)
        return self._stopping[signal, kept]

    def is_constructor(self, function: Scope) -> bool:
        """Whether nobody has the object yet when the function raises: ``__init__``, ``__enter__``."""
        return function.enclosing_class is not None and function.name in _CONSTRUCTORS

    def constructors_calling(self, method: Scope) -> list[Scope]:
        """The ``__init__`` and ``__enter__`` of its own class that call a method on their own object."""
        if method.enclosing_class is None or method.name in _CONSTRUCTORS:
            return []
        found: dict[Scope, None] = {}
        for reference in self.source.references(method.name):
            caller = reference.scope.unit
            if caller.name not in _CONSTRUCTORS or caller.enclosing_class is None or not reference.parents:
                continue
            called = isinstance(reference.parents[0], ast.Call) and reference.parents[0].func is reference.node
            value = self.names.evaluate(reference.node, reference.scope)
            if called and isinstance(value, Function) and value.scope is method:
                if method.enclosing_class in self.names.ancestors(caller.enclosing_class):
                    found[caller] = None
        return list(found)

    def after_call(self, caller: Scope, method: Scope, site: int, outcome: Outcome) -> Outcome:
        """What a constructor does after it called a method of its own that left a connection on the new object.

        ``site`` is the step of the method that opens it: the arguments of a call may tell that it is not reached.
        """
        graph = self.graph(caller)
        exploration = Exploration(self, graph, _STEPS)
        environment: Environment = {}
        seen_whole = True
        for owner in outcome.stored:
            if owner.holder is method.enclosing_class and not owner.on_class:
                environment[f"{self.receiver_slot(caller)}.{owner.name}"] = Basic.CONNECTION
            else:
                # a wrapper keeps it: closing it through the wrapper is not followed from here
                seen_whole = False
                slot = f"#kept.{owner.holder.index}.{owner.name}"
                exploration.kept[slot] = owner
                environment[slot] = Basic.CONNECTION
        start: list[Successor] = []
        for node in graph.nodes:
            if node.op is not Op.CALL or node.function is not method or node.depth > 0:
                continue
            if not seen_whole and node.error != graph.error_exit:
                continue
            decided = decided_arguments(self, node, State({}))
            if decided and not self.sites(method, decided)[site].stored:
                continue
            state = State(environment)
            start.extend((following, state) for following in node.next)
            start.extend(exploration.error(node, state, raised) for raised in sorted(outcome.raised))
        return exploration.run(start)


_ANYTHING = Outcome(results={Basic.UNKNOWN}, raised={ANY_EXCEPTION})
_UNDECIDED = Outcome(undecided=True)
