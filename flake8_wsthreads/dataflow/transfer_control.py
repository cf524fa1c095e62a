"""Steps that bind variables, choose between paths, and leave: what the constructs of the language do."""

from __future__ import annotations

import ast
from dataclasses import replace

from flake8_wsthreads.cfg.graph import Node
from flake8_wsthreads.cfg.instruction import (
    Assign,
    Branch,
    Dispatch,
    Handle,
    Join,
    MayRaise,
    Pop,
    ProcessExit,
    Push,
    Raise,
    Reraise,
    Rest,
    Return,
    Test,
    Yield,
)
from flake8_wsthreads.cfg.operand import Basic, Element, Known, Operand, place_of
from flake8_wsthreads.cfg.place import Place, Question, Returned
from flake8_wsthreads.cfg.raised import (
    ANY_EXCEPTION,
    CONTROL_C,
    EXCEPTION_GROUP,
    GENERATOR_EXIT,
    KEYBOARD_INTERRUPT,
    Caught,
    ExceptionClass,
    Raised,
    caught_before,
    is_group,
    matches,
    refined,
    tells_of_close,
)
from flake8_wsthreads.dataflow.interpreter import Interpreter, Successor, Transfers
from flake8_wsthreads.dataflow.reach import callbacks_take
from flake8_wsthreads.dataflow.signals import stop_signal
from flake8_wsthreads.dataflow.state import Phase, State, Turn
from flake8_wsthreads.dataflow.summary import Effect
from flake8_wsthreads.dataflow.turns import asks_keeper
from flake8_wsthreads.dataflow.value import (
    LASTING,
    AbstractValue,
    BoundMethod,
    PackedAt,
    callbacks,
    concerns,
    holds,
    in_common,
    is_none,
    known_answer,
    learned,
    truth,
    value_of,
)
from flake8_wsthreads.dataflow.waiting import let_go, threads_may_have_ended, told_to_stop
from flake8_wsthreads.library.websockets import STATE_ATTRIBUTES

# What these ask is remembered for the variable itself; what others ask needs a place for the answer.
_LEARNING = frozenset({"truth", "none", "true", "false"})
_FLAGS = (Basic.TRUE, Basic.FALSE, Basic.NONE)


def _nothing(interpreter: Interpreter, node: Node, does: Join, state: State) -> list[Successor]:
    """Paths meet: forget what no condition asks about any more."""
    return interpreter.normal(node, interpreter.still_live(node.index, state))


def _raises(interpreter: Interpreter, node: Node, does: MayRaise, state: State) -> list[Successor]:
    if does.raised is not None:
        return [*interpreter.normal(node, state), interpreter.error(node, state, does.raised)]
    return interpreter.both(node, interpreter.waited(state))


def _assign(interpreter: Interpreter, node: Node, does: Assign, state: State) -> list[Successor]:
    graph = interpreter.graph
    target, value = does.target, value_of(does.value, state.environment)
    if holds(value) and isinstance(target, Place):
        if target in graph.foreign:
            return interpreter.given(node)
        owner = graph.owners.get(target)
        if owner is not None:
            interpreter.collected.published.add(owner)
    elif _keeps_callback(interpreter, does, state):
        return interpreter.given(node)
    if isinstance(does.value, Known) and value in _FLAGS:
        state = told_to_stop(interpreter, state, target if isinstance(target, Place) else None)
    special = holds(value) or value in LASTING
    untold = target not in graph.asked_about and not interpreter.matters(target)
    source = place_of(does.value)
    if untold and not special and not concerns(state.environment, target, source):
        return interpreter.normal(node, state)
    environment = interpreter.bound(state.environment, target, value)
    if source is not None and isinstance(target, Place):
        # session = Session(ws): what the object keeps is reached through the new name too
        for place, kept in [*environment.items()]:
            if isinstance(place, Place) and place.is_under(source) and holds(kept):
                alias = place.seen_from(source, target)
                environment[alias] = kept
                if place in interpreter.kept:
                    interpreter.kept[alias] = interpreter.kept[place]
    changed = state.with_environment(environment)
    visible = not (isinstance(target, Place) and target.is_temporary) and not isinstance(node.syntax, ast.Delete)
    return interpreter.normal(node, interpreter.unless_lost(changed, node.index if visible else -1))


