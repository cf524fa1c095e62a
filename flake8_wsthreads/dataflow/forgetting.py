"""What a path no longer knows after others may have changed it: a callee, or whoever was given a function or a list."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from flake8_wsthreads.cfg.instruction import CallFunction, Construct
from flake8_wsthreads.cfg.operand import Callback, Operand, Pack, ValueKind, place_of, wholes
from flake8_wsthreads.cfg.place import Place, variable
from flake8_wsthreads.cfg.tracked import Equality, Question, Tracked, subject_of
from flake8_wsthreads.dataflow.interpreter import Interpreter
from flake8_wsthreads.dataflow.parameters import parameters, receiver_of
from flake8_wsthreads.dataflow.state import State
from flake8_wsthreads.dataflow.value import AbstractValue, Environment, Sized, callbacks, concerns, holds
from flake8_wsthreads.names.changes import Access, Changes
from flake8_wsthreads.names.scopes import Scope

# What holds one of these holds it until something else is put there, whatever happens to the object.
_UNCHANGEABLE = frozenset(
    {ValueKind.NONE, ValueKind.TRUE, ValueKind.FALSE, ValueKind.NOT_NONE, ValueKind.OBJECT}
    | {ValueKind.SIBLING, ValueKind.UNOPENED, ValueKind.SHARED}
)
_WORD = re.compile(r"\w+")


def after_call(interpreter: Interpreter, does: CallFunction | Construct, state: State) -> State:
    """The state after a function of the file has run: what it may have changed of the objects that it reaches."""
    function = does.function if isinstance(does, CallFunction) else does.initializer
    state = given_to_others(interpreter, does.arguments.all, state)
    known = [(known, value) for known, value in state.environment.items() if not holds(value)]
    containers = interpreter.graph.containers
    if not (known or containers):
        return state
    if function is None:
        return interpreter.shared(does.arguments.all, state)
    callee = _Callee(function, interpreter.summaries.changes, containers)
    stale, shared = set[Tracked](), list[Place]()
    for place, inside in _reached(interpreter, does, function):
        for asked, value in known:
            if subject_of(asked).depends_on(place) and callee.may_change(asked, value, place, inside):
                stale.add(asked)
        if place in containers and callee.access(inside) & Access.KEEPS:
            shared.append(place)
    if stale:
        kept = {asked: value for asked, value in state.environment.items() if asked not in stale}
        state = state.with_environment(kept)
    return interpreter.shared(shared, state)


def known_if_failed(interpreter: Interpreter, does: CallFunction, before: State, after: State) -> State:
    """The state after a function of the file that has failed before it came to bind an attribute, or to fill a list.

    ``after`` is the state in which nothing is known of what it may have changed.
    """
    lost = {asked: value for asked, value in before.environment.items() if asked not in after.environment}
    if not lost:
        return after
    changes = interpreter.summaries.changes
    unchanged = [
        place
        for place, inside in _reached(interpreter, does, does.function)
        if inside is not None
        and inside.variable is not None
        and changes.fills_last(inside.variable.name, inside.variable.scope, does.function)
    ]
    kept: Environment = {}
    for asked, value in lost.items():
        subject = subject_of(asked)
        if isinstance(asked, Place) and asked.fields:
            if value in _UNCHANGEABLE and changes.binds_last(does.function, asked.fields[-1]):
                kept[asked] = value
        elif subject in unchanged and not holds(value):
            kept[asked] = value
    return after.with_environment({**after.environment, **kept}) if kept else after


def _reached(
    interpreter: Interpreter, does: CallFunction | Construct, function: Scope
) -> Iterator[tuple[Place, Place | None]]:
    """The places through which a function reaches objects of its caller, each with its own variable for the object.

    None where it is not told which that is.
    """
    names, by_object = interpreter.summaries.names, isinstance(does, Construct) or does.receiver is not None
    receiver = place_of(does.receiver) if isinstance(does, CallFunction) and does.receiver is not None else None
    if receiver is not None:
        yield receiver, receiver_of(function)
    declared = parameters(names, function, does.arguments, by_object)
    if declared is None:
        yield from ((place, None) for place in wholes(does.arguments.all))
    for parameter, operand in declared or ():
        # what is in a container is reached through other variables
        yield from ((place, parameter if place == place_of(operand) else None) for place in wholes([operand]))
    if isinstance(does, CallFunction):
        yield from ((captured, captured) for captured in does.captured)


@dataclass(frozen=True)
class _Callee:
    """A function of the file that is called, and what it may change."""

    function: Scope
    changes: Changes
    containers: set[Place]
    """Those of its caller."""

    def access(self, inside: Place | None) -> Access:
        """What it does with the object in one of its variables, or in one of the functions around it."""
        if inside is None or inside.variable is None:
            return Access.CHANGES | Access.KEEPS
        return self.changes.access(inside.variable.name, inside.variable.scope, self.function)

    def may_change(self, known: Tracked, value: AbstractValue, place: Place, inside: Place | None) -> bool:
        """Whether what its caller knows of an object, which it has in a variable, may be out of date afterwards."""
        subject, by_receiver = subject_of(known), inside is not None and inside == receiver_of(self.function)
        in_place = value not in _UNCHANGEABLE and not (isinstance(known, Equality) and known.number is None)
        if isinstance(subject, Question):
            words = {*_WORD.findall(subject.text)} - {mentioned.name for mentioned in subject.mentions}
            if any(self._changes_attribute(word, True) for word in words):
                return True
            return not by_receiver and bool(self.access(inside) & Access.CHANGES)
        if subject == place:
            is_container = place in self.containers or value is ValueKind.EMPTY or isinstance(value, Sized)
            counted = Access.CHANGES | Access.KEEPS if is_container else Access.CHANGES
            return in_place and bool(self.access(inside) & counted)
        if by_receiver and self.access(inside) & Access.KEEPS:
            return True  # others get the object, who may change all of it
        *through, last = subject.fields[len(place.fields) :]
        return self._changes_attribute(last, in_place) or any(self._changes_attribute(name, True) for name in through)

    def _changes_attribute(self, name: str, in_place: bool) -> bool:
        return self.changes.changes_attribute(self.function, name, in_place)


def if_others_changed(operands: Iterable[Operand], state: State) -> list[State]:
    """The state in which others have bound attributes of the objects that they were given; none without such.

    Whether they do is not told: nothing is claimed of that path.
    """
    given = [place for place in wholes(operands) if not place.is_temporary]
    if not given or state.excused:
        return []
    environment = state.environment
    bound = {known for known in environment for place in given if isinstance(known, Place) and known.is_under(place)}
    kept = {known: value for known, value in environment.items() if known not in bound or holds(value)}
    return [state.with_environment(kept).flagged(excused=True)] if len(kept) < len(environment) else []


def given_to_others(interpreter: Interpreter, operands: Iterable[Operand], state: State) -> State:
    """The state after others got hold of the functions among these operands."""
    functions = [
        callback.function
        for operand in operands
        if isinstance(operand, (Callback, Pack))
        for callback in callbacks(operand)
    ]
    return changed_at_any_time(interpreter, functions, state) if functions else state


def changed_at_any_time(interpreter: Interpreter, functions: Iterable[Scope], state: State) -> State:
    """The state after others got functions: of the variables that these bind, and of the lists that they change.

    What is known of them is known no longer.
    """
    names, environment = interpreter.summaries.names, state.environment
    shared: list[Place] = []
    for function in functions:
        bound = function.read()
        for name in sorted(bound.nonlocal_names | bound.global_names):
            owner = names.lookup(name, function)
            place = variable(name, owner) if owner is not None else None
            if place is None or holds(environment.get(place, ValueKind.UNKNOWN)):
                continue
            if concerns(environment, place):
                environment = interpreter.bound(environment, place, ValueKind.UNKNOWN)
        for place in interpreter.graph.containers & interpreter.summaries.captured(function):
            if place.variable and interpreter.summaries.changes.access(place.name, place.variable.scope, function):
                shared.append(place)
    if environment is not state.environment:
        state = state.with_environment(environment)
    return interpreter.shared(sorted(shared, key=str), state)
