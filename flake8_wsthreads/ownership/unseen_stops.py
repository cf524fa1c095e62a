"""Threads that are told to stop while they wait for a message: the flag or event is seen only after the next one.

Who waits for such a thread before anything closes the connection waits for the peer. The library wakes a waiting
``recv()`` only for a message, a timeout, or the end of the connection (websockets, sync/messages.py).
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterable, Iterator
from typing import TypeGuard

from flake8_wsthreads.cfg.loop_signals import StopSignal
from flake8_wsthreads.cfg.operand import ValueKind
from flake8_wsthreads.cfg.place import LastingPlace
from flake8_wsthreads.dataflow.summary import Summary, UntilTold
from flake8_wsthreads.facts import Context, Spawner, UnseenStop
from flake8_wsthreads.library.websockets import SENDING
from flake8_wsthreads.names.mentions import Reference
from flake8_wsthreads.names.scopes import Scope
from flake8_wsthreads.names.values import Function, Instance, Super
from flake8_wsthreads.ownership.concurrent_receives import place_in
from flake8_wsthreads.ownership.file_analyses import FileAnalyses
from flake8_wsthreads.ownership.place_events import Event, EventKind
from flake8_wsthreads.ownership.receives import leaves_without_exit, runs_elsewhere
from flake8_wsthreads.threads.start import Start, Starts

_THREADS = (Spawner.THREAD, Spawner.THREAD_SUBCLASS)


def unseen_in_thread(file: FileAnalyses, summary: Summary, function: Scope) -> UnseenStop | None:
    """A thread that opens the connection itself, and that nobody else can end: only its own loop closes it."""
    known_to_others = summary.stored or summary.collected or summary.queued or summary.handed
    if not summary.until_told or known_to_others or summary.given is not None or summary.returned:
        return None
    starts = file.contexts.starts_leading_to(function)
    own = [start for start, _ in starts]
    for owner in summary.published:
        if any(runs_elsewhere(file, event.function, own) for event in file.owners.events(owner, False)):
            return None
    return next(filter(None, (_stop(file, found, starts, None) for found in summary.until_told)), None)


def unseen_locally(file: FileAnalyses, summary: Summary, function: Scope) -> UnseenStop | None:
    """A thread that a function hands its connection to, and waits for before it closes it."""
    if summary.stored or summary.given is not None or summary.published or summary.collected:
        return None
    for handed in summary.handed.values():
        effect = handed.effect
        if effect is None or _says_something(file, function, handed.node.syntax):
            continue
        for found in effect.until_told:
            stop = _stop(file, found, ((handed.start, function),), summary.joins)
            if stop is not None:
                return stop
    return None


def unseen_in_owner(
    file: FileAnalyses, owner: LastingPlace, events: list[Event], opener: Scope
) -> UnseenStop | None:
    """A thread that receives from what an object or a variable keeps, which is waited for before it is closed."""
    if any(event.kind in (EventKind.HAND_OUT, EventKind.RETURN) for event in events):
        return None
    receiving = dict.fromkeys(event.function for event in events if event.kind is EventKind.RECEIVE)
    starts = file.contexts.starts_leading_to_any(receiving)
    for target in dict.fromkeys(_target(file, start, starter) for start, starter in starts):
        place = place_in(owner, target) if target is not None else None
        if target is None or place is None:
            continue
        effect = file.summaries.effect(target, [(place, ValueKind.CONNECTION)])
        if effect.until_told:
            stop = _in_target(file, owner, events, opener, target, effect.until_told)
            if stop is not None:
                return stop
    return None


def _in_target(
    file: FileAnalyses,
    owner: LastingPlace,
    events: list[Event],
    opener: Scope,
    target: Scope,
    until_told: tuple[UntilTold, ...],
) -> UnseenStop | None:
    """The same for one function that a thread runs."""
    starts = file.contexts.starts_leading_to(target)
    own = [start for start, _ in starts]
    others = [each for each in events if runs_elsewhere(file, each.function, own)]
    closers = dict.fromkeys(each.function for each in others if each.kind is EventKind.CLOSE)
    joins = _joins_before_close(file, owner, closers, starts)
    if joins is None:
        return None
    alone = all(each.function is opener for each in others) and not closers
    stops = (_stop(file, found, starts, None if alone else joins) for found in until_told)
    return next(filter(None, stops), None)


def _target(file: FileAnalyses, start: Start, starter: Scope) -> Scope | None:
    """The function of the file that a thread runs."""
    if start.target is not None:
        value = file.names.evaluate(start.target, starter)
        return value.scope if isinstance(value, Function) else None
    return file.names.classes.method(start.instance_of, "run") if start.instance_of is not None else None


def _joins_before_close(
    file: FileAnalyses, owner: LastingPlace, closers: Iterable[Scope], starts: Starts
) -> frozenset[ast.AST] | None:
    """The calls of ``join()`` that come before the connection is closed; None where something closes it without one.

    ``closers`` are the functions that close it on other threads. Whoever sends something may make the peer answer, or
    hang up.
    """
    calls = {call: function for start, starter in starts for call, function in _joins(file, start, starter)}
    joins: frozenset[ast.AST] = frozenset()
    for function in dict.fromkeys((*calls.values(), *closers)):
        place = place_in(owner, function)
        if place is None:
            return None
        if any(file.source.references_inside(word, function) for word in ("socket", "daemon")):
            return None  # self.ws.socket.shutdown(…), if not self.thread.daemon: self.thread.join()
        effect = file.summaries.effect(function, [(place, ValueKind.CONNECTION)])
        if effect.undecided or effect.given is not None or effect.used is not None:
            return None
        if effect.joins.isdisjoint(calls):
            return None
        joins |= effect.joins
    return joins


def _stop(
    file: FileAnalyses, found: UntilTold, starts: Starts, reached: frozenset[ast.AST] | None
) -> UnseenStop | None:
    """How a thread is stopped that receives until it is told to, where that is not seen in time.

    ``reached`` are the calls of ``join()`` that come before a close; None where nothing but the thread can close.
    """
    threads = tuple((start, starter) for start, starter in starts if start.spawner in _THREADS)
    signal = next((signal for signal in found.signals if _setters(file, signal)), None)
    if signal is None or not threads or len(threads) < len(starts) or _sets_by_itself(file, found.signals, threads):
        return None
    at, text = file.source.location, ast.unparse(signal.node)
    for start, starter in threads:
        for call, _ in _joins(file, start, starter):
            if reached is None or call in reached:
                return UnseenStop(at(found.receive), text, at(call))
    waits_at_exit = all(file.contexts.of_start(*thread) == {Context.NON_DAEMON} for thread in threads)
    if reached is None and waits_at_exit and not leaves_without_exit(file):
        return UnseenStop(at(found.receive), text, None)
    return None


def _says_something(file: FileAnalyses, function: Scope, start: ast.AST) -> bool:
    """Whether a function sends something after it has made a thread: the peer may answer, or hang up."""
    first, last = getattr(start, "end_lineno", 0) + 1, getattr(function.node, "end_lineno", sys.maxsize)
    return any(file.source.lines_between(word, first, last) for word in (*SENDING, "socket"))


def _sets_by_itself(file: FileAnalyses, signals: tuple[StopSignal, ...], threads: Starts) -> bool:
    """Whether code that the thread runs may set what its loop asks about: a message is the end then."""
    own = [start for start, _ in threads]
    for signal in signals:
        for setter in _setters(file, signal):
            if setter is not signal.scope.function:
                leading = [start for start, _ in file.contexts.starts_leading_to(setter)]
                if any(start is known for start in leading for known in own):
                    return True
    return False


def _setters(file: FileAnalyses, signal: StopSignal) -> list[Scope]:
    """The functions that set an event, or give a flag the value that ends the loop; no constructor does."""
    found: list[Scope] = []
    # what a parameter holds mostly has the same name where it comes from
    is_parameter = isinstance(signal.node, ast.Name) and signal.node.id in signal.scope.function.bindings
    mentions = file.source.references(signal.identifier)
    for reference in mentions if is_parameter else file.alike.maybe_to(signal.node, signal.scope):
        function = reference.scope.function
        sets = reference.attribute == "set" if signal.is_event else _may_end(reference, signal)
        if sets and function.name != "__init__":
            found.append(function)
    return found


def _may_end(reference: Reference, signal: StopSignal) -> bool:
    """Whether an assignment to a flag may give it the value that ends the loop."""
    if reference.is_read:
        return False
    statement = reference.parent
    value = statement.value if isinstance(statement, (ast.Assign, ast.AnnAssign)) else None
    return not isinstance(value, ast.Constant) or bool(value.value) is signal.ending


def _joins(file: FileAnalyses, start: Start, starter: Scope) -> Iterator[tuple[ast.Call, Scope]]:
    """The calls of a thread's ``join`` without a timeout, with the functions that they stand in.

    The thread is known by its class, or by the name or the attribute that it is bound to.
    """
    if start.instance_of is not None:
        values = Instance(start.instance_of), Super(start.instance_of)
        for reference in (each for value in values for each in file.alike.on(value, "join")):
            if _waits(reference.call):
                yield reference.call, reference.scope.function
        return
    for target in _bound_to(file, start.call):
        for thread in file.alike.to(target, starter):
            call = thread.parents[1] if thread.attribute == "join" and len(thread.parents) > 1 else None
            if _waits(call) and call.func is thread.parent:
                yield call, thread.scope.function


def _waits(call: ast.AST | None) -> TypeGuard[ast.Call]:
    return isinstance(call, ast.Call) and not call.args and not call.keywords


def _bound_to(file: FileAnalyses, call: ast.Call) -> list[ast.expr]:
    """What the result of a call is bound to at once."""
    statement = file.source.statement_around(call)
    if not isinstance(statement, (ast.Assign, ast.AnnAssign)) or statement.value is not call:
        return []
    return statement.targets if isinstance(statement, ast.Assign) else [statement.target]
