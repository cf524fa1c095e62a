"""What keeps a connection beyond the function that opened it, and who closes it there."""

from __future__ import annotations

import ast

from flake8_wsthreads.cfg.place import LastingPlace
from flake8_wsthreads.dataflow.summary import Summary
from flake8_wsthreads.facts import LateCloser, Owner, OwnerKind, Spawner
from flake8_wsthreads.library.base_classes import HARMLESS_BASES
from flake8_wsthreads.names.mentions import Reference
from flake8_wsthreads.names.scopes import Scope, ScopeKind
from flake8_wsthreads.names.values import Function, Instance
from flake8_wsthreads.ownership.file_analyses import FileAnalyses
from flake8_wsthreads.ownership.late_closes import Finalizer, finalizer, late_closer
from flake8_wsthreads.ownership.place_events import Event, EventKind
from flake8_wsthreads.threads.starts import thread_kind


def owner_facts(
    file: FileAnalyses, reference: LastingPlace, summary: Summary, function: Scope, events: list[Event]
) -> Owner:
    """What the file does with a connection in the place that ``reference`` names.

    ``summary`` is what ``function``, which puts it there, does with it; ``events`` are what the functions of the file
    do with it afterwards.
    """
    holder = reference.holder
    late: list[Event] = []
    closes: list[Event] = []
    finalizer_is_known = True
    for event in events:
        if event.kind is EventKind.CLOSE:
            closer = late_closer(file, event.function)
            if closer is None:
                closes.append(event)
            else:
                late.append(Event(EventKind.LATE_CLOSE, event.syntax, event.function, late_closer=closer))
        elif event.kind is EventKind.LATE_CLOSE:
            called = _finalizer(file, event)
            (closes if called is Finalizer.CALLED else late).append(event)
            finalizer_is_known = finalizer_is_known and called is not Finalizer.HANDED_ON
    # conn = self.conn = connect(URL); if refused: conn.close(): that one is not the one which is kept
    not_kept = [event for event in closes if event.syntax in summary.closes]
    if reference in summary.kept and len(not_kept) == len(closes):
        closes = []
    entered = any(event.kind is EventKind.ENTER for event in events)
    deprecated = [event for event in events if event.deprecated]
    kind = OwnerKind.CLOSURE
    if holder.kind is ScopeKind.MODULE:
        kind = OwnerKind.GLOBAL
    elif holder.kind is ScopeKind.CLASS:
        kind = OwnerKind.ATTRIBUTE if reference.is_of_objects else OwnerKind.CLASS_ATTRIBUTE
    # def open(self): ws = connect(URL); self.connections.add(ws); return ws
    returned = summary.returned and not _is_for_this_file(file, function, function)
    if reference.caching is not None:
        returned = not callers_are_here(file, function, function)
    elif any(event.kind is EventKind.RETURN and event.function is function for event in events):
        returned = False  # what its callers do is among the events
    outside_run = [event for event in closes if not _only_from_run(file, event.function, set())]
    return Owner(
        kind=kind,
        name=reference.text,
        is_container=reference in summary.containers,
        stored=file.source.location(summary.stored[reference]),
        closed=file.at(closes[0].syntax) if closes else None,
        closed_unless_kept=file.at(not_kept[0].syntax) if not_kept and not closes else None,
        closed_outside_run=bool(outside_run),
        late_close=file.at(late[0].syntax) if late else None,
        late_closer=late[0].late_closer if late else None,
        lives_to_exit=kind in (OwnerKind.GLOBAL, OwnerKind.CLASS_ATTRIBUTE) or _held_by_module(file, holder),
        handed_out=returned or not finalizer_is_known or may_reach_others(file, reference, function, events),
        used_before_enter=file.at(deprecated[0].syntax) if deprecated and not entered else None,
        thread_subclass=kind is OwnerKind.ATTRIBUTE and thread_kind(file.names, holder) is Spawner.THREAD_SUBCLASS,
    )


def is_thread_local(file: FileAnalyses, reference: LastingPlace) -> bool:
    """Whether each thread has one of its own: ``class Feeds(threading.local)``, ``feeds = threading.local()``."""
    holder = reference.holder
    if holder.kind is ScopeKind.MODULE:
        return file.names.variable(reference.name, holder) == Instance("threading.local")
    if not reference.is_of_objects:
        return False
    return "threading.local" in file.names.classes.foreign_bases(holder)


def _finalizer(file: FileAnalyses, event: Event) -> Finalizer:
    if event.late_closer is not LateCloser.FINALIZE:
        return Finalizer.LEFT_ALONE
    return finalizer(file, event.syntax, event.function)


