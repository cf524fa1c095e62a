"""Conditions: what a path knows of the answer, and what it learns from it."""

from __future__ import annotations

from collections.abc import Mapping

from flake8_wsthreads.cfg.asked import Asks, SameAs, Test
from flake8_wsthreads.cfg.graph import Graph, Node
from flake8_wsthreads.cfg.instruction import Branch
from flake8_wsthreads.cfg.operand import Element, Operand, ValueKind, place_of
from flake8_wsthreads.cfg.place import Place
from flake8_wsthreads.cfg.raised import Raised, may_be_closed_error
from flake8_wsthreads.cfg.tracked import Bound, Equality, Question
from flake8_wsthreads.dataflow.comparisons import known_answer, remember, told
from flake8_wsthreads.dataflow.interpreter import Interpreter, Successor, Transfers
from flake8_wsthreads.dataflow.signals import stop_signal
from flake8_wsthreads.dataflow.state import Phase, State, Turn
from flake8_wsthreads.dataflow.transfer_exits import keepers
from flake8_wsthreads.dataflow.turns import asks_keeper
from flake8_wsthreads.dataflow.value import AbstractValue, PackedAt, holds, is_none, is_state, truth, value_of
from flake8_wsthreads.dataflow.waiting import let_go, threads_may_have_ended

_LITERALS: dict[Asks | SameAs, ValueKind] = {Asks.TRUE: ValueKind.TRUE, Asks.FALSE: ValueKind.FALSE}
# What these ask is remembered for the variable itself; what others ask needs a place for the answer.
_LEARNING: frozenset[Asks | SameAs] = frozenset({Asks.TRUTH, Asks.NONE, *_LITERALS})

_OF_OPTIONAL: Mapping[AbstractValue, AbstractValue] = {
    ValueKind.FALSY: ValueKind.NONE, ValueKind.NOT_NONE: ValueKind.TRUTHY
}
"""What is known of a connection or None that is false, or is not None."""


def _branch(interpreter: Interpreter, node: Node, does: Branch, state: State) -> list[Successor]:
    test = does.test
    if not node.next:
        return []
    on_true, on_false = node.next
    for operand in (test.operand, *test.mentions):
        if is_state(value_of(operand, state.environment)):
            # if not ws.closed: ws.close()
            return interpreter.given(node)
    if test.error_at >= 0 and interpreter.has_connection(state) and _may_tell_of_close(interpreter, test, state):
        state = state.flagged(excused=True)
    if test.in_loop:
        state = interpreter.waited(state, Phase.LOOPED)
    value = _asked(test.operand, state)
    if test.asks is Asks.OPEN and value is ValueKind.CONNECTION:
        return [(on_true, state), (on_false, state.flagged(excused=True))]
    answer = _answer(test.asks, value, state)
    before: bool | None = None
    uncertain = isinstance(test.key, Question) and not test.key.is_steady and interpreter.matters(test.key)
    if uncertain:
        before = _answered_before(test, state, interpreter.graph) if test.again else None
    elif answer is None:
        answer = _answered_before(test, state, interpreter.graph)
    if answer is not None and test.asks is Asks.SENTINEL and place_of(test.operand) in interpreter.graph.paired:
        # for name, ws in feeds.items(): if name == "left": which of the two holds the connection is not told
        return interpreter.given(node)
    if answer is not None:
        if uncertain:
            state = _remembering(test, answer, before, state)
        successors = [(on_true if answer else on_false, state)]
        if test.ended_by_others is (not answer) and not holds(value):
            successors.append((on_false if answer else on_true, _changed_by_others(interpreter, test, state)))
        return successors
    state = _asked_outside(interpreter, node, test, state)
    true_state, false_state = _after_answers(interpreter, node, test, state)
    # of what is lost nothing is claimed, but for the connections that are still to be opened
    if interpreter.summaries.doubting and not state.excused and (interpreter.watched or not state.lost):
        true_state, false_state = _unless_doubted(interpreter, node, true_state, false_state)
    if uncertain:
        return [
            (on_true, _remembering(test, True, before, true_state)),
            (on_false, _remembering(test, False, before, false_state)),
        ]
    place = test.key or place_of(test.operand)
    # what an expression gives is remembered as what a variable holds; of all else, whether it is so
    asks = test.asks if test.key is None or test.asks is Asks.NONE else Asks.TRUTH
    if test.in_loop or asks not in _LEARNING or place is None or not interpreter.matters(place):
        return [(on_true, true_state), (on_false, false_state)]
    successors = []
    for answered, target, after in ((True, on_true, true_state), (False, on_false, false_state)):
        environment = dict(state.environment)
        if isinstance(place, (Equality, Bound)):
            remember(place, answered, environment)
            # of many literals that one subject is compared with, only those are kept that are asked about again
            successors.append((target, interpreter.still_live(target, after.with_environment(environment))))
        else:
            known = environment.get(place, ValueKind.UNKNOWN) if test.key is not None else value
            learned = _learned(asks, answered, known)
            if place in interpreter.graph.optional_connections:
                learned = _OF_OPTIONAL.get(learned, learned)
            environment[place] = learned
            successors.append((target, after.with_environment(environment)))
    return successors


