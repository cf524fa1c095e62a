"""Steps that hand the connection to another thread or process, and what runs there at the same time."""

from __future__ import annotations

import ast
from dataclasses import replace

from flake8_wsthreads.cfg.ends import ends_by_timeout
from flake8_wsthreads.cfg.graph import Node
from flake8_wsthreads.cfg.instruction import CallMethod, Spawn
from flake8_wsthreads.cfg.operand import Element, Operand, Pack, ValueKind
from flake8_wsthreads.cfg.place import Place
from flake8_wsthreads.cfg.tracked import Tracked
from flake8_wsthreads.dataflow.forgetting import changed_at_any_time, given_to_others
from flake8_wsthreads.dataflow.interpreter import Interpreter, Successor, Transfers
from flake8_wsthreads.dataflow.parameters import parameters
from flake8_wsthreads.dataflow.reach import call_with, callbacks_take
from flake8_wsthreads.dataflow.state import Phase, State, Turn
from flake8_wsthreads.dataflow.summary import Effect, Handed, Summary, UntilTold
from flake8_wsthreads.dataflow.value import AbstractValue, BoundMethod, Environment, contains, holds, value_of
from flake8_wsthreads.facts import Spawner
from flake8_wsthreads.library.websockets import CLOSE_METHODS, RECEIVE_METHODS


def receive(
    interpreter: Interpreter, node: Node, state: State, iterates: bool, callee: Summary | None = None
) -> None:
    """Note that this function receives, or a ``callee`` of it, and which threads may receive at the same time.

    A callee may hold a lock then, or have waited for another thread before.
    """
    collected = interpreter.collected
    collected.note(Effect.RECEIVED, node.syntax)
    forever = interpreter.summaries.endless_loop(interpreter.graph, node, iterates)
    if forever is not None:
        collected.note(Effect.RECEIVED_FOREVER, forever)
    waiting = _receive_that_waits(node) if callee is None else callee.received_waiting
    if waiting is not None:
        summaries, graph = interpreter.summaries, interpreter.graph
        if summaries.always_comes_to(graph, node):
            collected.note(Effect.RECEIVED_WAITING, waiting)
        signals = summaries.signals_around(graph, node, iterates)
        if signals:
            collected.note_until_told(UntilTold(waiting, signals))
    here = node.syntax if callee is None else callee.received_unlocked
    if node.locked or here is None:
        return
    collected.note(Effect.RECEIVED_UNLOCKED, here)
    at_once = node.syntax if callee is None else callee.received_at_once
    if at_once is not None and not state.flags.let_go:
        collected.note(Effect.RECEIVED_AT_ONCE, at_once)
    for _, handed, received in _receiving(interpreter, state):
        # of one receive that two threads come to, the call that leads this one to it tells more
        note_concurrent(interpreter, handed.node.syntax, received, node.syntax if here is received else here)


def _receive_that_waits(node: Node) -> ast.AST | None:
    """A receive that has no timeout; of a loop over the messages what it goes through."""
    if ends_by_timeout(node.syntax):
        return None
    return node.syntax.iter if isinstance(node.syntax, ast.For) else node.syntax


def had_its_turn(interpreter: Interpreter, state: State) -> State:
    """The state after a receive: of no interest where the function asks nothing that might say whose turn it is."""
    if not interpreter.inherited or not interpreter.summaries.outside_questions(interpreter.graph):
        return state
    return state if state.flags.turn == Turn.RECEIVED else state.flagged(turn=Turn.RECEIVED)


def _receiving(interpreter: Interpreter, state: State) -> list[tuple[int, Handed, ast.AST]]:
    """The threads under way that may be receiving now."""
    found = []
    for step, phase in state.threads:
        handed = interpreter.collected.handed.get(step)
        effect = handed.effect if handed is not None else None
        if handed is None or effect is None or effect.received_at_once is None or phase == Phase.CREATED:
            continue
        if handed.start.spawner is Spawner.PROCESS:
            continue  # another process has a connection of its own, or none that works
        # What only receives once may be done after anything that waits.
        if phase in Phase.RUNNING or effect.received_forever is not None:
            found.append((step, handed, effect.received_at_once))
    return found


