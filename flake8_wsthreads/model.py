"""From the syntax tree of one file to the facts that rules ask about."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from dataclasses import replace

from flake8_wsthreads.facts import (
    ConcurrentReceive,
    Connection,
    Context,
    HandOver,
    LateCloser,
    Model,
    Owner,
    OwnerKind,
    Paths,
    Spawner,
)
from flake8_wsthreads.finding import Location
from flake8_wsthreads.flow.graph import Basic, Node, Op, OwnerReference
from flake8_wsthreads.flow.outcome import Outcome
from flake8_wsthreads.flow.program import FileProgram
from flake8_wsthreads.names.evaluate import Names
from flake8_wsthreads.names.scopes import BindingKind, Scope, ScopeKind, build_scopes
from flake8_wsthreads.names.values import Function, Imported, Instance, Partial
from flake8_wsthreads.names.websockets import CLOSE_METHODS, is_connection_annotation, is_legacy
from flake8_wsthreads.owners import Event, EventKind, Owners, running_unit
from flake8_wsthreads.source import SourceIndex
from flake8_wsthreads.threads.contexts import Contexts
from flake8_wsthreads.threads.starts import Start, thread_kind

__all__ = ["Model", "build_model"]

# Base classes of the standard library know nothing of an attribute that a class of this file adds.
_HARMLESS_BASES = {
    "builtins", "threading", "abc", "typing", "typing_extensions", "enum", "unittest", "contextlib", "collections",
    "multiprocessing", "socketserver", "http", "logging", "queue", "cmd", "code", "asyncio", "concurrent", "dataclasses",
}  # fmt: skip


def build_model(tree: ast.Module, lines: Sequence[str], factories: frozenset[str] = frozenset()) -> Model:
    """The facts of one file.

    ``lines`` are its lines, decoded, each with its line end. ``factories`` are qualified names of callables of other
    modules that return a connection. Never raises for a tree that ``ast.parse`` made of these lines.
    """
    scopes = build_scopes(tree, [number for number, line in enumerate(lines, 1) if ":=" in line])
    names = Names(scopes)
    source = SourceIndex(lines, scopes)
    words = _ways_to_a_client(source, factories)
    if not words:
        return Model(())
    file = _File(names, source, factories)
    connections: list[Connection] = []
    for unit in file.units_of_interest(words):
        connections.extend(file.opened_by(unit))
        connections.extend(file.borrowed_by(unit))
    connections.extend(file.borrowed_attributes())
    connections.sort(key=lambda connection: connection.location)
    return Model(tuple(connections))


def _ways_to_a_client(source: SourceIndex, factories: frozenset[str]) -> list[str]:
    """The identifiers through which the file may reach the synchronous client: what its imports bind, at first."""
    words: dict[str, None] = {factory.rpartition(".")[2]: None for factory in sorted(factories)}
    for factory in sorted(factories):
        for statement in source.statements(factory.rpartition(".")[2]):
            if isinstance(statement.node, (ast.Import, ast.ImportFrom)):
                words.update((alias.asname, None) for alias in statement.node.names if alias.asname is not None)
    for statement in source.statements("websockets"):
        node = statement.node
        if isinstance(node, ast.Import):
            for alias in node.names:
                if alias.name.startswith("websockets.sync") or alias.name == "websockets":
                    words[alias.asname or "websockets"] = None
        elif isinstance(node, ast.ImportFrom):
            module = node.module or ""
            for alias in node.names:
                if alias.name == "*" and module == "websockets.sync.client":
                    words.update(dict.fromkeys(("connect", "unix_connect", "reconnect", "ClientConnection")))
                elif f"{module}.{alias.name}".startswith("websockets.sync"):
                    words[alias.asname or alias.name] = None
        elif source.mentions_string("websockets.sync") and any(
            isinstance(part, ast.Constant) and isinstance(part.value, str) and part.value.startswith("websockets.sync")
            for part in ast.walk(node)
            if not isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef))
        ):
            # importlib.import_module("websockets.sync.client")
            words["websockets"] = None
    return list(words)


class _File:
    """Puts the answers of the analyses together."""

    def __init__(self, names: Names, source: SourceIndex, factories: frozenset[str]) -> None:
        self._names = names
        self._source = source
        self._program = FileProgram(names, source, factories)
        self._contexts = Contexts(names, source)
        self._owners = Owners(self._program)

    def units_of_interest(self, words: list[str]) -> list[Scope]:
        """The functions that may open a connection, or are handed one, found from what leads to the client.

        A function that returns a connection, or a callable that opens one, leads there as well.
        """
        seen = set(words)
        units: dict[Scope, None] = {}
        for word in words:
            for statement in self._source.statements(word):
                node = statement.node
                if isinstance(node, (ast.Import, ast.ImportFrom)):
                    continue
                unit = running_unit(statement.scope)
                units[unit] = None
                if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
                    units[self._names.scopes.by_node[node]] = None
                for name in self._leads_on(node, unit):
                    if name not in seen:
                        seen.add(name)
                        words.append(name)
        return list(units)

    def _leads_on(self, node: ast.stmt, unit: Scope) -> Iterator[str]:
        """The names under which other functions reach what this statement got."""
        if isinstance(node, ast.Assign) and not _is_plain_call(self._names, node.value, unit):
            for target in node.targets:
                if isinstance(target, (ast.Name, ast.Attribute)):
                    yield target.id if isinstance(target, ast.Name) else target.attr
        if unit.kind is ScopeKind.FUNCTION and isinstance(
            node, (ast.Return, ast.With, ast.Assign, ast.AnnAssign, ast.Expr)
        ):
            if self._program.opens(unit) is not None or self._returns_callable(unit):
                yield unit.name

    def _returns_callable(self, unit: Scope) -> bool:
        return isinstance(self._names.returned(Function(unit)), (Imported, Function, Partial))

    def opened_by(self, unit: Scope) -> list[Connection]:
        """The connections that a function opens, and those of the lambdas in it."""
        found: list[Connection] = []
        pending = [unit]
        seen = {unit}
        for member in pending:
            if not self._contexts.of(member):
                continue  # a nested function that nothing refers to never runs
            graph = self._program.graph(member)
            for index, outcome in self._program.sites(member).items():
                found.append(self._connection(graph.nodes[index], member, outcome))
            for node in graph.nodes:
                for operand in (node.operand, *node.operands, *node.arguments.all):
                    function = getattr(operand, "function", None)
                    if isinstance(function, Scope) and function.kind is ScopeKind.LAMBDA and function not in seen:
                        seen.add(function)
                        pending.append(function)
        return found

    def borrowed_by(self, unit: Scope) -> list[Connection]:
        """The parameters of a function that are annotated as connections, where threads get hold of them."""
        found: list[Connection] = []
        if unit.kind is not ScopeKind.FUNCTION:
            return found
        for name, bindings in unit.bindings.items():
            for binding in bindings:
                if binding.kind is not BindingKind.PARAMETER or not isinstance(binding.node, ast.arg):
                    continue
                if not is_connection_annotation(self._names, binding.annotation, unit.parent or unit):
                    continue
                outcome = self._program.effect(unit, [(f"{name}@{unit.index}", Basic.CONNECTION)])
                if outcome.handed or outcome.concurrent:
                    handed = self._handed_over(outcome, unit, self._source.location(binding.node))
                    found.append(self._borrowed(binding.node, name, unit, handed, self._concurrent(outcome)))
        return found

    def borrowed_attributes(self) -> list[Connection]:
        """The attributes that are annotated as connections without a value, where threads get hold of them."""
        found: list[Connection] = []
        for statement in self._source.statements("ClientConnection") + self._source.statements("Connection"):
            node = statement.node
            if (
                not isinstance(node, ast.AnnAssign)
                or statement.scope.kind is not ScopeKind.CLASS
                or node.value is not None
            ):
                continue
            if isinstance(node.target, ast.Name) and is_connection_annotation(
                self._names, node.annotation, statement.scope
            ):
                name = node.target.id
                reference = OwnerReference(statement.scope, name, f"self.{name}")
                concurrent = self._concurrent_in_owner(reference, None, self._owners.events(reference, False))
                if concurrent:
                    found.append(self._borrowed(node.target, name, statement.scope, (), tuple(concurrent)))
        return found

    def _borrowed(
        self,
        node: ast.AST,
        name: str,
        unit: Scope,
        hand_overs: tuple[HandOver, ...],
        concurrent: tuple[ConcurrentReceive, ...],
    ) -> Connection:
        return Connection(
            location=self._source.location(node),
            opened_by=name,
            function_name=unit.name,
            borrowed=True,
            contexts=self._contexts.of(unit),
            legacy=False,
            in_thread_constructor=False,
            paths=Paths(),
            owner=None,
            hand_overs=hand_overs,
            concurrent_receives=concurrent,
            received_forever=None,
        )

    def _connection(self, node: Node, unit: Scope, outcome: Outcome) -> Connection:
        call = node.syntax
        location = self._source.location(call)
        self._continue_in_constructors(unit, outcome)
        contexts = self._contexts.of(unit)
        in_constructor = self._in_thread_constructor(unit)
        hand_overs = list(self._handed_over(outcome, unit, location))
        owner: Owner | None = None
        forever = self._forever_locally(outcome, unit, contexts)
        concurrent = list(self._concurrent(outcome))
        if outcome.stored:
            reference, stored = next(iter(outcome.stored.items()))
            owner = self._owner(reference, stored, unit, self._stored_events(outcome))
            if outcome.entered:
                owner = replace(owner, used_before_enter=None)
        for reference in dict.fromkeys((*outcome.stored, *sorted(outcome.published, key=_by_text))):
            events = self._owners.events(reference, outcome.stored_in_container)
            for hand_over in self._owner_hand_overs(reference, unit, events, location):
                if not any(known.location == hand_over.location for known in hand_overs):
                    hand_overs.append(hand_over)
            if reference in outcome.stored and owner is not None and not owner.handed_out:
                forever = forever or self._forever_in_owner(events)
            elif forever is not None and self._closed_elsewhere(events, unit):
                forever = None
            for entry in self._concurrent_in_owner(reference, unit, events):
                if not any(entry.location == known.location for known in concurrent):
                    concurrent.append(entry)
        hand_overs.extend(self._queued(outcome, unit))
        return Connection(
            location=location,
            opened_by=self._callee(call),
            function_name=unit.name,
            borrowed=False,
            contexts=contexts,
            legacy=isinstance(call, ast.Call) and is_legacy(call),
            in_thread_constructor=in_constructor,
            paths=self._paths(outcome, unit),
            owner=owner,
            hand_overs=tuple(sorted(hand_overs, key=lambda hand_over: hand_over.location)),
            concurrent_receives=tuple(concurrent),
            received_forever=forever,
        )

    def _continue_in_constructors(self, unit: Scope, outcome: Outcome) -> None:
        """A method that a constructor calls left the connection on the new object: what if the constructor raises then?"""
        if not outcome.stored or outcome.leaks_on_error is not None:
            return
        for constructor in self._program.constructors_calling(unit):
            after = self._program.after_call(constructor, unit, outcome)
            if after.leaks_on_error is not None and not after.undecided:
                outcome.note("leaks_on_error", after.leaks_on_error)

    def _callee(self, call: ast.AST) -> str:
        callee = call.func if isinstance(call, ast.Call) else call
        return ast.unparse(callee) if isinstance(callee, (ast.Name, ast.Attribute)) else "connect"

    def _at(self, node: ast.AST | None) -> Location | None:
        return self._source.location(node) if node is not None else None

    def _paths(self, outcome: Outcome, unit: Scope) -> Paths:
        unreachable = None
        if outcome.closed is None and outcome.given is None and not outcome.stored:
            unreachable = self._unreachable_close(outcome, unit)
        return Paths(
            closed=self._at(outcome.closed),
            given_away=self._at(outcome.given) or (self._at(unit.node) if outcome.returned else None),
            leaks_normally=self._at(outcome.leaks_normally),
            leaks_on_error=self._at(outcome.leaks_on_error),
            overwritten=self._at(outcome.overwritten),
            unreachable_close=self._at(unreachable),
            used_before_enter=self._at(outcome.used_before_enter),
            late_close=self._at(outcome.late),
            late_closer=outcome.late_closer,
            undecided=outcome.undecided,
        )

    def _unreachable_close(self, outcome: Outcome, unit: Scope) -> ast.AST | None:
        """A close in the function of a variable that holds the connection somewhere, on no path."""
        graph = self._program.graph(unit)
        for node in graph.nodes:
            closes = node.op is Op.METHOD and node.name in CLOSE_METHODS
            slot = getattr(node.operand, "name", "")
            if closes and slot in outcome.held_in:
                return node.syntax
        return None

    def _in_thread_constructor(self, unit: Scope) -> bool:
        owner = unit.enclosing_class
        if owner is None or thread_kind(self._names, owner) is not Spawner.THREAD_SUBCLASS:
            return False
        if unit.name == "__init__":
            return True
        callers = [edge.caller for edge in self._contexts.edges(unit)]
        return bool(callers) and all(
            caller is not None and caller.unit.name == "__init__" and caller.unit.enclosing_class is owner
            for caller in callers
        )

    # Threads

    def _handed_over(self, outcome: Outcome, unit: Scope, opened: Location) -> tuple[HandOver, ...]:
        found: list[HandOver] = []
        for handed in outcome.handed.values():
            start = handed.start or handed.node.detail
            if not isinstance(start, Start):
                continue
            effect = handed.effect
            unknown = effect is None
            found.append(
                HandOver(
                    location=opened if _is_thread_object(start) else self._source.location(handed.node.syntax),
                    spawner=start.spawner,
                    target_name=_target_name(start),
                    contexts=self._contexts.of_start(start, unit),
                    used=self._at(effect.used) if effect is not None else self._at(handed.node.syntax),
                    received=self._at(effect.received_unlocked) if effect is not None else None,
                    received_forever=self._at(effect.received_forever) if effect is not None else None,
                    closed=unknown or bool(effect and effect.takes),
                    repeated=handed.repeated and not handed.container,
                    ends_before_thread=self._at(handed.ends_before),
                )
            )
        return tuple(found)

    def _concurrent(self, outcome: Outcome) -> tuple[ConcurrentReceive, ...]:
        return tuple(
            ConcurrentReceive(self._source.location(later), self._source.location(first), self._source.location(second))
            for later, first, second in outcome.concurrent
        )

    def _forever_locally(self, outcome: Outcome, unit: Scope, contexts: frozenset[Context]) -> Location | None:
        if outcome.stored or outcome.given is not None:
            return None
        if outcome.received_forever is not None and Context.NON_DAEMON in contexts:
            return self._at(outcome.received_forever)
        if outcome.closed is not None:
            return None
        for handed in outcome.handed.values():
            start = handed.node.detail
            if isinstance(start, Start) and handed.effect is not None and handed.effect.received_forever is not None:
                if Context.NON_DAEMON in self._contexts.of_start(start, unit):
                    return self._at(handed.effect.received_forever)
        return None

    # Owners

    def _closed_elsewhere(self, events: list[Event], unit: Scope) -> bool:
        """Whether a function that does not run on the thread of ``unit`` closes the connection."""
        starts = [start for start, _ in self._contexts.starts_leading_to(unit)]
        return any(
            not any(start is own for start, _ in self._contexts.starts_leading_to(event.unit) for own in starts)
            for event in events
            if event.kind is EventKind.CLOSE and event.unit is not unit
        )

    def _queued(self, outcome: Outcome, unit: Scope) -> list[HandOver]:
        """The threads that take the connection from a queue that outlives the function."""
        found: list[HandOver] = []
        for node, owner in outcome.queued.values():
            for hand_over in self._owner_hand_overs(owner, unit, self._owners.events(owner, True), None):
                found.append(replace(hand_over, location=self._source.location(node.syntax)))
                break
        return found

    def _stored_events(self, outcome: Outcome) -> list[Event]:
        return [
            event
            for reference in outcome.stored
            for event in self._owners.events(reference, outcome.stored_in_container)
        ]

    def _owner(self, reference: OwnerReference, stored: ast.AST, unit: Scope, events: list[Event]) -> Owner:
        holder = reference.holder
        late = [event for event in events if event.kind is EventKind.LATE_CLOSE]
        closes: list[Event] = []
        for event in events:
            if event.kind is EventKind.CLOSE:
                closer = self._late_closer(event.unit)
                if closer is None:
                    closes.append(event)
                else:
                    late.append(Event(EventKind.LATE_CLOSE, event.syntax, event.unit, late_closer=closer))
        entered = any(event.kind is EventKind.ENTER for event in events)
        deprecated = [event for event in events if event.deprecated]
        kind = OwnerKind.CLOSURE
        if holder.kind is ScopeKind.MODULE:
            kind = OwnerKind.GLOBAL
        elif holder.kind is ScopeKind.CLASS:
            kind = OwnerKind.CLASS_ATTRIBUTE if reference.on_class else OwnerKind.ATTRIBUTE
        outside_run = [event for event in closes if not self._only_from_run(event.unit, set())]
        return Owner(
            kind=kind,
            name=reference.text,
            class_name=holder.name if holder.kind is ScopeKind.CLASS else None,
            stored=self._source.location(stored),
            closed=self._at(closes[0].syntax) if closes else None,
            closed_outside_run=bool(outside_run),
            late_close=self._at(late[0].syntax) if late else None,
            late_closer=late[0].late_closer if late else None,
            lives_to_exit=kind in (OwnerKind.GLOBAL, OwnerKind.CLASS_ATTRIBUTE) or self._held_by_module(holder),
            handed_out=self._handed_out(reference, unit, events),
            used_before_enter=self._at(deprecated[0].syntax) if deprecated and not entered else None,
            thread_subclass=kind is OwnerKind.ATTRIBUTE and thread_kind(self._names, holder) is Spawner.THREAD_SUBCLASS,
        )

    def _late_closer(self, unit: Scope) -> LateCloser | None:
        """How a function that closes is reached, when that is only at the exit of the interpreter."""
        if unit.name == "__del__":
            return LateCloser.DEL
        if unit.kind is not ScopeKind.FUNCTION or (unit.enclosing_class is not None and not unit.name.startswith("_")):
            return None
        closers: set[LateCloser | None] = set()
        for reference in self._source.references(unit.name):
            call = reference.parents[0] if reference.parents else None
            callee = call.func if isinstance(call, ast.Call) else None
            name = self._names.qualified_name(callee, reference.scope) if callee is not reference.node else ""
            late = {"atexit.register": LateCloser.ATEXIT, "weakref.finalize": LateCloser.FINALIZE}
            closers.add(late.get(name))
        if "atexit.register" in self._names.decorators(unit):
            closers.add(LateCloser.ATEXIT)
        return closers.pop() if len(closers) == 1 else None

    def _only_from_run(self, unit: Scope, seen: set[Scope]) -> bool:
        """Whether only ``run()`` of a Thread subclass reaches a function."""
        owner = unit.enclosing_class
        if unit.name == "run" and owner is not None:
            return thread_kind(self._names, owner) is not None
        if unit in seen:
            return True
        seen.add(unit)
        edges = self._contexts.edges(unit)
        return bool(edges) and all(
            edge.caller is not None and edge.start is None and self._only_from_run(running_unit(edge.caller), seen)
            for edge in edges
        )

    def _held_by_module(self, holder: Scope) -> bool:
        """Whether an object of the class is bound to a name at the top level of the module."""
        if holder.kind is not ScopeKind.CLASS:
            return False
        return any(
            reference.scope.kind in (ScopeKind.MODULE, ScopeKind.CLASS)
            and any(isinstance(parent, (ast.Assign, ast.AnnAssign)) for parent in reference.parents)
            and len(reference.parents) > 1
            and isinstance(reference.parents[0], ast.Call)
            for reference in self._source.references(holder.name)
        )

    def _handed_out(self, reference: OwnerReference, unit: Scope, events: list[Event]) -> bool:
        if reference.holder.kind is ScopeKind.CLASS:
            for base in self._names.foreign_bases(reference.holder):
                if base.partition(".")[0] not in _HARMLESS_BASES:
                    return True
            if self._reads_attributes_by_name(reference.holder):
                return True
        for event in events:
            if event.kind is EventKind.HAND_OUT:
                return True
            if event.kind is EventKind.RETURN and not self._keeps_inside(event.unit, unit):
                return True
        return False

    def _reads_attributes_by_name(self, holder: Scope) -> bool:
        """``getattr(self, name)``, ``vars(self)``, ``self.__dict__``: any attribute may be meant."""

        def is_holder(node: ast.expr, scope: Scope) -> bool:
            value = self._names.evaluate(node, scope)
            if not isinstance(value, Instance) or not isinstance(value.of, Scope):
                return False
            return holder in self._names.ancestors(value.of) or value.of in self._names.ancestors(holder)

        for word in ("getattr", "vars", "__dict__"):
            for reference in self._source.references(word):
                node, call = reference.node, reference.parents[0] if reference.parents else None
                if isinstance(node, ast.Attribute) and is_holder(node.value, reference.scope):
                    return True
                if isinstance(call, ast.Call) and call.func is node and call.args:
                    named = len(call.args) > 1 and isinstance(call.args[1], ast.Constant)
                    if not named and is_holder(call.args[0], reference.scope):
                        return True
        return False

    def _keeps_inside(self, function: Scope, opener: Scope) -> bool:
        """Whether a function that returns the connection is for the use of this file, or is a lazily filled attribute."""
        if function.kind is ScopeKind.LAMBDA or function.name.startswith("_") and not function.name.startswith("__"):
            return True
        decorators = self._names.decorators(function)
        return "functools.cached_property" in decorators and function is opener

    def _owner_hand_overs(
        self, reference: OwnerReference, unit: Scope, events: list[Event], opened: Location | None
    ) -> list[HandOver]:
        """The starts whose threads use the place, other than the thread that opened the connection."""
        own_starts = [start for start, _ in self._contexts.starts_leading_to(unit)]
        found: dict[Location, HandOver] = {}
        uses = [event for event in events if event.kind in (EventKind.USE, EventKind.RECEIVE, EventKind.CLOSE)]
        reached = {event.unit: self._contexts.starts_leading_to(event.unit) for event in uses}
        for event in uses:
            for start, starter in reached[event.unit]:
                if any(start is own for own in own_starts):
                    continue
                subclass = start.instance_of is not None and reference.holder in self._names.ancestors(
                    start.instance_of
                )
                location = opened if subclass and opened is not None else self._source.location(start.call)
                if location in found:
                    known = found[location]
                    if known.received is not None or event.kind is not EventKind.RECEIVE:
                        continue
                together = [other for other in uses if any(start is known for known, _ in reached[other.unit])]
                received = [other for other in together if other.kind is EventKind.RECEIVE and not other.locked]
                forever = [other for other in together if other.forever is not None]
                closed = any(other.kind is EventKind.CLOSE for other in together)
                used = [other for other in together if other.kind is not EventKind.CLOSE] or together
                found[location] = HandOver(
                    location=location,
                    spawner=start.spawner,
                    target_name=_target_name(start),
                    contexts=self._contexts.of_start(start, starter),
                    used=self._at(used[0].syntax),
                    received=self._at(received[0].syntax) if received else None,
                    received_forever=self._at(forever[0].forever) if forever else None,
                    closed=closed,
                    repeated=False,
                    ends_before_thread=None,
                )
        return list(found.values())

    def _forever_in_owner(self, events: list[Event]) -> Location | None:
        """A loop without an end on a non-daemon thread, with no close outside that thread."""
        closers = [event.unit for event in events if event.kind is EventKind.CLOSE]
        for event in events:
            if event.forever is None or Context.NON_DAEMON not in self._contexts.of(event.unit):
                continue
            starts = self._contexts.starts_leading_to(event.unit)
            outside = [
                closer
                for closer in closers
                if not any(
                    start is other for start, _ in self._contexts.starts_leading_to(closer) for other, _ in starts
                )
            ]
            if starts and not outside:
                return self._at(event.forever)
        return None

    def _concurrent_in_owner(
        self, reference: OwnerReference, unit: Scope | None, events: list[Event]
    ) -> list[ConcurrentReceive]:
        """Receives that a function shows to run at once with a thread that it started."""
        found: list[ConcurrentReceive] = []
        members = [event.unit for event in events]
        for member in tuple(members):
            members.extend(running_unit(starter) for _, starter in self._contexts.starts_leading_to(member))
        for member in dict.fromkeys(members):
            if member is unit:
                continue
            own = self._program.receiver_slot(member)
            slot = f"{own}.{reference.name}" if own else f"{reference.name}@{reference.holder.index}"
            graph = self._program.graph(member)
            if not any(node.op is Op.SPAWN for node in graph.nodes):
                continue
            outcome = self._program.effect(member, [(slot, Basic.CONNECTION)])
            found.extend(self._concurrent(outcome))
            for handed in outcome.handed.values():
                if handed.repeated and handed.effect is not None and handed.effect.received_unlocked is not None:
                    received = self._source.location(handed.effect.received_unlocked)
                    found.append(ConcurrentReceive(self._source.location(handed.node.syntax), received, received))
        return found


def _is_thread_object(start: Start) -> bool:
    """Whether what is started is an object of a Thread subclass with a ``run()`` of its own."""
    return start.instance_of is not None and start.target is None


def _is_plain_call(names: Names, value: ast.expr, unit: Scope) -> bool:
    """``ws = connect(…)``: what is bound is a connection, no way to open another."""
    if isinstance(value, ast.Await):
        return True
    return isinstance(value, ast.Call) and not isinstance(names.evaluate(value, unit), (Imported, Function, Partial))


def _by_text(owner: OwnerReference) -> tuple[int, str]:
    return owner.holder.index, owner.text


def _target_name(start: Start) -> str:
    if start.target is not None and isinstance(start.target, (ast.Name, ast.Attribute)):
        return ast.unparse(start.target)
    if start.instance_of is not None:
        return f"{start.instance_of.name}.run"
    return "the target"
