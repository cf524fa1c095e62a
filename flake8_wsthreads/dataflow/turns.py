"""What makes a thread wait until another one lets it go on: events, queues, semaphores, the end of a thread."""

from __future__ import annotations

import ast

from flake8_wsthreads.cfg.graph import Node
from flake8_wsthreads.cfg.instruction import CallMethod
from flake8_wsthreads.cfg.operand import Basic, Known
from flake8_wsthreads.dataflow.interpreter import Interpreter
from flake8_wsthreads.dataflow.state import State
from flake8_wsthreads.library import behaviour_of_method
from flake8_wsthreads.library.behaviour import Waits
from flake8_wsthreads.source.syntax import argument


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


def _takes_from_queue(does: CallMethod) -> bool:
    """``jobs.get()``, ``jobs.get(True, 5)``, ``jobs.get(timeout=5)``; to look something up takes a key."""
    if does.name != "get":
        return False
    first = does.arguments.positional[:1]
    return not does.arguments.spread and (not first or first[0] == Known(Basic.TRUE))