def note_concurrent(interpreter: Interpreter, later: ast.AST, first: ast.AST, second: ast.AST) -> None:
    """Note that two places may receive at once; ``later`` is the later of the two hand-overs."""
    if not any(known[0] is later for known in interpreter.collected.concurrent):
        interpreter.collected.concurrent.append((later, first, second))


def started(interpreter: Interpreter, state: State, thread: Place | None) -> State:
    """The state after ``start()``: the thread is under way; where it is not told which one, all that were created."""
    made_at = interpreter.graph.thread_places.get(thread) if thread is not None else None
    begins = [step for step, phase in state.threads if phase == Phase.CREATED and (made_at is None or step in made_at)]
    state = state.with_threads(
        tuple((step, Phase.STARTED if step in begins else phase) for step, phase in state.threads)
    )
    _note_running_together(interpreter, state)
    return state


def _note_running_together(interpreter: Interpreter, state: State) -> None:
    running = _receiving(interpreter, state)
    # what a single worker does it does in turn
    in_turn = [entry for entry in running if entry[1].start.one_at_a_time]
    running = [entry for entry in running if entry not in in_turn[1:]]
    if len(running) > 1:
        later = running[-1][1].node.syntax
        note_concurrent(interpreter, later, running[0][2], running[-1][2])


def _spawn(interpreter: Interpreter, node: Node, does: Spawn, state: State) -> list[Successor]:
    collected, environment = interpreter.collected, state.environment
    held = [operand for operand in does.arguments.all if holds(value_of(operand, environment))]
    target = value_of(does.callee, environment)
    one_by_one = _gets_one_each(does, held, environment)
    in_container = one_by_one or (bool(held) and all(contains(value_of(operand, environment)) for operand in held))
    if isinstance(target, BoundMethod):
        # Thread(target=ws.recv)
        if target.name in CLOSE_METHODS:
            return interpreter.given(node)
        received = node.syntax if target.name in RECEIVE_METHODS else None
        effect = Summary(
            used=node.syntax, received=received, received_unlocked=received, received_at_once=received
        )
        return _hand_over(interpreter, node, does, state, effect, in_container)
    state = given_to_others(interpreter, (does.callee, *does.arguments.all), state)
    if does.function is not None:
        state = changed_at_any_time(interpreter, [does.function], state)
    if does.function is None:
        if held:
            collected.handed.setdefault(node.index, Handed(node, None, does.start))
            return interpreter.given(node)
        if callbacks_take(interpreter, (does.callee, *does.arguments.all), state):
            return interpreter.given(node)
        return interpreter.both(node, state)
    bound = call_with(interpreter, does.function, does.receiver, does.arguments, state)
    if bound is None:
        collected.handed.setdefault(node.index, Handed(node, None, does.start))
        return interpreter.given(node)
    bindings, _ = bound
    reached = [value for _, value in bindings if holds(value)]
    if not reached:
        return interpreter.both(node, state)
    # what is in a container is another connection for each thread, as far as the file tells
    in_container = one_by_one or all(contains(value) for value in reached)
    effect = interpreter.summaries.effect(does.function, bindings)
    dispatch, scope = interpreter.summaries.dispatch, interpreter.graph.scope
    if effect.received_unlocked is not None and dispatch.runs_other_methods(does, node.syntax, scope):
        effect = replace(effect, received_unlocked=None, received_at_once=None)
    return _hand_over(interpreter, node, does, state, effect, in_container)


def _gets_one_each(does: Spawn, held: list[Operand], environment: Environment) -> bool:
    """``pool.map(receive, connections)``: each call gets another one, as far as the file tells."""
    captured = any(holds(environment.get(place, ValueKind.UNKNOWN)) for place in does.captured)
    if captured or not (does.start.each and held):
        return False
    bases = [operand.base for operand in held if isinstance(operand, Element)]
    displays = [base for base in bases if isinstance(base, Pack)]
    alone = all(sum(holds(value_of(item, environment)) for item in display.items) == 1 for display in displays)
    return alone and len(bases) == len(held)