def _keeps_callback(interpreter: Interpreter, does: Assign, state: State) -> bool:
    """Whether a function that would close the connection is put where others can call it."""
    found = list(callbacks(does.value))
    if not found:
        return False
    target = does.target
    elsewhere = target in interpreter.graph.owners or target in interpreter.graph.foreign
    local = not elsewhere and not (isinstance(target, Place) and isinstance(target.root, Returned))
    alone = len(found) == 1 and found[0] is does.value
    if local and alone:
        return False
    return callbacks_take(interpreter, (does.value,), state)


def _branch(interpreter: Interpreter, node: Node, does: Branch, state: State) -> list[Successor]:
    test = does.test
    if not node.next:
        return []
    on_true, on_false = node.next
    for operand in (test.operand, *test.mentions):
        asked = value_of(operand, state.environment)
        if isinstance(asked, BoundMethod) and asked.name in STATE_ATTRIBUTES:
            # if not ws.closed: ws.close()
            return interpreter.given(node)
    if test.in_loop:
        state = interpreter.waited(state, Phase.LOOPED)
    value = _asked(test.operand, state)
    answer: bool | None = None
    if test.kind == "object":
        answer = True if holds(value) else False if value is Basic.NONE else None
    elif test.kind == "bound":
        answer = True if holds(value) else None
    elif test.kind == "open":
        if value is Basic.CONNECTION:
            return [(on_true, state), (on_false, state.flagged(closed_by_peer=True))]
    elif test.kind == "sentinel":
        answer = False if holds(value) else None
    elif test.kind == "same":
        answer = _is_parameter(value, value_of(test.mentions[0], state.environment))
    elif test.kind in ("true", "false"):
        answer = _is_literal(value, Basic.TRUE if test.kind == "true" else Basic.FALSE)
    elif test.kind != "opaque":
        answer = truth(value) if test.kind == "truth" else is_none(value)
    if answer is None and test.key is not None and not (test.in_loop and isinstance(test.key, Question)):
        answer = truth(known_answer(test.key, state.environment))
    if answer is not None and test.kind == "sentinel" and place_of(test.operand) in interpreter.graph.paired:
        # for name, ws in feeds.items(): if name == "left": which of the two holds the connection is not told
        return interpreter.given(node)
    if answer is not None:
        return [(on_true if answer else on_false, state)]
    state = _asked_outside(interpreter, node, test, state)
    true_state = false_state = state
    if test.in_loop:
        true_state, false_state = _told_by_closer(interpreter, node, state)
    place = test.key or place_of(test.operand)
    kind = "truth" if test.key is not None else test.kind
    asked_slot = place_of(test.operand)
    if asked_slot in interpreter.graph.thread_places:
        # if reader is not None: reader.join(), if reader.is_alive(): reader.join(): else there is nothing to wait for
        if test.kind == "truth":
            false_state = false_state.with_threads(())
        elif test.kind == "none":
            true_state = true_state.with_threads(())
    if asked_slot in interpreter.graph.wait_places and test.kind == "truth":
        true_state = let_go(interpreter, true_state)
    if test.in_loop or kind not in _LEARNING or place is None or not interpreter.matters(place):
        return [(on_true, true_state), (on_false, false_state)]
    successors = []
    for answered, target, after in ((True, on_true, true_state), (False, on_false, false_state)):
        environment = dict(state.environment)
        before = environment.get(place, Basic.UNKNOWN) if test.key is not None else value
        environment[place] = learned(kind, answered, before)
        successors.append((target, after.with_environment(environment)))
    return successors


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
    kept = frozenset(owner.name for owner in interpreter.collected.published)
    if signal is None or not kept or not interpreter.summaries.stops_by_closing(signal[0], kept):
        return state, state
    stopped = state.flagged(closed_by_peer=True)
    return (stopped, state) if signal[1] else (state, stopped)


