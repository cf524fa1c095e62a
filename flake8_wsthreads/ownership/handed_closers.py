"""A close that is handed to something which calls it later: a signal handler, a timer, a window.

Whether and when it comes does not show, so nothing is said of the time until then. But it does show that nothing enters
the connection before its first use, when the file lets nobody else get hold of it.
"""

from __future__ import annotations

import ast

from flake8_wsthreads.cfg.instruction import Branch, CallMethod, Leave, LeaveExpecting
from flake8_wsthreads.cfg.operand import ValueKind
from flake8_wsthreads.cfg.place import LastingPlace
from flake8_wsthreads.dataflow.summary import Summary
from flake8_wsthreads.dataflow.value import holds, is_closer, value_of
from flake8_wsthreads.names.scopes import Scope, ScopeKind
from flake8_wsthreads.ownership.bodies import position
from flake8_wsthreads.ownership.file_analyses import FileAnalyses
from flake8_wsthreads.ownership.owner_facts import may_reach_others
from flake8_wsthreads.ownership.place_events import Event, EventKind, Mention


def used_and_closed_later(file: FileAnalyses, summary: Summary, function: Scope) -> tuple[ast.AST, ast.AST] | None:
    """The first use of a connection that nothing enters, and its close, which ``function`` handed on for later.

    None where ``function`` handed on anything else than the close, or where the file does not tell the rest.
    """
    if summary.given is None or summary.entered or summary.returned or not _hands_only_close(file, summary, function):
        return None
    events: list[Event] = []
    for owner in _places(file, summary, function):
        found = [event for event in file.owners.events(owner, False) if event.syntax is not summary.given]
        if may_reach_others(file, owner, function, found):
            return None
        events.extend(found)
    if any(event.kind is EventKind.ENTER for event in events):
        return None
    used = [event.syntax for event in events if event.deprecated]
    closed = [event.syntax for event in events if event.kind is EventKind.CLOSE] or [summary.given]
    return (min(used, key=position), closed[0]) if used else None


def _hands_only_close(file: FileAnalyses, summary: Summary, function: Scope) -> bool:
    """Whether the step that ended what is known gave away a function that closes the connection, and not itself."""
    steps = file.owners.steps_of(function)
    environment = steps.aliases((place, ValueKind.CONNECTION) for place in sorted(summary.held_in, key=str))
    for node in steps.graph.nodes:
        if node.syntax is summary.given:
            does = node.does
            asks = isinstance(does, CallMethod) and does.name != "" and holds(value_of(does.receiver, environment))
            if isinstance(does, (Leave, LeaveExpecting, Branch)) or asks:
                return False  # the end of a block, a condition, a question about a name: nothing is handed on
            if not all(is_closer(value) for value in Mention(steps, node, environment).given_on()):
                return False
    return True


def _places(file: FileAnalyses, summary: Summary, function: Scope) -> list[LastingPlace]:
    """The attributes and variables that held the connection, as all functions of the file may reach them."""
    graph = file.summaries.graph(function)
    places: dict[LastingPlace, None] = {}
    for place in sorted(summary.held_in, key=str):
        owner = graph.owners.get(place)
        own = place.variable if not place.fields else None
        if owner is None and own is not None and own.scope is function and function.kind is not ScopeKind.CLASS:
            owner = LastingPlace(place, own.name)
        if owner is not None:
            places[owner] = None
    return list(places)
