"""Calls of methods that have nothing to do with what a path knows: most of the steps of most functions."""

from __future__ import annotations

from flake8_wsthreads.cfg.graph import Graph
from flake8_wsthreads.cfg.instruction import CallMethod
from flake8_wsthreads.cfg.operand import Callback, parts, place_of, wholes
from flake8_wsthreads.cfg.place import Place, Root
from flake8_wsthreads.dataflow.state import State
from flake8_wsthreads.library import behaviour_of_method
from flake8_wsthreads.library.behaviour import Waits


def roots_in_reach(graph: Graph, does: CallMethod) -> frozenset[Root] | None:
    """What the objects are reached through that a call of a method gets; None where it may do more than change these.

    It may wait for others, start a thread, call a function of the file, or change a container that is followed.
    """
    behaviour = behaviour_of_method(does.name)
    if behaviour.waits is Waits.FOR_ANOTHER_THREAD or behaviour.waits_for_end or does.name == "start":
        return None
    if does.name == "get" and not isinstance(does.key, str):
        return None  # it may be the one of a queue
    operands = (does.receiver, *does.arguments.all)
    if graph.containers or graph.made:
        followed = graph.containers | graph.made
        if any(place in followed or place.base in followed for place in wholes(operands)):
            return None
    roots: set[Root] = set()
    for operand in operands:
        for part in parts(operand):
            if isinstance(part, Callback):
                return None
            place = place_of(part)
            if place is not None:
                roots.add(place.root)
    return frozenset(roots)


def is_idle(roots: frozenset[Root], state: State) -> bool:
    """Whether a path knows nothing of what is reached through these, and follows no thread."""
    if state.flags.threads:
        return False
    return all(isinstance(known, Place) and known.root not in roots for known in state.environment)
