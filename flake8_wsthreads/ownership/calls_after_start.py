"""Objects that start a thread which receives for ever, and are then asked to receive by their user.

The two methods meet in whoever calls both: ``client.start()`` and then ``client.ask(…)``. Each step must be certain:
the thread is started on every call, it receives before it waits for anything else, nothing between the two calls could
end it, and the second method receives whatever its arguments are.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from flake8_wsthreads.cfg.graph import OwnerReference
from flake8_wsthreads.facts import ConcurrentReceive, Spawner
from flake8_wsthreads.finding import Location
from flake8_wsthreads.library.websockets import CLOSE_METHODS
from flake8_wsthreads.names.mentions import Reference
from flake8_wsthreads.names.scopes import Scope, ScopeKind
from flake8_wsthreads.names.values import Class, Function, Instance
from flake8_wsthreads.ownership.dominators import position
from flake8_wsthreads.ownership.file_analyses import FileAnalyses
from flake8_wsthreads.ownership.owners import spellings
from flake8_wsthreads.ownership.place_events import Event, EventKind
from flake8_wsthreads.source.syntax import positional_parameters
from flake8_wsthreads.threads.start import Start
from flake8_wsthreads.threads.starts import target_function

# Calls that may hold a thread up, or end another one.
_WAITING = {"wait", "acquire", "join", "get", "sleep", "result", "select", "put", "input"}
ENDING = {"join", "close", "stop", "shutdown", "cancel", "set", "clear", "result", "wait", "exit", "quit", "terminate"}
_HARMLESS_MODULES = {"builtins", "json", "time", "logging", "random", "uuid", "datetime", "itertools"}


@dataclass(frozen=True)
class _UserCall:
    """``client.start()`` or ``client = Client()`` in the code of somebody who uses an object of the class."""

    object_text: str
    of: Scope
    """The class of the object."""
    reference: Reference
    statement: ast.stmt


def receives_after_start(
    file: FileAnalyses, owner: OwnerReference, events: list[Event], opened: Location
) -> list[ConcurrentReceive]:
    """The receives of methods that are called while a thread of the same object receives.

    ``opened`` is where the connection is opened: the place that stands for the hand-over to a Thread object.
    """
    if owner.holder.kind is not ScopeKind.CLASS or owner.on_class:
        return []
    received = [event for event in events if event.kind is EventKind.RECEIVE and not event.locked]
    search = Search(file, owner)
    askers = {
        event.function: event
        for event in reversed(received)
        if event.forever is None and event.function.method_of is not None and search.surely_receives(event)
    }
    search.add_callers(askers)
    if not askers:
        return []
    found: list[ConcurrentReceive] = []
    for reader in received:
        if reader.forever is None or not search.receives_at_once(reader):
            continue
        for start, starter in file.contexts.starts_leading_to(reader.function):
            function, _, _ = target_function(file.names, start, starter)
            if function is None or function.scope is not reader.function or not search.runs_own_method(start, starter):
                continue
            asked = search.asked_after(start, starter, reader.function, askers)
            if asked is not None:
                by_object = start.spawner is Spawner.THREAD_SUBCLASS
                location = opened if by_object else file.source.location(start.call)
                receives = (file.source.location(reader.syntax), file.source.location(asked.syntax))
                found.append(ConcurrentReceive(location, *receives))
    return found


class Search:
    """Looks for one object whose two methods are called in the wrong order."""

    def __init__(self, file: FileAnalyses, owner: OwnerReference) -> None:
        self._file = file
        self._owner = owner
        self._body = file.bodies.of

    def receives_at_once(self, reader: Event) -> bool:
        """Whether the target of a thread receives without waiting for anything else, before or between."""
        before = self._body(reader.function).before(reader.syntax)
        if before is None or reader.forever is None or not self._receives_from_own(reader):
            return False
        calls = [call for statement in before for call in _calls(statement)]
        if any(not self._is_harmless(call, reader.function) for call in calls):
            return False
        return not any(name_of(call) in _WAITING for call in _calls(reader.forever))

    def surely_receives(self, event: Event) -> bool:
        """Whether a method receives whenever it is called, and does nothing before that might end a thread."""
        before = self._body(event.function).before(event.syntax)
        if before is None or not self._receives_from_own(event):
            return False
        return all(self._is_harmless(call, event.function) for statement in before for call in _calls(statement))

    def add_callers(self, askers: dict[Scope, Event]) -> None:
        """Add the methods that call one of these on their own object whenever they are called."""
        pending = list(askers)
        for method in pending:
            for reference in self._calls_of(method):
                caller = reference.scope.running_function
                own = isinstance(reference.node, ast.Attribute) and self._is_own_object(
                    reference.node.value, reference.scope
                )
                before = self._body(caller).before(reference.node) if own and caller not in askers else None
                if before is not None and caller.method_of is not None:
                    if all(self._is_harmless(call, caller) for statement in before for call in _calls(statement)):
                        askers[caller] = askers[method]
                        pending.append(caller)

    def _receives_from_own(self, event: Event) -> bool:
        """Whether it receives from the connection of its own object: ``self.ws.recv()``, ``for message in self.ws``."""
        receiver: ast.AST = event.syntax
        if isinstance(receiver, ast.Call) and isinstance(receiver.func, ast.Attribute):
            receiver = receiver.func.value
        elif isinstance(receiver, (ast.For, ast.AsyncFor)):
            receiver = receiver.iter
        if not isinstance(receiver, ast.Attribute) or receiver.attr not in spellings(self._owner):
            return False
        return self._is_own_object(receiver.value, event.function)

    def _is_own_object(self, node: ast.AST, scope: Scope) -> bool:
        """Whether an expression is the first parameter of the method that it stands in, or around it."""
        method = next((outer for outer in scope.enclosing() if outer.method_of is not None), None)
        declared = getattr(method.node, "args", None) if method is not None else None
        if not isinstance(node, ast.Name) or not isinstance(declared, ast.arguments):
            return False
        first = next(iter(positional_parameters(declared)), None)
        return first is not None and first.arg == node.id

    def _is_harmless(self, call: ast.Call, function: Scope) -> bool:
        """Whether a call only talks to the peer, or belongs to a module that knows nothing of threads."""
        if isinstance(call.func, ast.Attribute) and call.func.attr not in CLOSE_METHODS:
            base = call.func.value
            if isinstance(base, ast.Attribute) and base.attr in spellings(self._owner):
                return True
        name = self._file.names.qualified_name(call.func, function)
        return name.partition(".")[0] in _HARMLESS_MODULES and name_of(call) not in _WAITING - {"sleep"}

    def asked_after(self, start: Start, starter: Scope, reader: Scope, askers: dict[Scope, Event]) -> Event | None:
        """The receive of a method that somebody calls after the thread was started; None where nobody does."""
        methods = self._starting_methods(start, starter)
        for first in [*self._user_calls(methods), *self._object_starts(start)]:
            # a subclass may have a reader of its own
            own = self._file.names.classes.method(first.of, reader.name)
            if reader.method_of is not None and own is not reader:
                continue
            for method, event in askers.items():
                if any(self._follows(first, second) for second in self._calls_of(method)):
                    return event
        return None

    def runs_own_method(self, start: Start, starter: Scope) -> bool:
        """Whether the target belongs to the object that starts it: ``self._receive``, or a function inside."""
        if start.target is None:
            return start.spawner is Spawner.THREAD_SUBCLASS and start.instance_of is not None
        if isinstance(start.target, ast.Attribute):
            return self._is_own_object(start.target.value, starter)
        function, _, _ = target_function(self._file.names, start, starter)
        around = function.scope.parent if function is not None else None
        return around is not None and around.function is starter.function

    def _starting_methods(self, start: Start, starter: Scope) -> list[Scope]:
        """The methods that start the thread on every call, by themselves or through another method."""
        found: list[Scope] = []
        for reference in self._file.source.references("start"):
            node = reference.node
            if isinstance(node, ast.Attribute) and self._is_the_thread(node.value, reference, start, starter):
                self._add_method(found, reference)
        if start.spawner is Spawner.POOL:
            self._add_method(found, Reference(start.call, (), starter))
        for method in found:
            for reference in self._calls_of(method):
                node = reference.node
                if isinstance(node, ast.Attribute) and self._is_own_object(node.value, reference.scope):
                    self._add_method(found, reference)
        return found

    def _add_method(self, found: list[Scope], reference: Reference) -> None:
        """Add the method that a start stands in, where it comes to it on every call and does not wait for the end."""
        function = reference.scope.running_function
        if function in found or function.method_of is None or self._body(function).before(reference.node) is None:
            return
        if not any(name_of(call) == "join" for call in _calls(function.node)):
            found.append(function)

    def _is_the_thread(self, node: ast.expr, reference: Reference, start: Start, starter: Scope) -> bool:
        """Whether ``node.start()`` starts this thread."""
        if node is start.call:
            return True
        if start.spawner is Spawner.THREAD_SUBCLASS:
            around = reference.scope.surrounding_class
            thread = start.instance_of
            inherited = thread is not None and around in self._file.names.classes.ancestors(thread)
            return inherited and self._is_own_object(node, reference.scope)
        text = _dotted(node)
        if not text or start.spawner is not Spawner.THREAD:
            return False
        same_class = reference.scope.surrounding_class is starter.surrounding_class
        if reference.scope.function is not starter.function and not ("." in text and same_class):
            return False
        return any(
            isinstance(statement, ast.Assign) and statement.value is start.call and _dotted(target) == text
            for statement in self._file.names.statements_of(starter.function)
            if isinstance(statement, ast.Assign)
            for target in statement.targets
        )

    def _object_starts(self, start: Start) -> Iterator[_UserCall]:
        """``reader.start()`` on an object of a Thread subclass that has no ``start()`` of its own."""
        thread = start.instance_of
        if thread is None or self._file.names.classes.method(thread, "start") is not None:
            return
        for reference in self._file.source.references("start"):
            node = reference.node
            if isinstance(node, ast.Attribute):
                value = self._file.names.evaluate(node.value, reference.scope)
                statement = self._body(reference.scope.running_function).statement(node)
                if isinstance(value, Instance) and value.of is thread and statement is not None:
                    yield _UserCall(_dotted(node.value), thread, reference, statement)

    def _user_calls(self, methods: list[Scope]) -> Iterator[_UserCall]:
        for method in methods:
            if method.name in ("__init__", "__enter__"):
                yield from self._creations(method)
                continue
            for reference in self._calls_of(method):
                node = reference.node
                statement = self._body(reference.scope.running_function).statement(node)
                if not isinstance(node, ast.Attribute) or statement is None:
                    continue
                value = self._file.names.evaluate(node.value, reference.scope)
                if isinstance(value, Instance) and isinstance(value.of, Scope):
                    yield _UserCall(_dotted(node.value), value.of, reference, statement)

    def _creations(self, method: Scope) -> Iterator[_UserCall]:
        """``client = Client()``, ``with Client() as client``."""
        names = self._file.names
        owner = method.method_of
        assert owner is not None
        for reference in self._file.source.references(owner.name):
            call = reference.call
            value = names.evaluate(reference.node, reference.scope)
            if call is None or not isinstance(value, Class):
                continue
            if names.classes.method(value.scope, method.name) is not method:
                continue
            around = reference.parents[1] if len(reference.parents) > 1 else None
            if isinstance(around, ast.Assign) and len(around.targets) == 1 and method.name == "__init__":
                yield _UserCall(_dotted(around.targets[0]), value.scope, reference, around)
            elif isinstance(around, ast.withitem) and isinstance(around.optional_vars, ast.Name):
                entered = names.classes.method(value.scope, "__enter__")
                statement = reference.parents[-1]
                if entered is None or names.returned(Function(entered)) != Instance(value.scope):
                    continue
                if isinstance(statement, (ast.With, ast.AsyncWith)):
                    yield _UserCall(around.optional_vars.id, value.scope, reference, statement)

    def _calls_of(self, method: Scope) -> Iterator[Reference]:
        """The calls of a method on objects that are known to have it."""
        names = self._file.names
        for reference in self._file.contexts.mentions(method):
            call = reference.call
            if call is None:
                continue
            value = names.evaluate(reference.node, reference.scope)
            if isinstance(value, Function) and value.scope is method and isinstance(value.receiver, Instance):
                yield reference

    def _follows(self, first: _UserCall, second: Reference) -> bool:
        """Whether a call of the asking method comes after the start, on the same object, with the thread under way."""
        node, function = second.node, second.scope.running_function
        if not isinstance(node, ast.Attribute) or not first.object_text or _dotted(node.value) != first.object_text:
            return False
        around = first.reference.scope
        if around.running_function is not function or second.scope.function is not around.function:
            return False
        body = self._body(function)
        if not body.runs_after(node, first.statement):
            return False
        start, end = position(first.reference.node), position(node)
        if any(name_of(call) in ENDING for call in body.calls_between(start, end)):
            return False
        root = first.object_text.partition(".")[0]
        mentions = [
            reference
            for reference in self._file.source.references(root)
            if start < position(reference.node) < end and reference.scope.running_function is function
        ]
        in_statement = {id(part) for part in ast.walk(first.statement)} - {
            id(part) for inner in getattr(first.statement, "body", ()) for part in ast.walk(inner)
        }
        return all(
            id(mention.node) in in_statement or mention.node is _root_of(node) or self._only_talks(mention, function)
            for mention in mentions
        )

    def _only_talks(self, mention: Reference, function: Scope) -> bool:
        """Whether a mention of the object calls a method that does nothing but talk to the peer."""
        call = next((parent for parent in mention.parents if isinstance(parent, ast.Call)), None)
        if call is None or not mention.attribute or not _is_base(mention.node, call.func):
            return False
        if self._is_harmless(call, function):
            return True
        value = self._file.names.evaluate(call.func, mention.scope)
        if not isinstance(value, Function):
            return False
        statements = self._file.names.statements_of(value.scope)
        if any(_binds_attribute(statement) for statement in statements):
            return False
        return all(self._is_harmless(inner, value.scope) for inner in _calls(value.scope.node))


def _calls(node: ast.AST) -> Iterator[ast.Call]:
    return (part for part in ast.walk(node) if isinstance(part, ast.Call))


def name_of(call: ast.Call) -> str:
    """The name of what is called: of ``client.ask()`` it is ``ask``; empty where it has none."""
    if isinstance(call.func, ast.Attribute):
        return call.func.attr
    return call.func.id if isinstance(call.func, ast.Name) else ""


def _dotted(node: ast.AST) -> str:
    parts: list[str] = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    return ".".join([node.id, *reversed(parts)]) if isinstance(node, ast.Name) else ""


def _root_of(node: ast.AST) -> ast.AST:
    while isinstance(node, ast.Attribute):
        node = node.value
    return node


def _is_base(node: ast.AST, callee: ast.expr) -> bool:
    return _root_of(callee) is node


def _binds_attribute(statement: ast.stmt) -> bool:
    targets: list[ast.expr] = []
    if isinstance(statement, (ast.AugAssign, ast.AnnAssign)):
        targets = [statement.target]
    elif isinstance(statement, (ast.Assign, ast.Delete)):
        targets = statement.targets
    return any(isinstance(part, (ast.Attribute, ast.Subscript)) for target in targets for part in ast.walk(target))
