"""Steps that call functions and classes of the file, or code that it does not define."""

from __future__ import annotations

from flake8_wsthreads.cfg.graph import Node
from flake8_wsthreads.cfg.instruction import NO_ARGUMENTS, CallFunction, Construct, Enter, Give, Leave
from flake8_wsthreads.cfg.operand import Operand, ValueKind
from flake8_wsthreads.cfg.raised import ANY_EXCEPTION, Raised
from flake8_wsthreads.dataflow.comparisons import told
from flake8_wsthreads.dataflow.forgetting import after_call, given_to_others, if_others_changed, known_if_failed
from flake8_wsthreads.dataflow.interpreter import Interpreter, Successor, Transfers
from flake8_wsthreads.dataflow.parameters import kept_by
from flake8_wsthreads.dataflow.reach import call_with, callbacks_take, decided_arguments, methods_take, reaches
from flake8_wsthreads.dataflow.state import Phase, State
from flake8_wsthreads.dataflow.summary import Effect, Handed, Summary
from flake8_wsthreads.dataflow.transfer_threads import had_its_turn, note_concurrent, receive
from flake8_wsthreads.dataflow.value import AbstractValue, Sized, contains, holds, truth, value_of
from flake8_wsthreads.dataflow.waiting import let_go, let_others_end_threads, threads_may_have_ended
from flake8_wsthreads.names.evaluate import Names


def call_of_manager(does: Enter | Leave) -> CallFunction:
    """The call of ``__enter__`` or ``__exit__`` that entering or leaving a manager of this file makes."""
    assert does.method is not None
    return CallFunction(does.method, does.receiver, NO_ARGUMENTS, does.target if isinstance(does, Enter) else None)


def transfer_call(interpreter: Interpreter, node: Node, does: CallFunction, state: State) -> list[Successor]:
    """Go through a call of a function of the file."""
    function = does.function
    bound = call_with(interpreter, function, does.receiver, does.arguments, state)
    if bound is None:
        return interpreter.given(node)
    bindings, unknown = bound
    if any(holds(value) for _, value in bindings):
        forks = _decided(interpreter, does, state)
        if len(forks) > 1:
            return [successor for fork in forks for successor in transfer_call(interpreter, node, does, fork)]
        managed = interpreter.summaries.managed(function, bindings)
        if managed is not None:
            return _make_manager(interpreter, node, does, state, managed)
        known = [
            (place, value)
            for place, value in state.environment.items()
            if reaches(place, does.captured) and not holds(value)
        ]
        effect = interpreter.summaries.effect(function, [*known, *bindings])
        return _apply(interpreter, node, does, state, effect, unknown)
    if callbacks_take(interpreter, does.arguments.all, state):
        return interpreter.given(node)
    before, state = state, interpreter.waited(after_call(interpreter, does, state))
    successors: list[Successor] = []
    for decided in _decided(interpreter, does, state):
        effect = interpreter.summaries.without(function, decided_arguments(interpreter.summaries, does, decided))
        decided = _after_waits(interpreter, decided, effect)
        if not decided.excused:
            interpreter.collected.joins |= effect.joins
        # a call of a generator function runs nothing of it yet
        raised = () if interpreter.summaries.graph(function).is_generator else effect.raised
        failed = known_if_failed(interpreter, does, before, decided) if raised else decided
        successors.extend(interpreter.error(node, failed, exception) for exception in raised)
        for value in effect.results if does.returns else ():
            result = decided
            if does.target is not None:
                result = decided.with_environment(interpreter.bound(decided.environment, does.target, value))
            successors.extend(_rebound(interpreter, node, result, effect))
    return successors


def _after_waits(interpreter: Interpreter, state: State, effect: Summary) -> State:
    """The state after a function that may wait for other threads, or for their end."""
    if effect.waits_for_others:
        state = let_go(interpreter, state)
    return threads_may_have_ended(interpreter, state) if effect.ends_threads else state


def _make_manager(
    interpreter: Interpreter, node: Node, does: CallFunction, state: State, managed: Summary
) -> list[Successor]:
    """Make a context manager of the file, which will close the connection on every way out of its block.

    One that closes it on some ways only, or keeps it, is not followed.
    """
    always = not managed.returns_open and not managed.raised and not managed.returns_excused
    if managed.closed is None or managed.given is not None or managed.stored or managed.undecided or not always:
        return interpreter.given(node)
    absorb(interpreter, node, state, managed)
    environment = interpreter.bound(state.environment, does.target, ValueKind.CLOSING)
    entered = state.entered or managed.entered
    return interpreter.normal(node, state.with_environment(environment).flagged(entered=entered))


def _decided(interpreter: Interpreter, does: CallFunction, state: State) -> list[State]:
    """The states with each answer to what the called function asks of the variables here, where it matters later."""
    states = [state]
    for _, place in interpreter.summaries.asked_by(does):
        if interpreter.matters(place) and place not in state.environment:
            states = [
                known.with_environment({**known.environment, place: value})
                for known in states
                for value in (ValueKind.TRUTHY, ValueKind.FALSY)
                if truth(told(place, known.environment, interpreter.graph)) in (None, truth(value))
            ]
    return states


