"""Steps that open, use and close the connection, or put it into containers and take it out again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from flake8_wsthreads.cfg.graph import Node
from flake8_wsthreads.cfg.instruction import (
    Arguments,
    CallMethod,
    CloseLate,
    Enter,
    Leave,
    LeaveExpecting,
    Open,
    Register,
)
from flake8_wsthreads.cfg.operand import Callback, Known, ValueKind, place_of
from flake8_wsthreads.cfg.raised import CONNECTION_ERROR, OPENING_ERROR, Raised, is_end_of_connection, is_for_closed
from flake8_wsthreads.dataflow.forgetting import given_to_others, if_others_changed
from flake8_wsthreads.dataflow.idle_calls import is_idle
from flake8_wsthreads.dataflow.interpreter import Interpreter, Successor, Transfers
from flake8_wsthreads.dataflow.reach import call_with, callbacks_take, reachable_from
from flake8_wsthreads.dataflow.state import Phase, State
from flake8_wsthreads.dataflow.summary import Effect, LateClose
from flake8_wsthreads.dataflow.transfer_calls import call_of_manager, transfer_call
from flake8_wsthreads.dataflow.transfer_containers import after_change, container_method, take_sibling
from flake8_wsthreads.dataflow.transfer_threads import closed_by_ended, ended_by_peer, put_in_queue, started
from flake8_wsthreads.dataflow.uses import error_of_method, use
from flake8_wsthreads.dataflow.value import (
    AbstractValue,
    BoundMethod,
    PackedAt,
    contains,
    holds,
    is_closer,
    is_state,
    truth,
    value_of,
    with_one_more,
)
from flake8_wsthreads.dataflow.waiting import after_method, let_others_end_threads, threads_may_have_ended, told_to_stop
from flake8_wsthreads.library import behaviour_of_method
from flake8_wsthreads.library.behaviour import Waits
from flake8_wsthreads.library.containers import ADDING, LOOKING, OF_TEXTS, QUEUE, SURVEYING, TAKING_OUT
from flake8_wsthreads.library.websockets import CLOSE_METHODS, NEVER_RAISING
from flake8_wsthreads.names.containers import is_of_this_file

# What a condition learned of these is out of date after a method of theirs was called.
_CHANGEABLE = {ValueKind.TRUTHY, ValueKind.FALSY, ValueKind.EMPTY}


def _connection_method(
    interpreter: Interpreter, node: Node, does: CallMethod, state: State, name: str
) -> list[Successor]:
    if name in OF_TEXTS and place_of(does.receiver) in interpreter.graph.paired:
        return interpreter.given(node)  # for name, ws in feeds.items(): the two are not told apart
    state = use(interpreter, node, state, name)
    if name in CLOSE_METHODS:
        return interpreter.closed(node)
    if name == "__enter__":
        interpreter.collected.entered = True
        environment = interpreter.bound(state.environment, does.target, ValueKind.CONNECTION)
        return interpreter.normal(node, state.with_environment(environment).flagged(entered=True))
    if any(holds(value_of(operand, state.environment)) for operand in does.arguments.all):
        return interpreter.given(node)
    after = state if behaviour_of_method(name).waits is Waits.NEVER else interpreter.waited(state)
    raised = error_of_method(node, does)
    if raised is None:
        return interpreter.both(node, after)
    # finally: ws.send("bye"); ws.close(): what may go wrong with the first is that there is nothing left to close
    says_goodbye = node.closing_final not in (-1, interpreter.opened_in_final) and raised is CONNECTION_ERROR
    failed = after.flagged(excused=True) if says_goodbye else after
    return [*interpreter.normal(node, after), interpreter.error(node, failed, raised)]


def _method(interpreter: Interpreter, node: Node, does: CallMethod, state: State) -> list[Successor]:
    roots = interpreter.summaries.roots_in_reach(interpreter.graph, node, does)
    if roots is not None and is_idle(roots, state):
        return interpreter.both(node, state)
    base = value_of(does.receiver, state.environment)
    name = does.name
    if isinstance(base, BoundMethod):
        if not name:
            # close = ws.close; close()
            return _connection_method(interpreter, node, does, state, base.name)
        # ws.socket.settimeout(…), ws.socket.fileno()
        return _asks_state(interpreter, node, does, state) if is_state(base) else interpreter.both(node, state)
    if base is ValueKind.CONNECTION:
        return _connection_method(interpreter, node, does, state, name) if name else interpreter.given(node)
    if base is ValueKind.UNOPENED:
        return _enter_unopened(interpreter, node, does, state) if name == "__enter__" else interpreter.given(node)
    if base is ValueKind.STATE:
        return _asks_state(interpreter, node, does, state)
    if base is ValueKind.CLOSING:
        return interpreter.given(node)
    if base is ValueKind.SIBLING and (not name or name in CLOSE_METHODS):
        # close() of a connection does not raise (websockets, sync/connection.py); what has no name here is the method
        # of a sibling: [first.close, second.close]
        return interpreter.normal(node, interpreter.waited(state))
    if base is ValueKind.SIBLING and name in OF_TEXTS:
        return interpreter.normal(node, state)
    raised = error_of_method(node, does) if base is ValueKind.SIBLING else None
    if raised is not None:
        waited = state if behaviour_of_method(name).waits is Waits.NEVER else interpreter.waited(state)
        return [*interpreter.normal(node, waited), interpreter.error(node, waited, raised)]
    if contains(base):
        return container_method(interpreter, node, does, state, name)
    return _other_method(interpreter, node, does, state, base)


def _asks_state(interpreter: Interpreter, node: Node, does: CallMethod, state: State) -> list[Successor]:
    """``ws.socket.fileno()``, ``ws.recv_events_thread.is_alive()``."""
    told = state.with_environment(interpreter.bound(state.environment, does.target, ValueKind.STATE))
    if does.name in NEVER_RAISING:
        return interpreter.normal(node, told)
    return interpreter.both(node, told, state)


def _enter_unopened(
    interpreter: Interpreter, node: Node, does: CallMethod | Enter, state: State
) -> list[Successor]:
    """``reconnect(…).__enter__()`` opens the connection."""
    environment = interpreter.bound(state.environment, does.target, ValueKind.CONNECTION)
    for place, value in environment.items():
        if value is ValueKind.UNOPENED:
            environment[place] = ValueKind.CONNECTION
    opened = state.with_environment(environment).flagged(entered=True, unopened=False)
    return [*interpreter.normal(node, opened), interpreter.error(node, state)]


def _other_method(
    interpreter: Interpreter, node: Node, does: CallMethod, state: State, base: AbstractValue
) -> list[Successor]:
    """A method of something that is not the connection and does not hold it yet."""
    arguments = does.arguments.all
    state = interpreter.shared(arguments, state)
    held = [value_of(operand, state.environment) for operand in arguments]
    held = [value for value in held if holds(value)]
    if held:
        return _takes_connection(interpreter, node, does, state, base, held)
    if callbacks_take(interpreter, arguments, state):
        return interpreter.given(node)
    elsewhere = if_others_changed(arguments, state) if arguments else []
    state = given_to_others(interpreter, arguments, state)
    if base in (ValueKind.SIBLINGS, ValueKind.ONE_SIBLING) and does.name in TAKING_OUT:
        return take_sibling(interpreter, node, does, state, base)
    state = _after_method(interpreter, node, does, state, base)
    if does.name == "start":
        running = started(interpreter, state, place_of(does.receiver))
        return interpreter.normal(node, running) if node.safe else interpreter.both(node, running)
    successors = _after_waiting(interpreter, node, does, state, base)
    for changed in elsewhere:
        successors.extend(interpreter.normal(node, changed))
    return successors


def _takes_connection(
    interpreter: Interpreter,
    node: Node,
    does: CallMethod,
    state: State,
    base: AbstractValue,
    added: Sequence[AbstractValue],
) -> list[Successor]:
    """A method that gets the connection: one that puts it into a container, or one that may do anything with it."""
    graph, name, place = interpreter.graph, does.name, place_of(does.receiver)
    local = place in graph.containers
    if base is ValueKind.SHARED or name not in ADDING or place is None:
        return interpreter.given(node)
    if not (local or place in graph.owners or interpreter.summaries.is_shared(place)):
        return interpreter.given(node)
    owner = interpreter.summaries.lasting_place(graph, place)
    if owner is not None:
        if not is_of_this_file(interpreter.summaries.names, owner.name, owner.holder, owner.is_of_objects):
            return interpreter.given(node)
        interpreter.collected.collected.add(owner)
    if name in QUEUE:
        keeps_duty = put_in_queue(interpreter, node, place)
        if keeps_duty is None:
            return interpreter.given(node)
        if keeps_duty:
            return interpreter.both(node, state)
    value = with_one_more(base, added[0] if len(added) == 1 else ValueKind.CONNECTION)
    itself = not any(is_closer(value) for value in added)
    if isinstance(does.key, str) and local and itself:
        value = PackedAt(does.key, 1 if base is ValueKind.EMPTY else 0)
    environment = interpreter.bound(state.environment, place, value)
    if name == "setdefault" and len(added) == 1:
        environment = interpreter.bound(environment, does.target, added[0])
    after = state.with_environment(environment)
    return interpreter.normal(node, after) if local or place in graph.made else interpreter.both(node, after)


def _after_method(
    interpreter: Interpreter, node: Node, does: CallMethod, state: State, base: AbstractValue
) -> State:
    """The state after a method of another object: what it may have changed of the object, and whom it may have told."""
    name, place, arguments = does.name, place_of(does.receiver), does.arguments.all
    local = place in interpreter.graph.containers
    if (
        local
        and name in ADDING
        and any(value_of(operand, state.environment) is ValueKind.SIBLING for operand in arguments)
    ):
        more = ValueKind.ONE_SIBLING if base is ValueKind.EMPTY else ValueKind.SIBLINGS
        state = state.with_environment(interpreter.bound(state.environment, place, more))
    elif local and name not in LOOKING and base is not ValueKind.SHARED:
        state = state.with_environment(interpreter.bound(state.environment, place, after_change(base, name)))
    elif base in _CHANGEABLE and place in state.environment:
        state = state.with_environment(interpreter.bound(state.environment, place, ValueKind.UNKNOWN))
    if place and name not in LOOKING and name not in OF_TEXTS:
        state = interpreter.without_answers(state, place, node.asks)
    if name not in ADDING:
        known = behaviour_of_method(name).waits is not Waits.MAYBE
        state = let_others_end_threads(interpreter, arguments if known else (does.receiver, *arguments), state)
    return told_to_stop(interpreter, state) if name == "set" and not arguments else state


def _after_waiting(
    interpreter: Interpreter, node: Node, does: CallMethod, state: State, base: AbstractValue
) -> list[Successor]:
    """Go on after a method of another object, which may have waited for a thread, or for its end."""
    graph, name, place = interpreter.graph, does.name, place_of(does.receiver)
    waits = behaviour_of_method(name).waits is not Waits.NEVER and not _says_not_to_wait(does)
    if behaviour_of_method(name).waits_for_end and waits:
        if closed_by_ended(interpreter, state):
            return interpreter.closed(node)
        if not does.arguments.all and ended_by_peer(interpreter, state):
            state = interpreter.closed_by_peer(state)
        for step, phase in state.threads:
            if phase in Phase.RUNNING and step in interpreter.collected.handed:
                handed = interpreter.collected.handed[step]
                interpreter.collected.handed[step] = replace(handed, awaited=True)
        # join(timeout=2) may come back before the thread has ended
        if name != "join" or not does.arguments.all:
            if not state.excused:
                interpreter.collected.joins.add(node.syntax)
            state = threads_may_have_ended(interpreter, state)
    after = after_method(interpreter, does, interpreter.waited(state)) if waits else state
    own = place in graph.containers or place in graph.made
    safe = own and (name in ADDING or name == "clear" or _finds_something(does, base))
    return interpreter.normal(node, after) if safe else interpreter.both(node, after)


def _finds_something(does: CallMethod, container: AbstractValue) -> bool:
    """``options.get("live")``, ``options.keys()``; ``jobs.pop()`` where the list is not empty."""
    if does.name in SURVEYING:
        return True
    if does.name == "get":
        return isinstance(does.key, str)
    return does.name in ("pop", "popleft") and not does.arguments.all and truth(container) is True


def _says_not_to_wait(does: CallMethod) -> bool:
    """``pool.shutdown(wait=False)``."""
    given = (*does.arguments.positional[:1], dict(does.arguments.keywords).get("wait"))
    return does.name == "shutdown" and Known(ValueKind.FALSE) in given


def _open(interpreter: Interpreter, node: Node, does: Open, state: State) -> list[Successor]:
    """Another connection than the one that is followed; who opens it in a handler of an error has lost that one."""
    handled = state.pending[does.handling : does.handling + 1] if does.handling is not None else ()
    lost = not interpreter.watched and any(isinstance(item, Raised) and is_end_of_connection(item) for item in handled)
    state = interpreter.closed_by_peer(state) if lost else state
    result = state.with_environment(interpreter.bound(state.environment, does.target, ValueKind.SIBLING))
    return [*interpreter.normal(node, result), interpreter.error(node, state, OPENING_ERROR)]


def _enter(interpreter: Interpreter, node: Node, does: Enter, state: State) -> list[Successor]:
    value = value_of(does.manager, state.environment)
    if value is ValueKind.UNOPENED:
        return _enter_unopened(interpreter, node, does, state)
    if value is ValueKind.CONNECTION or value is ValueKind.CLOSING:
        entered = value is ValueKind.CONNECTION
        interpreter.collected.entered = interpreter.collected.entered or entered
        environment = interpreter.bound(state.environment, does.target, ValueKind.CONNECTION)
        return interpreter.normal(node, state.with_environment(environment).flagged(entered=state.entered or entered))
    if value is ValueKind.SIBLING:
        return interpreter.normal(
            node, state.with_environment(interpreter.bound(state.environment, does.target, value))
        )
    if does.method is not None:
        return transfer_call(interpreter, node, call_of_manager(does), state)
    if holds(value):
        return interpreter.given(node)
    return interpreter.normal(node, state)


def _leave(interpreter: Interpreter, node: Node, does: Leave, state: State) -> list[Successor]:
    value = value_of(does.manager, state.environment)
    if value is ValueKind.CONNECTION or value is ValueKind.CLOSING:
        # what is left to a stack is used where it is left to it
        if not interpreter.graph.registered[does.manager] and (value is ValueKind.CLOSING or not state.entered):
            use(interpreter, node, state, "close")
        if isinstance(state.pending[-1], int) and not _leaves_more(interpreter, does):
            for step, phase in state.threads:
                handed = interpreter.collected.handed.get(step)
                if handed is not None and phase == Phase.STARTED:
                    interpreter.collected.handed[step] = replace(handed, ends_before=node.syntax)
                elif handed is not None and phase > Phase.STARTED:
                    interpreter.collected.handed[step] = replace(handed, awaited=True)
        return interpreter.closed(node)
    if does.method is not None:
        return transfer_call(interpreter, node, call_of_manager(does), state)
    if value is ValueKind.SIBLING or node.safe:
        return interpreter.normal(node, state)
    # Leaving a pool waits for its workers.
    return interpreter.normal(node, threads_may_have_ended(interpreter, interpreter.waited(state)))


def _leaves_more(interpreter: Interpreter, does: Leave) -> bool:
    """Whether an exit stack has something else to leave, which may wait: a pool, ``callback(reader.join)``."""
    return interpreter.graph.registered[does.manager] > 1


def _leave_expecting(
    interpreter: Interpreter, node: Node, does: LeaveExpecting, state: State
) -> list[Successor]:
    """The end of a block that is expected to raise: what it was to open is open only in a test that fails."""
    if value_of(does.open_before, state.environment) is ValueKind.UNKNOWN:
        return interpreter.given(node)
    if does.expected is not None and is_for_closed(does.expected) and isinstance(state.pending[-1], int):
        state = state.flagged(excused=True)
    return interpreter.normal(node, state)


def _register(interpreter: Interpreter, node: Node, does: Register, state: State) -> list[Successor]:
    """An exit stack, a test's clean-up or a fixture's finalizer closes it."""
    for operand in does.registered:
        value = value_of(operand, state.environment)
        by_method = isinstance(value, BoundMethod) and value.name in CLOSE_METHODS
        if value in (ValueKind.CONNECTION, ValueKind.CLOSING, ValueKind.UNOPENED) or by_method:
            if does.enters and value is not ValueKind.CLOSING:
                interpreter.collected.entered = True
            elif not (isinstance(value, BoundMethod) and value.name == "close_socket"):
                use(interpreter, node, state, "close")
            return _left_to_stack(interpreter, node, does, state)
        if isinstance(value, BoundMethod):
            continue  # stack.callback(ws.send, "bye") closes nothing
        if holds(value):
            return interpreter.given(node)
        if value is ValueKind.SIBLING:
            return interpreter.normal(node, state)
    if callbacks_take(interpreter, does.registered, state):
        return interpreter.closed(node)
    # entering something else may raise; to note a callback does not
    return interpreter.both(node, state) if does.enters else interpreter.normal(node, state)


def _left_to_stack(interpreter: Interpreter, node: Node, does: Register, state: State) -> list[Successor]:
    """The end of the stack's ``with`` block closes it: up to there it is used like one of a block of its own."""
    unopened = any(value_of(operand, state.environment) is ValueKind.UNOPENED for operand in does.registered)
    if does.stack is None or unopened:
        holder = interpreter.summaries.lasting_place(interpreter.graph, does.holder) if does.holder else None
        if holder is None or unopened or not holder.is_of_objects:
            return interpreter.closed(node)
        interpreter.collected.on_stacks.add(holder)
        if not interpreter.onto_stacks:
            return interpreter.closed(node)
        kept = interpreter.bound(state.environment, does.holder, ValueKind.CONNECTION)
        return interpreter.normal(node, state.with_environment(kept).flagged(entered=True))
    interpreter.collected.note(Effect.CLOSED, node.syntax)
    environment = interpreter.bound(state.environment, does.stack, ValueKind.CLOSING)
    entered = state.entered or does.enters
    return interpreter.normal(node, state.with_environment(environment).flagged(entered=entered))


