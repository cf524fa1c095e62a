"""Steps that open, use and close the connection, or put it into containers and take it out again."""

from __future__ import annotations

import ast

from flake8_wsthreads.facts import LateCloser
from flake8_wsthreads.flow.call_steps import step_call
from flake8_wsthreads.flow.exceptions import CONNECTION_ERROR, OPENING_ERROR
from flake8_wsthreads.flow.exploration import Exploration, Steps, Successor
from flake8_wsthreads.flow.graph import Arguments, Basic, Callback, Known, Node, Op, slot_of
from flake8_wsthreads.flow.outcome import LateClose, endless_loop
from flake8_wsthreads.flow.reach import call_with, callbacks_take, reachable_from
from flake8_wsthreads.flow.state import (
    AbstractValue,
    BoundMethod,
    PackedAt,
    Phase,
    Sized,
    State,
    contains,
    element_of,
    holds,
    is_alone,
    is_closer,
    value_of,
    with_one_more,
)
from flake8_wsthreads.flow.stop_signals import told_to_stop
from flake8_wsthreads.flow.thread_steps import closed_by_ended, ended_by_peer, owner_at, put_in_queue, receive, started
from flake8_wsthreads.flow.turns import after_iter, after_method
from flake8_wsthreads.library.websockets import (
    CLOSE_METHODS,
    DEPRECATED_BEFORE_ENTER,
    RECEIVE_METHODS,
    SENDING,
    is_closed_error,
)
from flake8_wsthreads.source.syntax import argument

ADDING = frozenset(
    {"append", "add", "insert", "extend", "update", "setdefault", "put", "put_nowait", "appendleft", "__setitem__"}
)
QUEUE = frozenset({"put", "put_nowait"})
_TAKING_OUT = frozenset({"pop", "popleft", "popitem"})
_LOOKING_UP = frozenset({"get", "get_nowait", "setdefault", "__getitem__"})
_NEVER_WAITING = frozenset(
    {
        "start", "send", "ping", "pong", "append", "add", "put", "put_nowait", "set", "info", "debug", "warning",
        "error", "format", "encode", "decode", "update", "clear", "is_set", "is_alive", "setDaemon", "getName",
        "setName", "write", "submit", "add_done_callback",
    }
)  # fmt: skip
_FAILING_WITH_THE_CONNECTION = frozenset({"recv", "recv_streaming", "send", "ping", "pong"})
# They leave a container as it is.
_LOOKING = frozenset(
    {"get", "keys", "values", "items", "copy", "index", "count", "__getitem__", "startswith", "endswith"}
)
# What a condition learned of these is out of date after a method of theirs was called.
_CHANGEABLE = {Basic.TRUTHY, Basic.FALSY, Basic.EMPTY}
_OF_TEXTS = frozenset({"startswith", "endswith", "lower", "upper", "strip", "split", "partition", "replace", "format"})
_ENDING_THREADS = frozenset({"join", "shutdown", "terminate", "result"})


def use(exploration: Exploration, node: Node, state: State, name: str) -> None:
    """Note that a method of the connection is called, or that it is iterated (``__iter__``)."""
    outcome = exploration.outcome
    if name not in CLOSE_METHODS:
        outcome.note("used", node.syntax)
    if not state.entered and name in DEPRECATED_BEFORE_ENTER:
        outcome.note("used_before_enter", node.syntax)
    if name in RECEIVE_METHODS:
        receive(exploration, node, state, name == "__iter__")
    elif name in SENDING and (forever := endless_loop(node.loops, False)) is not None:
        outcome.note("sent_forever", forever)