def _rebound(interpreter: Interpreter, node: Node, state: State, effect: Summary) -> list[Successor]:
    """Go on after a call of a function that may have bound variables of this one."""
    successors: list[Successor] = []
    for closed, left in effect.rebinds or [(False, ())]:
        environment = state.environment
        for place, value in left:
            environment = interpreter.bound(environment, place, value)
        after = state if environment is state.environment else state.with_environment(environment)
        if closed:
            after = after.flagged(excused=True)
        successors.extend(interpreter.normal(node, interpreter.unless_lost(after, node.index)))
    return successors


def _apply(
    interpreter: Interpreter,
    node: Node,
    does: CallFunction | Construct,
    state: State,
    effect: Summary,
    unknown: bool,
) -> list[Successor]:
    """Go on after a call that reached the connection."""
    collected = interpreter.collected
    threads = bool(state.threads or effect.running)
    dispatch, scope = interpreter.summaries.dispatch, interpreter.graph.scope
    untold_methods = threads and dispatch.runs_other_methods(does, node.syntax, scope)
    if untold_methods:
        state = threads_may_have_ended(interpreter, state)
    absorb(interpreter, node, state, effect)
    if effect.undecided:
        return interpreter.given(node)
    if effect.received is not None:
        state = had_its_turn(interpreter, state)
    if effect.closed is not None:
        collected.note(Effect.CLOSED, node.syntax)
    if effect.given is not None:
        collected.note(Effect.GIVEN, node.syntax)
    # A callee that closes on some paths only may decide by values that are not known here: no more is claimed.
    partly = effect.closed is not None or effect.given is not None
    state = after_call(interpreter, does, state)
    after = interpreter.waited(
        state.flagged(entered=state.entered or effect.entered, late=state.late or effect.late is not None)
    )
    after = failed = _after_waits(interpreter, after, effect)
    if effect.stored:
        environment = dict(after.environment)
        for owner in effect.stored:
            interpreter.kept[owner.place] = owner
            environment[owner.place] = ValueKind.CONTAINS if owner in effect.containers else ValueKind.CONNECTION
            if isinstance(does, Construct):
                # what is called on the new object later reaches it
                reached = does.target.member(owner.name)
                interpreter.kept[reached] = owner
                environment[reached] = environment[owner.place]
        after = after.with_environment(environment)
    if not untold_methods:
        after = with_threads_of(interpreter, node, after, effect)
    if not _is_lost_when_it_fails(interpreter.summaries.names, does, effect):
        failed = after
    if isinstance(does, CallFunction) and does.function in interpreter.closing:
        failed = failed.flagged(excused=True)
    successors: list[Successor] = []
    if effect.returned:
        environment = interpreter.bound(after.environment, does.target, effect.returned_as)
        successors.extend(interpreter.normal(node, after.with_environment(environment)))
    if isinstance(does, Construct) or does.returns:
        if effect.returns_open and not (partly and unknown):
            learned = effect.results_excused and not partly
            told = _told_by_result(interpreter, does, after, effect) if learned else [after]
            successors.extend(successor for each in told for successor in _rebound(interpreter, node, each, effect))
        if effect.returns_excused and not effect.rebinds:
            successors.extend(interpreter.normal(node, after.flagged(excused=True)))
    successors.extend(interpreter.error(node, failed, exception) for exception in effect.raised)
    return successors


def _told_by_result(
    interpreter: Interpreter, does: CallFunction | Construct, state: State, effect: Summary
) -> list[State]:
    """The states after a function that may have learned that the connection is closed, where it is open.

    Its result says which: ``def receive(ws)`` returns a message, or None where the connection is closed.
    """
    falsy = all(truth(value) is False for value in effect.results_excused)
    values: dict[AbstractValue, None] = {}
    for value in effect.results_open:
        untold = value is ValueKind.UNKNOWN or (isinstance(value, Sized) and not falsy)  # a flag may be in it
        values[value if not untold else ValueKind.TRUTHY if falsy else ValueKind.STATE] = None
    return [
        state.with_environment(interpreter.bound(state.environment, does.target, value)) for value in values
    ] or [state]


def _is_lost_when_it_fails(names: Names, does: CallFunction | Construct, effect: Summary) -> bool:
    """Whether nobody gets to know the object that a call makes, and that may keep the connection, when it raises."""
    if not isinstance(does, Construct) or effect.given is not None or effect.handed or effect.known_when_failed:
        return False
    family = names.classes.ancestors(does.of)
    return all(owner.is_of_objects and owner.holder in family for owner in effect.stored)


def key_of(handed: Handed) -> int:
    """The key under which a caller knows a thread that a callee has started."""
    return -1 - id(handed.node)


