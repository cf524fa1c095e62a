"""How functions reach the connection: as an argument, through their object, or by capturing a variable."""

from __future__ import annotations

from flake8_wsthreads.flow.exploration import Exploration, Program
from flake8_wsthreads.flow.graph import Arguments, Basic, Member, Node, Operand, Slot
from flake8_wsthreads.flow.state import AbstractValue, BoundMethod, State, callbacks, holds, truth, value_of
from flake8_wsthreads.names.scopes import Scope

Bindings = list[tuple[str, AbstractValue]]


def call_with(
    exploration: Exploration, function: Scope, receiver: Operand | None, arguments: Arguments, state: State
) -> tuple[Bindings, bool] | None:
    """How a call hands the connection to a function, and whether it also passes values that are not known here.

    None when it is handed over in a way that cannot be told.
    """
    environment = state.environment
    bindings = reachable_from(exploration, function, receiver, state)
    held = any(holds(value_of(operand, environment)) for operand in arguments.all)
    if not held and not bindings:
        return [], False
    parameters = exploration.program.parameters(function, arguments, receiver is not None)
    if parameters is None:
        return None if held else (bindings, True)
    unknown = False
    for slot, operand in parameters:
        value = value_of(operand, environment)
        if isinstance(value, BoundMethod):
            return None
        if value not in (Basic.UNKNOWN, Basic.OBJECT):
            bindings.append((slot, value))
        elif value is Basic.UNKNOWN and not isinstance(operand, Slot):
            # shut(ws, self.keep): what decides is not a variable whose tests we see
            unknown = True
    given = {slot for slot, _ in parameters}
    bindings.extend((slot, value) for slot, value in exploration.program.defaults(function) if slot not in given)
    return bindings, unknown


def decided_arguments(program: Program, node: Node, state: State) -> Bindings:
    """The parameters of a called function of which the path knows whether they are true."""
    if node.function is None:
        return []
    captured = program.captured(node.function)
    around = [(slot, value) for slot, value in state.environment.items() if slot.partition(".")[0] in captured]
    pairs = program.parameters(node.function, node.arguments, node.receiver is not None) or []
    values = [(slot, value_of(operand, state.environment)) for slot, operand in pairs]
    given = {slot for slot, _ in values}
    values.extend((slot, value) for slot, value in program.defaults(node.function) if slot not in given)
    return [
        (slot, value)
        for slot, value in [*values, *around]
        if truth(value) is not None and value is not Basic.OBJECT and not holds(value)
    ]


def reachable_from(
    exploration: Exploration, function: Scope, receiver: Operand | None, state: State
) -> list[tuple[str, AbstractValue]]:
    """The slots of a function through which it reaches the connection without being handed it as an argument."""
    program = exploration.program
    bindings: list[tuple[str, AbstractValue]] = []
    captured: frozenset[str] | None = None
    own = f"{program.receiver_slot(function)}."
    base = receiver.name if isinstance(receiver, Slot) else receiver.slot if isinstance(receiver, Member) else ""
    for slot, value in state.environment.items():
        if not holds(value) or slot.startswith("#return"):
            continue
        if base and slot.startswith(f"{base}.") and len(own) > 1:
            bindings.append((own + slot[len(base) + 1 :], value))
            continue
        if captured is None:
            captured = program.captured(function)
        if slot.partition(".")[0] in captured:
            bindings.append((slot, value))
    return bindings


def callbacks_take(exploration: Exploration, operands: tuple[Operand, ...], state: State) -> bool:
    """Whether a function among the operands would close the connection, or give it away, when somebody calls it."""
    for operand in operands:
        for callback in callbacks(operand):
            bindings = reachable_from(exploration, callback.function, callback.receiver, state)
            if bindings and exploration.program.effect(callback.function, bindings).takes:
                return True
    return False
