"""The graphs of the functions of one file, each made when it is first asked for."""

from __future__ import annotations

import ast
from collections.abc import Callable, Collection, Mapping

from flake8_wsthreads.cfg.build import build_graph
from flake8_wsthreads.cfg.builder import RestOfFile
from flake8_wsthreads.cfg.exceptions import is_raised_by_file, may_be_caught_by_name
from flake8_wsthreads.cfg.graph import Graph, Loop, Node
from flake8_wsthreads.cfg.instruction import CallFunction, Open
from flake8_wsthreads.cfg.loop_ends import LoopEnds
from flake8_wsthreads.cfg.loop_signals import StopSignal, on_every_path, sends_or_waits, signals_ending
from flake8_wsthreads.cfg.place import LastingPlace, Place, variable
from flake8_wsthreads.cfg.raised import Caught, ExceptionClass, Raised
from flake8_wsthreads.cfg.unset_signals import is_never_set
from flake8_wsthreads.library import behaviour_of
from flake8_wsthreads.library.websockets import CLOSE_METHODS
from flake8_wsthreads.names.evaluate import Names
from flake8_wsthreads.names.mentions import Reference, SourceIndex
from flake8_wsthreads.names.openers import may_return_something
from flake8_wsthreads.names.scopes import Scope, ScopeKind
from flake8_wsthreads.names.values import Function
from flake8_wsthreads.source.syntax import walk

# A connection that is handed on through more functions than this is not followed further.
MAXIMUM_CALL_DEPTH = 20
# Real files look at about five states for each step of their graphs (the packages of the field study).
_STATES_FOR_A_FUNCTION = 4000
_STATES_FOR_A_STEP = 12
# What it takes to make a node of a graph, beside a state of a path that comes to it.
_STEPS_FOR_A_NODE = 4
# Each connection that a function opens is followed for itself.
_STATES_FOR_AN_OPENING = 1500


