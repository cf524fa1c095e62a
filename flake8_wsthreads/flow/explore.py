"""Follow every path of a graph and collect what it does with one connection.

A path carries what conditions can tell apart: which variables hold the connection, which are None, which flags are set.
Two paths that agree on this at a step go on as one. So a function is walked once for each such state, not for each path.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from typing import Protocol

from flake8_wsthreads.facts import LateCloser
from flake8_wsthreads.flow.exceptions import GENERATOR_EXIT, matches, refined
from flake8_wsthreads.flow.graph import (
    ANY_EXCEPTION,
    Arguments,
    Basic,
    Callback,
    Graph,
    Member,
    Node,
    Op,
    Operand,
    OwnerReference,
    Raised,
    Slot,
)
from flake8_wsthreads.flow.outcome import Handed, Outcome, endless_loop
from flake8_wsthreads.flow.state import (
    AbstractValue,
    BoundMethod,
    Environment,
    Phase,
    State,
    holds,
    is_none,
    learned,
    truth,
    value_of,
)
from flake8_wsthreads.names.scopes import Scope
from flake8_wsthreads.names.websockets import CLOSE_METHODS, STATE_ATTRIBUTES, is_closed_error

Successor = tuple[int, State]

_DEPRECATED_BEFORE_ENTER = frozenset({"recv", "recv_streaming", "send", "ping", "pong", "close", "__iter__", "__exit__"})
_RECEIVING = frozenset({"recv", "recv_streaming", "__iter__", "__next__"})
_ADDING = frozenset(
    {"append", "add", "insert", "extend", "update", "setdefault", "put", "put_nowait", "appendleft", "push", "__setitem__"}
)
_TAKING_OUT = frozenset({"pop", "popleft", "popitem", "get_nowait"})
_LOOKING_UP = frozenset({"get", "setdefault", "__getitem__", "peek"})
_NEVER_WAITING = frozenset(
    {
        "start", "send", "ping", "pong", "append", "add", "put", "put_nowait", "set", "info", "debug", "warning", "error",
        "format", "encode", "decode", "update", "clear", "is_set", "is_alive", "setDaemon", "getName", "setName", "write",
    }
)  # fmt: skip
_BUDGET_BASE = 4000
_BUDGET_PER_STEP = 40


class Program(Protocol):
    """What the exploration of one function asks about the others."""

    def effect(self, function: Scope, bindings: Iterable[tuple[str, AbstractValue]]) -> Outcome:
        """What a function does with a connection that is bound to these slots when it is called."""

    def opens(self, function: Scope) -> Basic | None:
        """CONNECTION or CONTAINS when a call of the function returns a connection that it opened."""

    def captured(self, function: Scope) -> frozenset[str]:
        """The slots of enclosing scopes that a function (or one inside it) mentions."""

    def parameters(self, function: Scope, arguments: Arguments, bound_receiver: bool) -> list[tuple[str, Operand]] | None:
        """The slots of a function's parameters with the operands bound to them; None where that is not known."""

    def receiver_slot(self, function: Scope) -> str:
        """The slot of a method's first parameter; empty for one that has none."""

    def is_shared(self, slot: str) -> bool:
        """Whether functions refer to a variable at the top level of the module."""

    def kept_by(self, constructed: Scope, node: Node, held: list[Operand]) -> list[OwnerReference] | None:
        """The attributes in which a class without ``__init__`` (a dataclass) keeps these; None where it is not known."""

    def waits(self, function: Scope) -> bool:
        """Whether a call of the function may wait for something."""


