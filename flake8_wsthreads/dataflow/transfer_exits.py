"""The exits of a function: what keeps the connection when a path leaves it with the connection open."""

from __future__ import annotations

from collections.abc import Iterator

from flake8_wsthreads.cfg.graph import Node
from flake8_wsthreads.cfg.instruction import ErrorExit, NormalExit
from flake8_wsthreads.cfg.operand import ValueKind
from flake8_wsthreads.cfg.place import LastingPlace, Place
from flake8_wsthreads.cfg.raised import ANY_EXCEPTION, Raised
from flake8_wsthreads.dataflow.interpreter import Interpreter, Successor, Transfers
from flake8_wsthreads.dataflow.state import Phase, State, Turn
from flake8_wsthreads.dataflow.summary import Effect
from flake8_wsthreads.dataflow.value import AbstractValue, contains, holds


def keepers(interpreter: Interpreter, state: State) -> Iterator[tuple[LastingPlace, AbstractValue]]:
    """The places that keep the connection beyond this function, each with what it holds."""
    for place, value in state.environment.items():
        others_have = place not in interpreter.inherited and place not in interpreter.of_own_object
        if holds(value) and others_have and isinstance(place, Place):
            owner = interpreter.kept.get(place) or interpreter.summaries.lasting_place(interpreter.graph, place)
            if owner is not None:
                yield owner, value


def owners_of(interpreter: Interpreter, state: State) -> list[LastingPlace]:
    """What keeps the connection when the function returns now."""
    owners = []
    for owner, value in keepers(interpreter, state):
        owners.append(owner)
        if contains(value):
            interpreter.collected.containers.add(owner)
    return owners


def _normal_exit(interpreter: Interpreter, node: Node, does: NormalExit, state: State) -> list[Successor]:
    collected, rebound = interpreter.collected, interpreter.graph.rebound
    collected.running.update(step for step, phase in state.threads if phase in Phase.RUNNING)
    if state.flags.given >= 0:
        collected.ends_after.add(state.flags.given)
    if rebound:
        left = tuple((place, state.environment.get(place, ValueKind.UNKNOWN)) for place in rebound)
        collected.rebinds.add((state.excused, left))
    if state.excused:
        collected.returns_excused = True
        return []
    collected.passes_by = collected.passes_by or state.flags.turn == Turn.ASKED
    if state.unopened:
        return []
    collected.returns_open = True
    owners = [] if state.lost else owners_of(interpreter, state)
    if owners:
        collected.kept.update(owners)
        interpreter.end(owners, normal=True)
    elif not state.late:
        overwritten_at = state.flags.overwritten_at
        if overwritten_at >= 0:
            collected.note(Effect.OVERWRITTEN, interpreter.graph.nodes[overwritten_at].syntax)
        interpreter.end([Effect.LEAKS_NORMALLY], normal=True)
    return []


def _error_exit(interpreter: Interpreter, node: Node, does: ErrorExit, state: State) -> list[Successor]:
    if state.excused or state.unopened:
        return []
    collected = interpreter.collected
    top = state.pending[0] if state.pending else ANY_EXCEPTION
    raised = top if isinstance(top, Raised) else ANY_EXCEPTION
    collected.raised.add(raised)
    if state.flags.given >= 0:
        collected.raised_after.add((state.flags.given, raised))
    collected.known_when_failed = collected.known_when_failed or state.flags.known_to_others
    if raised.failed_test:
        return []  # nothing that is right comes here
    owners = [] if state.lost else owners_of(interpreter, state)
    # A wrapper made here is as lost as the object that is being made, when nobody gets to know either.
    holder, wrappers = interpreter.graph.scope.method_of, interpreter.kept.values()
    own_object = [owner for owner in owners if owner.is_of_objects and (owner.holder is holder or owner in wrappers)]
    gone = interpreter.is_constructor and not state.late and not state.flags.known_to_others
    if owners and not (gone and own_object == owners):
        interpreter.end(owners, normal=False)
    elif not state.late:
        interpreter.end([Effect.LEAKS_ON_ERROR], normal=False)
    return []


EXITS: Transfers = {NormalExit: _normal_exit, ErrorExit: _error_exit}
