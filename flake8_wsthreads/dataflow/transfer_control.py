"""Steps that bind variables, catch exceptions, and leave: what the constructs of the language do."""

from __future__ import annotations

import ast
from dataclasses import replace

from flake8_wsthreads.cfg.graph import Node
from flake8_wsthreads.cfg.instruction import (
    Assign,
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
    Yield,
)
from flake8_wsthreads.cfg.operand import Known, Pack, ValueKind, place_of, wholes
from flake8_wsthreads.cfg.place import Place, Returned
from flake8_wsthreads.cfg.raised import (
    ANY_EXCEPTION,
    CONTROL_C,
    EXCEPTION_GROUP,
    GENERATOR_EXIT,
    KEYBOARD_INTERRUPT,
    Caught,
    ExceptionClass,
    OwnClasses,
    Raised,
    caught_before,
    is_group,
    matches,
    may_tell_of_close,
    refined,
    tells_of_close,
)
from flake8_wsthreads.dataflow.interpreter import Interpreter, Successor, Transfers
from flake8_wsthreads.dataflow.reach import callbacks_take
from flake8_wsthreads.dataflow.state import MOST_COUNTED, State, Turn
from flake8_wsthreads.dataflow.summary import Effect
from flake8_wsthreads.dataflow.transfer_exits import owners_of
from flake8_wsthreads.dataflow.value import LASTING, PackedAt, callbacks, concerns, holds, in_common, value_of
from flake8_wsthreads.dataflow.waiting import told_to_stop

_FLAGS = (ValueKind.TRUE, ValueKind.FALSE, ValueKind.NONE)


def _nothing(interpreter: Interpreter, node: Node, does: Join, state: State) -> list[Successor]:
    """Paths meet: forget what no condition asks about any more."""
    return interpreter.normal(node, interpreter.still_live(node.index, state))


def _raises(interpreter: Interpreter, node: Node, does: MayRaise, state: State) -> list[Successor]:
    if does.raised is not None:
        return [*interpreter.normal(node, state), interpreter.error(node, state, does.raised)]
    return interpreter.both(node, interpreter.waited(state))


def _assign(interpreter: Interpreter, node: Node, does: Assign, state: State) -> list[Successor]:
    source = place_of(does.value)
    if source is None or not _decides(interpreter, node, source, state):
        return _bind(interpreter, node, does, state)
    # is_live = args.live: what a condition says of the one it says of the other, so both answers are followed from here
    conditions = interpreter.graph.conditions
    none = any(conditions.get(place, False) for place in (source, does.target) if isinstance(place, Place))
    answers = (ValueKind.NONE, ValueKind.NOT_NONE) if none else (ValueKind.TRUTHY, ValueKind.FALSY)
    known = [state.with_environment({**state.environment, source: answer}) for answer in answers]
    return [successor for decided in known for successor in _bind(interpreter, node, does, decided)]


def _decides(interpreter: Interpreter, node: Node, source: Place, state: State) -> bool:
    """Whether conditions ask about a place whose value is not known and, by another name, about what is bound to it."""
    target = node.does.target
    if node.index not in interpreter.graph.copies or target is None:
        return False
    if state.environment.get(source, ValueKind.UNKNOWN) is not ValueKind.UNKNOWN:
        return False
    if not interpreter.matters(target) or not interpreter.matters(source):
        return False
    both = state.with_environment({source: ValueKind.TRUTHY, target: ValueKind.TRUTHY})
    return len(interpreter.still_live(node.next[0], both).environment) == 2


def _bind(interpreter: Interpreter, node: Node, does: Assign, state: State) -> list[Successor]:
    graph, target = interpreter.graph, does.target
    named = isinstance(target, Place) and not target.is_temporary
    if graph.containers and (named or isinstance(does.value, Pack)):
        # others = jobs, self.jobs = jobs: what is put into it later is reached through both
        state = interpreter.shared([place for place in wholes((does.value,)) if not place.is_temporary], state)
    value = value_of(does.value, state.environment)
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