def _connection_method(exploration: Exploration, node: Node, state: State, name: str) -> list[Successor]:
    if name in _OF_TEXTS and slot_of(node.operand) in exploration.graph.paired:
        return exploration.given(node)  # for name, ws in feeds.items(): the two are not told apart
    use(exploration, node, state, name)
    if name in CLOSE_METHODS:
        return exploration.closed(node)
    if name == "__enter__":
        exploration.outcome.entered = True
        environment = exploration.bound(state.environment, node.target, Basic.CONNECTION)
        return exploration.normal(node, state.with_environment(environment).flagged(entered=True))
    if any(holds(value_of(operand, state.environment)) for operand in node.arguments.all):
        return exploration.given(node)
    after = state if name in _NEVER_WAITING else exploration.waited(state)
    if not _fails_with_the_connection(node):
        return exploration.both(node, after)
    # finally: ws.send("bye"); ws.close(): what may go wrong with the first is that there is nothing left to close
    failed = after.flagged(closed_by_peer=True) if node.in_final else after
    return [*exploration.normal(node, after), exploration.error(node, failed, CONNECTION_ERROR)]


def _fails_with_the_connection(node: Node) -> bool:
    """Whether a method of a connection raises nothing but that it is closed; ``recv(timeout=5)`` raises a timeout."""
    may_time_out = bool(node.arguments.all) and node.name == "recv"
    return node.name in _FAILING_WITH_THE_CONNECTION and not may_time_out and not node.safe


def _method(exploration: Exploration, index: int, node: Node, state: State) -> list[Successor]:
    base = value_of(node.operand, state.environment)
    name = node.name
    if isinstance(base, BoundMethod):
        if not name:
            # close = ws.close; close()
            return _connection_method(exploration, node, state, base.name)
        # ws.socket.settimeout(…)
        return exploration.both(node, state)
    if base is Basic.CONNECTION:
        return _connection_method(exploration, node, state, name) if name else exploration.given(node)
    if base is Basic.UNOPENED:
        return _enter_unopened(exploration, node, state) if name == "__enter__" else exploration.given(node)
    if base is Basic.CLOSING:
        return exploration.given(node)
    if base is Basic.SIBLING and (not name or name in CLOSE_METHODS):
        # close() of a connection does not raise (websockets, sync/connection.py); what has no name here is the method
        # of a sibling: [first.close, second.close]
        return exploration.normal(node, exploration.waited(state))
    if base is Basic.SIBLING and name in _OF_TEXTS:
        return exploration.normal(node, state)
    if base is Basic.SIBLING and _fails_with_the_connection(node):
        waited = state if name in _NEVER_WAITING else exploration.waited(state)
        return [*exploration.normal(node, waited), exploration.error(node, waited, CONNECTION_ERROR)]
    if contains(base):
        return _container_method(exploration, index, node, state, name)
    return _other_method(exploration, index, node, state, base)


def _enter_unopened(exploration: Exploration, node: Node, state: State) -> list[Successor]:
    """``reconnect(…).__enter__()`` opens the connection."""
    environment = exploration.bound(state.environment, node.target, Basic.CONNECTION)
    for slot, value in environment.items():
        if value is Basic.UNOPENED:
            environment[slot] = Basic.CONNECTION
    opened = state.with_environment(environment).flagged(entered=True, unopened=False)
    return [*exploration.normal(node, opened), exploration.error(node, state)]