def _asked(operand: Operand, state: State) -> AbstractValue:
    """What a condition asks about: an element only where it is known which one it is."""
    if isinstance(operand, Element):
        known_place = isinstance(value_of(operand.base, state.environment), PackedAt) and operand.position is not None
        return value_of(operand, state.environment) if known_place else Basic.UNKNOWN
    return value_of(operand, state.environment)


def _is_parameter(value: AbstractValue, parameter: AbstractValue) -> bool | None:
    """Whether a value is what a parameter holds: a connection opened since then is not."""
    if value is not Basic.CONNECTION:
        return None
    return parameter is Basic.CONNECTION if parameter is Basic.CONNECTION or not holds(parameter) else None


def _is_literal(value: AbstractValue, literal: Basic) -> bool | None:
    """Whether a value is True, or is False; None where that is not known."""
    if value is literal:
        return True
    if value in (Basic.UNKNOWN, Basic.NOT_NONE):
        return None
    likely = Basic.TRUTHY if literal is Basic.TRUE else Basic.FALSY
    return None if value is likely else False


def _yield(interpreter: Interpreter, node: Node, does: Yield, state: State) -> list[Successor]:
    graph = interpreter.graph
    if state.flags.being_closed:
        return []  # Python raises RuntimeError in its consumer: no path of a program that works
    state = interpreter.waited(state)  # what runs meanwhile is another function
    if graph.resumes_after_yield:
        return interpreter.normal(node, state)
    holding = holds(value_of(does.operand, state.environment)) or callbacks_take(interpreter, (does.operand,), state)
    if holding and not graph.is_context_manager:
        return interpreter.given(node)
    successors = interpreter.both(node, state)
    if not graph.is_context_manager:
        # The consumer may stop: close() of a generator raises GeneratorExit where it stands.
        successors.append(interpreter.error(node, state.flagged(being_closed=True), GENERATOR_EXIT))
    return successors


def _return(interpreter: Interpreter, node: Node, does: Return, state: State) -> list[Successor]:
    value = value_of(does.operand, state.environment)
    if not holds(value):
        interpreter.collected.results.add(value)
        return interpreter.normal(node, state)
    collected = interpreter.collected
    filled = interpreter.graph.fills
    owners = interpreter.owners(state) + ([filled] if filled is not None else [])
    under_a_key = isinstance(value, PackedAt) and isinstance(value.position, str)
    if does.is_record and not owners and not under_a_key:
        # under which of its keys somebody looks it up is not told
        return interpreter.given(node)
    if interpreter.graph.resumes_after_yield and interpreter.summaries.users_leave_open(interpreter.graph.scope):
        # pytest keeps what a fixture returns, and closes nothing
        collected.note(Effect.LEAKS_NORMALLY, node.syntax)
        return []
    for owner in owners:
        collected.stored.setdefault(owner, node.syntax)
    collected.returned_as = in_common(collected.returned_as, value) if collected.returned else value
    collected.returned = True
    collected.returned_late = collected.returned_late or state.late
    return []


def _raise(interpreter: Interpreter, node: Node, does: Raise, state: State) -> list[Successor]:
    if state.flags.turn == Turn.ASKED:
        interpreter.collected.passes_by = True
    return [interpreter.error(node, state, does.raised)]


def _reraise(interpreter: Interpreter, node: Node, does: Reraise, state: State) -> list[Successor]:
    if does.in_group:
        return [interpreter.error(node, state, EXCEPTION_GROUP)]
    top = state.pending[does.depth] if len(state.pending) > does.depth else ANY_EXCEPTION
    return [interpreter.error(node, state, top if isinstance(top, Raised) else ANY_EXCEPTION)]


def _pop(interpreter: Interpreter, node: Node, does: Pop, state: State) -> list[Successor]:
    return interpreter.normal(node, state.with_pending(state.pending[: node.depth]))


