"""One method that receives, run by several threads on one object: ``Thread(target=client.ask)`` twice, or in a loop.

The object and its threads are made in one function, and nothing there waits for the first thread before the last one
is started.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator

from flake8_wsthreads.cfg.graph import OwnerReference
from flake8_wsthreads.facts import ConcurrentReceive, Spawner
from flake8_wsthreads.names.mentions import Reference
from flake8_wsthreads.names.scopes import Scope, ScopeKind
from flake8_wsthreads.ownership.calls_after_start import ENDING, Search, name_of
from flake8_wsthreads.ownership.dominators import Body, position
from flake8_wsthreads.ownership.file_analyses import FileAnalyses
from flake8_wsthreads.ownership.place_events import Event, EventKind
from flake8_wsthreads.threads.start import Start
from flake8_wsthreads.threads.starts import recognise

_END = (sys.maxsize, 0)
_LOOPS = (ast.For, ast.AsyncFor, ast.While, ast.ListComp, ast.SetComp, ast.GeneratorExp, ast.DictComp)


def receives_of_one_target(file: FileAnalyses, owner: OwnerReference, events: list[Event]) -> list[ConcurrentReceive]:
    """The receives of a method that several threads run on the same object."""
    if owner.holder.kind is not ScopeKind.CLASS or owner.on_class:
        return []
    search = Search(file, owner)
    found: list[ConcurrentReceive] = []
    for event in events:
        method = event.function
        if event.kind is not EventKind.RECEIVE or event.locked or method.method_of is None:
            continue
        if not search.surely_receives(event):
            continue
        later = _second_start(file, method)
        if later is not None:
            received = file.source.location(event.syntax)
            found.append(ConcurrentReceive(file.source.location(later), received, received))
    return found


def _second_start(file: FileAnalyses, method: Scope) -> ast.Call | None:
    """The call that makes a second thread run a method on an object that a first one runs it on."""
    first: dict[tuple[Scope, str], Start] = {}
    for reference, start in _starts_of(file, method):
        assert isinstance(reference.node, ast.Attribute)
        function, thing = reference.scope.running_function, ast.unparse(reference.node.value)
        body = file.bodies.of(function)
        if start.each or _is_repeated(body, start, thing):
            return start.call
        known = first.setdefault((function, thing), start)
        if known.call is not start.call and _at_once(body, known, start):
            return start.call
    return None


def _starts_of(file: FileAnalyses, method: Scope) -> Iterator[tuple[Reference, Start]]:
    """The threads whose target is the method of an object that the file shows, in source order."""
    for reference in file.contexts.mentions(method):
        call = next((parent for parent in reference.parents if isinstance(parent, ast.Call)), None)
        if call is None or not isinstance(reference.node, ast.Attribute):
            continue
        start = recognise(file.names, call, reference.scope)
        threads = start is not None and start.spawner in (Spawner.THREAD, Spawner.POOL, Spawner.TIMER)
        if start is not None and threads and start.target is reference.node and not start.one_at_a_time:
            if file.names.evaluate(reference.node.value, reference.scope) is not None:
                yield reference, start


def _is_repeated(body: Body, start: Start, thing: str) -> bool:
    """Whether the start stands in a loop that goes round without waiting, and always means the same object."""
    for _, outer in body.around(start.call):
        if isinstance(outer, _LOOPS):
            inside = list(ast.walk(outer))
            root = thing.partition(".")[0]
            bound = {part.id for part in inside if isinstance(part, ast.Name) and isinstance(part.ctx, ast.Store)}
            waits = any(isinstance(part, ast.Call) and name_of(part) in ENDING for part in inside)
            leaves = any(isinstance(part, (ast.Break, ast.Return)) for part in inside)
            return root not in bound and not waits and not leaves
    return False


def _at_once(body: Body, first: Start, second: Start) -> bool:
    """Whether both threads are started, in one block, before anything waits for one of them."""
    if _block(body, first.call) is not _block(body, second.call):
        return False
    started = 2 if second.spawner is Spawner.POOL else 0
    behind = False
    for call in body.calls_between(position(first.call), _END):
        behind = behind or call is second.call
        started += name_of(call) == "start"
        if behind and started >= 2:
            return True
        if name_of(call) in ENDING:
            return False
    return False


def _block(body: Body, node: ast.AST) -> ast.AST | None:
    """What the statement of a node stands in."""
    statement = body.statement(node)
    return next((outer for _, outer in body.around(statement)), None) if statement is not None else None