def _other_method(
    exploration: Exploration, index: int, node: Node, state: State, base: AbstractValue
) -> list[Successor]:
    """A method of something that is not the connection and does not hold it yet."""
    graph, name, slot = exploration.graph, node.name, slot_of(node.operand)
    held = [operand for operand in node.arguments.all if holds(value_of(operand, state.environment))]
    local = slot in graph.containers
    state = exploration.shared(node.arguments.all, state)
    if held:
        if base is Basic.SHARED:
            return exploration.given(node)
        if name in ADDING and (local or slot in graph.owners or exploration.program.is_shared(slot)):
            owner = owner_at(exploration, slot)
            if owner is not None:
                exploration.outcome.collected.add(owner)
            if name in QUEUE:
                keeps_duty = put_in_queue(exploration, index, node, state, slot)
                if keeps_duty is None:
                    return exploration.given(node)
                if keeps_duty:
                    return exploration.both(node, state)
            added = [value_of(operand, state.environment) for operand in held]
            value = with_one_more(base, added[0] if len(added) == 1 else Basic.CONNECTION)
            itself = not any(is_closer(value) for value in added)
            if name == "__setitem__" and isinstance(node.detail, str) and local and itself:
                value = PackedAt(node.detail, 0)
            after = state.with_environment(exploration.bound(state.environment, slot, value))
            return exploration.normal(node, after) if local or slot in graph.made else exploration.both(node, after)
        return exploration.given(node)
    if callbacks_take(exploration, node.arguments.all, state):
        return exploration.given(node)
    if (
        local
        and name in ADDING
        and any(value_of(operand, state.environment) is Basic.SIBLING for operand in node.arguments.all)
    ):
        more = Basic.ONE_SIBLING if base is Basic.EMPTY else Basic.SIBLINGS
        state = state.with_environment(exploration.bound(state.environment, slot, more))
    elif base in (Basic.SIBLINGS, Basic.ONE_SIBLING) and name in _TAKING_OUT:
        return _take_sibling(exploration, node, state, base)
    elif (base in _CHANGEABLE or (local and name not in _LOOKING)) and slot in state.environment:
        state = state.with_environment(exploration.bound(state.environment, slot, Basic.UNKNOWN))
    if slot and name not in _LOOKING and exploration.graph.questions:
        environment = dict(state.environment)
        exploration.forget_answers(environment, slot)
        state = state.with_environment(environment)
    if name == "set" and not node.arguments.all:
        state = told_to_stop(exploration, state)
    if name == "start":
        running = started(exploration, state)
        return exploration.normal(node, running) if node.safe else exploration.both(node, running)
    waits = name not in _NEVER_WAITING and not _says_not_to_wait(node)
    if name in _ENDING_THREADS and waits:
        if closed_by_ended(exploration, state):
            return exploration.closed(node)
        if not node.arguments.all and ended_by_peer(exploration, state):
            state = state.flagged(closed_by_peer=True)
            exploration.outcome.closed_by_peer = True
        for step, phase in state.threads:
            if phase in Phase.RUNNING and step in exploration.outcome.handed:
                exploration.outcome.handed[step].awaited = True
        # join(timeout=2) may come back before the thread has ended
        if name != "join" or not node.arguments.all:
            state = state.with_threads(())
    after = after_method(exploration, node, exploration.waited(state)) if waits else state
    own = local or slot in graph.made
    return exploration.normal(node, after) if own and name in ADDING else exploration.both(node, after)


def _says_not_to_wait(node: Node) -> bool:
    """``pool.shutdown(wait=False)``."""
    given = (*node.arguments.positional[:1], dict(node.arguments.keywords).get("wait"))
    return node.name == "shutdown" and Known(Basic.FALSE) in given


def _take_sibling(exploration: Exploration, node: Node, state: State, base: AbstractValue) -> list[Successor]:
    """Another connection is taken out of a container of others: the last one, or one of several."""
    successors: list[Successor] = []
    for left in (Basic.EMPTY,) if base is Basic.ONE_SIBLING else (Basic.EMPTY, Basic.SIBLINGS):
        environment = exploration.bound(state.environment, slot_of(node.operand), left)
        environment = exploration.bound(environment, node.target, Basic.SIBLING)
        successors.extend(exploration.normal(node, state.with_environment(environment)))
    return successors


def _literal_key(node: Node) -> object:
    """The literal that a method is given first: ``session.get("ws")``; None for anything else."""
    first = argument(node.syntax, 0) if isinstance(node.syntax, ast.Call) else None
    return first.value if isinstance(first, ast.Constant) else None


