"""What tells a thread to stop: an event or a flag that its code asks about."""

from __future__ import annotations

import ast

from flake8_wsthreads.flow.exploration import Exploration
from flake8_wsthreads.flow.graph import Graph, Op
from flake8_wsthreads.flow.state import Phase, State
from flake8_wsthreads.library.websockets import CLOSE_METHODS
from flake8_wsthreads.names.mentions import Reference, SourceIndex
from flake8_wsthreads.names.scopes import Scope

_ASKING = frozenset({"wait", "is_set"})
# A thread whose code is spread over more functions than this is not looked through to the end.
_MOST_FUNCTIONS = 20


def told_to_stop(exploration: Exploration, state: State, flag: str = "") -> State:
    """The state after an event was set, or the ``flag``: the threads that ask about it may be done from now on.

    ``flag`` is the slot that was bound; without one the question is whether a thread asks about any event.
    """
    if not state.threads:
        return state
    name = _last_part(flag)
    return state.with_threads(
        tuple(
            (step, Phase.WAITED if phase in Phase.RUNNING and _asks(exploration, step, name) else phase)
            for step, phase in state.threads
        )
    )


def _asks(exploration: Exploration, step: int, flag: str) -> bool:
    handed = exploration.outcome.handed.get(step)
    function = handed.node.function if handed is not None else None
    seen: list[Scope] = [function] if function is not None else []
    for scope in seen:
        graph = exploration.program.graph(scope)
        if _asks_itself(graph, flag):
            return True
        for node in graph.nodes:
            if node.op is Op.CALL and node.function is not None and len(seen) < _MOST_FUNCTIONS:
                if node.function not in seen:
                    seen.append(node.function)
    return False


def _asks_itself(graph: Graph, flag: str) -> bool:
    if flag:
        return any(_last_part(slot) == flag for slot in graph.tests)
    return any(node.op is Op.METHOD and node.name in _ASKING for node in graph.nodes)


def _last_part(slot: str) -> str:
    """``running`` for ``self.running`` and for a variable of that name: a flag has the same name on both sides."""
    return slot.rpartition(".")[2].partition("@")[0].partition("=")[0]


def stop_signal(condition: ast.AST) -> tuple[str, bool] | None:
    """The attribute that a condition asks to learn whether to stop, and the answer that says so.

    ``self.stopping.is_set()`` says so by being true, ``self.running`` by being false.
    """
    if isinstance(condition, ast.Call) and isinstance(condition.func, ast.Attribute):
        event = condition.func.value
        if condition.func.attr == "is_set" and isinstance(event, ast.Attribute):
            return event.attr, True
    return (condition.attr, False) if isinstance(condition, ast.Attribute) else None


def stops_by_closing(source: SourceIndex, signal: str, kept: frozenset[str]) -> bool:
    """Whether whatever sets this event, or clears this flag, closes the connection in one of these attributes."""
    setters = {reference.scope.unit for reference in source.references(signal) if _sets(reference)}
    closers = {reference.scope.unit for name in kept for reference in source.references(name) if _closes(reference)}
    return bool(setters) and setters <= closers


def _sets(reference: Reference) -> bool:
    """``self.stopping.set()``, ``self.running = False``; what a constructor begins with stops nothing."""
    parent = reference.parents[0] if reference.parents else None
    if not isinstance(reference.node, ast.Attribute) or reference.scope.unit.name == "__init__":
        return False
    return isinstance(reference.node.ctx, ast.Store) or (isinstance(parent, ast.Attribute) and parent.attr == "set")


def _closes(reference: Reference) -> bool:
    parent = reference.parents[0] if reference.parents else None
    return isinstance(parent, ast.Attribute) and parent.attr in CLOSE_METHODS