def _may_tell_of_close(interpreter: Interpreter, test: Test, state: State) -> bool:
    """``if "closed" in str(error)``: who asks about an exception knows more of the connection than the paths show."""
    raised = state.pending[test.error_at] if len(state.pending) > test.error_at else None
    return isinstance(raised, Raised) and may_be_closed_error(raised, interpreter.graph.exceptions)


def _after_answers(interpreter: Interpreter, node: Node, test: Test, state: State) -> tuple[State, State]:
    """The states after each answer of a condition: which threads are there, and which have let this one go on."""
    true_state = false_state = state
    if test.in_loop:
        true_state, false_state = _told_by_closer(interpreter, node, state)
    if test.asks is Asks.CLOSED and not state.lost:
        # except Exception as error: if isinstance(error, ConnectionClosed): return
        true_state = interpreter.closed_by_peer(true_state)
    asked = place_of(test.operand)
    if asked in interpreter.graph.thread_places:
        # if reader is not None: reader.join(), if reader.is_alive(): reader.join(): else there is nothing to wait for
        if test.asks is Asks.TRUTH:
            false_state = false_state.with_threads(())
        elif test.asks is Asks.NONE:
            true_state = true_state.with_threads(())
    if asked in interpreter.graph.wait_places and test.asks is Asks.TRUTH:
        true_state = let_go(interpreter, true_state)
    return true_state, false_state


def _unless_doubted(interpreter: Interpreter, node: Node, true: State, false: State) -> tuple[State, State]:
    """The states after each answer of a condition; nothing is claimed where it is not told that it may be given."""
    environment = true.environment
    holders = frozenset(place for place in environment if isinstance(place, Place) and holds(environment[place]))
    doubts = interpreter.summaries.doubts(interpreter.graph)
    of_true, of_false = doubts.about(node, holders, interpreter.opened_at)
    if not (of_true and of_false):
        by_path = doubts.by_what_is_known(node, environment, holders)
        of_true, of_false = of_true or by_path[0], of_false or by_path[1]
    return true.flagged(excused=True) if of_true else true, false.flagged(excused=True) if of_false else false


def _remembering(test: Test, answer: bool, before: bool | None, state: State) -> State:
    """The state after a question of which it is not told whether it always gets the same answer.

    Where it got another one ``before``, nothing is claimed of this path. The condition of a loop is there to change.
    """
    assert isinstance(test.key, Question)
    if test.in_loop:
        return state
    asks = Asks.NONE if test.asks is Asks.NONE else Asks.TRUTH
    after = state.with_environment({**state.environment, test.key: _learned(asks, answer, ValueKind.UNKNOWN)})
    return after if before in (None, answer) else after.flagged(excused=True)


def _changed_by_others(interpreter: Interpreter, test: Test, state: State) -> State:
    """The state after others have bound something else to what the condition of a loop asks about."""
    assert isinstance(test.subject, Place)
    return state.with_environment(interpreter.bound(state.environment, test.subject, ValueKind.UNKNOWN))


