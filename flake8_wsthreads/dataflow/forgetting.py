"""What a path no longer knows after others may have changed it: a callee, or whoever was given a function or a list."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from flake8_wsthreads.cfg.instruction import CallFunction, Construct
from flake8_wsthreads.cfg.operand import Callback, Operand, Pack, ValueKind, place_of, wholes
from flake8_wsthreads.cfg.place import Place, variable
from flake8_wsthreads.cfg.tracked import Equality, Question, Tracked, subject_of
from flake8_wsthreads.dataflow.interpreter import Interpreter
from flake8_wsthreads.dataflow.parameters import parameters, receiver_of
from flake8_wsthreads.dataflow.state import State
from flake8_wsthreads.dataflow.value import AbstractValue, Sized, callbacks, concerns, holds
from flake8_wsthreads.names.changes import Access
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
    stale, shared = set[Tracked](), list[Place]()
    for place, at in _reached(interpreter, does, function):
        for asked, value in known:
            if subject_of(asked).depends_on(place) and _is_changed(interpreter, function, place, at, asked, value):
                stale.add(asked)
        if place in containers and _access(interpreter, function, at) & Access.KEEPS:
            shared.append(place)
    if stale:
        kept = {asked: value for asked, value in state.environment.items() if asked not in stale}
        state = state.with_environment(kept)
    return interpreter.shared(shared, state)


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
        yield from ((place, parameter) for place in wholes([operand]))
    if isinstance(does, CallFunction):
        yield from ((captured, captured) for captured in does.captured)


def _access(interpreter: Interpreter, function: Scope, at: Place | None) -> Access:
    """What a function does with the object in one of its variables, or in one of the functions around it."""
    if at is None or at.variable is None:
        return Access.CHANGES | Access.KEEPS
    return interpreter.summaries.changes.access(at.variable.name, at.variable.scope, function)


def _is_changed(
    interpreter: Interpreter, function: Scope, place: Place, at: Place | None, known: Tracked, value: AbstractValue
) -> bool:
    """Whether something is out of date after a function of the file had the object in a place."""
    changes, subject = interpreter.summaries.changes, subject_of(known)
    in_place = value not in _UNCHANGEABLE and not (isinstance(known, Equality) and known.number is None)
    if isinstance(subject, Question):
        words = {*_WORD.findall(subject.text)} - {mentioned.name for mentioned in subject.mentions}
        if any(changes.changes_attribute(function, word, True) for word in words):
            return True
        return at != receiver_of(function) and bool(_access(interpreter, function, at) & Access.CHANGES)
    if subject == place:
        is_container = place in interpreter.graph.containers or value is ValueKind.EMPTY or isinstance(value, Sized)
        counted = Access.CHANGES | Access.KEEPS if is_container else Access.CHANGES
        return in_place and bool(_access(interpreter, function, at) & counted)
    assert isinstance(subject, Place)
    *through, last = subject.fields[len(place.fields) :]
    return changes.changes_attribute(function, last, in_place) or any(
        changes.changes_attribute(function, name, True) for name in through
    )


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
