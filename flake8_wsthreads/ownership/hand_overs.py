"""Where a connection reaches another thread or process, and what is done with it there."""

from __future__ import annotations

import ast
from collections import defaultdict
from dataclasses import replace
from operator import itemgetter

from flake8_wsthreads.cfg.place import LastingPlace
from flake8_wsthreads.dataflow.summary import Summary
from flake8_wsthreads.dataflow.transfer_threads import closes_when_it_ends
from flake8_wsthreads.facts import Context, HandOver, Spawner
from flake8_wsthreads.finding import Location
from flake8_wsthreads.names.scopes import Scope
from flake8_wsthreads.ownership.file_analyses import FileAnalyses
from flake8_wsthreads.ownership.place_events import Event, EventKind
from flake8_wsthreads.threads.start import Start, Starts


def local_hand_overs(file: FileAnalyses, summary: Summary, function: Scope, opened: Location) -> tuple[HandOver, ...]:
    """The threads to which the function itself hands the connection; ``opened`` is where it opened it."""
    found: list[HandOver] = []
    for handed in summary.handed.values():
        start, effect = handed.start, handed.effect
        found.append(
            HandOver(
                location=opened if start.is_thread_object else file.source.location(handed.node.syntax),
                spawner=start.spawner,
                target_name=_target_name(start),
                contexts=file.contexts.of_start(start, function),
                used=file.at(effect.used) if effect is not None else file.at(handed.node.syntax),
                received=file.at(effect.received_at_once) if effect is not None else None,
                received_forever=file.at(effect.received_forever) if effect is not None else None,
                closed=effect is None or (effect.takes and not closes_when_it_ends(effect)),
                repeated=handed.repeated and not handed.container,
                ends_before_thread=file.at(handed.ends_before) if not handed.awaited else None,
            )
        )
    return tuple(found)


def owner_hand_overs(
    file: FileAnalyses, reference: LastingPlace, function: Scope, events: list[Event], opened: Location | None
) -> list[HandOver]:
    """The starts whose threads use the place, other than the thread that opened the connection."""
    own_starts = [start for start, _ in file.contexts.starts_leading_to(function)]
    found: dict[Location, HandOver] = {}
    uses = [event for event in events if event.kind in (EventKind.USE, EventKind.RECEIVE, EventKind.CLOSE)]
    users = _Users(file, uses)
    own_ids = {id(own) for own in own_starts}
    for event, starts in users.first_of_each_kind():
        for start, starter in starts:
            if id(start) in own_ids or _has_its_own(file, function, own_starts, start, starter):
                continue
            made = start.instance_of
            subclass = made is not None and reference.holder in file.names.classes.ancestors(made)
            location = opened if subclass and opened is not None else file.source.location(start.call)
            if location in found:
                known = found[location]
                if known.received is not None or event.kind is not EventKind.RECEIVE:
                    continue
            together = users.of(start)
            received = [other for other in together if other.kind is EventKind.RECEIVE and not other.locked]
            forever = [event for event in together if event.kind is EventKind.RECEIVE and event.forever is not None]
            closed = any(other.kind is EventKind.CLOSE for other in together)
            used = [other for other in together if other.kind is not EventKind.CLOSE] or together
            found[location] = HandOver(
                location=location,
                spawner=start.spawner,
                target_name=_target_name(start),
                contexts=file.contexts.of_start(start, starter),
                used=file.at(used[0].syntax),
                received=file.at(received[0].syntax) if received else None,
                received_forever=file.at(forever[0].forever) if forever else None,
                closed=closed,
                repeated=False,
                ends_before_thread=None,
            )
    for event in events:
        if event.kind is EventKind.TO_PROCESS:
            # Process(target=self.ws.recv)
            location = file.source.location(event.syntax)
            found.setdefault(
                location,
                HandOver(
                    location=location,
                    spawner=Spawner.PROCESS,
                    target_name=f"{reference.text}'s method",
                    contexts=frozenset({Context.CHILD_PROCESS}),
                    used=location,
                    received=None,
                    received_forever=None,
                    closed=False,
                    repeated=False,
                    ends_before_thread=None,
                ),
            )
    return list(found.values())


class _Users:
    """The starts whose threads may do what events tell: many events, and many starts, have the same group of them."""

    def __init__(self, file: FileAnalyses, events: list[Event]) -> None:
        self._groups: dict[int, Starts] = {}
        self._events: defaultdict[int, list[tuple[int, Event]]] = defaultdict(list)
        for order, event in enumerate(events):
            leading = file.contexts.starts_leading_to
            group = (event.thread,) if event.thread is not None else leading(event.function)
            self._groups[id(group)] = group
            self._events[id(group)].append((order, event))
        self._of_start: defaultdict[int, tuple[int, ...]] = defaultdict(tuple)
        for key, group in self._groups.items():
            for start, _ in group:
                self._of_start[id(start)] += (key,)
        self._together: dict[tuple[int, ...], list[Event]] = {}

    def first_of_each_kind(self) -> list[tuple[Event, Starts]]:
        """Of each group the first event that receives, and the first that does not, in the order of the events."""
        first: dict[tuple[int, bool], tuple[int, Event]] = {}
        for key, events in self._events.items():
            for order, event in events:
                first.setdefault((key, event.kind is EventKind.RECEIVE), (order, event))
        chosen = sorted((order, key, event) for (key, _), (order, event) in first.items())
        return [(event, self._groups[key]) for _, key, event in chosen]

    def of(self, start: Start) -> list[Event]:
        """What the thread of a start may do, in the order of the events."""
        groups = self._of_start[id(start)]
        known = self._together.get(groups)
        if known is None:
            merged = sorted((entry for key in groups for entry in self._events[key]), key=itemgetter(0))
            known = self._together[groups] = [event for _, event in merged]
        return known


def _has_its_own(file: FileAnalyses, function: Scope, own_starts: list[Start], start: Start, starter: Scope) -> bool:
    """Whether a process finds another connection in the place than the one that ``function`` opens there, or none.

    A variable that a child process binds stays as it was in its parent, and so in the other children.
    """
    if start.spawner is not Spawner.PROCESS:
        return False
    children = [own for own in own_starts if own.spawner is Spawner.PROCESS]
    if any(own is known for own in children for known, _ in file.contexts.starts_leading_to(starter)):
        return False  # a child of the child
    if any(own.prepares_workers for own in children):
        return True
    elsewhere = {Context.CHILD_PROCESS, Context.UNKNOWN}
    return bool(children) and file.contexts.of(function) <= elsewhere


def queue_hand_overs(file: FileAnalyses, summary: Summary, function: Scope) -> list[HandOver]:
    """The threads that take the connection from a queue that outlives the function."""
    found: list[HandOver] = []
    for node, owner in summary.queued.values():
        for hand_over in owner_hand_overs(file, owner, function, file.owners.events(owner, True), None):
            found.append(replace(hand_over, location=file.source.location(node.syntax)))
            break
    return found


def _target_name(start: Start) -> str:
    if start.target is not None and isinstance(start.target, (ast.Name, ast.Attribute)):
        return ast.unparse(start.target)
    if start.instance_of is not None:
        return f"{start.instance_of.name}.run"
    return "the target"