def _container_method(exploration: Exploration, index: int, node: Node, state: State, name: str) -> list[Successor]:
    slot, environment = slot_of(node.operand), state.environment
    held = [operand for operand in node.arguments.all if holds(value_of(operand, environment))]
    bound, value = exploration.bound, value_of(node.operand, environment)
    if name == "__setitem__" and isinstance(value, PackedAt) and isinstance(node.detail, str) and slot and not held:
        if node.detail != value.position:
            return exploration.normal(node, state)
        # session["ws"] = None
        replaced = state.with_environment(bound(environment, slot, Basic.UNKNOWN))
        return exploration.normal(node, exploration.unless_lost(replaced, index))
    key = _literal_key(node)
    if isinstance(value, PackedAt) and isinstance(value.position, str) and name in ("get", "pop"):
        if key is not None and key != value.position:
            return exploration.normal(node, state)
    if name in ADDING:
        # it holds one more now, so its positions say nothing any more
        added = [value_of(operand, environment) for operand in held]
        more = with_one_more(value, Basic.UNKNOWN if not added else added[0] if len(added) == 1 else Basic.CONNECTION)
        changed = bound(environment, slot, more) if slot else environment
        if name == "setdefault":
            changed = bound(changed, node.target, element_of(value))
        return exploration.normal(node, state.with_environment(changed))
    if name in _TAKING_OUT and slot:
        alone = is_alone(value)
        taken = element_of(value)
        if name == "popitem":
            taken = with_one_more(Basic.UNKNOWN, taken)
        left = Basic.EMPTY if alone else Basic.UNKNOWN
        changed = bound(bound(environment, slot, left), node.target, taken)
        successors = exploration.normal(node, state.with_environment(changed))
        if not alone and not node.arguments.all:
            # or it takes another one first
            more = with_one_more(value, Basic.UNKNOWN)
            other = bound(bound(environment, slot, more), node.target, Basic.SIBLING)
            successors.extend(exploration.normal(node, state.with_environment(other)))
        return successors
    if name in _LOOKING_UP:
        found = state.with_environment(bound(environment, node.target, element_of(value)))
        # who looks up the connection where it is finds it
        is_there = isinstance(value, PackedAt) and key == value.position
        return exploration.normal(node, found) if is_there else exploration.both(node, found)
    if name in ("remove", "discard") and held and slot:
        # what is in it can be removed
        changed_state = state.with_environment(bound(environment, slot, Basic.UNKNOWN))
        return exploration.normal(node, exploration.unless_lost(changed_state))
    if name in ("remove", "discard") and any(
        value_of(operand, environment) is Basic.SIBLING for operand in node.arguments.all
    ):
        return exploration.normal(node, state)
    if name == "clear" and slot:
        changed_state = state.with_environment(bound(environment, slot, Basic.EMPTY))
        return exploration.normal(node, exploration.unless_lost(changed_state))
    if name in CLOSE_METHODS and slot in exploration.graph.stacks:
        if not state.entered:
            use(exploration, node, state, "close")
        return exploration.closed(node)
    if name == "__delitem__" or not name:
        return exploration.given(node)
    return exploration.both(node, state)


def _read(exploration: Exploration, index: int, node: Node, state: State) -> list[Successor]:
    for operand in node.operands:
        if value_of(operand, state.environment) is Basic.CONNECTION and isinstance(node.syntax, ast.Call):
            callee = node.syntax.func
            if isinstance(callee, ast.Name) and callee.id in ("list", "tuple", "set", "enumerate", "sorted", "zip"):
                use(exploration, node, state, "__iter__")
    return exploration.both(node, after_iter(exploration, node, state))


def _unpack(exploration: Exploration, index: int, node: Node, state: State) -> list[Successor]:
    value = value_of(node.operand, state.environment)
    # another one of the pairs in a list is a pair, too
    return exploration.normal(node, state) if holds(value) or value is Basic.SIBLING else exploration.both(node, state)


def _open(exploration: Exploration, index: int, node: Node, state: State) -> list[Successor]:
    """Another connection than the one that is followed."""
    result = state.with_environment(exploration.bound(state.environment, node.target, Basic.SIBLING))
    return [*exploration.normal(node, result), exploration.error(node, state, OPENING_ERROR)]


