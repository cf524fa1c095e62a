"""How functions reach the connection: as an argument, through their object, or by capturing a variable."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from flake8_wsthreads.cfg.instruction import Arguments, CallFunction, Construct
from flake8_wsthreads.cfg.operand import Known, Operand, ValueKind, place_of
from flake8_wsthreads.cfg.place import Place, Returned
from flake8_wsthreads.cfg.tracked import Equality, Tracked
from flake8_wsthreads.dataflow.interpreter import Interpreter
from flake8_wsthreads.dataflow.parameters import defaults, parameters, receiver_of
from flake8_wsthreads.dataflow.state import State
from flake8_wsthreads.dataflow.summaries import Summaries
from flake8_wsthreads.dataflow.value import AbstractValue, BoundMethod, callbacks, holds, in_objects, truth, value_of
from flake8_wsthreads.names.scopes import Scope, ScopeKind

Bindings = list[tuple[Tracked, AbstractValue]]


def call_with(
    interpreter: Interpreter, function: Scope, receiver: Operand | None, arguments: Arguments, state: State
) -> tuple[Bindings, bool] | None:
    """How a call hands the connection to a function, and whether it also passes values that are not known here.

    None when it is handed over in a way that cannot be told.
    """
    environment = state.environment
    bindings = reachable_from(interpreter, function, receiver, state)
    held = any(holds(value_of(operand, environment)) for operand in arguments.all)
    keeping = in_objects(environment)
    if not held and not bindings and not keeping:
        return [], False
    declared = parameters(interpreter.summaries.names, function, arguments, receiver is not None)
    if declared is None:
        return None if held else (bindings, True)
    unknown = False
    for place, operand in declared:
        base = place_of(operand)
        if base is not None:
            # what is reached through an object that is handed over
            fields = [(kept.seen_from(base, place), environment[kept]) for kept in keeping if kept.is_under(base)]
            bindings.extend(fields)
        value = value_of(operand, environment)
        if isinstance(value, BoundMethod):
            return None
        if value not in (ValueKind.UNKNOWN, ValueKind.OBJECT):
            bindings.append((place, value))
        elif value is ValueKind.UNKNOWN and not isinstance(operand, Place):
            # shut(ws, self.keep): what decides is not a variable whose tests we see
            unknown = True
    if not any(holds(value) for _, value in bindings):
        return [], False
    bindings.extend(_told_by_literals(interpreter.summaries, function, declared))
    return bindings, unknown


def _told_by_literals(
    summaries: Summaries, function: Scope, declared: Sequence[tuple[Place, Operand]]
) -> Iterator[tuple[Tracked, AbstractValue]]:
    """What a function knows of parameters by their defaults, and of texts and numbers, where it asks about them."""
    given = {place for place, _ in declared}
    usual = [(place, known) for place, known in defaults(function) if place not in given]
    yield from ((place, known.value) for place, known in usual if known.literal is None)
    for place, operand in (*declared, *usual):
        if isinstance(operand, Known) and operand.literal is not None:
            asked = summaries.asked_of_parameters(function)
            if place in asked:
                yield place, operand.value
                if asked[place]:
                    yield Equality(place, operand.literal), ValueKind.TRUTHY


def decided_arguments(summaries: Summaries, does: CallFunction | Construct, state: State) -> Bindings:
    """The parameters of a called function of which the path knows whether they are true."""
    function = does.function if isinstance(does, CallFunction) else does.initializer
    by_object = isinstance(does, Construct) or does.receiver is not None
    if function is None:
        return []
    captured = summaries.captured(function)
    around = [(known, value) for known, value in state.environment.items() if reaches(known, captured)]
    pairs = parameters(summaries.names, function, does.arguments, by_object) or []
    values: Bindings = [(place, value_of(operand, state.environment)) for place, operand in pairs]
    decided = [
        (place, value)
        for place, value in [*values, *around]
        if truth(value) is not None and value is not ValueKind.OBJECT and not holds(value)
    ]
    return [*decided, *_told_by_literals(summaries, function, pairs)]


def reaches(known: Tracked, variables: Collection[Place]) -> bool:
    """Whether something is one of the variables, or a field of what it holds."""
    return isinstance(known, Place) and known.whole in variables


def reachable_from(
    interpreter: Interpreter, function: Scope, receiver: Operand | None, state: State
) -> Bindings:
    """The places of a function through which it reaches the connection without being handed it as an argument."""
    summaries = interpreter.summaries
    bindings: Bindings = []
    captured: frozenset[Place] | None = None
    own = receiver_of(function)
    base = place_of(receiver) if receiver is not None else None
    for place, value in state.environment.items():
        if not holds(value) or not isinstance(place, Place) or isinstance(place.root, Returned):
            continue
        if base is not None and own is not None and place.is_under(base):
            bindings.append((place.seen_from(base, own), value))
            continue
        if captured is None:
            captured = summaries.captured(function)
        if place.whole in captured:
            bindings.append((place, value))
    return bindings


def callbacks_take(interpreter: Interpreter, operands: tuple[Operand, ...], state: State) -> bool:
    """Whether a function among the operands would close the connection, or give it away, when somebody calls it."""
    return any(
        _takes(interpreter, callback.function, callback.receiver, state)
        for operand in operands
        for callback in callbacks(operand)
    )


def methods_take(interpreter: Interpreter, made: Scope, state: State) -> bool:
    """Whether a method of a class that a function defines would do so with a connection of that function."""
    if made.parent is None or made.parent.function.kind is ScopeKind.MODULE:
        return False
    classes = interpreter.summaries.names.classes
    methods = (classes.own_method(made, name) for name in made.bindings)
    return any(_takes(interpreter, method, None, state) for method in methods if method is not None)


def _takes(interpreter: Interpreter, function: Scope, receiver: Operand | None, state: State) -> bool:
    bindings = reachable_from(interpreter, function, receiver, state)
    if not bindings:
        return False
    effect = interpreter.summaries.effect(function, bindings)
    return effect.takes or effect.returned
