"""Instructions that look into containers, go through them, put the connection into them or take it out."""

from __future__ import annotations

import ast
from dataclasses import replace

from flake8_wsthreads.cfg.graph import Node
from flake8_wsthreads.cfg.instruction import CallMethod, Next, Read, Unpack
from flake8_wsthreads.cfg.operand import ValueKind, place_of
from flake8_wsthreads.cfg.raised import lineage
from flake8_wsthreads.dataflow.interpreter import Interpreter, Successor, Transfers
from flake8_wsthreads.dataflow.state import MOST_COUNTED, Phase, State
from flake8_wsthreads.dataflow.uses import use
from flake8_wsthreads.dataflow.value import (
    AbstractValue,
    PackedAt,
    Sized,
    contains,
    element_of,
    holds,
    is_alone,
    truth,
    value_of,
    with_one_more,
)
from flake8_wsthreads.dataflow.waiting import after_iter
from flake8_wsthreads.library.containers import ADDING, FILLING, LOOKING_UP, SURVEYING, TAKING_OUT
from flake8_wsthreads.library.websockets import CLOSE_METHODS
from flake8_wsthreads.names.scopes import Scope

_STOP_ITERATION = lineage(StopIteration)[:1]


def take_sibling(
    interpreter: Interpreter, node: Node, does: CallMethod, state: State, base: AbstractValue
) -> list[Successor]:
    """Another connection is taken out of a container of others: the last one, or one of several."""
    successors: list[Successor] = []
    for left in (ValueKind.EMPTY,) if base is ValueKind.ONE_SIBLING else (ValueKind.EMPTY, ValueKind.SIBLINGS):
        environment = interpreter.bound(state.environment, place_of(does.receiver), left)
        environment = interpreter.bound(environment, does.target, ValueKind.SIBLING)
        successors.extend(interpreter.normal(node, state.with_environment(environment)))
    return successors


def after_change(container: AbstractValue, method: str) -> AbstractValue:
    """What a container is after one of its methods has put something else into it, or taken something out."""
    if method == "clear":
        return ValueKind.EMPTY
    if method not in ADDING:
        return ValueKind.UNKNOWN
    if container in (ValueKind.SIBLINGS, ValueKind.ONE_SIBLING):
        return ValueKind.SIBLINGS
    return ValueKind.TRUTHY if method in FILLING or truth(container) else ValueKind.UNKNOWN


def container_method(
    interpreter: Interpreter, node: Node, does: CallMethod, state: State, name: str
) -> list[Successor]:
    place, environment = place_of(does.receiver), state.environment
    held = [operand for operand in does.arguments.all if holds(value_of(operand, environment))]
    bound, value = interpreter.bound, value_of(does.receiver, environment)
    if name == "__setitem__" and isinstance(value, PackedAt) and isinstance(does.key, str) and place and not held:
        if does.key != value.position:
            with_other = replace(value, length=0) if is_alone(value) else value
            return interpreter.normal(node, state.with_environment(bound(environment, place, with_other)))
        # session["ws"] = None
        replaced = state.with_environment(bound(environment, place, ValueKind.UNKNOWN))
        return interpreter.normal(node, interpreter.unless_lost(replaced, node.index))
    if isinstance(value, PackedAt) and isinstance(value.position, str) and name in ("get", "pop"):
        if does.key is not None and does.key != value.position:
            return interpreter.normal(node, state)
    if name in ADDING:
        # it holds one more now, so its positions say nothing any more
        added = [value_of(operand, environment) for operand in held] or [ValueKind.UNKNOWN]
        more = with_one_more(value, added[0] if len(added) == 1 else ValueKind.CONNECTION)
        changed = bound(environment, place, more) if place else environment
        if name == "setdefault":
            changed = bound(changed, does.target, element_of(value))
        return interpreter.normal(node, state.with_environment(changed))
    if name in TAKING_OUT and place:
        alone = is_alone(value)
        taken = element_of(value)
        if name == "popitem":
            taken = with_one_more(ValueKind.UNKNOWN, taken)
        left = ValueKind.EMPTY if alone else ValueKind.UNKNOWN
        changed = bound(bound(environment, place, left), does.target, taken)
        successors = interpreter.normal(node, state.with_environment(changed))
        if not alone and not does.arguments.all:
            # or it takes another one first
            more = with_one_more(value, ValueKind.UNKNOWN)
            other = bound(bound(environment, place, more), does.target, ValueKind.SIBLING)
            successors.extend(interpreter.normal(node, state.with_environment(other)))
        return successors
    if name in LOOKING_UP:
        found = state.with_environment(bound(environment, does.target, element_of(value)))
        # who looks up the connection where it is finds it
        is_there = isinstance(value, PackedAt) and does.key == value.position
        return interpreter.normal(node, found) if is_there else interpreter.both(node, found)
    if name in ("remove", "discard") and held and place:
        # what is in it can be removed
        changed_state = state.with_environment(bound(environment, place, ValueKind.UNKNOWN))
        return interpreter.normal(node, interpreter.unless_lost(changed_state))
    if name in ("remove", "discard") and any(
        value_of(operand, environment) is ValueKind.SIBLING for operand in does.arguments.all
    ):
        return interpreter.normal(node, state)
    if name == "clear" and place:
        changed_state = state.with_environment(bound(environment, place, ValueKind.EMPTY))
        return interpreter.normal(node, interpreter.unless_lost(changed_state))
    if name in CLOSE_METHODS and place in interpreter.graph.stacks:
        if not state.entered:
            use(interpreter, node, state, "close")
        return interpreter.closed(node)
    if name == "__delitem__" or not name:
        return interpreter.given(node)
    if name in SURVEYING and place in interpreter.graph.containers:
        return interpreter.normal(node, state)
    return interpreter.both(node, state)