def _yield(interpreter: Interpreter, node: Node, does: Yield, state: State) -> list[Successor]:
    graph = interpreter.graph
    if state.flags.being_closed:
        return []  # Python raises RuntimeError in its consumer: no path of a program that works
    state = interpreter.waited(state)  # what runs meanwhile is another function
    if graph.resumes_after_yield:
        return interpreter.normal(node, state)
    if state.flags.given >= 0:
        return _gives(interpreter, node, does, state)
    holding = holds(value_of(does.operand, state.environment)) or callbacks_take(interpreter, (does.operand,), state)
    if holding and not graph.is_context_manager:
        return interpreter.given(node)
    successors = interpreter.both(node, state)
    if not graph.is_context_manager:
        # The consumer may stop: close() of a generator raises GeneratorExit where it stands.
        successors.append(interpreter.error(node, state.flagged(being_closed=True), GENERATOR_EXIT))
    return successors


def _gives(interpreter: Interpreter, node: Node, does: Yield, state: State) -> list[Successor]:
    """A generator gives an element to somebody who comes back for the next one."""
    count = state.flags.given
    most = MOST_COUNTED if does.delegates else count
    interpreter.collected.goes_on_after.update(range(count, most + 1))
    after = [state.flagged(given=min(number + 1, MOST_COUNTED)) for number in range(count, most + 1)]
    if does.delegates:
        # yield from: it gives any number of elements, also none, and may fail at each
        after.insert(0, state)
        return [successor for each in after for successor in interpreter.both(node, each)]
    return interpreter.normal(node, after[0])


def _return(interpreter: Interpreter, node: Node, does: Return, state: State) -> list[Successor]:
    value = value_of(does.operand, state.environment)
    if not holds(value):
        interpreter.collected.results.add(value)
        if state.excused and not state.lost:
            # at the exit it may add nothing to the path that comes there with the connection open
            interpreter.collected.results_excused.add(value)
            interpreter.collected.returns_excused = True
        elif not state.lost:
            interpreter.collected.results_open.add(value)
        return interpreter.normal(node, state)
    collected = interpreter.collected
    filled = interpreter.graph.fills
    owners = owners_of(interpreter, state) + ([filled] if filled is not None else [])
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
    is_open = interpreter.has_connection(state)
    for caught, target in does.handlers:
        # what passed a handler may be a group of what that catches
        in_group = star and not looks_into_group and not raised.no_group
        answer = matches(caught, replace(raised, never=()) if in_group else raised, known)
        before = passed if in_group else passed.union(raised.never)
        if answer is False or (passed and _leaves_nothing(caught, before, known)):
            continue
        left = raised.without(passed) if raised.anything and passed else raised
        passed.update(caught.classes)
        inside = left if answer or star else refined(caught, left, known)
        kept = () if isinstance(does, Dispatch) else (inside,)
        handled = state.with_pending((*state.pending[:depth], *kept))
        closed = tells_of_close(caught, raised) or may_tell_of_close(caught, raised, known)
        closed = closed and not raised.before_opening
        if closed and not interpreter.watched:  # before it is opened nobody closes it
            handled = interpreter.closed_by_peer(handled)
        elif answer is None and is_open and interpreter.summaries.is_own(caught):
            handled = handled.flagged(excused=True)  # who raises it, and where, the file does not tell
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
    if any(caught.others for caught, _ in does.handlers):
        state = state.flagged(excused=True)  # except errors: who passes these may mean all there are
    successors.append(interpreter.error(node, state, raised))
    return successors


def _leaves_nothing(caught: Caught, passed: set[ExceptionClass], known: OwnClasses) -> bool:
    """Whether the handlers before have caught all that this one names."""
    return not caught.bare and not caught.others and all(caught_before(kind, passed, known) for kind in caught.classes)


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
