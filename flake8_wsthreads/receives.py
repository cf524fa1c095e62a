"""Receives that may run at the same time on two threads, and receives that go on forever."""

from __future__ import annotations

from flake8_wsthreads.analyses import FileAnalyses
from flake8_wsthreads.facts import ConcurrentReceive, Context
from flake8_wsthreads.finding import Location
from flake8_wsthreads.flow.graph import Basic, OwnerReference
from flake8_wsthreads.flow.outcome import Outcome
from flake8_wsthreads.names.scopes import Scope
from flake8_wsthreads.owners import Event, EventKind
from flake8_wsthreads.threads.starts import Start, starts_something


def concurrent_locally(file: FileAnalyses, outcome: Outcome) -> tuple[ConcurrentReceive, ...]:
    """The receives that the paths of one function show to run at once."""
    return tuple(
        ConcurrentReceive(file.source.location(later), file.source.location(first), file.source.location(second))
        for later, first, second in outcome.concurrent
    )


def concurrent_in_owner(
    file: FileAnalyses, reference: OwnerReference, unit: Scope | None, events: list[Event]
) -> list[ConcurrentReceive]:
    """Receives that a function shows to run at once with a thread that it started."""
    found: list[ConcurrentReceive] = []
    members = [event.unit for event in events]
    for member in tuple(members):
        members.extend(starter.running_unit for _, starter in file.contexts.starts_leading_to(member))
    for member in dict.fromkeys(members):
        if member is unit:
            continue
        own = file.program.receiver_slot(member)
        slot = f"{own}.{reference.name}" if own else f"{reference.name}@{reference.holder.index}"
        if not starts_something(file.names, member):
            continue
        outcome = file.program.effect(member, [(slot, Basic.CONNECTION)])
        found.extend(concurrent_locally(file, outcome))
        for handed in outcome.handed.values():
            if handed.repeated and handed.effect is not None and handed.effect.received_unlocked is not None:
                received = file.source.location(handed.effect.received_unlocked)
                found.append(ConcurrentReceive(file.source.location(handed.node.syntax), received, received))
    return found


def _leaves_without_exit(file: FileAnalyses) -> bool:
    """Whether the program ends itself by ``os._exit()`` or a signal, which waits for no thread."""
    return any(file.source.references(name) for name in ("_exit", "abort", "kill"))


def forever_locally(file: FileAnalyses, outcome: Outcome, unit: Scope, contexts: frozenset[Context]) -> Location | None:
    """A loop without an end on a non-daemon thread, where the function keeps the connection to itself.

    ``contexts`` are those of the function.
    """
    if outcome.stored or outcome.given is not None or _leaves_without_exit(file):
        return None
    if outcome.received_forever is not None and Context.NON_DAEMON in contexts:
        return file.at(outcome.received_forever)
    if outcome.closed is not None:
        return None
    for handed in outcome.handed.values():
        start = handed.node.detail
        if isinstance(start, Start) and handed.effect is not None and handed.effect.received_forever is not None:
            if Context.NON_DAEMON in file.contexts.of_start(start, unit):
                return file.at(handed.effect.received_forever)
    return None


def forever_in_owner(file: FileAnalyses, events: list[Event]) -> Location | None:
    """A loop without an end on a non-daemon thread, with no close outside that thread."""
    if _leaves_without_exit(file):
        return None
    closers = [event.unit for event in events if event.kind is EventKind.CLOSE]
    for event in events:
        if event.forever is None or Context.NON_DAEMON not in file.contexts.of(event.unit):
            continue
        starts = file.contexts.starts_leading_to(event.unit)
        outside = [
            closer
            for closer in closers
            if not any(start is other for start, _ in file.contexts.starts_leading_to(closer) for other, _ in starts)
        ]
        if starts and not outside:
            return file.at(event.forever)
    return None


def closed_elsewhere(file: FileAnalyses, events: list[Event], unit: Scope) -> bool:
    """Whether a function that does not run on the thread of ``unit`` closes the connection."""
    starts = [start for start, _ in file.contexts.starts_leading_to(unit)]
    return any(
        not any(start is own for start, _ in file.contexts.starts_leading_to(event.unit) for own in starts)
        for event in events
        if event.kind is EventKind.CLOSE and event.unit is not unit
    )