def _enter(exploration: Exploration, index: int, node: Node, state: State) -> list[Successor]:
    value = value_of(node.operand, state.environment)
    if value is Basic.UNOPENED:
        return _enter_unopened(exploration, node, state)
    if value is Basic.CONNECTION or value is Basic.CLOSING:
        entered = value is Basic.CONNECTION
        exploration.outcome.entered = exploration.outcome.entered or entered
        environment = exploration.bound(state.environment, node.target, Basic.CONNECTION)
        return exploration.normal(node, state.with_environment(environment).flagged(entered=state.entered or entered))
    if value is Basic.SIBLING:
        return exploration.normal(
            node, state.with_environment(exploration.bound(state.environment, node.target, value))
        )
    if node.function is not None:
        return step_call(exploration, index, node, state)
    if holds(value):
        return exploration.given(node)
    return exploration.normal(node, state)


def _exit(exploration: Exploration, index: int, node: Node, state: State) -> list[Successor]:
    if node.name == "expecting":
        return _expected_exception(exploration, node, state)
    value = value_of(node.operand, state.environment)
    if value is Basic.CONNECTION or value is Basic.CLOSING:
        if value is Basic.CLOSING or not state.entered:
            use(exploration, node, state, "close")
        if isinstance(state.pending[-1], int) and not _leaves_more(exploration, node):
            for step, phase in state.threads:
                handed = exploration.outcome.handed.get(step)
                if handed is not None and phase == Phase.STARTED:
                    handed.ends_before = node.syntax
                elif handed is not None and phase > Phase.STARTED:
                    handed.awaited = True
        return exploration.closed(node)
    if node.function is not None:
        return step_call(exploration, index, node, state)
    if value is Basic.SIBLING or node.safe:
        return exploration.normal(node, state)
    # Leaving a pool waits for its workers.
    return exploration.normal(node, exploration.waited(state).with_threads(()))


def _leaves_more(exploration: Exploration, node: Node) -> bool:
    """Whether an exit stack has something else to leave, which may wait: a pool, ``callback(reader.join)``."""
    return exploration.graph.registered[slot_of(node.operand)] > 1


def _expected_exception(exploration: Exploration, node: Node, state: State) -> list[Successor]:
    """The end of a block that is expected to raise: what it was to open is open only in a test that fails."""
    if all(value_of(operand, state.environment) is Basic.UNKNOWN for operand in node.operands):
        return exploration.given(node)
    if node.raised and all(is_closed_error(name) for name in node.raised) and isinstance(state.pending[-1], int):
        state = state.flagged(closed_by_peer=True)
    return exploration.normal(node, state)


def _register(exploration: Exploration, index: int, node: Node, state: State) -> list[Successor]:
    """An exit stack, a test's clean-up or a fixture's finalizer closes it."""
    for operand in node.operands:
        value = value_of(operand, state.environment)
        by_method = isinstance(value, BoundMethod) and value.name in CLOSE_METHODS
        if value in (Basic.CONNECTION, Basic.CLOSING, Basic.UNOPENED) or by_method:
            if node.name == "enter" and value is not Basic.CLOSING:
                exploration.outcome.entered = True
            elif not (isinstance(value, BoundMethod) and value.name == "close_socket"):
                use(exploration, node, state, "close")
            return _left_to_stack(exploration, node, state)
        if isinstance(value, BoundMethod):
            continue  # stack.callback(ws.send, "bye") closes nothing
        if holds(value):
            return exploration.given(node)
        if value is Basic.SIBLING:
            return exploration.normal(node, state)
    if callbacks_take(exploration, node.operands, state):
        return exploration.closed(node)
    # entering something else may raise; to note a callback does not
    return exploration.both(node, state) if node.name == "enter" else exploration.normal(node, state)


def _left_to_stack(exploration: Exploration, node: Node, state: State) -> list[Successor]:
    """The end of the stack's ``with`` block closes it: up to there it is used like one of a block of its own."""
    unopened = any(value_of(operand, state.environment) is Basic.UNOPENED for operand in node.operands)
    if not node.target or unopened:
        return exploration.closed(node)
    exploration.outcome.note("closed", node.syntax)
    environment = exploration.bound(state.environment, node.target, Basic.CLOSING)
    entered = state.entered or node.name == "enter"
    return exploration.normal(node, state.with_environment(environment).flagged(entered=entered))