def _only_from_run(file: FileAnalyses, function: Scope, seen: set[Scope]) -> bool:
    """Whether only ``run()`` of a Thread subclass reaches a function."""
    owner = function.method_of
    if function.name == "run" and owner is not None:
        return thread_kind(file.names, owner) is not None
    if function in seen:
        return True
    seen.add(function)
    edges = file.contexts.edges(function)
    return bool(edges) and all(
        edge.caller is not None and edge.start is None and _only_from_run(file, edge.caller.running_function, seen)
        for edge in edges
    )


def _held_by_module(file: FileAnalyses, holder: Scope) -> bool:
    """Whether an object of the class is bound, for good, to a name at the top level of the module."""
    if holder.kind is not ScopeKind.CLASS:
        return False
    return any(
        reference.scope.kind in (ScopeKind.MODULE, ScopeKind.CLASS)
        and isinstance(reference.statement, (ast.Assign, ast.AnnAssign))
        and len(reference.parents) > 1
        and isinstance(reference.parents[0], ast.Call)
        and not _is_bound_again(file, reference.statement, reference.scope)
        for reference in file.source.references(holder.name)
    )


def _is_bound_again(file: FileAnalyses, assignment: ast.Assign | ast.AnnAssign, scope: Scope) -> bool:
    """Whether every name that an assignment binds is deleted or bound once more: the object may die then."""
    targets = assignment.targets if isinstance(assignment, ast.Assign) else [assignment.target]
    return all(isinstance(target, ast.Name) and _later_bindings(file, target, scope) for target in targets)


def _later_bindings(file: FileAnalyses, target: ast.Name, scope: Scope) -> bool:
    return any(
        isinstance(other.node, ast.Name)
        and not isinstance(other.node.ctx, ast.Load)
        # client = None, and then client = Client()
        and (other.scope is not scope or other.node.lineno > target.lineno)
        and file.names.lookup(target.id, other.scope) is scope
        for other in file.source.references(target.id)
    )


def may_reach_others(file: FileAnalyses, reference: LastingPlace, function: Scope, events: list[Event]) -> bool:
    """Whether code that this file does not define may get hold of what the place holds, to enter or to close it."""
    if reference.holder.kind is ScopeKind.CLASS:
        for base in file.names.classes.foreign_bases(reference.holder):
            if base.partition(".")[0] not in HARMLESS_BASES:
                return True
        if _reads_attributes_by_name(file, reference.holder):
            return True
        if file.names.classes.method(reference.holder, "__getattr__") is not None:
            return True  # it may pass close() on to the connection
    for event in events:
        if event.kind is EventKind.HAND_OUT:
            return True
        # who calls a lambda that gives it does not show
        in_lambda = event.function.kind is ScopeKind.LAMBDA and event.function is not function
        if event.kind is EventKind.RETURN and (in_lambda or not callers_are_here(file, event.function, function)):
            return True
    return False


def _reads_attributes_by_name(file: FileAnalyses, holder: Scope) -> bool:
    """``getattr(self, name)``, ``vars(self)``, ``self.__dict__``: any attribute may be meant."""

    def is_holder(node: ast.expr, scope: Scope) -> bool:
        """Whether an expression is an object of the class, of a subclass or of a base."""
        value = file.names.evaluate(node, scope)
        if not isinstance(value, Instance) or not isinstance(value.of, Scope):
            return False
        return holder in file.names.classes.ancestors(value.of) or value.of in file.names.classes.ancestors(holder)

    for word in ("getattr", "vars", "__dict__"):
        for reference in file.source.references(word):
            node, call = reference.node, reference.call
            if isinstance(node, ast.Attribute) and is_holder(node.value, reference.scope):
                return True
            if call is not None and call.args:
                named = len(call.args) > 1 and isinstance(call.args[1], ast.Constant)
                if not named and is_holder(call.args[0], reference.scope):
                    return True
    return False


def callers_are_here(file: FileAnalyses, function: Scope, opener: Scope) -> bool:
    """Whether all that call a function which returns the connection stand in this file.

    ``opener`` is the function that puts the connection where the other one finds it.
    """
    if _is_for_this_file(file, function, opener):
        return True
    only_called = all(_calls(file, reference, function) for reference in file.contexts.mentions(function))
    return only_called and file.contexts.run_by_program(function)


def _calls(file: FileAnalyses, reference: Reference, function: Scope) -> bool:
    """Whether a mention of a function's name is known to be a call of that function."""
    if reference.call is None:
        return False
    value = file.names.evaluate(reference.node, reference.scope)
    return isinstance(value, Function) and value.scope is function


def _is_for_this_file(file: FileAnalyses, function: Scope, opener: Scope) -> bool:
    """Whether a function that returns the connection is for the use of this file, or is a lazily filled attribute."""
    if function.kind is ScopeKind.LAMBDA or function.name.startswith("_") and not function.name.startswith("__"):
        return True
    decorators = file.names.decorators(function)
    return "functools.cached_property" in decorators and function is opener
