"""From the syntax tree of one file to the facts that rules ask about."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from dataclasses import replace

from flake8_wsthreads.analyses import FileAnalyses, analyses_of
from flake8_wsthreads.entry_points import functions_of_interest, ways_to_a_client
from flake8_wsthreads.facts import ConcurrentReceive, Connection, HandOver, LateCloser, Model, Owner, Paths, Spawner
from flake8_wsthreads.finding import Location
from flake8_wsthreads.flow.graph import Basic, Node, Op, OwnerReference
from flake8_wsthreads.flow.outcome import Outcome
from flake8_wsthreads.flow.unset_signals import signal_of
from flake8_wsthreads.library.websockets import CLOSE_METHODS, RECEIVE_METHODS
from flake8_wsthreads.names.evaluate import Names
from flake8_wsthreads.names.mentions import SourceIndex
from flake8_wsthreads.names.openers import possible_openers
from flake8_wsthreads.names.patches import replaces_opener
from flake8_wsthreads.names.scope_tree import ScopeTree
from flake8_wsthreads.names.scopes import BindingKind, Scope, ScopeKind
from flake8_wsthreads.names.websockets import is_connection_annotation, is_legacy
from flake8_wsthreads.ownership.block_obstacles import NO_OBSTACLES, BlockObstacles, block_obstacles
from flake8_wsthreads.ownership.block_room import block_room
from flake8_wsthreads.ownership.calls_after_start import receives_after_start
from flake8_wsthreads.ownership.hand_overs import local_hand_overs, owner_hand_overs, queue_hand_overs
from flake8_wsthreads.ownership.handed_closers import used_and_closed_later
from flake8_wsthreads.ownership.late_closes import Finalizer, finalizer
from flake8_wsthreads.ownership.owner_facts import callers_are_here, is_thread_local, owner_facts
from flake8_wsthreads.ownership.place_events import Event, EventKind
from flake8_wsthreads.ownership.receives import (
    by_text,
    concurrent_in_owner,
    concurrent_locally,
    forever_in_owner,
    forever_locally,
    out_of_reach,
)
from flake8_wsthreads.ownership.started_twice import receives_of_one_target
from flake8_wsthreads.source.budget import Budget, OverBudget
from flake8_wsthreads.source.syntax import walk
from flake8_wsthreads.source.words import WordIndex
from flake8_wsthreads.threads.starts import Start, thread_kind

__all__ = ["Model", "build_model"]

# Who starts a daemon thread writes one of them.
_DAEMON_WORDS = ("daemon", "setDaemon", "start_new_thread")


def build_model(tree: ast.Module, lines: Sequence[str], factories: frozenset[str] = frozenset()) -> Model:
    """The facts of one file.

    ``lines`` are its lines, decoded, each with its line end. ``factories`` are qualified names of callables of other
    modules that return a connection. A file that costs more than its budget has no facts. Never raises for a tree that
    ``ast.parse`` made of these lines.
    """
    try:
        return _built(tree, lines, factories, Budget())
    except OverBudget:
        return Model(())


def _built(tree: ast.Module, lines: Sequence[str], factories: frozenset[str], budget: Budget) -> Model:
    text = WordIndex(lines, budget)
    scopes = ScopeTree(tree, text)
    names = Names(scopes)
    source = SourceIndex(text, scopes)
    words = ways_to_a_client(source, factories)
    if not words:
        return Model(())
    openers = possible_openers(names, source, words, factories)
    file = analyses_of(names, source, openers, factories)
    connections: list[Connection] = []
    for unit in functions_of_interest(file, words):
        if unit in openers:
            connections.extend(_opened_by(file, unit))
        if file.contexts.are_real:
            connections.extend(_borrowed_by(file, unit))
    if file.contexts.are_real:
        connections.extend(_borrowed_attributes(file))
    connections.sort(key=lambda connection: connection.location)
    return Model(tuple(connections), any(source.lines_of(word) for word in _DAEMON_WORDS))


def _opened_by(file: FileAnalyses, unit: Scope) -> list[Connection]:
    """The connections that a function opens, and those of the lambdas in it."""
    found: list[Connection] = []
    pending = [unit]
    seen = {unit}
    for member in pending:
        if not file.contexts.of(member):
            continue  # a nested function that nothing refers to never runs
        if replaces_opener(file.names, file.source, member):
            continue
        graph = file.program.opening_graph(member)
        sites = file.program.sites(member)
        obstacles = block_obstacles(graph) if sites else NO_OBSTACLES
        for index, outcome in sites.items():
            node = graph.nodes[index]
            found.append(_connection(file, index, node, member, outcome, obstacles))
        for node in graph.nodes:
            for operand in (node.operand, *node.operands, *node.arguments.all):
                function = getattr(operand, "function", None)
                if isinstance(function, Scope) and function.kind is ScopeKind.LAMBDA and function not in seen:
                    seen.add(function)
                    pending.append(function)
    return found


def _borrowed_by(file: FileAnalyses, unit: Scope) -> list[Connection]:
    """The parameters of a function that are annotated as connections, where threads get hold of them."""
    found: list[Connection] = []
    if unit.kind is not ScopeKind.FUNCTION:
        return found
    for name, bindings in unit.read().bindings.items():
        for binding in bindings:
            if binding.kind is not BindingKind.PARAMETER or not isinstance(binding.node, ast.arg):
                continue
            if not is_connection_annotation(file.names, binding.annotation, unit.parent or unit):
                continue
            outcome = file.program.effect(unit, [(f"{name}@{unit.index}", Basic.CONNECTION)])
            location = file.source.location(binding.node)
            concurrent = list(concurrent_locally(file, outcome))
            for reference in outcome.stored:
                if not is_thread_local(file, reference) and reference not in outcome.containers:
                    _add_concurrent(file, reference, unit, location, concurrent)
            if outcome.handed or concurrent:
                handed = local_hand_overs(file, outcome, unit, location)
                found.append(_borrowed(file, binding.node, name, unit, handed, tuple(concurrent)))
    return found


def _borrowed_attributes(file: FileAnalyses) -> list[Connection]:
    """The attributes that are annotated as connections without a value, where threads get hold of them."""
    found: list[Connection] = []
    for statement in file.source.statements("ClientConnection") + file.source.statements("Connection"):
        node = statement.node
        if not isinstance(node, ast.AnnAssign) or statement.scope.kind is not ScopeKind.CLASS or node.value is not None:
            continue
        if isinstance(node.target, ast.Name) and is_connection_annotation(file.names, node.annotation, statement.scope):
            name = node.target.id
            reference = OwnerReference(statement.scope, name, f"self.{name}")
            concurrent = concurrent_in_owner(file, reference, None, file.owners.events(reference, False))
            if concurrent:
                found.append(_borrowed(file, node.target, name, statement.scope, (), tuple(concurrent)))
    return found


def _borrowed(
    file: FileAnalyses,
    node: ast.AST,
    name: str,
    unit: Scope,
    hand_overs: tuple[HandOver, ...],
    concurrent: tuple[ConcurrentReceive, ...],
) -> Connection:
    return Connection(
        location=file.source.location(node),
        opened_by=name,
        function_name=unit.name,
        borrowed=True,
        contexts=file.contexts.of(unit),
        legacy=False,
        in_thread_constructor=False,
        paths=Paths(),
        owner=None,
        hand_overs=hand_overs,
        concurrent_receives=concurrent,
        received_forever=None,
    )


def _connection(
    file: FileAnalyses, site: int, node: Node, unit: Scope, outcome: Outcome, obstacles: BlockObstacles
) -> Connection:
    call = node.syntax
    location = file.source.location(call)
    _continue_in_constructors(file, unit, site, outcome)
    _continue_in_queues(file, unit, outcome)
    by_worker = node.detail if isinstance(node.detail, Start) else None
    contexts = file.contexts.of(unit) if by_worker is None else file.contexts.of_start(by_worker, unit)
    in_constructor = _in_thread_constructor(file, unit)
    hand_overs = list(local_hand_overs(file, outcome, unit, location))
    owner: Owner | None = None
    forever = forever_locally(file, outcome, unit, contexts)
    concurrent = list(concurrent_locally(file, outcome))
    if forever is not None and out_of_reach(file, outcome, unit):
        forever = None
    if outcome.stored:
        reference = next(iter(outcome.stored))
        owner = owner_facts(file, reference, outcome, unit, _stored_events(file, outcome))
        if outcome.entered:
            owner = replace(owner, used_before_enter=None)
    for reference in dict.fromkeys((*outcome.stored, *sorted(outcome.published, key=by_text))):
        if is_thread_local(file, reference):
            continue
        events = file.owners.events(reference, reference in outcome.containers)
        for hand_over in owner_hand_overs(file, reference, unit, events, location):
            if not any(known.location == hand_over.location for known in hand_overs):
                hand_overs.append(hand_over)
        if reference in outcome.stored and owner is not None and not owner.handed_out:
            forever = forever or forever_in_owner(file, events, owner)
        if reference in outcome.containers or reference in outcome.collected:
            continue  # each thread may take another connection out of it
        _add_concurrent(file, reference, unit, location, concurrent)
    hand_overs.extend(queue_hand_overs(file, outcome, unit))
    if by_worker is not None:
        # the next work of the pool may be done by the worker that has opened it
        hand_overs = [hand_over for hand_over in hand_overs if hand_over.spawner is not Spawner.POOL]
    if not file.contexts.are_real:
        hand_overs = [hand_over for hand_over in hand_overs if hand_over.spawner is Spawner.PROCESS]
        concurrent = []
    return Connection(
        location=location,
        opened_by=_callee(call),
        function_name=unit.name,
        borrowed=False,
        contexts=contexts,
        legacy=isinstance(call, ast.Call) and is_legacy(call),
        in_thread_constructor=in_constructor,
        paths=_paths(file, outcome, unit, owner),
        owner=owner,
        hand_overs=tuple(sorted(hand_overs, key=lambda hand_over: hand_over.location)),
        concurrent_receives=tuple(concurrent),
        received_forever=file.at(forever),
        receives_in_sight=forever is None or _receives(forever),
        unset_signal=_unset_signal(forever),
        gathered=obstacles.gathers(node, outcome),
        stacked=obstacles.stacks(node, outcome),
        returned=obstacles.returns(node, outcome),
        room=block_room(file, unit, call),
    )


def _add_concurrent(
    file: FileAnalyses, reference: OwnerReference, unit: Scope, location: Location, found: list[ConcurrentReceive]
) -> None:
    """Add the receives that may run at once from a connection which is kept in one place, each pair once.

    ``unit`` puts it there; ``location`` is where the connection comes from.
    """
    events = file.owners.events(reference, False)
    for entry in concurrent_in_owner(file, reference, unit, events):
        if not any(entry.location == known.location for known in found):
            found.append(entry)
    for entry in (
        *receives_after_start(file, reference, events, location),
        *receives_of_one_target(file, reference, events),
    ):
        if not any(entry.location == known.location or entry.first == known.first for known in found):
            found.append(entry)


def _receives(loop: ast.AST) -> bool:
    """Whether the text of a loop receives: it is a loop over messages, or calls ``recv``."""
    return not isinstance(loop, ast.While) or any(
        isinstance(part, (ast.For, ast.AsyncFor)) or getattr(part, "attr", "") in RECEIVE_METHODS for part in walk(loop)
    )


def _unset_signal(loop: ast.AST | None) -> str:
    """What an endless loop waits for, where it waits for anything: ``while not stop.is_set():``."""
    signal = signal_of(loop.test) if isinstance(loop, ast.While) else None
    return ast.unparse(signal[0]) if signal is not None else ""


def _stored_events(file: FileAnalyses, outcome: Outcome) -> list[Event]:
    return [
        event
        for reference in outcome.stored
        for event in file.owners.events(reference, reference in outcome.containers)
    ]


def _continue_in_queues(file: FileAnalyses, unit: Scope, outcome: Outcome) -> None:
    """The connection went into a queue: who takes it out closes it, or nobody in this file takes it out."""
    for node, owner in outcome.queued.values():
        events = file.owners.events(owner, True)
        kinds = {event.kind for event in events}
        taken = kinds & {EventKind.RECEIVE, EventKind.USE, EventKind.ENTER}
        returned = {event.unit for event in events if event.kind is EventKind.RETURN}
        handed_on = not all(callers_are_here(file, function, unit) for function in returned)
        if taken and returned and not handed_on and not kinds & {EventKind.CLOSE, EventKind.HAND_OUT}:
            # a pool: its methods hand a connection out and take it back, and nobody closes it
            outcome.leaks_normally = outcome.leaks_on_error = outcome.overwritten = None
            outcome.stored.setdefault(owner, node.syntax)
            outcome.containers.add(owner)
        elif not taken or handed_on or kinds & {EventKind.CLOSE, EventKind.HAND_OUT}:
            outcome.leaks_normally = outcome.leaks_on_error = outcome.overwritten = None
            outcome.note("closed" if EventKind.CLOSE in kinds else "given", node.syntax)
            if not outcome.entered and any(event.deprecated for event in events):
                outcome.note("used_before_enter", node.syntax)


def _continue_in_constructors(file: FileAnalyses, unit: Scope, site: int, outcome: Outcome) -> None:
    """A method that a constructor calls left the connection on the new object: what if the constructor raises then?"""
    if not outcome.stored or outcome.leaks_on_error is not None:
        return
    for constructor in file.program.constructors_calling(unit):
        after = file.program.after_call(constructor, unit, site, outcome)
        if after.leaks_on_error is not None and not after.undecided:
            outcome.note("leaks_on_error", after.leaks_on_error)


def _callee(call: ast.AST) -> str:
    callee = call.func if isinstance(call, ast.Call) else call
    return ast.unparse(callee) if isinstance(callee, (ast.Name, ast.Attribute, ast.Subscript)) else "connect"


def _paths(file: FileAnalyses, outcome: Outcome, unit: Scope, owner: Owner | None) -> Paths:
    unreachable = None
    leaks = outcome.leaks_normally is not None or outcome.leaks_on_error is not None
    if leaks and outcome.closed is None and outcome.given is None and not outcome.stored:
        unreachable = _unreachable_close(file, outcome, unit)
    closed, given, late = outcome.closed, outcome.given, outcome.late
    if late is not None and late.closer is LateCloser.FINALIZE:
        called = finalizer(file, late.syntax, late.unit)
        closed = closed or (late.syntax if called is Finalizer.CALLED else None)
        given = given or (late.syntax if called is Finalizer.HANDED_ON else None)
    kept_here = owner is not None and not owner.handed_out
    if given is None and outcome.returned and not kept_here:
        given = unit.node
    used_before_enter = outcome.used_before_enter
    handed_close = used_and_closed_later(file, outcome, unit)
    if handed_close is not None:
        used_before_enter, closed = handed_close
    return Paths(
        closed=file.at(closed),
        given_away=file.at(given),
        leaks_normally=file.at(outcome.leaks_normally),
        leaks_on_error=file.at(outcome.leaks_on_error),
        overwritten=file.at(outcome.overwritten),
        unreachable_close=file.at(unreachable),
        used_before_enter=file.at(used_before_enter),
        late_close=file.at(late.syntax) if late is not None else None,
        late_closer=late.closer if late is not None else None,
        closed_by_peer=outcome.closed_by_peer,
        undecided=outcome.undecided,
    )


def _unreachable_close(file: FileAnalyses, outcome: Outcome, unit: Scope) -> ast.AST | None:
    """A close in the function of a variable that holds the connection somewhere, on no path."""
    graph = file.program.opening_graph(unit)
    for node in graph.nodes:
        closes = node.op is Op.METHOD and node.name in CLOSE_METHODS
        slot = getattr(node.operand, "name", "")
        if closes and slot in outcome.held_in:
            return node.syntax
    return None


def _in_thread_constructor(file: FileAnalyses, unit: Scope) -> bool:
    owner = unit.enclosing_class
    if owner is None or thread_kind(file.names, owner) is not Spawner.THREAD_SUBCLASS:
        return False
    if unit.name == "__init__":
        return True
    callers = [edge.caller for edge in file.contexts.edges(unit)]
    return bool(callers) and all(
        caller is not None and caller.unit.name == "__init__" and caller.unit.enclosing_class is owner
        for caller in callers
    )