def _late(exploration: Exploration, index: int, node: Node, state: State) -> list[Successor]:
    """``atexit.register(ws.close)``, ``weakref.finalize(owner, ws.close)``."""
    held = tuple(operand for operand in node.operands if holds(value_of(operand, state.environment)))
    closes = any(
        isinstance(value := value_of(operand, state.environment), BoundMethod) and value.name in CLOSE_METHODS
        for operand in node.operands
    )
    for operand in node.operands:
        if isinstance(operand, Callback) and not closes:
            bindings = reachable_from(exploration, operand.function, operand.receiver, state)
            if held:
                bound = call_with(exploration, operand.function, operand.receiver, Arguments(held), state)
                bindings = bound[0] if bound is not None else bindings
            closes = bool(bindings) and exploration.program.effect(operand.function, bindings).closed is not None
    if not closes:
        return exploration.given(node) if held else exploration.normal(node, state)
    assert isinstance(node.detail, LateCloser)
    exploration.outcome.note_late(LateClose(node.syntax, node.detail, exploration.graph.scope))
    if not state.entered:
        exploration.outcome.note("used_before_enter", node.syntax)
    return exploration.normal(node, state.flagged(late=True))


def _iterate(exploration: Exploration, index: int, node: Node, state: State) -> list[Successor]:
    body, leave = node.next
    state = exploration.waited(state, Phase.LOOPED)
    environment = state.environment
    value = value_of(node.operand, environment)
    other = state.with_environment(exploration.bound(environment, node.target, Basic.UNKNOWN))
    if value is Basic.CONNECTION:
        use(exploration, node, state, "__iter__")
        # It ends, or raises, when the peer has closed the connection: those ways out leave nothing open.
        gone = state.flagged(closed_by_peer=True)
        exploration.outcome.closed_by_peer = True
        return [(body, other), (leave, gone), exploration.error(node, gone)]
    if contains(value):
        other = state.with_environment(exploration.bound(environment, node.target, Basic.SIBLING))
        if environment.get(node.name) is Basic.TRUE:
            return [(leave, state)] if is_alone(value) else [(body, other), (leave, state)]
        this = dict(environment)
        this[node.target], this[node.name] = element_of(value), Basic.TRUE
        exploration.outcome.held_in.add(node.target)
        if is_alone(value) or (isinstance(value, PackedAt) and value.position == 0):
            return [(body, state.with_environment(this))]
        return [(body, state.with_environment(this)), (body, other)]
    if value in (Basic.SIBLINGS, Basic.ONE_SIBLING):
        again = environment.get(node.name) is Basic.TRUE
        if again and value is Basic.ONE_SIBLING:
            return [(leave, state)]
        sibling = exploration.bound(environment, node.target, Basic.SIBLING)
        sibling[node.name] = Basic.TRUE
        return [(body, state.with_environment(sibling)), *([(leave, state)] if again else [])]
    if value is Basic.EMPTY:
        return [(leave, state)]
    if isinstance(value, Sized):
        rest = Sized(value.length - 1) if value.length > 1 else Basic.EMPTY
        container = slot_of(node.operand)
        return [(body, other.with_environment(exploration.bound(other.environment, container, rest)))]
    if value is Basic.NONE:
        return [exploration.error(node, state)]
    if slot_of(node.operand) in exploration.graph.containers:
        return [(body, other), (leave, state)]
    return [(body, other), (leave, state), exploration.error(node, state)]


CONNECTION_STEPS: Steps = {
    Op.METHOD: _method,
    Op.READ: _read,
    Op.UNPACK: _unpack,
    Op.OPEN: _open,
    Op.ENTER: _enter,
    Op.EXIT: _exit,
    Op.REGISTER: _register,
    Op.LATE: _late,
    Op.ITERATE: _iterate,
}
