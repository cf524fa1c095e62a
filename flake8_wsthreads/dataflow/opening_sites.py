"""Where functions open connections which are then their own, and what becomes of each."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from flake8_wsthreads.cfg.graph import Graph
from flake8_wsthreads.cfg.graphs import MAXIMUM_CALL_DEPTH
from flake8_wsthreads.cfg.instruction import CallFunction, Open
from flake8_wsthreads.cfg.operand import ValueKind
from flake8_wsthreads.cfg.place import OpenBefore, Place
from flake8_wsthreads.cfg.raised import Raised, before_opening
from flake8_wsthreads.cfg.tracked import Tracked
from flake8_wsthreads.dataflow.interpreter import Interpreter, Successor
from flake8_wsthreads.dataflow.liveness import steps_leading_to
from flake8_wsthreads.dataflow.reach import decided_arguments
from flake8_wsthreads.dataflow.state import Flags, State
from flake8_wsthreads.dataflow.summaries import Summaries
from flake8_wsthreads.dataflow.summary import LateClose, Summary
from flake8_wsthreads.dataflow.transfer import TRANSFER
from flake8_wsthreads.dataflow.value import AbstractValue, BoundMethod, Environment, in_common
from flake8_wsthreads.library.behaviour import Decorates
from flake8_wsthreads.names.scopes import Scope

# Connections are followed one by one until they have taken so many states for each step of the graph: what the paths of
# a few of them share costs less than to find out from where on.
MOST_STATES_FOR_A_STEP = 8
FEWEST_TOGETHER = 4

# Conditions are doubted in the function that opens a connection, and in those that it calls.
IN_CALLED_ONES = 2

_NOTHING_KNOWN: frozenset[object] = frozenset()
_NOTHING_DONE = Summary()


class OpeningSites:
    """Finds the openings of one file, function by function, when they are first asked for."""

    def __init__(self, summaries: Summaries) -> None:
        self._summaries = summaries
        self._sites: dict[object, dict[int, Summary]] = {}
        self._opens: dict[object, AbstractValue | None] = {}
        self._before_calls: dict[Scope, dict[int, list[State]]] = {}
        self._under_way: set[Scope] = set()
        self._leads_nowhere: set[Scope] = set()

    def of(self, scope: Scope, bindings: Iterable[tuple[Tracked, AbstractValue]] = ()) -> dict[int, Summary]:
        """The steps of a function that open a connection which is then the function's own, and what becomes of each.

        ``bindings`` are what is known of its parameters when it is called.
        """
        environment = dict(bindings)
        key = (scope, frozenset(environment.items()))
        known = self._sites.get(key)
        if known is not None:
            return known
        found: dict[int, Summary] = {}
        self._under_way.add(scope)
        graph = self._summaries.graph(scope)
        values: dict[int, AbstractValue] = {
            node.index: ValueKind.UNOPENED if does.when_entered else ValueKind.CONNECTION
            for node, does in graph.steps(Open)
        }
        for node, called in graph.steps(CallFunction):
            opened = self.opens(called.function) if called.returns else None
            if opened is not None:
                values[node.index] = opened
        if values:
            opening = {index: values[index] for index in sorted(values)}
            with self._summaries.looking_closer(0):  # it is kept for all who ask
                found = self._followed(graph, opening, environment)
        self._under_way.discard(scope)
        self._sites[key] = found
        return found

    def onto_stack(self, scope: Scope, index: int) -> Summary:
        """What becomes of a connection that a function opens, and leaves to an exit stack of its object.

        The stack stands for the connection: to close it is to close that.
        """
        graph = self._summaries.graph(scope)
        interpreter = Interpreter(self._summaries, graph, TRANSFER)
        interpreter.opened_at, interpreter.onto_stacks = index, True
        does = graph.nodes[index].does
        value = self.opens(does.function) if isinstance(does, CallFunction) else ValueKind.CONNECTION
        if value is None:
            return _NOTHING_DONE
        start, by_opener = self._opened(graph, index, value, self._reached(graph, {index: value}, {})[index])
        return by_opener.joined(interpreter.run(start))

    def states_before(self, scope: Scope, index: int) -> list[State]:
        """With which states the paths of a function reach a step that calls a function, makes an object or enters one.

        Conditions are doubted.
        """
        known = self._before_calls.get(scope)
        if known is None:
            graph = self._summaries.graph(scope)
            calls = {node.index: ValueKind.CONNECTION for nodes in graph.calls_of.values() for node in nodes}
            known = self._before_calls[scope] = self._reached(graph, calls, {}, IN_CALLED_ONES)
        return known[index]

    def _reached(
        self, graph: Graph, opening: Mapping[int, AbstractValue], environment: Environment, doubting: int = 0
    ) -> dict[int, list[State]]:
        """With which states the paths of a function reach the steps that open connections."""
        scout = Interpreter(self._summaries, graph, TRANSFER)
        scout.only = steps_leading_to(graph, opening)
        scout.watched = {index: [] for index in opening}
        with self._summaries.looking_closer(doubting):
            scout.run([(graph.entry, State(environment, (), Flags(lost=True)))])
        return {index: [] for index in opening} if scout.collected.undecided else scout.watched

    def _followed(
        self, graph: Graph, opening: dict[int, AbstractValue], environment: Environment
    ) -> dict[int, Summary]:
        """What becomes of each connection: they are followed one by one, and together if that takes too long."""
        found: dict[int, Summary] = {}
        reached = self._reached(graph, opening, environment)
        closer: dict[int, list[State]] | None = None
        states = 0
        alike = not graph.spawns and all(graph.nodes[index].closing_final < 0 for index in opening)
        for index, value in opening.items():
            few = len(opening) - len(found) < FEWEST_TOGETHER or states < MOST_STATES_FOR_A_STEP * len(graph.nodes)
            if alike and not few:
                rest = {later: opening[later] for later in opening if later not in found}
                together = self._follow_together(graph, rest, reached)
                if together is not None:
                    return {**found, **dict(zip(rest, together))}
                alike = False
            found[index], more = self._follow(graph, index, value, reached[index])
            states += more
            if self._is_in_doubt(graph, found[index]) and 2 * more <= self._summaries.states_left():
                closer = closer or self._reached(graph, opening, environment, IN_CALLED_ONES)
                found[index], more = self._doubted(graph, index, value, closer[index], found[index])
                states += more
        return found

    def _follow_together(
        self, graph: Graph, opening: dict[int, AbstractValue], reached: dict[int, list[State]]
    ) -> list[Summary] | None:
        """What becomes of each connection, where their paths can be followed together."""
        opened = [self._opened(graph, index, value, reached[index]) for index, value in opening.items()]
        found = Interpreter(self._summaries, graph, TRANSFER).run_from_each([start for start, _ in opened])
        return found and [by_opener.joined(summary) for (_, by_opener), summary in zip(opened, found)]

    def _follow(
        self, graph: Graph, index: int, value: AbstractValue, reached: list[State]
    ) -> tuple[Summary, int]:
        """What becomes of one connection, and how many states that took."""
        start, by_opener = self._opened(graph, index, value, reached)
        interpreter = Interpreter(self._summaries, graph, TRANSFER)
        interpreter.opened_at = index
        interpreter.opened_in_final = graph.nodes[index].closing_final
        found = interpreter.run(start)
        return (found if by_opener is _NOTHING_DONE else by_opener.joined(found)), interpreter.states

    def _is_in_doubt(self, graph: Graph, found: Summary) -> bool:
        """Whether a connection seems to leak on some path, and the answers of conditions decide it.

        What nothing closes stays open, whatever the conditions say.
        """
        leaks = found.leaks_normally is not None or found.leaks_on_error is not None
        return leaks and (found.takes or found.late is not None) and self._may_doubt(graph)

    def _doubted(
        self, graph: Graph, index: int, value: AbstractValue, reached: list[State], found: Summary
    ) -> tuple[Summary, int]:
        """What was found without the leaks that rest on answers which are not told, and how many states that took."""
        with self._summaries.looking_closer(IN_CALLED_ONES):
            closer, states = self._follow(graph, index, value, reached)
        if closer.undecided or not reached:
            return found, states  # that is more than can be followed
        leaks = closer.leaks_normally, closer.leaks_on_error, closer.overwritten
        return replace(found, leaks_normally=leaks[0], leaks_on_error=leaks[1], overwritten=leaks[2]), states

    def _may_doubt(self, graph: Graph) -> bool:
        """Whether conditions of a function, or of one that it calls, may hang together as is not followed."""
        summaries = self._summaries
        return any(summaries.doubts(each).are_possible for each in (graph, *map(summaries.graph, graph.calls_of)))

    def _opened(
        self, graph: Graph, index: int, value: AbstractValue, reached: list[State]
    ) -> tuple[list[Successor], Summary]:
        """Where paths go on from a step that opens a connection, and what the called opener has done with it."""
        by_opener = _NOTHING_DONE
        node = graph.nodes[index]
        call = node.does if isinstance(node.does, CallFunction) else None
        start: list[Successor] = []
        for state in reached:
            if call is not None and not self._opens_with(call, state):
                continue
            environment = {
                place: known for place, known in state.environment.items() if not _is_mark(place)
            }
            if call is not None:
                environment.update(self._conditions_for(call, state))
            if node.does.target is not None:
                environment[node.does.target] = value
            late, entered = self._done_by_opener(call, state) if call is not None else (None, False)
            if late is not None or entered:
                by_opener = by_opener.joined(Summary(late=late, entered=entered))
            pending = tuple(before_opening(item) if isinstance(item, Raised) else item for item in state.pending)
            flags = Flags(
                entered=entered,
                late=late is not None,
                excused=state.excused,
                unopened=value is ValueKind.UNOPENED,
                being_closed=state.flags.being_closed,
                known_to_others=state.flags.known_to_others,
            )
            opened = State(environment, pending, flags)
            start.extend((following, opened) for following in node.next)
        return start, by_opener

    def _conditions_for(self, does: CallFunction, state: State) -> list[tuple[Tracked, AbstractValue]]:
        """What a call's opening of a connection says of the variables that decide whether it opens one."""
        found: list[tuple[Tracked, AbstractValue]] = []
        for inside, outside in self._summaries.asked_by(does):
            if outside in state.environment:
                continue
            truthy = self.opens(does.function, [(inside, ValueKind.TRUTHY)]) is not None
            falsy = self.opens(does.function, [(inside, ValueKind.FALSY)]) is not None
            if truthy != falsy:
                found.append((outside, ValueKind.TRUTHY if truthy else ValueKind.FALSY))
        return found

    def _opens_with(self, does: CallFunction, state: State) -> bool:
        """Whether a call opens a connection when its arguments are what they are on this path."""
        decided = decided_arguments(self._summaries, does, state)
        return not decided or self.opens(does.function, decided) is not None

    def _done_by_opener(self, does: CallFunction, state: State) -> tuple[LateClose | None, bool]:
        """The late close that a call has registered for the connection which it returns, and whether it entered it.

        A caller cannot tell the paths of an opener apart: what is closed late on some is closed late. An opener that
        registers the close before anything enters the connection answers for that itself.
        """
        opened = self.of(does.function, decided_arguments(self._summaries, does, state)).values()
        returned = [summary for summary in opened if summary.returned and not summary.stored]
        late = next((summary.late for summary in returned if summary.returned_late), None)
        entered = any(summary.entered for summary in returned)
        return late, entered or (late is not None and any(summary.used_before_enter for summary in returned))

    def opens(self, function: Scope, bindings: Iterable[tuple[Tracked, AbstractValue]] = ()) -> AbstractValue | None:
        """How a call of the function holds a connection that it opened and returns; None when it returns none."""
        known = dict(bindings)
        key = (function, frozenset(known.items()))
        if key in self._opens:
            return self._opens[key]
        if function in self._under_way:
            return None  # a function that calls itself: its other returns tell
        # every call of a cached function returns the same connection: it belongs to none of its callers
        shared = self._summaries.names.is_decorated(function, Decorates.CACHE)
        may_return = self._summaries.depth < MAXIMUM_CALL_DEPTH and self._summaries.may_return_connection(function)
        if shared or not may_return or not self._leads_to_opening(function):
            self._opens[key] = None
            return None
        self._summaries.depth += 1
        result: AbstractValue | None = None
        if not self._summaries.graph(function).is_generator:
            for summary in self.of(function, known.items()).values():
                # return ws.send: whoever has the method has no connection to close or to enter
                by_method = isinstance(summary.returned_as, BoundMethod)
                if summary.returned and not summary.stored and not by_method:
                    result = summary.returned_as if result is None else in_common(result, summary.returned_as)
        self._summaries.depth -= 1
        self._opens[key] = result
        return result

    def _leads_to_opening(self, function: Scope) -> bool:
        """Whether a function opens a connection by itself, or calls one that leads to such a function which returns it.

        Asked before its graph is made; the calls are those that the quick look has found.
        """
        openers, under_way = self._summaries.openers, self._under_way
        called: dict[Scope, None] = {function: None}
        pending = [function]
        while pending:
            reached = pending.pop()
            if self._opens.get((reached, _NOTHING_KNOWN)) is not None:
                return True
            if (reached, _NOTHING_KNOWN) in self._opens or reached in self._leads_nowhere:
                continue
            callees = openers.get(reached, ())
            if not callees and (reached is function or reached in under_way or self.opens(reached) is not None):
                return True
            pending.extend(callee for callee in callees if callee not in called)
            called.update(dict.fromkeys(callees))
        self._leads_nowhere.update(called)
        return False


def _is_mark(known: Tracked) -> bool:
    """Whether it says that the connection was open before a block: of the next connection that says nothing."""
    return isinstance(known, Place) and isinstance(known.root, OpenBefore)
