"""What the steps of a function do with a connection that is in some of its places, in whatever order they run.

Attributes and globals are reached from many functions, in an order that the file does not show. So each step is judged
on its own, by the same transfer functions that judge the steps of a path.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from flake8_wsthreads.cfg.graph import Graph, Node
from flake8_wsthreads.cfg.instruction import CallMethod, Leave
from flake8_wsthreads.cfg.operand import Callback, ValueKind, parts, place_of
from flake8_wsthreads.cfg.place import Place
from flake8_wsthreads.cfg.raised import ANY_EXCEPTION
from flake8_wsthreads.cfg.tracked import Tracked
from flake8_wsthreads.dataflow.interpreter import Interpreter, Successor
from flake8_wsthreads.dataflow.state import Flags, State
from flake8_wsthreads.dataflow.summaries import Summaries
from flake8_wsthreads.dataflow.summary import Summary
from flake8_wsthreads.dataflow.transfer import TRANSFER
from flake8_wsthreads.dataflow.value import AbstractValue, Environment, holds, value_of
from flake8_wsthreads.names.scopes import Scope, ScopeKind


class FlowInsensitive:
    """The steps of one graph, with an index, so that nobody walks all of them for each place."""

    def __init__(self, summaries: Summaries, graph: Graph) -> None:
        self.graph = graph
        self._summaries = summaries
        self._users_of: dict[Tracked, list[Node]] = {}
        self._places_in: dict[int, list[Place]] = {}
        self.places_of: dict[str, list[Place]] = {}
        """By the last part of their names: ``self.ws`` is found under ``ws``."""
        self.lambdas: dict[Scope, None] = {}
        for function in graph.calls_of:
            if function.kind is ScopeKind.LAMBDA:
                self.lambdas[function] = None
        for node in graph.nodes:
            target = node.does.target
            places: dict[Place, None] = {target: None} if isinstance(target, Place) else {}
            for operand in node.does.operands():
                for part in parts(operand):
                    if (place := place_of(part)) is not None:
                        places[place] = None
                    elif isinstance(part, Callback) and part.function.kind is ScopeKind.LAMBDA:
                        self.lambdas[part.function] = None
            self._places_in[node.index] = list(places)
            for place in places:
                users = self._users_of.get(place)
                if users is None:
                    users = self._users_of[place] = []
                    self.places_of.setdefault(place.name, []).append(place)
                users.append(node)

    def users(self, places: Iterable[Tracked]) -> list[Node]:
        """The steps that read or bind one of the places, in the order of the graph."""
        found = {node.index: node for place in places for node in self._users_of.get(place, ())}
        return [found[index] for index in sorted(found)]

    def aliases(self, first: Iterable[tuple[Place, AbstractValue]]) -> Environment:
        """What the places of the graph may hold when the ``first`` ones hold this: the steps that move it are followed.

        Of a place that may hold several things the one that is found first is kept.
        """
        pending = list(first)
        environment: Environment = {}
        while pending:
            place, value = pending.pop()
            if place in environment:
                continue
            environment[place] = value
            for node in self._users_of.get(place, ()):
                pending.extend(self._moved(node, environment))
        return environment

    def summary(self, node: Node, environment: Environment) -> Summary:
        """What one step does with the connection that is in these places."""
        return self._step(node, environment)[0].collected.summary()

    def _moved(self, node: Node, environment: Environment) -> list[tuple[Place, AbstractValue]]:
        """The other places of the function into which a step may put what these hold."""
        filled = [place for place in self._filled(node) if place not in environment]
        if not filled:
            return []
        environments = [state.environment for _, state in self._step(node, environment)[1]]
        bound = [(place, after[place]) for place in filled for after in environments if place in after]
        return [(place, value) for place, value in bound if holds(value)]

    def _filled(self, node: Node) -> Iterator[Place]:
        """What a step binds, and the container that it may put something into."""
        does = node.does
        if isinstance(does.target, Place):
            yield does.target
        if isinstance(does, CallMethod) and does.arguments.all:
            container = place_of(does.receiver)
            if container is not None and container in self.graph.containers:
                yield container

    def _step(self, node: Node, environment: Environment) -> tuple[Interpreter, list[Successor]]:
        interpreter = Interpreter(self._summaries, self.graph, TRANSFER, frozenset(environment))
        does = node.does
        places = self._places_in[node.index]
        known: Environment = {place: environment[place] for place in places if place in environment}
        # what a with statement leaves it has entered
        left = isinstance(does, Leave) and value_of(does.manager, known) is ValueKind.CONNECTION
        state = State(known, (ANY_EXCEPTION,) * (node.depth + 1), Flags(entered=left))
        return interpreter, list(TRANSFER[type(does)](interpreter, node, does, state))
