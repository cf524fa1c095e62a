"""What the whole file does with a connection that outlives the function that opened it.

An attribute, a module global or a variable of an enclosing function is reached from many functions, in an order that
the file does not show. So this does not follow paths: it collects what each function does with the place.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from dataclasses import replace

from flake8_wsthreads.cfg.graph import Graph
from flake8_wsthreads.cfg.instruction import Assign, CallFunction, CallMethod, Construct, Return, Spawn
from flake8_wsthreads.cfg.operand import ValueKind, place_of
from flake8_wsthreads.cfg.place import LastingPlace, Place
from flake8_wsthreads.cfg.tracked import Tracked
from flake8_wsthreads.dataflow.flow_insensitive import FlowInsensitive
from flake8_wsthreads.dataflow.parameters import kept_by, parameters
from flake8_wsthreads.dataflow.summaries import Summaries
from flake8_wsthreads.dataflow.value import AbstractValue, Environment, contains, element_of, holds, is_closer, value_of
from flake8_wsthreads.library.containers import ADDING
from flake8_wsthreads.names.mentions import Reference
from flake8_wsthreads.names.scopes import Scope, ScopeKind
from flake8_wsthreads.names.values import Class, Instance
from flake8_wsthreads.ownership.place_events import Event, EventKind, Mention, is_way_to_close, step_events
from flake8_wsthreads.source.syntax import own_parts

# What it takes to see whether a function that mentions the name does something with the place.
_STEPS_FOR_A_FUNCTION = 4

# The functions that return what a place holds, each with what that is.
Returning = Mapping[Scope, AbstractValue]


class Owners:
    """Collects the events of the places that own connections in one file."""

    def __init__(self, summaries: Summaries) -> None:
        self._summaries = summaries
        self._events: dict[tuple[LastingPlace, AbstractValue], list[Event]] = {}
        self._steps: dict[Scope, FlowInsensitive] = {}
        self._mentioning: dict[str, dict[Scope | None, dict[Scope, int]]] = {}
        self._first_mentions: dict[str, dict[Scope, int]] = {}
        """For each name that was asked for the functions that mention it, each with its place in the file."""
        self._relatives: dict[Scope, frozenset[Scope]] = {}

    def events(self, owner: LastingPlace, is_container: bool) -> list[Event]:
        """What the functions of the file do with the place, in source order of the functions."""
        return self._events_of(owner, ValueKind.CONTAINS if is_container else ValueKind.CONNECTION)

    def relatives(self, holder: Scope) -> frozenset[Scope]:
        """A class, and those that share objects with it: two mixins do when one class inherits from both."""
        known = self._relatives.get(holder)
        if known is None:
            classes = self._summaries.names.classes
            below = classes.descendants(holder) if holder.kind is ScopeKind.CLASS else ()
            known = frozenset((holder, *(above for scope in below for above in classes.ancestors(scope))))
            self._relatives[holder] = known
        return known

    def _events_of(self, owner: LastingPlace, value: AbstractValue) -> list[Event]:
        key = (owner, value)
        known = self._events.get(key)
        if known is None:
            self._events[key] = []  # a place that is handed to itself
            known = self._events[key] = list(self._collect(owner, value))
        return known

    def _collect(self, owner: LastingPlace, value: AbstractValue) -> Iterator[Event]:
        functions = self._functions_reaching(owner)
        self._summaries.names.scopes.budget.spend(_STEPS_FOR_A_FUNCTION * len(functions))
        returning: dict[Scope, AbstractValue] = {}
        for member in functions:
            returned = self._returned(member, owner, value, {})
            if returned is not None:
                returning[member] = returned
        if owner.caching is not None:
            returning[owner.caching] = value
        if owner.holder.kind is ScopeKind.CLASS:
            # a property of the same name, or a cached one
            filled = self._summaries.names.classes.method(owner.holder, owner.name)
            if filled is not None and filled not in functions:
                functions.append(filled)
        # callers of functions that return it, where they do not mention the place themselves
        pending = list(returning)
        for function in pending:
            for reference in self._summaries.source.references(function.name):
                member = reference.scope.running_function
                if member not in functions:
                    functions.append(member)
                    returned = self._returned(member, owner, value, returning)
                    if returned is not None:
                        returning[member] = returned
                        pending.append(member)
        order = self._first_mentions[spellings(owner)[0]]
        for member in sorted(functions, key=lambda member: order.get(member, len(order))):
            yield from self._events_in(member, owner, value, returning)

    def _functions_reaching(self, owner: LastingPlace) -> list[Scope]:
        """The functions that may do something with what the place holds, in source order."""
        holders = (None, *self.relatives(owner.holder))
        found: dict[Scope, None] = {}
        for word in spellings(owner):
            mentioning = self._functions_mentioning(word)
            first_mentions: dict[Scope, int] = {}
            for holder in holders:
                for function, place in mentioning.get(holder, {}).items():
                    first_mentions[function] = min(place, first_mentions.get(function, place))
            found.update(dict.fromkeys(sorted(first_mentions, key=first_mentions.__getitem__)))
        return list(found)

    def _functions_mentioning(self, word: str) -> dict[Scope | None, dict[Scope, int]]:
        """The functions that take what a name holds, by the class of the object or the scope of the variable it is.

        None stands for what the file does not tell. Each function comes with the number of its first such statement.
        """
        known = self._mentioning.get(word)
        if known is None:
            known = self._mentioning[word] = {}
            order = self._first_mentions[word] = {}
            references: dict[ast.AST, list[Reference]] = {}
            for reference in self._summaries.source.references(word):
                references.setdefault(reference.statement, []).append(reference)
            in_text = self._summaries.source.mentions_string(word)
            for place, statement in enumerate(self._summaries.source.statements(word)):
                order.setdefault(statement.scope.running_function, len(order))
                mentions = references.get(statement.node, ())
                holders = {self._holder(reference) for reference in mentions if not _is_idle(reference)}
                if not mentions or (in_text and _names_in_text(statement.node, word)):
                    holders.add(None)
                for holder in holders:
                    known.setdefault(holder, {}).setdefault(statement.scope.running_function, place)
        return known

    def _holder(self, reference: Reference) -> Scope | None:
        """The class of the object whose attribute is mentioned, or the scope of the variable; None if untold."""
        names, node = self._summaries.names, reference.node
        if isinstance(node, ast.Name):
            return names.lookup(node.id, reference.scope)
        value = names.evaluate(node.value, reference.scope) if isinstance(node, ast.Attribute) else None
        if isinstance(value, Class):
            return value.scope
        return value.of if isinstance(value, Instance) and isinstance(value.of, Scope) else None

    def _returned(
        self, function: Scope, owner: LastingPlace, value: AbstractValue, returning: Returning
    ) -> AbstractValue | None:
        """What a function returns of the place: the connection, or the container; None when it is neither."""
        steps = self.steps_of(function)
        environment = self._aliases(steps, owner, value, returning)
        if not environment:
            return None
        returned = (does.operand for _, does in steps.graph.steps(Return))
        values = (value_of(operand, environment) for operand in returned)
        return next((held for held in values if is_way_to_close(held)), None)

    def _events_in(
        self, function: Scope, owner: LastingPlace, value: AbstractValue, returning: Returning
    ) -> Iterator[Event]:
        steps = self.steps_of(function)
        environment = self._aliases(steps, owner, value, returning)
        for node in steps.users(environment):
            yield from self._step_events(Mention(steps, node, environment), owner)
        for inner in steps.lambdas:
            if inner is not function:
                yield from self._events_in(inner, owner, value, returning)

    def _matches(self, graph: Graph, place: Tracked | None, owner: LastingPlace) -> bool:
        """Whether what a step binds is the place, or may be for all that the file tells."""
        if not isinstance(place, Place):
            return False
        reference = graph.owners.get(place)
        if reference is not None:
            return reference.name == owner.name and self._related(reference.holder, owner.holder)
        if place in graph.untold:
            return place.name == owner.name
        return place == owner.place

    def _rebinds(self, graph: Graph, place: Tracked | None, owner: LastingPlace) -> bool:
        """Whether what a step binds is the place, and not one of that name of an object of which nothing is told."""
        return self._matches(graph, place, owner) and place not in graph.untold

    def _related(self, first: Scope, second: Scope) -> bool:
        return first in self.relatives(second)

    def _aliases(
        self, steps: FlowInsensitive, owner: LastingPlace, value: AbstractValue, returning: Returning
    ) -> Environment:
        """The places of a graph that may hold what the place holds, with what they hold then."""
        graph = steps.graph
        first = [(place, value) for place in steps.places_of.get(owner.name, ()) if self._matches(graph, place, owner)]
        for function in returning:
            for call in graph.calls_of.get(function, ()):
                if isinstance(call.does, CallFunction) and call.does.target is not None:
                    first.append((call.does.target, returning[function]))
        return steps.aliases(first)

    def steps_of(self, function: Scope) -> FlowInsensitive:
        """The steps of a function, each to be judged on its own."""
        known = self._steps.get(function)
        if known is None:
            known = self._steps[function] = FlowInsensitive(self._summaries, self._summaries.graph(function))
        return known

    def _step_events(self, mention: Mention, owner: LastingPlace) -> Iterator[Event]:
        does, graph = mention.node.does, mention.steps.graph
        given = mention.given_on()
        if isinstance(does, (CallFunction, Construct, Spawn)) and given:
            yield from self._passed(mention, does)
        elif isinstance(does, CallMethod) and does.name in ADDING and any(map(is_closer, given)):
            # self._cleanups.append(self.ws.close): whoever calls what is in there closes it
            place = place_of(does.receiver)
            container = graph.owners.get(place) if place is not None else None
            yield from step_events(mention) if container is None else self._events_of(container, ValueKind.CLOSERS)
        elif not (isinstance(does, Assign) and self._rebinds(graph, does.target, owner)):
            yield from step_events(mention)

    def _passed(self, mention: Mention, does: CallFunction | Construct | Spawn) -> Iterator[Event]:
        """The connection is an argument of a call: what the callee does with it counts."""
        names, environment = self._summaries.names, mention.environment
        function = does.initializer if isinstance(does, Construct) else does.function
        if isinstance(does, Construct) and function is None:
            held = [operand for operand in does.arguments.all if holds(value_of(operand, environment))]
            kept = kept_by(names, does, held)
            for owner in kept or ():
                yield from self.events(owner, any(map(contains, mention.given_on())))
            if kept is None:
                yield mention.event(EventKind.HAND_OUT)
            return
        by_object = isinstance(does, Construct) or does.receiver is not None
        pairs = parameters(names, function, does.arguments, by_object) if function is not None else None
        if function is None or pairs is None:
            yield mention.event(EventKind.HAND_OUT)
            return
        values = [(place, value_of(operand, environment)) for place, operand in pairs]
        bindings = [(place, value) for place, value in values if holds(value)]
        if isinstance(does, Spawn):
            # what a thread is given is a connection out of the container
            bindings = [(place, element_of(value) if contains(value) else value) for place, value in bindings]
        effect = self._summaries.effect(function, bindings)
        # others may call the function, too, with other connections and on other threads
        here = mention.steps.graph.scope
        does_it = Event(
            EventKind.USE,
            effect.used or mention.node.syntax,
            function if isinstance(does, Spawn) else here,
            deprecated=effect.used_before_enter is not None,
            thread=(does.start, here) if isinstance(does, Spawn) else None,
        )
        if effect.given is not None or effect.undecided:
            yield mention.event(EventKind.HAND_OUT)
        if effect.closed is not None:
            yield replace(does_it, kind=EventKind.CLOSE, syntax=effect.closed)
        if effect.entered:
            yield replace(does_it, kind=EventKind.ENTER, syntax=mention.node.syntax, deprecated=False)
        if effect.received is not None:
            yield replace(
                does_it,
                kind=EventKind.RECEIVE,
                syntax=effect.received,
                forever=effect.received_forever,
                locked=effect.received_unlocked is None,
                deprecated=True,
            )
        elif effect.used is not None:
            yield does_it
        for owner in effect.stored:
            yield from self.events(owner, owner in effect.containers)


def _is_idle(reference: Reference) -> bool:
    """Whether a mention takes nothing from the place: it binds it, or asks whether something is there."""
    parent = reference.parent
    if not reference.is_read:
        return True
    if isinstance(parent, ast.Compare):
        return all(isinstance(side, ast.Constant) for side in parent.comparators)
    if isinstance(parent, (ast.If, ast.While, ast.Assert, ast.IfExp)):
        return parent.test is reference.node
    return isinstance(parent, ast.UnaryOp)


def _names_in_text(statement: ast.stmt, word: str) -> bool:
    """``getattr(self, "ws")``"""
    return any(isinstance(part, ast.Constant) and part.value == word for part in own_parts(statement))


def spellings(owner: LastingPlace) -> list[str]:
    """How the file may write the name: ``_Client__ws`` is ``__ws`` inside its class."""
    prefix = f"_{owner.holder.name.lstrip('_')}__"
    return [owner.name, owner.name[len(prefix) - 2 :]] if owner.name.startswith(prefix) else [owner.name]
