"""Receives that may run at once from a connection: on the paths of one function, or through an object that keeps it."""

from __future__ import annotations

from collections.abc import Iterator

from flake8_wsthreads.cfg.operand import ValueKind
from flake8_wsthreads.cfg.place import LastingPlace, Place
from flake8_wsthreads.dataflow.left_on_objects import Left
from flake8_wsthreads.dataflow.parameters import is_constructor, receiver_of
from flake8_wsthreads.dataflow.summary import Summary
from flake8_wsthreads.facts import ConcurrentReceive, Spawner
from flake8_wsthreads.finding import Location
from flake8_wsthreads.names.scopes import Scope, ScopeKind
from flake8_wsthreads.ownership.file_analyses import FileAnalyses

# An object whose threads are started further up than this from where it is made is not followed.
_MOST_CALLERS = 20


def concurrent_locally(file: FileAnalyses, summary: Summary) -> tuple[ConcurrentReceive, ...]:
    """The receives that the paths of one function show to run at once."""
    return tuple(
        ConcurrentReceive(file.source.location(later), file.source.location(first), file.source.location(second))
        for later, first, second in summary.concurrent
    )


def concurrent_in_owner(
    file: FileAnalyses, owner: LastingPlace, left: Left | None, opened: Location, known: list[ConcurrentReceive]
) -> list[ConcurrentReceive]:
    """The receives that may run at once from a connection which an object or a variable keeps, each place once.

    ``left`` is the function that puts it there, None where that is not told. Of a thread object the place where the
    connection is ``opened`` stands for the hand-over. ``known`` are those that the function itself shows.
    """
    if not file.contexts.may_be_several:
        return []
    found = {entry.location: entry for entry in known}
    for summary in _summaries(file, owner, left):
        if not summary.undecided:
            for entry in _of_object(file, summary, opened):
                found.setdefault(entry.location, entry)
    return list(found.values())[len(known) :]


def _of_object(file: FileAnalyses, summary: Summary, opened: Location) -> Iterator[ConcurrentReceive]:
    at = file.source.location
    by_object = {id(handed.node.syntax) for handed in summary.handed.values() if handed.start.is_thread_object}
    for later, first, second in summary.concurrent:
        yield ConcurrentReceive(opened if id(later) in by_object else at(later), at(first), at(second))
    for handed in summary.handed.values():
        received = handed.effect.received_at_once if handed.effect is not None else None
        if handed.repeated and received is not None and handed.start.spawner is not Spawner.PROCESS:
            yield ConcurrentReceive(at(handed.node.syntax), at(received), at(received))


def _summaries(file: FileAnalyses, owner: LastingPlace, left: Left | None) -> Iterator[Summary]:
    """What the functions do with it that may start threads on it, that use its object, or that make the object."""
    members = dict.fromkeys(event.function for event in file.owners.events(owner, False))
    starts = file.contexts.starts_leading_to_any(tuple(members))
    members.update((starter.running_function, None) for _, starter in starts)
    opener = left.function if left is not None else None
    starting = [member for member in members if file.summaries.graph(member).spawns]
    for function in starting:
        if function is not opener and (place := place_in(owner, function)) is not None:
            yield file.summaries.effect(function, [(place, ValueKind.CONNECTION)])
    if owner.is_of_objects:
        family = file.owners.relatives(owner.holder)
        methods, users = _starting_methods(file, family, starting)
        for user in users:
            if user is not opener:
                yield file.left_on_objects.from_calls_on(user, owner.name, methods, family)
        if left is not None and left.function.method_of in family:
            yield from _after_calls(file, owner, left, family, methods)


def place_in(owner: LastingPlace, function: Scope) -> Place | None:
    """Where a function finds the connection itself: in its own object, or in a variable of the module or around it."""
    if owner.holder.kind is not ScopeKind.CLASS:
        return owner.place
    own = receiver_of(function)
    return own.member(owner.name) if own is not None else None


def _starting_methods(
    file: FileAnalyses, family: frozenset[Scope], starting: list[Scope]
) -> tuple[list[Scope], list[Scope]]:
    """The methods that start threads, also through one another, and the functions that use them or start threads."""
    users = dict.fromkeys(starting)
    methods = [function for function in starting if function.method_of in family]
    for method in methods:
        for caller in file.contexts.callers(method):
            users[caller] = None
            if caller.method_of in family and caller not in methods and len(methods) < _MOST_CALLERS:
                methods.append(caller)
    return methods, list(users)


def _after_calls(
    file: FileAnalyses, owner: LastingPlace, left: Left, family: frozenset[Scope], starting: list[Scope]
) -> Iterator[Summary]:
    """What is done with an object after a method has left the connection on it, and threads that are under way.

    A method of the object that calls this one, and starts threads itself, leaves them, too.
    """
    seen = {left.function}
    pending = [left]
    for leaving in pending:
        for caller in (*file.contexts.callers(leaving.function), *overriding_constructors(file, leaving.function)):
            if not leaving.summary.running and caller not in starting:
                continue  # no thread is under way: what starts one later is followed from there
            after = file.left_on_objects.after_call(caller, leaving)
            yield after
            if caller.method_of in family and owner in after.kept and caller not in seen and len(seen) < _MOST_CALLERS:
                seen.add(caller)
                pending.append(Left(caller, after))


def overriding_constructors(file: FileAnalyses, constructor: Scope) -> list[Scope]:
    """The constructors of the classes below, which may call this one: ``super().__init__()``; none of other methods."""
    if constructor.method_of is None or not is_constructor(constructor):
        return []
    below = file.names.classes.descendants(constructor.method_of)
    own = (file.names.classes.own_method(each, constructor.name) for each in below)
    return [method for method in own if method is not None and method is not constructor]