def _answer(asks: Asks | SameAs, value: AbstractValue, state: State) -> bool | None:
    """What the answer is when this is asked about a value; None where the path does not tell."""
    if isinstance(asks, SameAs):
        return _is_parameter(value, value_of(asks.parameter, state.environment))
    if asks in _LITERALS:
        return _is_literal(value, _LITERALS[asks])
    if asks is Asks.TRUTH:
        return truth(value)
    if asks is Asks.NONE:
        return is_none(value)
    if holds(value) and asks in (Asks.OBJECT, Asks.BOUND, Asks.SENTINEL):
        return asks is not Asks.SENTINEL
    return False if asks is Asks.OBJECT and value is ValueKind.NONE else None


def _answered_before(test: Test, state: State, graph: Graph) -> bool | None:
    """What the path learned from another condition; None where that does not tell the answer."""
    asked = test.key or place_of(test.operand)
    if asked is None or (test.in_loop and isinstance(test.subject, Question)):
        return None
    if isinstance(asked, (Equality, Bound)):
        return known_answer(asked, state.environment, graph)
    if test.asks not in (Asks.TRUTH, Asks.NONE):
        return truth(state.environment.get(asked, ValueKind.UNKNOWN)) if test.key is not None else None
    answer = _answer(test.asks, state.environment.get(asked, ValueKind.UNKNOWN), state)
    if answer is None and asked in graph.related:
        answer = _answer(test.asks, told(asked, state.environment, graph), state)
    return answer


def _asked_outside(interpreter: Interpreter, node: Node, test: Test, state: State) -> State:
    """The state after a question about what others may change: the answer may say whose turn it is to receive."""
    if test.in_loop or not (interpreter.inherited or state.threads):
        return state
    if node.index not in interpreter.summaries.outside_questions(interpreter.graph):
        return state
    if state.threads and asks_keeper(test, state.environment):
        state = threads_may_have_ended(interpreter, state)
    if interpreter.inherited and state.flags.turn == Turn.UNASKED:
        state = state.flagged(turn=Turn.ASKED)
    return state


def _told_by_closer(interpreter: Interpreter, node: Node, state: State) -> tuple[State, State]:
    """The states after each answer to the condition of a loop: who is told to stop by the closer finds it closed."""
    signal = stop_signal(node.syntax)
    kept = frozenset(owner.name for owner, _ in keepers(interpreter, state))
    if signal is None or not kept or not interpreter.summaries.stops_by_closing(signal[0], kept):
        return state, state
    stopped = state.flagged(excused=True)
    return (stopped, state) if signal[1] else (state, stopped)


def _asked(operand: Operand, state: State) -> AbstractValue:
    """What a condition asks about: an element only where it is known which one it is."""
    if isinstance(operand, Element):
        known_place = isinstance(value_of(operand.base, state.environment), PackedAt) and operand.position is not None
        return value_of(operand, state.environment) if known_place else ValueKind.UNKNOWN
    return value_of(operand, state.environment)


def _is_parameter(value: AbstractValue, parameter: AbstractValue) -> bool | None:
    """Whether a value is what a parameter holds: a connection opened since then is not."""
    if value is not ValueKind.CONNECTION:
        return None
    return parameter is ValueKind.CONNECTION if parameter is ValueKind.CONNECTION or not holds(parameter) else None


def _is_literal(value: AbstractValue, literal: ValueKind) -> bool | None:
    """Whether a value is True, or is False; None where that is not known."""
    if value is literal:
        return True
    if value in (ValueKind.UNKNOWN, ValueKind.NOT_NONE):
        return None
    likely = ValueKind.TRUTHY if literal is ValueKind.TRUE else ValueKind.FALSY
    return None if value is likely else False


def _learned(asks: Asks | SameAs, answer: bool, value: AbstractValue) -> AbstractValue:
    """What is known of a variable after a condition asked about it."""
    if asks in _LITERALS:
        return _LITERALS[asks] if answer else value
    if asks is Asks.NONE:
        return ValueKind.NONE if answer else ValueKind.NOT_NONE if value is ValueKind.UNKNOWN else value
    if value is ValueKind.NOT_NONE:
        return ValueKind.TRUTHY if answer else value
    return ValueKind.TRUTHY if answer else ValueKind.FALSY


CONDITIONS: Transfers = {Branch: _branch}
