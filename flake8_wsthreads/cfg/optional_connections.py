"""The variables of a function that are a connection or None, and nothing else that is false."""

from __future__ import annotations

from collections.abc import Callable

from flake8_wsthreads.cfg.graph import Graph
from flake8_wsthreads.cfg.instruction import Assign, CallFunction, Open
from flake8_wsthreads.cfg.operand import place_of
from flake8_wsthreads.cfg.tracked import Tracked
from flake8_wsthreads.names.scopes import Scope


def optional_connections(graph: Graph, may_return_connection: Callable[[Scope], bool]) -> frozenset[Tracked]:
    """The places that hold a connection at some time, and what such places are bound to.

    ``ws = given or connect(…)``: who gives something else than None gives a connection, which is true. ``graph`` is
    finished but for this. Empty where no condition asks whether something is None.
    """
    if not any(graph.conditions.values()):
        return frozenset()
    called = (does for _, does in graph.steps(CallFunction))
    pending: list[Tracked | None] = [does.target for _, does in graph.steps(Open)]
    pending.extend(does.target for does in called if does.target is not None and may_return_connection(does.function))
    others: dict[Tracked, list[Tracked]] = {}
    for _, does in graph.steps(Assign) if pending else ():
        source = place_of(does.value)
        if source is not None:
            others.setdefault(source, []).append(does.target)
            others.setdefault(does.target, []).append(source)
    found: set[Tracked] = set()
    while pending:
        place = pending.pop()
        if place is not None and place not in found:
            found.add(place)
            pending.extend(others.get(place, ()))
    return frozenset(found)
