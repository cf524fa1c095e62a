"""Receives that go on forever."""

from __future__ import annotations

import ast

from flake8_wsthreads.cfg.place import LastingPlace
from flake8_wsthreads.cfg.unset_signals import signal_of
from flake8_wsthreads.dataflow.summary import Summary
from flake8_wsthreads.facts import Context, LateCloser, Owner
from flake8_wsthreads.names.scopes import Scope
from flake8_wsthreads.ownership.file_analyses import FileAnalyses
from flake8_wsthreads.ownership.late_closes import late_closer
from flake8_wsthreads.ownership.place_events import Event, EventKind
from flake8_wsthreads.threads.start import Start


def leaves_without_exit(file: FileAnalyses) -> bool:
    """Whether the program ends itself by ``os._exit()`` or a signal, which waits for no thread."""
    return any(file.source.references(name) for name in ("_exit", "abort", "kill"))


def forever_locally(
    file: FileAnalyses, summary: Summary, function: Scope, contexts: frozenset[Context]
) -> ast.AST | None:
    """A loop without an end on a non-daemon thread, where the function keeps the connection to itself.

    ``contexts`` are those of the function.
    """
    if summary.stored or summary.given is not None or leaves_without_exit(file):
        return None
    endless = summary.received_forever or summary.sent_forever
    if endless is not None and Context.NON_DAEMON in contexts:
        return endless if _is_told(file, endless, function) else None
    if summary.closed is not None:
        return None
    for handed in summary.handed.values():
        loop = (handed.effect.received_forever or handed.effect.sent_forever) if handed.effect is not None else None
        if loop is not None and Context.NON_DAEMON in file.contexts.of_start(handed.start, function):
            return loop if _is_told(file, loop, handed.function or function) else None
    return None


def _is_told(file: FileAnalyses, loop: ast.AST, function: Scope) -> bool:
    """Whether the file tells that a loop has no end.

    That nothing sets what the loop waits for shows only where the whole program is to be seen.
    """
    waits_for_signal = isinstance(loop, ast.While) and signal_of(loop.test) is not None
    return not waits_for_signal or file.contexts.run_by_program(function)


def forever_in_owner(file: FileAnalyses, events: list[Event], owner: Owner) -> ast.AST | None:
    """A loop without an end on a non-daemon thread, with no close outside that thread before the exit."""
    if leaves_without_exit(file):
        return None
    # weakref.finalize(self, self.ws.close), where the object dies, or is closed by hand, before the exit
    in_time = not owner.lives_to_exit or owner.closed is not None
    if in_time and any(event.late_closer is LateCloser.FINALIZE for event in events):
        return None
    too_late = {LateCloser.ATEXIT, LateCloser.DEL} if owner.lives_to_exit else {LateCloser.ATEXIT}
    closers = [
        event.function
        for event in events
        if event.kind is EventKind.CLOSE and late_closer(file, event.function) not in too_late
    ]
    for event in events:
        if event.forever is None or Context.NON_DAEMON not in file.contexts.of(event.function):
            continue
        starts = file.contexts.starts_leading_to(event.function)
        own = [start for start, _ in starts]
        if starts and not any(runs_elsewhere(file, closer, own) for closer in closers):
            return event.forever if _is_told(file, event.forever, event.function) else None
    return None


def out_of_reach(file: FileAnalyses, summary: Summary, function: Scope) -> bool:
    """Whether code on another thread than that of ``function`` may close the connection while ``function`` is at work.

    It closes it through an attribute or a variable that ``function`` bound it to, or it reads a container or a queue
    that ``function`` put it into.
    """
    own = [start for start, _ in file.contexts.starts_leading_to(function)]
    closing = {EventKind.CLOSE, EventKind.HAND_OUT}
    for owner in sorted(summary.published - summary.stored.keys(), key=by_text):
        if _reached_elsewhere(file, file.owners.events(owner, False), function, own, closing):
            return True
    return any(
        _reached_elsewhere(file, file.owners.events(owner, True), function, own, set(EventKind))
        for owner in sorted(summary.collected, key=by_text)
    )


def by_text(owner: LastingPlace) -> tuple[int, str]:
    """A key that sorts owners alike in every run."""
    return owner.holder.index, owner.text


def _reached_elsewhere(
    file: FileAnalyses, events: list[Event], function: Scope, own: list[Start], kinds: set[EventKind]
) -> bool:
    return any(
        event.kind in kinds and event.function is not function and runs_elsewhere(file, event.function, own)
        for event in events
    )


def runs_elsewhere(file: FileAnalyses, function: Scope, own: list[Start]) -> bool:
    """Whether a function may run on another thread than those of its ``own`` starts."""
    leading = [start for start, _ in file.contexts.starts_leading_to(function)]
    if not leading or not all(any(start is known for known in own) for start in leading):
        return True
    return not file.contexts.of(function).isdisjoint({Context.MAIN, Context.UNKNOWN})
