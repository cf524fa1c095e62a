"""What a thread waits for, and what tells one to stop: events, queues, semaphores, flags, the end of a thread."""

from __future__ import annotations

import ast
from collections.abc import Iterable

from flake8_wsthreads.cfg.graph import Graph, Node
from flake8_wsthreads.cfg.instruction import CallFunction, CallMethod
from flake8_wsthreads.cfg.operand import Callback, Known, Operand, ValueKind, parts, place_of
from flake8_wsthreads.cfg.place import Place
from flake8_wsthreads.cfg.tracked import Question, Tracked, subject_of
from flake8_wsthreads.dataflow.interpreter import Interpreter
from flake8_wsthreads.dataflow.reach import reachable_from
from flake8_wsthreads.dataflow.state import Phase, State
from flake8_wsthreads.dataflow.value import in_objects
from flake8_wsthreads.library import behaviour_of_method
from flake8_wsthreads.library.behaviour import Waits
from flake8_wsthreads.names.scopes import Scope
from flake8_wsthreads.source.syntax import argument

_ASKING = frozenset({"wait", "is_set"})
# A thread whose code is spread over more functions than this is not looked through to the end.
_MOST_FUNCTIONS = 20


def after_method(interpreter: Interpreter, does: CallMethod, state: State) -> State:
    """The state after a method of something else was called: ``ready.wait()``, ``jobs.get()``.

    A ``wait()`` that a condition asks about is left to the condition: it may be over with nothing having happened.
    """
    asked = does.name == "wait" and does.target in interpreter.graph.tests
    if asked or not (behaviour_of_method(does.name).waits is Waits.FOR_ANOTHER_THREAD or _takes_from_queue(does)):
        return state
    return let_go(interpreter, state)


def after_iter(interpreter: Interpreter, node: Node, state: State) -> State:
    """The state after ``iter(jobs.get, None)``: each turn of the loop over it waits for the queue."""
    call = node.syntax
    if not isinstance(call, ast.Call) or not isinstance(call.func, ast.Name) or call.func.id != "iter":
        return state
    asked = argument(call, 0) if len(call.args) == 2 else None
    if not isinstance(asked, ast.Attribute) or asked.attr != "get":
        return state
    return let_go(interpreter, interpreter.waited(state))


def let_go(interpreter: Interpreter, state: State) -> State:
    """The state after something that waits for another thread. Of interest to callers, and to who starts a thread."""
    interpreter.collected.waits_for_others = True
    return state if state.flags.let_go or not interpreter.inherited else state.flagged(let_go=True)


def threads_may_have_ended(interpreter: Interpreter, state: State) -> State:
    """The state after something that waits for the end of threads, or lets code end them that is not to be seen."""
    interpreter.collected.ends_threads = True
    return state.with_threads(())


def let_others_end_threads(interpreter: Interpreter, given: Iterable[Operand], state: State) -> State:
    """The state after code of another file got an object that keeps the connection: it may end the object's threads.

    So may a method that another file defines, and one of the object's own methods that is given on.
    """
    if not (state.threads or interpreter.inherited):
        return state
    keeping = in_objects(state.environment)
    for operand in given:
        for part in parts(operand):
            if isinstance(part, Callback):
                bindings = reachable_from(interpreter, part.function, part.receiver, state)
                ends = bool(bindings) and interpreter.summaries.effect(part.function, bindings).ends_threads
            else:
                base = place_of(part)
                ends = base is not None and any(place.is_under(base) for place in keeping)
            if ends:
                return threads_may_have_ended(interpreter, state)
    return state


def _takes_from_queue(does: CallMethod) -> bool:
    """``jobs.get()``, ``jobs.get(True, 5)``, ``jobs.get(timeout=5)``; to look something up takes a key."""
    if does.name != "get":
        return False
    first = does.arguments.positional[:1]
    return not does.arguments.spread and (not first or first[0] == Known(ValueKind.TRUE))


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
        for _, called in graph.steps(CallFunction):
            if called.function not in seen and len(seen) < _MOST_FUNCTIONS:
                seen.append(called.function)
    return False


def _asks_itself(graph: Graph, flag: str) -> bool:
    if flag:
        # a flag has the same name on both sides: self.running, client.running
        return any(_name_of(asked) == flag for asked in graph.tests)
    return any(does.name in _ASKING for _, does in graph.steps(CallMethod))


def _name_of(asked: Tracked) -> str:
    """``running`` for ``self.running`` and for a variable of that name; empty for a question."""
    subject = subject_of(asked)
    return "" if isinstance(subject, Question) else subject.name