def _read(interpreter: Interpreter, node: Node, does: Read, state: State) -> list[Successor]:
    for operand in does.read:
        if value_of(operand, state.environment) is ValueKind.CONNECTION and isinstance(node.syntax, ast.Call):
            callee = node.syntax.func
            if isinstance(callee, ast.Name) and callee.id in ("list", "tuple", "set", "enumerate", "sorted", "zip"):
                state = use(interpreter, node, state, "__iter__")
    return interpreter.both(node, after_iter(interpreter, node, state))


def _unpack(interpreter: Interpreter, node: Node, does: Unpack, state: State) -> list[Successor]:
    value = value_of(does.operand, state.environment)
    # another one of the pairs in a list is a pair, too
    safe = holds(value) or value is ValueKind.SIBLING
    return interpreter.normal(node, state) if safe else interpreter.both(node, state)


def _next(interpreter: Interpreter, node: Node, does: Next, state: State) -> list[Successor]:
    body, leave = node.next
    element, seen = does.target, does.seen
    state = interpreter.waited(state, Phase.LOOPED)
    environment = state.environment
    value = value_of(does.iterable, environment)
    other = state.with_environment(interpreter.bound(environment, element, ValueKind.UNKNOWN))
    if value is ValueKind.CONNECTION:
        state = use(interpreter, node, state, "__iter__")
        other = state.with_environment(other.environment)
        # It ends, or raises, when the peer has closed the connection: those ways out leave nothing open.
        gone = interpreter.closed_by_peer(state)
        return [(body, other), (leave, gone), interpreter.error(node, gone)]
    if contains(value):
        other = state.with_environment(interpreter.bound(environment, element, ValueKind.SIBLING))
        if environment.get(seen) is ValueKind.TRUE:
            return [(leave, state)] if is_alone(value) else [(body, other), (leave, state)]
        this = dict(environment)
        this[element], this[seen] = element_of(value), ValueKind.TRUE
        interpreter.collected.held_in.add(element)
        if is_alone(value) or (isinstance(value, PackedAt) and value.position == 0):
            return [(body, state.with_environment(this))]
        return [(body, state.with_environment(this)), (body, other)]
    if value in (ValueKind.SIBLINGS, ValueKind.ONE_SIBLING):
        again = environment.get(seen) is ValueKind.TRUE
        if again and value is ValueKind.ONE_SIBLING:
            return [(leave, state)]
        sibling = interpreter.bound(environment, element, ValueKind.SIBLING)
        sibling[seen] = ValueKind.TRUE
        return [(body, state.with_environment(sibling)), *([(leave, state)] if again else [])]
    if value is ValueKind.EMPTY:
        return [(leave, state)]
    if isinstance(value, Sized):
        rest = Sized(value.length - 1) if value.length > 1 else ValueKind.EMPTY
        return [(body, other.with_environment(interpreter.bound(other.environment, does.iterable, rest)))]
    if value is ValueKind.NONE:
        return [interpreter.error(node, state)]
    if value is ValueKind.TRUTHY and environment.get(seen) is not ValueKind.TRUE:
        first = other.with_environment({**other.environment, seen: ValueKind.TRUE})
        return [(body, first)] if node.safe else [(body, first), interpreter.error(node, state)]
    if node.safe or does.iterable in interpreter.graph.containers:
        return [(body, other), (leave, state)]
    if does.runs is not None:
        return _next_of_function(interpreter, node, does, state, does.runs)
    return [(body, other), (leave, state), interpreter.error(node, state)]


def _next_of_function(
    interpreter: Interpreter, node: Node, does: Next, state: State, function: Scope
) -> list[Successor]:
    """The next element of a generator of the file, or of an object of the file that is its own iterator."""
    body, leave = node.next
    summaries = interpreter.summaries
    environment = interpreter.bound(state.environment, does.target, ValueKind.UNKNOWN)
    met = summaries.gone_through(function) if summaries.graph(function).is_generator else None
    if met is None:
        # it may end after any element; ``__next__`` says so by StopIteration
        errors = [each for each in summaries.without(function).raised if each.classes[:1] != _STOP_ITERATION]
        after = [interpreter.error(node, state, each) for each in errors]
        return [(body, state.with_environment(environment)), (leave, state), *after]
    given = state.environment.get(does.seen)
    count = given.length if isinstance(given, Sized) else 0
    successors: list[Successor] = []
    if count in met.goes_on_after:
        counted = {**environment, does.seen: Sized(min(count + 1, MOST_COUNTED))}
        successors.append((body, state.with_environment(counted)))
    if count in met.ends_after:
        successors.append((leave, state))
    successors.extend(interpreter.error(node, state, raised) for after, raised in met.raised_after if after == count)
    return successors


CONTAINERS: Transfers = {Read: _read, Unpack: _unpack, Next: _next}
