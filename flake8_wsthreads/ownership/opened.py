"""The connections that the functions of a file open, each with the facts that rules ask about."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import replace

from flake8_wsthreads.cfg.graph import Graph, Node
from flake8_wsthreads.cfg.instruction import CallFunction, CallMethod, Open
from flake8_wsthreads.cfg.place import Place
from flake8_wsthreads.cfg.unset_signals import signal_of
from flake8_wsthreads.dataflow.left_on_objects import Left
from flake8_wsthreads.dataflow.parameters import is_constructor
from flake8_wsthreads.dataflow.summary import Summary, first_of
from flake8_wsthreads.facts import Connection, LateCloser, Owner, Paths, Spawner
from flake8_wsthreads.library.websockets import CLOSE_METHODS, RECEIVE_METHODS
from flake8_wsthreads.names.patches import replaces_opener
from flake8_wsthreads.names.scopes import Scope, ScopeKind
from flake8_wsthreads.names.websockets import is_legacy
from flake8_wsthreads.ownership.block_obstacles import NO_OBSTACLES, BlockObstacles, block_obstacles
from flake8_wsthreads.ownership.block_room import block_room
from flake8_wsthreads.ownership.concurrent_receives import concurrent_in_owner, concurrent_locally
from flake8_wsthreads.ownership.file_analyses import FileAnalyses
from flake8_wsthreads.ownership.hand_overs import local_hand_overs, owner_hand_overs, queue_hand_overs
from flake8_wsthreads.ownership.handed_closers import used_and_closed_later
from flake8_wsthreads.ownership.late_closes import Finalizer, finalizer
from flake8_wsthreads.ownership.owner_facts import callers_are_here, is_thread_local, owner_facts
from flake8_wsthreads.ownership.place_events import Event, EventKind
from flake8_wsthreads.ownership.receives import by_text, forever_in_owner, forever_locally, out_of_reach
from flake8_wsthreads.ownership.unseen_stops import unseen_in_owner, unseen_in_thread, unseen_locally
from flake8_wsthreads.source.syntax import walk
from flake8_wsthreads.threads.starts import thread_kind


def opened_in(file: FileAnalyses, opener: Scope) -> list[Connection]:
    """The connections that a function opens, and those of the lambdas in it."""
    found: list[Connection] = []
    pending = [opener]
    seen = {opener}
    for member in pending:
        if not file.contexts.of(member):
            continue  # a nested function that nothing refers to never runs
        if file.may_replace_opener and replaces_opener(file.names, file.source, member):
            continue
        graph = file.summaries.graph(member)
        sites = file.sites.of(member)
        obstacles = block_obstacles(graph) if sites else NO_OBSTACLES
        closes = _first_closes(graph) if sites else {}
        for index, summary in sites.items():
            node = graph.nodes[index]
            found.append(_connection(file, index, node, member, summary, obstacles, closes))
        for node in graph.nodes if file.source.mentions("lambda", member.node) else ():
            for operand in node.does.operands():
                function = getattr(operand, "function", None)
                if isinstance(function, Scope) and function.kind is ScopeKind.LAMBDA and function not in seen:
                    seen.add(function)
                    pending.append(function)
    return found


def _connection(
    file: FileAnalyses,
    site: int,
    node: Node,
    function: Scope,
    summary: Summary,
    obstacles: BlockObstacles,
    closes: Mapping[Place, ast.AST],
) -> Connection:
    call = node.syntax
    location = file.source.location(call)
    summary = _after_queues(file, function, _after_constructors(file, function, site, summary))
    by_worker = node.does.start if isinstance(node.does, (Open, CallFunction)) else None
    contexts = file.contexts.of(function) if by_worker is None else file.contexts.of_start(by_worker, function)
    in_constructor = _in_thread_constructor(file, function)
    hand_overs = list(local_hand_overs(file, summary, function, location))
    owner: Owner | None = None
    forever = forever_locally(file, summary, function, contexts)
    concurrent = list(concurrent_locally(file, summary))
    if forever is not None and out_of_reach(file, summary, function):
        forever = None
    unseen = unseen_in_thread(file, summary, function) or unseen_locally(file, summary, function)
    if summary.stored:
        reference = next(iter(summary.stored))
        owner = owner_facts(file, reference, summary, function, _stored_events(file, summary))
        if summary.entered:
            owner = replace(owner, used_before_enter=None)
        if _keeps_it_by_an_error(owner, summary, function):
            raising = first_of(summary.leaks_on_error, summary.stored[reference])
            owner, summary = None, replace(summary, stored={}, leaks_on_error=raising)
    for reference in dict.fromkeys((*summary.stored, *sorted(summary.published, key=by_text))):
        if is_thread_local(file, reference):
            continue
        events = file.owners.events(reference, reference in summary.containers)
        for hand_over in owner_hand_overs(file, reference, function, events, location):
            if not any(known.location == hand_over.location for known in hand_overs):
                hand_overs.append(hand_over)
        if reference in summary.stored and owner is not None and not owner.handed_out:
            forever = forever or forever_in_owner(file, events, owner)
        if reference in summary.containers or reference in summary.collected:
            continue  # each thread may take another connection out of it
        if owner is None or not owner.handed_out:
            unseen = unseen or unseen_in_owner(file, reference, events, function)
        concurrent.extend(concurrent_in_owner(file, reference, Left(function, summary, site), location, concurrent))
    hand_overs.extend(queue_hand_overs(file, summary, function))
    if by_worker is not None:
        # the next work of the pool may be done by the worker that has opened it
        hand_overs = [hand_over for hand_over in hand_overs if hand_over.spawner is not Spawner.POOL]
    if not file.contexts.are_real:
        hand_overs = [hand_over for hand_over in hand_overs if hand_over.spawner is Spawner.PROCESS]
        concurrent = []
    return Connection(
        location=location,
        opened_by=_callee(call),
        function_name=function.name,
        borrowed=False,
        contexts=contexts,
        legacy=isinstance(call, ast.Call) and is_legacy(call),
        in_thread_constructor=in_constructor,
        paths=_paths(file, summary, function, owner, closes),
        owner=owner,
        hand_overs=tuple(sorted(hand_overs, key=lambda hand_over: hand_over.location)),
        concurrent_receives=tuple(concurrent),
        received_forever=file.at(forever),
        receives_in_sight=forever is None or _receives(forever),
        unset_signal=_unset_signal(forever),
        unseen_stop=unseen,
        gathered=obstacles.gathers(node, summary),
        stacked=obstacles.stacks(node, summary),
        returned=obstacles.returns(node, summary),
        room=block_room(file, function, call),
    )


def _receives(loop: ast.AST) -> bool:
    """Whether the text of a loop receives: it is a loop over messages, or calls ``recv``."""
    return not isinstance(loop, ast.While) or any(
        isinstance(part, (ast.For, ast.AsyncFor)) or getattr(part, "attr", "") in RECEIVE_METHODS for part in walk(loop)
    )


def _unset_signal(loop: ast.AST | None) -> str:
    """What an endless loop waits for, where it waits for anything: ``while not stop.is_set():``."""
    signal = signal_of(loop.test) if isinstance(loop, ast.While) else None
    return ast.unparse(signal[0]) if signal is not None else ""


def _stored_events(file: FileAnalyses, summary: Summary) -> list[Event]:
    return [
        event
        for reference in summary.stored
        for event in file.owners.events(reference, reference in summary.containers)
    ]


def _after_queues(file: FileAnalyses, opener: Scope, summary: Summary) -> Summary:
    """The connection went into a queue: who takes it out closes it, or nobody in this file takes it out."""
    for node, owner in summary.queued.values():
        events = file.owners.events(owner, True)
        kinds = {event.kind for event in events}
        taken = kinds & {EventKind.RECEIVE, EventKind.USE, EventKind.ENTER}
        returned = {event.function for event in events if event.kind is EventKind.RETURN}
        handed_on = not all(callers_are_here(file, function, opener) for function in returned)
        if taken and returned and not handed_on and not kinds & {EventKind.CLOSE, EventKind.HAND_OUT}:
            # a pool: its methods hand a connection out and take it back, and nobody closes it
            summary = replace(
                _without_leaks(summary),
                stored={**summary.stored, owner: summary.stored.get(owner, node.syntax)},
                containers=summary.containers | {owner},
            )
        elif not taken or handed_on or kinds & {EventKind.CLOSE, EventKind.HAND_OUT}:
            summary = _without_leaks(summary)
            if EventKind.CLOSE in kinds:
                summary = replace(summary, closed=first_of(summary.closed, node.syntax))
            else:
                summary = replace(summary, given=first_of(summary.given, node.syntax))
            if not summary.entered and any(event.deprecated for event in events):
                summary = replace(summary, used_before_enter=first_of(summary.used_before_enter, node.syntax))
    return summary


def _keeps_it_by_an_error(owner: Owner, summary: Summary, function: Scope) -> bool:
    """Whether the function closes the connection by its own variable, and only an exception leaves it on an object.

    ``feed = Feed(ws)``, ``ws.close()``: where nothing closes it by the object, the exception is what leaves it open.
    The object is one that the function has made: ``self`` lives on, and so does the module.
    """
    if summary.closed is None or summary.kept or len(summary.stored) != 1:
        return False
    [reference] = summary.stored
    if not reference.is_of_objects or reference.holder is function.method_of:
        return False
    return owner.closed is None and owner.late_close is None and not owner.handed_out


def _without_leaks(summary: Summary) -> Summary:
    return replace(summary, leaks_normally=None, leaks_on_error=None, overwritten=None)


def _after_constructors(file: FileAnalyses, function: Scope, site: int, summary: Summary) -> Summary:
    """A method that a constructor calls left the connection on the new object: what if the constructor raises then?"""
    if not summary.stored or summary.leaks_on_error is not None:
        return summary
    for constructor in _constructors_calling(file, function):
        after = file.left_on_objects.after_call(constructor, Left(function, summary, site))
        if after.leaks_on_error is not None and not after.undecided:
            witness = first_of(summary.leaks_on_error, after.leaks_on_error)
            summary = replace(summary, leaks_on_error=witness)
    return summary


def _constructors_calling(file: FileAnalyses, method: Scope) -> list[Scope]:
    """The ``__init__`` and ``__enter__`` of its own class that call a method on their own object."""
    if method.method_of is None or is_constructor(method):
        return []
    ancestors = file.names.classes.ancestors
    callers = [caller for caller in file.contexts.callers(method) if is_constructor(caller)]
    return [caller for caller in callers if caller.method_of and method.method_of in ancestors(caller.method_of)]


def _callee(call: ast.AST) -> str:
    callee = call.func if isinstance(call, ast.Call) else call
    return ast.unparse(callee) if isinstance(callee, (ast.Name, ast.Attribute, ast.Subscript)) else "connect"


def _paths(
    file: FileAnalyses, summary: Summary, function: Scope, owner: Owner | None, closes: Mapping[Place, ast.AST]
) -> Paths:
    unreachable: ast.AST | None = None
    leaks = summary.leaks_normally is not None or summary.leaks_on_error is not None
    if leaks and summary.closed is None and summary.given is None and not summary.stored:
        # a close of a variable that holds the connection somewhere, on no path
        for place in summary.held_in & closes.keys():
            unreachable = first_of(unreachable, closes[place])
    closed, given, late = summary.closed, summary.given, summary.late
    if late is not None and late.closer is LateCloser.FINALIZE:
        called = finalizer(file, late.syntax, late.function)
        closed = closed or (late.syntax if called is Finalizer.CALLED else None)
        given = given or (late.syntax if called is Finalizer.HANDED_ON else None)
    kept_here = owner is not None and not owner.handed_out
    if given is None and summary.returned and not kept_here:
        given = function.node
    used_before_enter = summary.used_before_enter
    handed_close = used_and_closed_later(file, summary, function)
    if handed_close is not None:
        used_before_enter, closed = handed_close
    return Paths(
        closed=file.at(closed),
        given_away=file.at(given),
        leaks_normally=file.at(summary.leaks_normally),
        leaks_on_error=file.at(summary.leaks_on_error),
        overwritten=file.at(summary.overwritten),
        unreachable_close=file.at(unreachable),
        used_before_enter=file.at(used_before_enter),
        late_close=file.at(late.syntax) if late is not None else None,
        late_closer=late.closer if late is not None else None,
        closed_by_peer=summary.closed_by_peer,
        undecided=summary.undecided,
    )


def _first_closes(graph: Graph) -> dict[Place, ast.AST]:
    """For each variable of a function the first call that closes what it holds."""
    closes: dict[Place, ast.AST] = {}
    for node, does in graph.steps(CallMethod):
        if does.name in CLOSE_METHODS and isinstance(does.receiver, Place):
            closes.setdefault(does.receiver, node.syntax)
    return closes


def _in_thread_constructor(file: FileAnalyses, function: Scope) -> bool:
    owner = function.method_of
    if owner is None or thread_kind(file.names, owner) is not Spawner.THREAD_SUBCLASS:
        return False
    if function.name == "__init__":
        return True
    callers = [edge.caller for edge in file.contexts.edges(function)]
    return bool(callers) and all(
        caller is not None and caller.function.name == "__init__" and caller.function.method_of is owner
        for caller in callers
    )