def _hand_over(
    interpreter: Interpreter, node: Node, does: Spawn, state: State, effect: Summary, in_container: bool
) -> list[Successor]:
    collected, index, start = interpreter.collected, node.index, does.start
    handed = collected.handed.get(index)
    if handed is None:
        handed = Handed(node, effect, start, does.function, container=in_container)
    if state.flags.turn == Turn.ASKED:
        handed = replace(handed, asked_before=True)
    phases = dict(state.threads)
    known = phases.get(index)
    # The same start again: at once only when the one before may still receive.
    again = known is not None and effect.received is not None
    at_once_again = again and (known != Phase.WAITED or effect.received_forever is not None)
    repeated = handed.repeated or ((start.each or at_once_again) and not in_container)
    collected.handed[index] = replace(handed, repeated=repeated and not start.one_at_a_time)
    if effect.used_before_enter is not None and not state.entered:
        collected.note(Effect.USED_BEFORE_ENTER, node.syntax)
    if closes_when_it_ends(effect):
        collected.note(Effect.CLOSED, node.syntax)
    elif effect.takes:
        # The target closes it, or hands it on: what becomes of it is no longer in this function's hands.
        if effect.closed is not None:
            return interpreter.closed(node)
        return interpreter.given(node)
    by_call = start.started or start.runs_in is not None or start.spawner is Spawner.POOL
    at_once = by_call and start.instance_of is None
    phases[index] = Phase.STARTED if at_once else max(Phase.CREATED, known or Phase.CREATED)
    after = state.with_threads(tuple(sorted(phases.items())))
    if at_once:
        _note_running_together(interpreter, after)
    return interpreter.both(node, after, state)


def closes_when_it_ends(effect: Summary) -> bool:
    """Whether a target closes the connection only after it has received without end: not before the program exits."""
    elsewhere = effect.given is not None or effect.stored or effect.undecided
    return effect.closed is not None and effect.received_forever is not None and not elsewhere


def closed_by_ended(interpreter: Interpreter, state: State) -> bool:
    """Whether one of the threads that have been waited for closes the connection when it ends."""
    handed = [interpreter.collected.handed.get(step) for step, phase in state.threads if phase != Phase.CREATED]
    return any(each is not None and each.effect is not None and closes_when_it_ends(each.effect) for each in handed)


def ended_by_peer(interpreter: Interpreter, state: State) -> bool:
    """Whether one of the threads that have been waited for ends only when the peer has closed the connection.

    One that falls with an exception may leave it open, but whoever waits for it does not learn that.
    """
    handed = [interpreter.collected.handed.get(step) for step, phase in state.threads if phase != Phase.CREATED]
    effects = [each.effect for each in handed if each is not None and each.effect is not None]
    return any(effect.returns_excused and not effect.returns_open for effect in effects)


def put_in_queue(interpreter: Interpreter, node: Node, place: Place) -> bool | None:
    """``jobs.put(ws)``: hand the connection to the threads that take from the queue.

    True when the function keeps its duty to close, False when the queue stands for the connection from now on, None
    when what becomes of it does not show.

    A queue that outlives the function is noted, for the model to find who takes from it.
    """
    collected, graph = interpreter.collected, interpreter.graph
    owner = interpreter.summaries.lasting_place(graph, place)
    if owner is not None:
        collected.queued[node.index] = (node, owner)
        return True
    taken_here = any(
        other.name in ("get", "get_nowait") and other.receiver == place for _, other in graph.steps(CallMethod)
    )
    if taken_here:
        # which of the connections in it comes out, and how often, does not show
        return None
    for _, spawns in graph.steps(Spawn):
        if spawns.function is None:
            continue
        names, by_object = interpreter.summaries.names, spawns.receiver is not None
        declared = parameters(names, spawns.function, spawns.arguments, by_object) or []
        bindings: list[tuple[Tracked, AbstractValue]] = []
        bindings.extend((parameter, ValueKind.CONTAINS) for parameter, operand in declared if operand == place)
        if place in interpreter.summaries.captured(spawns.function):
            bindings.append((place, ValueKind.CONTAINS))
        if bindings:
            effect = interpreter.summaries.effect(spawns.function, bindings)
            if not effect.takes:
                collected.handed.setdefault(node.index, Handed(node, effect, spawns.start, spawns.function))
    return False


THREADS: Transfers = {Spawn: _spawn}