def _close_late(interpreter: Interpreter, node: Node, does: CloseLate, state: State) -> list[Successor]:
    """``atexit.register(ws.close)``, ``weakref.finalize(owner, ws.close)``."""
    held = tuple(operand for operand in does.registered if holds(value_of(operand, state.environment)))
    closes = any(
        isinstance(value := value_of(operand, state.environment), BoundMethod) and value.name in CLOSE_METHODS
        for operand in does.registered
    )
    for operand in does.registered:
        if isinstance(operand, Callback) and not closes:
            bindings = reachable_from(interpreter, operand.function, operand.receiver, state)
            if held:
                bound = call_with(interpreter, operand.function, operand.receiver, Arguments(held), state)
                bindings = bound[0] if bound is not None else bindings
            closes = bool(bindings) and interpreter.summaries.effect(operand.function, bindings).closed is not None
    if not closes:
        return interpreter.given(node) if held else interpreter.normal(node, state)
    interpreter.collected.note_late(LateClose(node.syntax, does.closer, interpreter.graph.scope))
    if not state.entered:
        interpreter.collected.note(Effect.USED_BEFORE_ENTER, node.syntax)
    return interpreter.normal(node, state.flagged(late=True))


CONNECTION: Transfers = {
    CallMethod: _method,
    Open: _open,
    Enter: _enter,
    Leave: _leave,
    LeaveExpecting: _leave_expecting,
    Register: _register,
    CloseLate: _close_late,
}
