"""How functions reach the connection: as an argument, through their object, or by capturing a variable."""

from __future__ import annotations

from flake8_wsthreads.cfg.graph import Arguments, Basic, Member, Node, Operand, Slot
from flake8_wsthreads.dataflow.interpreter import Interpreter
from flake8_wsthreads.dataflow.parameters import defaults, parameters, receiver_slot
from flake8_wsthreads.dataflow.state import AbstractValue, BoundMethod, State, callbacks, holds, truth, value_of
from flake8_wsthreads.dataflow.summaries import Summaries
from flake8_wsthreads.names.scopes import Scope

Bindings = list[tuple[str, AbstractValue]]


def call_with(
    interpreter: Interpreter, function: Scope, receiver: Operand | None, arguments: Arguments, state: State
) -> tuple[Bindings, bool] | None:
    """How a call hands the connection to a function, and whether it also passes values that are not known here.

    None when it is handed over in a way that cannot be told.
    """
    environment = state.environment
    bindings = reachable_from(interpreter, function, receiver, state)
    held = any(holds(value_of(operand, environment)) for operand in arguments.all)
    if not held and not bindings:
        return [], False
    declared = parameters(interpreter.summaries.names, function, arguments, receiver is not None)
    if declared is None:
        return None if held else (bindings, True)
    unknown = False
    for slot, operand in declared:
        value = value_of(operand, environment)
        if isinstance(value, BoundMethod):
            return None
        if value not in (Basic.UNKNOWN, Basic.OBJECT):
            bindings.append((slot, value))
        elif value is Basic.UNKNOWN and not isinstance(operand, Slot):
            # shut(ws, self.keep): what decides is not a variable whose tests we see
            unknown = True
    given = {slot for slot, _ in declared}
    bindings.extend((slot, value) for slot, value in defaults(function) if slot not in given)
    return bindings, unknown


def decided_arguments(summaries: Summaries, node: Node, state: State) -> Bindings:
    """The parameters of a called function of which the path knows whether they are true."""
    if node.function is None:
        return []
    captured = summaries.captured(node.function)
    around = [(slot, value) for slot, value in state.environment.items() if slot.partition(".")[0] in captured]
    pairs = parameters(summaries.names, node.function, node.arguments, node.receiver is not None) or []
    values = [(slot, value_of(operand, state.environment)) for slot, operand in pairs]
    given = {slot for slot, _ in values}
    values.extend((slot, value) for slot, value in defaults(node.function) if slot not in given)
    return [
        (slot, value)
        for slot, value in [*values, *around]
        if truth(value) is not None and value is not Basic.OBJECT and not holds(value)
    ]


def reachable_from(
    interpreter: Interpreter, function: Scope, receiver: Operand | None, state: State
) -> list[tuple[str, AbstractValue]]:
    """The slots of a function through which it reaches the connection without being handed it as an argument."""
    summaries = interpreter.summaries
    bindings: list[tuple[str, AbstractValue]] = []
    captured: frozenset[str] | None = None
    own = f"{receiver_slot(function)}."
    base = receiver.name if isinstance(receiver, Slot) else receiver.slot if isinstance(receiver, Member) else ""
    for slot, value in state.environment.items():
        if not holds(value) or slot.startswith("#return"):
            continue
        if base and slot.startswith(f"{base}.") and len(own) > 1:
            bindings.append((own + slot[len(base) + 1 :], value))
            continue
        if captured is None:
            captured = summaries.captured(function)
        if slot.partition(".")[0] in captured:
            bindings.append((slot, value))
    return bindings


def callbacks_take(interpreter: Interpreter, operands: tuple[Operand, ...], state: State) -> bool:
    """Whether a function among the operands would close the connection, or give it away, when somebody calls it."""
    for operand in operands:
        for callback in callbacks(operand):
            bindings = reachable_from(interpreter, callback.function, callback.receiver, state)
            if bindings and interpreter.summaries.effect(callback.function, bindings).takes:
                return True
    return False
