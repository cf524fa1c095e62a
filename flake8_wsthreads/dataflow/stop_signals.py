"""What tells a thread to stop: an event or a flag that its code asks about."""

from __future__ import annotations

from flake8_wsthreads.cfg.graph import Graph
from flake8_wsthreads.cfg.instruction import CallFunction, CallMethod
from flake8_wsthreads.cfg.place import Equality, Place, Question, Tracked
from flake8_wsthreads.dataflow.interpreter import Interpreter
from flake8_wsthreads.dataflow.state import Phase, State
from flake8_wsthreads.names.scopes import Scope

_ASKING = frozenset({"wait", "is_set"})
# A thread whose code is spread over more functions than this is not looked through to the end.
_MOST_FUNCTIONS = 20


def told_to_stop(interpreter: Interpreter, state: State, flag: Place | None = None) -> State:
    """The state after an event was set, or the ``flag``: the threads that ask about it may be done from now on.

    ``flag`` is the place that was bound; without one the question is whether a thread asks about any event.
    """
    if not state.threads:
        return state
    name = flag.name if flag is not None else ""
    return state.with_threads(
        tuple(
            (step, Phase.WAITED if phase in Phase.RUNNING and _asks(interpreter, step, name) else phase)
            for step, phase in state.threads
        )
    )


def _asks(interpreter: Interpreter, step: int, flag: str) -> bool:
    handed = interpreter.collected.handed.get(step)
    function = handed.function if handed is not None else None
    seen: list[Scope] = [function] if function is not None else []
    for scope in seen:
        graph = interpreter.summaries.graph(scope)
        if _asks_itself(graph, flag):
            return True
        for node in graph.nodes:
            called = node.does.function if isinstance(node.does, CallFunction) else None
            if called is not None and called not in seen and len(seen) < _MOST_FUNCTIONS:
                seen.append(called)
    return False


def _asks_itself(graph: Graph, flag: str) -> bool:
    if flag:
        # a flag has the same name on both sides: self.running, client.running
        return any(_name_of(asked) == flag for asked in graph.tests)
    return any(isinstance(node.does, CallMethod) and node.does.name in _ASKING for node in graph.nodes)


def _name_of(asked: Tracked) -> str:
    """``running`` for ``self.running`` and for a variable of that name; empty for a question."""
    if isinstance(asked, Question):
        return ""
    return asked.place.name if isinstance(asked, Equality) else asked.name