class Exploration:
    """Follows one connection through one graph."""

    def __init__(self, program: Program, graph: Graph) -> None:
        self.program = program
        self.graph = graph
        self.outcome = Outcome()
        self.is_constructor = graph.scope.enclosing_class is not None and graph.scope.name in ("__init__", "__enter__")

    def run(self, start: list[Successor], open_site: int = -1) -> Outcome:
        """Follow all paths from these steps on."""
        budget = _BUDGET_BASE + _BUDGET_PER_STEP * len(self.graph.nodes)
        seen: dict[tuple[int, object], tuple[tuple[int, object], bool] | None] = {}
        work: list[tuple[int, State, object]] = []
        for index, state in start:
            key = state.key
            if (index, key) not in seen:
                seen[index, key] = None
                work.append((index, state, key))
        self._seen = seen
        while work:
            index, state, key = work.pop()
            node = self.graph.nodes[index]
            if node.op is Op.NORMAL_EXIT or node.op is Op.ERROR_EXIT:
                self._leave(node, state, (index, key))
                continue
            for following, next_state in self._step(index, node, state):
                next_key = next_state.key
                if (following, next_key) not in seen:
                    exceptional = following == node.error and next_state.pending[-1:] != state.pending[-1:]
                    seen[following, next_key] = ((index, key), exceptional)
                    work.append((following, next_state, next_key))
            if len(seen) > budget:
                self.outcome.undecided = True
                break
        return self.outcome

    # Steps

    def _step(self, index: int, node: Node, state: State) -> Iterable[Successor]:
        op = node.op
        if op is Op.NOTHING:
            return self._normal(node, self._pruned(index, state))
        if op is Op.ASSIGN:
            return self._assign(node, state)
        if op is Op.RAISES:
            return self._both(node, self._waited(state))
        if op is Op.BRANCH:
            return self._branch(index, node, state)
        if op is Op.METHOD:
            return self._method(index, node, state)
        if op is Op.CALL:
            return self._call(index, node, state)
        if op is Op.CONSTRUCT:
            return self._construct(node, state)
        if op is Op.GIVE:
            return self._give(node, node.operands, state)
        if op is Op.READ:
            return self._read(node, state)
        if op is Op.SPAWN:
            return self._spawn(index, node, state)
        if op is Op.ENTER:
            return self._enter(index, node, state)
        if op is Op.EXIT:
            return self._exit(index, node, state)
        if op is Op.REGISTER:
            return self._register(node, state)
        if op is Op.LATE:
            return self._late(node, state)
        if op is Op.ITERATE:
            return self._iterate(node, state)
        if op is Op.YIELD:
            return self._yield(node, state)
        if op is Op.OPEN:
            return self._open(node, state)
        return self._control(node, state)

    def _control(self, node: Node, state: State) -> Iterable[Successor]:
        op, pending = node.op, state.pending
        if op is Op.RETURN:
            return self._return(node, state)
        if op is Op.RAISE:
            return [self._error(node, state, node.raised)]
        if op is Op.RERAISE:
            top = pending[node.resume] if len(pending) > node.resume else ANY_EXCEPTION
            return [self._error(node, state, top if isinstance(top, tuple) else ANY_EXCEPTION)]
        if op is Op.POP:
            return self._normal(node, state.with_pending(pending[: node.depth]))
        if op is Op.PUSH:
            return self._normal(node, state.with_pending((*pending[: node.depth], node.resume)))
        if op is Op.HANDLERS:
            return self._handlers(node, state)
        if op is Op.DISPATCH:
            top = pending[node.depth]
            if isinstance(top, int):
                return [(top, state.with_pending(pending[: node.depth]))]
            return self._handlers(node, state)
        return ()

    def _normal(self, node: Node, state: State) -> list[Successor]:
        return [(following, state) for following in node.next]

    def _error(self, node: Node, state: State, raised: Raised = ANY_EXCEPTION) -> Successor:
        return node.error, state.with_pending((*state.pending[: node.error_depth], raised))

    def _both(self, node: Node, state: State, after_error: State | None = None) -> list[Successor]:
        return [*self._normal(node, state), self._error(node, after_error or state)]

    def _pruned(self, index: int, state: State) -> State:
        """Without what no condition asks about any more."""
        environment = state.environment
        last = self.graph.last_use
        stale = [slot for slot, value in environment.items() if not holds(value) and last.get(slot, -1) < index]
        if not stale:
            return state
        return state.with_environment({slot: value for slot, value in environment.items() if slot not in stale})

    def _waited(self, state: State) -> State:
        if not any(phase == Phase.STARTED for _, phase in state.threads):
            return state
        return state.with_threads(
            tuple((step, Phase.WAITED if phase == Phase.STARTED else phase) for step, phase in state.threads)
        )

    # Variables

    def _matters(self, slot: str) -> bool:
        tests = self.graph.tests.get(slot, 0)
        return tests > 1 or (tests == 1 and slot in self.graph.constants)

    def _bound(self, environment: Environment, slot: str, value: AbstractValue) -> Environment:
        """The environment with a slot bound, and without what was known of the object that it named."""
        changed = {
            name: known
            for name, known in environment.items()
            if name != slot and not (name.startswith(slot) and name[len(slot) : len(slot) + 1] in ".=")
        }
        if holds(value):
            self.outcome.held_in.add(slot)
            changed[slot] = value
        elif value is not Basic.UNKNOWN and self._matters(slot):
            changed[slot] = value
        return changed

    def _assign(self, node: Node, state: State) -> list[Successor]:
        value = value_of(node.operand, state.environment)
        if holds(value) and node.target in self.graph.foreign:
            return self._given(node)
        old = state.environment.get(node.target)
        if old is None and not holds(value) and not self._matters(node.target):
            return self._normal(node, state)
        changed = state.with_environment(self._bound(state.environment, node.target, value))
        visible = not node.target.startswith("#") and not isinstance(node.syntax, ast.Delete)
        return self._normal(node, self._kept(node, changed, overwritten=visible))

    def _kept(self, node: Node, state: State, overwritten: bool = False) -> State:
        """The state after a change of variables: lost, when none of them holds the connection any more."""
        if state.lost or any(holds(value) for value in state.environment.values()):
            return state
        if overwritten and not state.late:
            self.outcome.note("overwritten", node.syntax)
        return State(state.environment, state.pending, True, state.entered, state.late, state.threads)

    def _branch(self, index: int, node: Node, state: State) -> list[Successor]:
        test = node.test
        assert test is not None
        if not node.next:
            return []
        on_true, on_false = node.next
        for operand in (test.operand, *test.mentions):
            value = value_of(operand, state.environment)
            if isinstance(value, BoundMethod) and value.name in STATE_ATTRIBUTES:
                return self._given(node)
        if test.in_loop:
            state = self._waited(state)
        value = value_of(test.operand, state.environment)
        if test.kind == "opaque":
            return [(on_true, state), (on_false, state)]
        if test.kind == "object":
            answer = True if holds(value) else False if value is Basic.NONE else None
        else:
            answer = truth(value) if test.kind == "truth" else is_none(value)
        if answer is not None:
            return [(on_true if answer else on_false, state)]
        slot = test.operand.name if isinstance(test.operand, Slot) else getattr(test.operand, "slot", "")
        if test.in_loop or test.kind == "object" or not slot or not self._matters(slot):
            return [(on_true, state), (on_false, state)]
        successors = []
        for outcome, target in ((True, on_true), (False, on_false)):
            environment = dict(state.environment)
            environment[slot] = learned(test.kind, outcome, value)
            successors.append((target, state.with_environment(environment)))
        return successors

    # Uses of the connection

    def _use(self, node: Node, state: State, name: str) -> None:
        self.outcome.note("used", node.syntax)
        if not state.entered and name in _DEPRECATED_BEFORE_ENTER:
            self.outcome.note("used_before_enter", node.syntax)
        if name in _RECEIVING:
            self._receive(node, state, name == "__iter__")

    def _receive(self, node: Node, state: State, iterates: bool) -> None:
        self.outcome.note("received", node.syntax)
        forever = endless_loop(node.loops, iterates)
        if forever is not None:
            self.outcome.note("received_forever", forever)
        if node.locked:
            return
        self.outcome.note("received_unlocked", node.syntax)
        for step, phase in state.threads:
            effect = self.outcome.handed[step].effect if step in self.outcome.handed else None
            if effect is None or effect.received_unlocked is None or phase == Phase.CREATED:
                continue
            if phase == Phase.STARTED or effect.received_forever is not None:
                handed = self.outcome.handed[step]
                self._note_concurrent(handed.node.syntax, effect.received_unlocked, node.syntax)

    def _note_concurrent(self, later: ast.AST, first: ast.AST, second: ast.AST) -> None:
        entry = (later, first, second)
        if not any(known[0] is later for known in self.outcome.concurrent):
            self.outcome.concurrent.append(entry)

    def _closed(self, index: int, node: Node) -> list[Successor]:
        self.outcome.note("closed", node.syntax)
        self.outcome.closes_seen.add(index)
        return []

    def _given(self, node: Node) -> list[Successor]:
        self.outcome.note("given", node.syntax)
        return []

    def _connection_method(self, index: int, node: Node, state: State, name: str) -> list[Successor]:
        self._use(node, state, name)
        if name in CLOSE_METHODS:
            return self._closed(index, node)
        if name == "__enter__":
            self.outcome.entered = True
            environment = self._bound(state.environment, node.target, Basic.CONNECTION)
            entered = State(environment, state.pending, state.lost, True, state.late, state.threads)
            return self._both(node, entered, state)
        if any(holds(value_of(operand, state.environment)) for operand in node.arguments.all):
            return self._given(node)
        return self._both(node, state if name in _NEVER_WAITING else self._waited(state))

    def _method(self, index: int, node: Node, state: State) -> list[Successor]:
        base = value_of(node.operand, state.environment)
        name = node.name
        if isinstance(base, BoundMethod):
            if not name:
                return self._connection_method(index, node, state, base.name)
            # ws.protocol.close_code, ws.socket.settimeout(…)
            return self._both(node, state)
        if base is Basic.CONNECTION:
            return self._connection_method(index, node, state, name) if name else self._given(node)
        if base is Basic.CLOSING:
            return self._given(node)
        if base is Basic.CONTAINS:
            return self._container_method(node, state, name)
        held = [operand for operand in node.arguments.all if holds(value_of(operand, state.environment))]
        slot = node.operand.name if isinstance(node.operand, Slot) else getattr(node.operand, "slot", "")
        if held:
            if name in _ADDING and (slot in self.graph.containers or slot in self.graph.owners):
                environment = self._bound(state.environment, slot, Basic.CONTAINS)
                return self._both(node, state.with_environment(environment))
            return self._given(node)
        if self._callbacks_take(node.arguments.all, state):
            return self._given(node)
        if slot in state.environment and not (name in _ADDING and base is Basic.OBJECT):
            state = state.with_environment(self._bound(state.environment, slot, Basic.UNKNOWN))
        if name == "start":
            return self._both(node, self._started(node, state))
        if name in ("join", "shutdown", "terminate"):
            state = state.with_threads(())
        return self._both(node, state if name in _NEVER_WAITING else self._waited(state))

    def _started(self, node: Node, state: State) -> State:
        threads = []
        for step, phase in state.threads:
            threads.append((step, Phase.STARTED if phase == Phase.CREATED else phase))
        return self._running_together(state.with_threads(tuple(threads)))

    def _running_together(self, state: State) -> State:
        """Note two threads that are under way at once and both receive."""
        running = []
        for step, phase in state.threads:
            effect = self.outcome.handed[step].effect if step in self.outcome.handed else None
            if effect is None or effect.received_unlocked is None or phase == Phase.CREATED:
                continue
            if phase == Phase.STARTED or effect.received_forever is not None:
                running.append((self.outcome.handed[step].node, effect.received_unlocked))
        if len(running) > 1:
            self._note_concurrent(running[-1][0].syntax, running[0][1], running[-1][1])
        return state

    def _container_method(self, node: Node, state: State, name: str) -> list[Successor]:
        slot = node.operand.name if isinstance(node.operand, Slot) else getattr(node.operand, "slot", "")
        environment = state.environment
        held = [operand for operand in node.arguments.all if holds(value_of(operand, environment))]
        if name in _TAKING_OUT and slot:
            taken = Basic.CONTAINS if name == "popitem" else Basic.CONNECTION
            environment = self._bound(self._bound(environment, slot, Basic.UNKNOWN), node.target, taken)
            return self._both(node, state.with_environment(environment), state)
        if name in _LOOKING_UP:
            return self._both(node, state.with_environment(self._bound(environment, node.target, Basic.CONNECTION)))
        if name in ("remove", "discard") and held and slot:
            changed = state.with_environment(self._bound(environment, slot, Basic.UNKNOWN))
            return self._both(node, self._kept(node, changed), state)
        if name == "clear" and slot:
            changed = state.with_environment(self._bound(environment, slot, Basic.EMPTY))
            return self._both(node, self._kept(node, changed), state)
        if name == "__delitem__" or not name:
            return self._given(node)
        return self._both(node, state)

    def _give(self, node: Node, operands: tuple[Operand, ...], state: State) -> list[Successor]:
        if any(holds(value_of(operand, state.environment)) for operand in operands):
            return self._given(node)
        if self._callbacks_take(operands, state):
            return self._given(node)
        return self._both(node, self._waited(state))

    def _callbacks_take(self, operands: tuple[Operand, ...], state: State) -> bool:
        """Whether a function among the operands would close the connection, or give it away, when somebody calls it."""
        for operand in operands:
            if isinstance(operand, Callback):
                bindings = self._reachable_from(operand.function, operand.receiver, state)
                if bindings and self.program.effect(operand.function, bindings).takes:
                    return True
        return False

    def _read(self, node: Node, state: State) -> list[Successor]:
        for operand in node.operands:
            value = value_of(operand, state.environment)
            if value is Basic.CONNECTION and isinstance(node.syntax, ast.Call):
                callee = node.syntax.func
                if isinstance(callee, ast.Name) and callee.id in ("list", "tuple", "set", "enumerate", "sorted", "zip"):
                    self._use(node, state, "__iter__")
        return self._both(node, state)

    # Calls of functions of this file

    def _reachable_from(self, function: Scope, receiver: Operand | None, state: State) -> list[tuple[str, AbstractValue]]:
        """The slots of a function through which it reaches the connection without being handed it as an argument."""
        bindings: list[tuple[str, AbstractValue]] = []
        captured: frozenset[str] | None = None
        own = f"{self.program.receiver_slot(function)}."
        base = receiver.name if isinstance(receiver, Slot) else getattr(receiver, "slot", "")
        for slot, value in state.environment.items():
            if not holds(value) or slot.startswith("#return"):
                continue
            if base and slot.startswith(f"{base}.") and len(own) > 1:
                bindings.append((own + slot[len(base) + 1 :], value))
                continue
            if captured is None:
                captured = self.program.captured(function)
            root = slot.partition(".")[0]
            if root in captured:
                bindings.append((slot, value))
        return bindings

    def _bindings(
        self, function: Scope, receiver: Operand | None, arguments: Arguments, state: State
    ) -> tuple[list[tuple[str, AbstractValue]], bool] | None:
        """How a call hands the connection to a function, and whether it hands over anything else not known here."""
        environment = state.environment
        bindings = self._reachable_from(function, receiver, state)
        held = any(holds(value_of(operand, environment)) for operand in arguments.all)
        if not held and not bindings:
            return [], False
        parameters = self.program.parameters(function, arguments, receiver is not None)
        if parameters is None:
            return None if held else (bindings, True)
        unknown = False
        for slot, operand in parameters:
            value = value_of(operand, environment)
            if isinstance(value, BoundMethod):
                return None
            if value is not Basic.UNKNOWN and value is not Basic.OBJECT:
                bindings.append((slot, value))
            elif value is Basic.UNKNOWN:
                unknown = True
        return bindings, unknown

    def _call(self, index: int, node: Node, state: State) -> list[Successor]:
        function = node.function
        assert function is not None
        never = node.name == "never"
        bound = self._bindings(function, node.receiver, node.arguments, state)
        if bound is None:
            return self._given(node)
        bindings, unknown = bound
        if not any(holds(value) for _, value in bindings):
            if self._callbacks_take(node.arguments.all, state):
                return self._given(node)
            state = self._forgotten(node.receiver, state)
            if not state.threads or self.program.waits(function):
                state = self._waited(state)
            if never:
                return [self._error(node, state)]
            opened = self.program.opens(function)
            result = state
            if opened is not None:
                result = state.with_environment(self._bound(state.environment, node.target, Basic.OBJECT))
            return self._both(node, result, state)
        return self._apply(node, state, self.program.effect(function, bindings), unknown, never)

    def _forgotten(self, receiver: Operand | None, state: State) -> State:
        """A method may change any attribute of its object: what conditions learned of them is forgotten."""
        base = receiver.name if isinstance(receiver, Slot) else getattr(receiver, "slot", "")
        if not base or not any(slot.startswith(f"{base}.") for slot in state.environment):
            return state
        kept = {
            slot: value
            for slot, value in state.environment.items()
            if holds(value) or not slot.startswith(f"{base}.")
        }
        return state.with_environment(kept)

    def _apply(self, node: Node, state: State, effect: Outcome, unknown: bool, never: bool) -> list[Successor]:
        """Go on after a call that reached the connection."""
        self._absorb(node, state, effect)
        if effect.undecided:
            return self._given(node)
        successors: list[Successor] = []
        partly = effect.closed is not None or effect.given is not None
        # A callee that closes on some paths only may decide by arguments that are not known here: no more is claimed.
        returns_open = effect.returns_open and not (partly and unknown)
        if effect.closed is not None:
            self.outcome.note("closed", node.syntax)
        if effect.given is not None:
            self.outcome.note("given", node.syntax)
        for owner in effect.stored:
            self.outcome.stored.setdefault(owner, node.syntax)
        state = self._forgotten(node.receiver, state)
        after = State(
            state.environment, state.pending, state.lost, state.entered or effect.entered, state.late or effect.late is not None, state.threads
        )
        after = self._waited(after)
        if effect.returned:
            value = Basic.CONTAINS if effect.returned_in_container else Basic.CONNECTION
            environment = self._bound(after.environment, node.target, value) if node.target else after.environment
            successors.extend(self._normal(node, after.with_environment(environment)))
        if returns_open and not never:
            successors.extend(self._normal(node, after))
        if effect.raises_open or effect.leaks_on_error is not None:
            successors.append(self._error(node, after))
        return successors

    def _absorb(self, node: Node, state: State, effect: Outcome) -> None:
        """What the callee did with the connection counts as done at the call."""
        if effect.used is not None:
            self.outcome.note("used", effect.used)
        if effect.used_before_enter is not None and not state.entered:
            self.outcome.note("used_before_enter", node.syntax)
        if effect.received is not None:
            self.outcome.note("received", effect.received)
        if effect.received_unlocked is not None and not node.locked:
            self._receive(node, state, False)
            self.outcome.note("received_unlocked", effect.received_unlocked)
        if effect.received_forever is not None:
            self.outcome.note("received_forever", effect.received_forever)
        self.outcome.entered = self.outcome.entered or effect.entered
        if effect.late is not None:
            self.outcome.note("late", effect.late)
            self.outcome.late_closer = effect.late_closer
        for step, handed in effect.handed.items():
            self.outcome.handed.setdefault(-1 - id(handed.node), handed)
        self.outcome.concurrent.extend(effect.concurrent)

    def _construct(self, node: Node, state: State) -> list[Successor]:
        arguments = node.arguments
        held = [operand for operand in arguments.all if holds(value_of(operand, state.environment))]
        captured = self._reachable_from(node.function, None, state) if node.function is not None else []
        if not held and not captured:
            if self._callbacks_take(arguments.all, state):
                return self._given(node)
            result = state.with_environment(self._bound(state.environment, node.target, Basic.OBJECT))
            return self._both(node, self._waited(result), state)
        constructed = node.detail
        assert isinstance(constructed, Scope)
        if node.function is None:
            owners = self.program.kept_by(constructed, node, held)
            if owners is None:
                return self._given(node)
            for owner in owners:
                self.outcome.stored.setdefault(owner, node.syntax)
            return []
        bound = self._bindings(node.function, node.receiver, arguments, state)
        if bound is None:
            return self._given(node)
        bindings, unknown = bound
        effect = self.program.effect(node.function, bindings)
        successors = self._apply(node, state, effect, unknown, False)
        if effect.stored:
            return []
        return successors

    # Threads

    def _spawn(self, index: int, node: Node, state: State) -> list[Successor]:
        environment = state.environment
        held = [operand for operand in node.arguments.all if holds(value_of(operand, environment))]
        target = value_of(node.operand, environment)
        in_container = bool(held) and all(value_of(operand, environment) is Basic.CONTAINS for operand in held)
        if isinstance(target, BoundMethod):
            # Thread(target=ws.recv)
            if target.name in CLOSE_METHODS:
                return self._given(node)
            effect = Outcome(used=node.syntax)
            if target.name in _RECEIVING:
                effect.received = effect.received_unlocked = node.syntax
            return self._hand_over(index, node, state, effect, in_container)
        if node.function is None:
            if held:
                self.outcome.handed.setdefault(index, Handed(node, None))
                return self._given(node)
            if self._callbacks_take((node.operand, *node.arguments.all), state):
                return self._given(node)
            return self._both(node, state)
        bound = self._bindings(node.function, node.receiver, node.arguments, state)
        if bound is None:
            self.outcome.handed.setdefault(index, Handed(node, None))
            return self._given(node)
        bindings, _ = bound
        if not any(holds(value) for _, value in bindings):
            return self._both(node, state)
        return self._hand_over(index, node, state, self.program.effect(node.function, bindings), in_container)

    def _hand_over(self, index: int, node: Node, state: State, effect: Outcome, in_container: bool) -> list[Successor]:
        handed = self.outcome.handed.get(index)
        if handed is None:
            handed = self.outcome.handed[index] = Handed(node, effect, container=in_container)
        phases = dict(state.threads)
        if index in phases and not in_container:
            handed.repeated = True
        if effect.takes:
            # The target closes it, or hands it on: what becomes of it is no longer in this function's hands.
            return self._given(node)
        started = getattr(node.detail, "runs_in", None) is not None and getattr(node.detail, "instance_of", None) is None
        phases[index] = Phase.STARTED if started else Phase.CREATED
        after = state.with_threads(tuple(sorted(phases.items())))
        return self._both(node, self._running_together(after) if started else after, state)

    # Context managers and late closes

    def _enter(self, index: int, node: Node, state: State) -> list[Successor]:
        value = value_of(node.operand, state.environment)
        if value is Basic.CONNECTION or value is Basic.CLOSING:
            entered = value is Basic.CONNECTION
            if entered:
                self.outcome.entered = True
            environment = self._bound(state.environment, node.target, Basic.CONNECTION)
            return self._normal(
                node, State(environment, state.pending, state.lost, state.entered or entered, state.late, state.threads)
            )
        if node.function is not None:
            return self._call(index, node, state)
        if holds(value):
            return self._given(node)
        return self._both(node, state)

    def _exit(self, index: int, node: Node, state: State) -> list[Successor]:
        value = value_of(node.operand, state.environment)
        if value is Basic.CONNECTION or value is Basic.CLOSING:
            if value is Basic.CLOSING or not state.entered:
                self._use(node, state, "close")
            if isinstance(state.pending[-1], int):
                for step, phase in state.threads:
                    if phase == Phase.STARTED and step in self.outcome.handed:
                        self.outcome.handed[step].ends_before = node.syntax
            return self._closed(index, node)
        if node.function is not None:
            return self._call(index, node, state)
        # Leaving a pool waits for its workers.
        return self._both(node, self._waited(state))

    def _register(self, node: Node, state: State) -> list[Successor]:
        values = [value_of(operand, state.environment) for operand in node.operands]
        for value in values:
            closes = value in (Basic.CONNECTION, Basic.CLOSING) or (
                isinstance(value, BoundMethod) and value.name in CLOSE_METHODS
            )
            if closes:
                if node.name == "enter" and value is Basic.CONNECTION:
                    self.outcome.entered = True
                elif not (isinstance(value, BoundMethod) and value.name == "close_socket"):
                    self._use(node, state, "close")
                self.outcome.note("closed", node.syntax)
                return []
            if holds(value):
                return self._given(node)
        if self._callbacks_take(node.operands, state):
            return self._given(node)
        return self._both(node, state)

    def _late(self, node: Node, state: State) -> list[Successor]:
        closes = False
        for operand in node.operands:
            value = value_of(operand, state.environment)
            if isinstance(value, BoundMethod) and value.name in CLOSE_METHODS:
                closes = True
            elif isinstance(operand, Callback):
                bindings = self._reachable_from(operand.function, operand.receiver, state)
                held = [part for part in node.operands if holds(value_of(part, state.environment))]
                if held:
                    bound = self._bindings(operand.function, operand.receiver, Arguments(tuple(held)), state)
                    bindings = bound[0] if bound is not None else bindings
                closes = closes or bool(bindings and self.program.effect(operand.function, bindings).closed)
        if not closes:
            if any(holds(value_of(operand, state.environment)) for operand in node.operands):
                return self._given(node)
            return self._both(node, state)
        self.outcome.note("late", node.syntax)
        assert isinstance(node.detail, LateCloser)
        self.outcome.late_closer = node.detail
        if not state.entered:
            self.outcome.note("used_before_enter", node.syntax)
        return self._normal(
            node, State(state.environment, state.pending, state.lost, state.entered, True, state.threads)
        )

    # Loops, generators, exceptions, exits

    def _iterate(self, node: Node, state: State) -> list[Successor]:
        body, leave = node.next
        state = self._waited(state)
        environment = state.environment
        value = value_of(node.operand, environment)
        other = state.with_environment(self._bound(environment, node.target, Basic.UNKNOWN))
        if value is Basic.CONNECTION:
            self._use(node, state, "__iter__")
            # The iteration ends when the peer has closed the connection: that way out leaves nothing open.
            return [(body, other), self._error(node, state)]
        if value is Basic.CONTAINS:
            if environment.get(node.name) is Basic.TRUE:
                return [(body, other), (leave, state), self._error(node, state)]
            this = dict(environment)
            this[node.target], this[node.name] = Basic.CONNECTION, Basic.TRUE
            return [(body, state.with_environment(this)), (body, other), self._error(node, state)]
        if value is Basic.EMPTY:
            return [(leave, state)]
        if value is Basic.NONE:
            return [self._error(node, state)]
        return [(body, other), (leave, state), self._error(node, state)]

    def _yield(self, node: Node, state: State) -> list[Successor]:
        if self.graph.resumes_after_yield:
            return self._normal(node, state)
        holding = holds(value_of(node.operand, state.environment))
        if holding and not self.graph.is_context_manager:
            return self._given(node)
        successors = self._both(node, state)
        if not self.graph.is_context_manager:
            successors.append(self._error(node, state, GENERATOR_EXIT))
        return successors

    def _open(self, node: Node, state: State) -> list[Successor]:
        result = state.with_environment(self._bound(state.environment, node.target, Basic.OBJECT))
        return self._both(node, result, state)

    def _return(self, node: Node, state: State) -> list[Successor]:
        value = value_of(node.operand, state.environment)
        if holds(value):
            owners = self._owners(state)
            if owners:
                for owner in owners:
                    self.outcome.stored.setdefault(owner, node.syntax)
            self.outcome.returned = True
            if value is Basic.CONTAINS:
                self.outcome.returned_in_container = True
            return []
        return self._normal(node, state)

    def _handlers(self, node: Node, state: State) -> list[Successor]:
        depth = node.depth
        top = state.pending[depth] if len(state.pending) > depth else ANY_EXCEPTION
        raised = top if isinstance(top, tuple) else ANY_EXCEPTION
        successors: list[Successor] = []
        for caught, target in node.handlers:
            answer = matches(caught, raised)
            if answer is False:
                continue
            if caught is not None and caught and all(is_closed_error(name) for name in caught):
                # The library says that the connection is closed: that handler finds nothing open.
                if not state.lost:
                    continue
            kept = () if node.op is Op.DISPATCH else (refined(caught, raised),)
            successors.append((target, state.with_pending((*state.pending[:depth], *kept))))
            if answer:
                return successors
        successors.append(self._error(node, state, raised))
        return successors

    def _owners(self, state: State) -> list[OwnerReference]:
        owners = []
        for slot, value in state.environment.items():
            if not holds(value):
                continue
            owner = self.graph.owners.get(slot)
            if owner is None and self.program.is_shared(slot):
                owner = OwnerReference(self.graph.scope, slot.partition("@")[0], slot.partition("@")[0])
            if owner is not None:
                owners.append(owner)
                if value is Basic.CONTAINS:
                    self.outcome.stored_in_container = True
        return owners

    def _leave(self, node: Node, state: State, key: tuple[int, object]) -> None:
        """A path leaves the function with the connection open."""
        outcome = self.outcome
        normal = node.op is Op.NORMAL_EXIT
        if normal:
            outcome.returns_open = True
        else:
            outcome.raises_open = True
        if state.late:
            outcome.open_at_late_exit = True
            return
        owners = [] if state.lost else self._owners(state)
        witness = self._witness(key)
        own_object = [owner for owner in owners if owner.holder is self.graph.scope.enclosing_class and not owner.on_class]
        if owners and not normal and self.is_constructor and own_object == owners:
            outcome.stored_then_raises = True
            outcome.note("leaks_on_error", witness)
            return
        if owners:
            for owner in owners:
                outcome.stored.setdefault(owner, witness)
            return
        outcome.note("leaks_normally" if normal else "leaks_on_error", witness)

    def _witness(self, key: tuple[int, object]) -> ast.AST:
        """The step at which a path left the function: the one that raised, the ``return``, or the last one."""
        raising = self.graph.nodes[key[0]].op is Op.ERROR_EXIT
        step: tuple[int, object] = key
        last = self.graph.nodes[key[0]]
        while True:
            came_from = self._seen[step]
            if came_from is None:
                return last.syntax
            step, exceptional = came_from
            node = self.graph.nodes[step[0]]
            if raising and exceptional and node.op not in (Op.HANDLERS, Op.DISPATCH):
                return node.syntax
            if not raising and node.op not in (Op.NOTHING, Op.POP, Op.DISPATCH, Op.PUSH, Op.ASSIGN):
                return node.syntax
            last = node