def _rest(interpreter: Interpreter, node: Node, does: Rest, state: State) -> list[Successor]:
    outside = state.pending[: node.depth]
    successors = interpreter.normal(node, state.with_pending(outside))
    raised = state.pending[node.depth] if len(state.pending) > node.depth else ANY_EXCEPTION
    if isinstance(raised, Raised) and raised.anything:
        rest = EXCEPTION_GROUP.without((*raised.never, *does.taken_out))
        successors.append((does.following, state.with_pending((*outside, rest))))
    return successors


def _push(interpreter: Interpreter, node: Node, does: Push, state: State) -> list[Successor]:
    return interpreter.normal(node, state.with_pending((*state.pending[: node.depth], does.resume)))


def _dispatch(interpreter: Interpreter, node: Node, does: Dispatch, state: State) -> list[Successor]:
    top = state.pending[node.depth]
    if isinstance(top, int):
        return [(top, state.with_pending(state.pending[: node.depth]))]
    return _handlers(interpreter, node, does, state)


def _handlers(interpreter: Interpreter, node: Node, does: Handle | Dispatch, state: State) -> list[Successor]:
    """Where an exception goes: to the handlers that may catch it, in their order, and else on outwards."""
    depth = node.depth
    top = state.pending[depth] if len(state.pending) > depth else ANY_EXCEPTION
    raised = top if isinstance(top, Raised) else ANY_EXCEPTION
    star = isinstance(does, Handle) and does.star
    looks_into_group = star and is_group(raised)
    if looks_into_group:
        raised = replace(raised, anything=True)
    state = interpreter.still_live(node.index, state)
    successors: list[Successor] = []
    passed: set[ExceptionClass] = set()
    known = interpreter.graph.exceptions
    for caught, target in does.handlers:
        answer = matches(caught, raised)
        if answer is False or (passed and _leaves_nothing(caught, passed)):
            continue
        passed.update(caught.classes)
        inside = raised if answer or star else refined(caught, raised, known)
        kept = () if isinstance(does, Dispatch) else (inside,)
        handled = state.with_pending((*state.pending[:depth], *kept))
        closed = tells_of_close(caught, raised) and not raised.before_opening
        if closed and not interpreter.watched:  # before it is opened nobody closes it
            handled = handled.flagged(closed_by_peer=True)
            interpreter.collected.closed_by_peer = True
        if CONTROL_C in caught.classes:
            handled = interpreter.waited(handled)  # nobody is quick enough to stop the program before it waits
        successors.append((target, handled))
        if answer:
            if raised.anything and not caught.everything:
                successors.extend(_interrupted(interpreter, node, does, state))
            return successors
    if raised.anything and passed:
        raised = raised.without(passed)
    if looks_into_group:
        raised = replace(raised, anything=False)  # what goes on is the group
    successors.append(interpreter.error(node, state, raised))
    return successors


def _leaves_nothing(caught: Caught, passed: set[ExceptionClass]) -> bool:
    """Whether the handlers before have caught all that this one names."""
    return not caught.bare and not caught.others and all(caught_before(kind, passed) for kind in caught.classes)


def _interrupted(interpreter: Interpreter, node: Node, does: Handle | Dispatch, state: State) -> list[Successor]:
    """``except Exception`` lets control-C pass: to a later handler of the same ``try``, or to one further out."""
    for caught, target in does.handlers:
        if CONTROL_C in caught.classes:
            caught_here = state.with_pending((*state.pending[: node.depth], KEYBOARD_INTERRUPT))
            return [(target, interpreter.waited(caught_here))]
    passes = isinstance(does, Handle) and does.interruptible
    return [interpreter.error(node, state, KEYBOARD_INTERRUPT)] if passes else []


def _process_exit(interpreter: Interpreter, node: Node, does: ProcessExit, state: State) -> list[Successor]:
    """``os._exit()``: the process is gone at once, and what was open with it."""
    return interpreter.given(node)


CONTROL: Transfers = {
    Join: _nothing,
    MayRaise: _raises,
    Assign: _assign,
    Branch: _branch,
    Yield: _yield,
    Return: _return,
    Raise: _raise,
    Reraise: _reraise,
    Pop: _pop,
    Rest: _rest,
    Push: _push,
    Dispatch: _dispatch,
    Handle: _handlers,
    ProcessExit: _process_exit,
}