def with_threads_of(interpreter: Interpreter, node: Node, state: State, effect: Summary) -> State:
    """The state after a call whose callee has started threads that go on: each call starts them once more."""
    running = [effect.handed[step] for step in sorted(effect.running) if step in effect.handed]
    if not running:
        return state
    phases = dict(state.threads)
    for handed in running:
        known, received = phases.get(key_of(handed)), handed.effect.received_at_once if handed.effect else None
        goes_on = known in Phase.RUNNING or (handed.effect is not None and handed.effect.received_forever is not None)
        once_more = known is not None and not handed.asked_before and not handed.container
        if once_more and goes_on and received is not None:
            note_concurrent(interpreter, node.syntax, received, received)
        phases[key_of(handed)] = Phase.STARTED
    return state.with_threads(tuple(sorted(phases.items())))


def absorb(interpreter: Interpreter, node: Node, state: State, effect: Summary) -> None:
    """What a callee does with the connection counts as done at the call."""
    collected = interpreter.collected
    if effect.used is not None:
        collected.note(Effect.USED, effect.used)
    if effect.used_before_enter is not None and not state.entered:
        collected.note(Effect.USED_BEFORE_ENTER, node.syntax)
    if effect.received is not None:
        receive(interpreter, node, state, False, effect)
        collected.note(Effect.RECEIVED, effect.received)
    if effect.received_forever is not None and not node.stoppable:
        collected.note(Effect.RECEIVED_FOREVER, effect.received_forever)
    if effect.sent_forever is not None and not node.stoppable:
        collected.note(Effect.SENT_FOREVER, effect.sent_forever)
    collected.entered = collected.entered or effect.entered
    collected.closed_by_peer = collected.closed_by_peer or effect.closed_by_peer
    collected.joins |= effect.joins
    for found in effect.until_told:
        collected.note_until_told(found)
    collected.published |= effect.published
    collected.collected |= effect.collected
    if effect.late is not None:
        collected.note_late(effect.late)
    for handed in effect.handed.values():
        collected.handed.setdefault(key_of(handed), handed)
    collected.concurrent.extend(entry for entry in effect.concurrent if entry not in collected.concurrent)


def _construct(interpreter: Interpreter, node: Node, does: Construct, state: State) -> list[Successor]:
    """An object of a class of the file: it may keep the connection."""
    arguments = does.arguments
    held = [operand for operand in arguments.all if holds(value_of(operand, state.environment))]
    if does.initializer is None and held:
        return _fill_fields(interpreter, node, does, state, held)
    bound = (
        call_with(interpreter, does.initializer, does.target, arguments, state)
        if does.initializer is not None
        else ([], False)
    )
    if bound is None:
        return interpreter.given(node)
    bindings, unknown = bound
    if does.initializer is None or not any(holds(value) for _, value in bindings):
        if callbacks_take(interpreter, arguments.all, state) or methods_take(interpreter, does.of, state):
            return interpreter.given(node)
        state = after_call(interpreter, does, state)
        result = state.with_environment(interpreter.bound(state.environment, does.target, ValueKind.OBJECT))
        successors = interpreter.normal(node, interpreter.waited(result))
        raised: tuple[Raised, ...] = () if node.safe else (ANY_EXCEPTION,)
        if does.initializer is not None:
            decided = decided_arguments(interpreter.summaries, does, state)
            raised = interpreter.summaries.without(does.initializer, decided).raised
        successors.extend(interpreter.error(node, state, exception) for exception in raised)
        return successors
    effect = interpreter.summaries.effect(does.initializer, bindings)
    return _apply(interpreter, node, does, state, effect, unknown)


def _fill_fields(
    interpreter: Interpreter, node: Node, does: Construct, state: State, held: list[Operand]
) -> list[Successor]:
    owners = kept_by(interpreter.summaries.names, does, held)
    if owners is None:
        return interpreter.given(node)
    environment = dict(state.environment)
    in_container = any(contains(value_of(operand, state.environment)) for operand in held)
    for owner in owners:
        interpreter.kept[owner.place] = owner
        environment[owner.place] = ValueKind.CONTAINS if in_container else ValueKind.CONNECTION
    return interpreter.normal(node, state.with_environment(environment))


def _give(interpreter: Interpreter, node: Node, does: Give, state: State) -> list[Successor]:
    """A callable that this file does not define takes what it is given."""
    if any(holds(value_of(operand, state.environment)) for operand in does.given):
        return interpreter.given(node)
    if callbacks_take(interpreter, does.given, state):
        return interpreter.given(node)
    state = given_to_others(interpreter, does.given, state)
    state = let_others_end_threads(interpreter, does.given, state)
    successors = interpreter.both(node, interpreter.waited(interpreter.shared(does.given, state)))
    for changed in if_others_changed(does.given, state):
        successors.extend(interpreter.normal(node, changed))
    return successors


CALLS: Transfers = {CallFunction: transfer_call, Construct: _construct, Give: _give}