class FunctionGraphs:
    """Makes the graphs of one file when they are first asked for, and keeps them.

    ``openers`` are the functions that may open a connection; see :func:`possible_openers`.
    """

    def __init__(
        self,
        names: Names,
        source: SourceIndex,
        openers: Mapping[Scope, Collection[Scope]],
        factories: frozenset[str],
        off_main: Callable[[Scope], bool],
    ) -> None:
        self.names = names
        self.source = source
        self.openers = openers
        self.factories = factories
        self._rest = RestOfFile(
            off_main,
            self._never_set,
            self._bound_elsewhere,
            self.may_return_connection,
            self.captured,
            self._may_be_caught_by_name,
        )
        self._graphs: dict[Scope, Graph] = {}
        self._loop_ends = LoopEnds(names, openers)
        self._caught_by_name: dict[ExceptionClass, bool] = {}
        self._raised_by_file: dict[ExceptionClass, bool] = {}
        self._on_every_path: dict[Graph | Loop, Collection[int]] = {}
        self._opening_steps: dict[Graph, frozenset[int]] = {}
        self._answered: dict[Scope, bool] = {}
        self._signals: dict[Loop, tuple[StopSignal, ...] | None] = {}
        self._captured: dict[Scope, frozenset[Place]] = {}
        self._shared: dict[str, bool] = {}
        self.depth = 0
        self._states_left = 0

    def graph(self, scope: Scope) -> Graph:
        """The graph of a function, lambda or the module."""
        known = self._graphs.get(scope)
        if known is None:
            known = self._graphs[scope] = self._made(scope)
        return known

    def _made(self, scope: Scope) -> Graph:
        graph = build_graph(self.names, scope, self.factories, self._rest)
        if graph.is_generator and not graph.is_context_manager:
            graph.is_context_manager = self._is_dependency(scope)
        self.names.scopes.budget.spend(_STEPS_FOR_A_NODE * len(graph.nodes))
        self._states_left += _STATES_FOR_A_FUNCTION + _STATES_FOR_A_STEP * len(graph.nodes)
        self._states_left += _STATES_FOR_AN_OPENING * len(graph.steps(Open))
        return graph

    def _never_set(self, test: ast.expr, scope: Scope) -> bool:
        """Whether nothing in the program makes the condition of a loop false."""
        return is_never_set(self.names, self.source, test, scope)

    def _bound_elsewhere(self, attribute: str, function: Scope) -> bool:
        """Whether a function other than this one, and no constructor, binds an attribute of this name."""
        bound = (
            reference.scope.function
            for reference in self.source.references(attribute)
            if isinstance(reference.node, ast.Attribute) and not reference.is_read
        )
        return any(other is not function and other.name != "__init__" for other in bound)

    def endless_loop(self, graph: Graph, node: Node, iterates_connection: bool) -> ast.AST | None:
        """The innermost loop around a step that never ends; None when something can end it.

        ``iterates_connection`` where the step is the turn of a loop over the messages of a connection.
        """
        loops = node.loops
        for position in range(len(loops) - 1, -1, -1):
            loop = loops[position]
            innermost = position == len(loops) - 1
            if (loop.while_true or (iterates_connection and innermost)) and self._loop_ends.is_endless(graph, loop):
                if any(isinstance(outer.syntax, ast.While) and not outer.while_true for outer in loops[:position]):
                    return None
                return loop.syntax
        return None

    def _may_be_caught_by_name(self, raised: Raised) -> bool:
        known = self._caught_by_name
        untold = [kind for kind in raised.classes if not kind.lineage]
        for kind in untold:
            if kind not in known:
                known[kind] = may_be_caught_by_name(self.source, kind)
        return any(known[kind] for kind in untold)

    def is_own(self, caught: Caught) -> bool:
        """Whether a handler catches nothing but what the file defines, or what it raises itself and no table has."""
        known = self._raised_by_file
        for kind in caught.classes:
            if kind not in known:
                known[kind] = is_raised_by_file(self.source, kind)
        return not caught.others and bool(caught.classes) and all(known[kind] for kind in caught.classes)

    def signals_around(self, graph: Graph, node: Node, iterates_connection: bool) -> tuple[StopSignal, ...]:
        """The flags and events that end the loops around a step, where nothing else does; empty where something does.

        ``iterates_connection`` where the step is the turn of a loop over the messages of a connection.
        """
        for loop in reversed(node.loops):
            innermost = loop is node.loops[-1]
            if loop not in self._signals:
                over_messages = iterates_connection and innermost
                self._signals[loop] = signals_ending(self.names, graph, loop, over_messages, self._sends_or_waits)
            signals = self._signals[loop]
            if signals is None:
                return ()
            if signals:
                turn = self._steps_on_every_path(graph, loop)
                # the first message of a connection is mostly not long in coming
                polls = innermost and loop.head >= 0 and any(step in turn for step in self._openings(graph))
                return signals if node.index in turn and not polls else ()
        return ()

    def _openings(self, graph: Graph) -> frozenset[int]:
        """The steps of a function that may open a connection."""
        known = self._opening_steps.get(graph)
        if known is None:
            found = [node.index for node, _ in graph.steps(Open)]
            found.extend(node.index for node, does in graph.steps(CallFunction) if does.function in self.openers)
            known = self._opening_steps[graph] = frozenset(found)
        return known

    def _sends_or_waits(self, function: Scope) -> bool:
        known = self._answered.get(function)
        if known is None:
            known = self._answered[function] = sends_or_waits(function)
        return known

    def always_comes_to(self, graph: Graph, node: Node) -> bool:
        """Whether a function does not return without having come to a step, where nothing raises."""
        return node.index in self._steps_on_every_path(graph, None)

    def _steps_on_every_path(self, graph: Graph, loop: Loop | None) -> Collection[int]:
        """The steps that each call of a function comes to, or each turn of a loop in it, where nothing raises."""
        known = self._on_every_path.get(loop or graph)
        if known is None:
            first, last = (loop.first, loop.head) if loop is not None else (graph.entry, graph.normal_exit)
            known = self._on_every_path[loop or graph] = on_every_path(graph, first, last, loop)
        return known

    def may_return_connection(self, function: Scope) -> bool:
        """A quick look before a graph is made: a function that returns nothing opens nothing for its caller."""
        if function.kind is ScopeKind.LAMBDA:
            return True
        return function in self.openers and may_return_something(self.names, function)

    def _is_dependency(self, function: Scope) -> bool:
        """Whether FastAPI runs a generator function as the manager of what it yields: ``Depends(get_ws)``.

        What the endpoint raises is raised at the ``yield`` (FastAPI, "Dependencies with yield").
        """
        for reference in self.source.references(function.name):
            call = reference.taken_by
            if call is not None:
                if behaviour_of(self.names.qualified_name(call.func, reference.scope)).runs_generator:
                    value = self.names.evaluate(reference.node, reference.scope)
                    if isinstance(value, Function) and value.scope is function:
                        return True
        return False

    def states_left(self) -> int:
        """How many more states the file may cost: a bound on the work for what is not written by people."""
        return min(self._states_left, self.names.scopes.budget.left)

    def spend(self, states: int) -> None:
        """Note that so many states were looked at. Raises ``OverBudget`` when the file has cost too much."""
        self._states_left -= states
        self.names.scopes.budget.spend(states)

    def captured(self, function: Scope) -> frozenset[Place]:
        """The variables of enclosing scopes that a function mentions, itself or in functions of the file."""
        known = self._captured.get(function)
        if known is not None:
            return known
        self._captured[function] = frozenset()
        around = function.parent
        found: set[Place] = set()
        function.read()
        mentioned = {node.id for node in walk(function.node) if isinstance(node, ast.Name)}
        for name in mentioned:
            if (
                around is None
                or name in function.bindings
                and name not in function.nonlocal_names | function.global_names
            ):
                continue
            owner = self.names.lookup(name, around)
            if owner is None:
                continue
            value = self.names.variable(name, owner)
            if isinstance(value, Function):
                if value.scope is not function and self.depth < MAXIMUM_CALL_DEPTH:
                    self.depth += 1
                    found |= self.captured(value.scope)
                    self.depth -= 1
            else:
                found.add(variable(name, owner))
        self._captured[function] = frozenset(found)
        return self._captured[function]

    def lasting_place(self, graph: Graph, place: Place) -> LastingPlace | None:
        """What other functions find the contents of a place in; None for a variable of the function alone."""
        owner = graph.owners.get(place)
        return LastingPlace(place, place.name) if owner is None and self.is_shared(place) else owner

    def is_shared(self, place: Place) -> bool:
        """Whether a variable at the top level of the module is in the hands of functions of the file.

        Not so where functions only use what is in it, and the top level closes it: then it is a local of the module.
        """
        module, at_top_level = self.names.scopes.module, place.variable
        if at_top_level is None or at_top_level.scope is not module or place.fields:
            return False
        name = at_top_level.name
        known = self._shared.get(name)
        if known is None:
            mentions = [
                reference
                for reference in self.source.references(name)
                if isinstance(reference.node, ast.Name) and self.names.lookup(name, reference.scope) is module
            ]
            in_functions = [mention for mention in mentions if mention.scope.function.kind is not ScopeKind.MODULE]
            at_top = (mention for mention in mentions if mention.scope.function.kind is ScopeKind.MODULE)
            known = bool(in_functions) and not (
                all(_only_uses(mention) for mention in in_functions) and any(_closes(mention) for mention in at_top)
            )
            self._shared[name] = known
        return known


def _only_uses(mention: Reference) -> bool:
    """``ws.send(…)``, ``for message in ws:``: what is in the variable stays there, and stays open."""
    if mention.attribute:
        return mention.attribute not in CLOSE_METHODS
    return isinstance(mention.parent, (ast.For, ast.AsyncFor)) and mention.parent.iter is mention.node


def _closes(mention: Reference) -> bool:
    return mention.attribute in CLOSE_METHODS
