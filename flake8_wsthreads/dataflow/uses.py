"""A use of the connection, as all transfer functions note it."""

from __future__ import annotations

from flake8_wsthreads.cfg.graph import Node
from flake8_wsthreads.cfg.instruction import CallMethod
from flake8_wsthreads.cfg.raised import CONNECTION_ERROR, CONNECTION_OR_TIMEOUT_ERROR, Raised
from flake8_wsthreads.dataflow.interpreter import Interpreter
from flake8_wsthreads.dataflow.state import State
from flake8_wsthreads.dataflow.summary import Effect
from flake8_wsthreads.dataflow.transfer_threads import had_its_turn, receive
from flake8_wsthreads.library.websockets import CLOSE_METHODS, DEPRECATED_BEFORE_ENTER, RECEIVE_METHODS, SENDING

_FAILING_WITH_THE_CONNECTION = frozenset({"recv", "recv_streaming", "send", "ping", "pong"})


def use(interpreter: Interpreter, node: Node, state: State, name: str) -> State:
    """Note that a method of the connection is called, or that it is iterated (``__iter__``); the state afterwards."""
    collected = interpreter.collected
    if name not in CLOSE_METHODS:
        collected.note(Effect.USED, node.syntax)
    if not state.entered and name in DEPRECATED_BEFORE_ENTER:
        collected.note(Effect.USED_BEFORE_ENTER, node.syntax)
    if name in RECEIVE_METHODS:
        receive(interpreter, node, state, name == "__iter__")
        return had_its_turn(interpreter, state)
    elif name in SENDING:
        forever = interpreter.summaries.endless_loop(interpreter.graph, node, False)
        if forever is not None:
            collected.note(Effect.SENT_FOREVER, forever)
    return state


def error_of_method(node: Node, does: CallMethod) -> Raised | None:
    """What a method of a connection raises that says nothing but that it is closed, or that no message came in time.

    None for all other methods.
    """
    if node.safe or does.name not in _FAILING_WITH_THE_CONNECTION:
        return None
    may_time_out = does.name == "recv" and bool(does.arguments.all)
    return CONNECTION_OR_TIMEOUT_ERROR if may_time_out else CONNECTION_ERROR
