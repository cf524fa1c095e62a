"""The ways to reach a function that a file shows: mentions of it, objects of its class, starts of threads."""

from __future__ import annotations

import ast
from dataclasses import dataclass, field
from functools import cached_property

from flake8_wsthreads.facts import Context
from flake8_wsthreads.library.base_classes import HANDLER_MODULES
from flake8_wsthreads.names.elements import element_named
from flake8_wsthreads.names.evaluate import Names
from flake8_wsthreads.names.fields import field_filled_by
from flake8_wsthreads.names.mentions import Reference, SourceIndex
from flake8_wsthreads.names.scopes import Scope, ScopeKind
from flake8_wsthreads.names.values import Class, Function, Instance, Super, Value
from flake8_wsthreads.names.wrappers import calls_its_function
from flake8_wsthreads.threads.daemon_flags import DaemonFlag, DaemonFlags
from flake8_wsthreads.threads.references import UNKNOWN, Edge, References
from flake8_wsthreads.threads.starts import is_qt_thread, may_start_something, recognise, thread_kind
from flake8_wsthreads.threads.unmentioned import Unmentioned

# Whoever imports the file, or the file itself, may call it.
_MAIN = Edge(None, None, Context.MAIN)


@dataclass
class _Mentions:
    """Where methods of one name are mentioned."""

    by_receiver: dict[Scope | None, list[Reference]] = field(default_factory=dict)
    """On objects, by their class; None where the file does not tell."""
    without_object: set[Scope] = field(default_factory=set)
    """The scopes that mention one without an object, as ``go = partialmethod(_go, 1)`` in its class does."""


class Edges:
    """Finds the ways to reach the functions of one file."""

    def __init__(self, names: Names, source: SourceIndex, flags: DaemonFlags) -> None:
        self._names = names
        self._source = source
        self._flags = flags
        self._references = References(names, source)
        self._unmentioned = Unmentioned(names, source)
        self._mentioned: dict[str, _Mentions] = {}
        self._objects: dict[Scope, list[Reference]] = {}
        self._entered: dict[Scope, list[Edge]] | None = None
        self._started: set[Scope | None] | None = None
        """The classes of the objects whose ``start`` is mentioned; None among them where one does not show."""

    @cached_property
    def _may_start_something(self) -> bool:
        return may_start_something(self._source)

    def _by_others(self, function: Scope) -> Edge:
        """The way to what the file defines and never mentions: that of whoever imports it.

        Not told where the file starts threads, and may find the function by its name as it runs.
        """
        by_name = self._may_start_something and self._unmentioned.is_found_by_name(function)
        return UNKNOWN if by_name else _MAIN

    def into(self, function: Scope) -> list[Edge]:
        """The ways to reach a function, a lambda or the module; empty where nothing can run it."""
        if function.kind is ScopeKind.MODULE:
            return [_MAIN]
        if function.kind is ScopeKind.LAMBDA:
            return self._lambda_edges(function)
        owner = function.method_of
        if owner is None:
            return self._function_edges(function)
        return self._method_edges(function, owner)

    def _function_edges(self, function: Scope) -> list[Edge]:
        node = function.node
        assert isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) and function.parent is not None
        if not self._names.keeps_its_meaning(node, function.parent, calls_its_function):
            return [UNKNOWN]
        is_replaced = not self._names.keeps_its_meaning(node, function.parent)
        edges: list[Edge] = []
        for reference in self._source.references(function.name):
            if isinstance(reference.node, ast.Name):
                if not isinstance(reference.node.ctx, ast.Load):
                    continue
                value = self._names.evaluate(reference.node, reference.scope)
                is_it = isinstance(value, Function) and value.scope is function
                if is_it or (is_replaced and self._names.lookup(reference.node.id, reference.scope) is function.parent):
                    edges.extend(self._references.edges(reference, function))
        if edges:
            return edges
        # A nested function that nothing refers to never runs; any other may be called by whoever imports the file.
        nested = function.parent.function.kind in (ScopeKind.FUNCTION, ScopeKind.LAMBDA)
        return [] if nested else [self._by_others(function)]

    def _method_edges(self, function: Scope, owner: Scope) -> list[Edge]:
        names = self._names
        node = function.node
        assert isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))
        if function.name in ("__init__", "__new__", "__post_init__", "__enter__", "__exit__", "__aenter__"):
            return self._creation_edges(function, owner)
        started = self._run_edges(function, owner) if function.name == "run" else None
        if function.name != "run" and not names.keeps_its_meaning(node, owner, calls_its_function):
            return [UNKNOWN]
        if names.classes.is_setter(function):
            return self._edges_of_objects(function, owner)
        edges = list(started or ())
        loose: list[Edge] = []
        mentions = self._mentions_of(function.name)
        by_receiver = mentions.by_receiver
        if owner in mentions.without_object:
            edges.append(UNKNOWN)
        for receiver in dict.fromkeys((*names.classes.ancestors(owner), *self._names.classes.descendants(owner))):
            for reference in by_receiver.get(receiver, ()):
                edges.extend(self._references.edges(reference, function))
        for reference in () if edges else by_receiver.get(None, ()):
            loose.extend(self._references.edges(reference, function))
        if edges:
            return edges
        bases = names.classes.foreign_bases(owner)
        if any(base.partition(".")[0] in HANDLER_MODULES for base in bases):
            return [UNKNOWN]
        # thing.method() where the file does not tell what thing is: most likely this one
        if loose:
            return loose
        if _is_run_by_syntax(function):
            return self._edges_of_objects(function, owner)
        if any(map(self._unmentioned.is_handed_on, self._objects_of(owner))):
            return [UNKNOWN]
        return [] if started is not None else [self._by_others(function)]

    def _edges_of_objects(self, function: Scope, owner: Scope) -> list[Edge]:
        """The ways to a method that no name leads to: for ``__call__`` where the objects of the class go.

        Of ``for message in feed`` and ``feed.limit = 3`` nothing is told here: any function may hold the object.
        """
        objects = self._objects_of(owner)
        if not objects:
            return [self._by_others(function)]
        followed = objects if function.name == "__call__" else []
        edges = [edge for made in followed for edge in self._references.edges(made, function)]
        if edges:
            return edges
        return [UNKNOWN] if self._may_start_something else [_MAIN]

    def mentions(self, method: Scope, owner: Scope) -> list[Reference]:
        """The mentions of a method on objects of its class, a base or a subclass, or of a class that does not show."""
        by_receiver = self._mentions_of(method.name).by_receiver
        related = dict.fromkeys((*self._names.classes.ancestors(owner), *self._names.classes.descendants(owner)))
        return [reference for receiver in (None, *related) for reference in by_receiver.get(receiver, ())]

    def _mentions_of(self, name: str) -> _Mentions:
        """Where methods of this name are mentioned."""
        known = self._mentioned.get(name)
        if known is None:
            known = self._mentioned[name] = _Mentions()
            for reference in self._source.references(name):
                if not reference.is_read:
                    continue
                if isinstance(reference.node, ast.Name):
                    known.without_object.add(reference.scope)
                elif isinstance(reference.node, ast.Attribute):
                    value = self._names.evaluate(reference.node.value, reference.scope)
                    value = value or element_named(self._names, reference.node.value, reference.scope)
                    receiver = _class_of_receiver(value)
                    if value is None or receiver is not None:
                        known.by_receiver.setdefault(receiver, []).append(reference)
        return known

    def _objects_of(self, owner: Scope) -> list[Reference]:
        """What the file makes of a class and its subclasses: ``Client()``, with what is around it."""
        if owner not in self._objects:
            made = (creation.around_call for creation, _ in self._creations(owner))
            self._objects[owner] = [each for each in made if each is not None]
        return self._objects[owner]

    def _run_edges(self, function: Scope, owner: Scope) -> list[Edge] | None:
        """How ``run()`` of a thread class is reached: through every place that creates an object of the class."""
        names = self._names
        if is_qt_thread(names, owner):
            return [Edge(None, None, Context.DAEMON)]
        if thread_kind(names, owner) is None:
            foreign = names.classes.foreign_bases(owner)
            unknown = any(base.rpartition(".")[0] not in ("builtins", "abc", "typing", "enum") for base in foreign)
            return [UNKNOWN] if unknown else None
        if not self._is_started(owner):
            return [UNKNOWN]
        edges: list[Edge] = []
        for reference, created in self._creations(owner):
            call = reference.call
            assert call is not None
            start = recognise(names, call, reference.scope)
            if start is not None and names.classes.method(created, "run") is function:
                edges.append(Edge(reference.scope, start))
        if edges:
            return edges
        # Nobody here creates one: only a flag that the class sets itself is known.
        creation = ast.Call(func=ast.Name(owner.name, ast.Load()), args=[], keywords=[])
        own = self._flags.of_class(owner, creation, owner)
        if own is DaemonFlag.DAEMON:
            return [Edge(None, None, Context.DAEMON)]
        return [Edge(None, None, Context.NON_DAEMON)] if own is DaemonFlag.NON_DAEMON else [UNKNOWN]

    def _is_started(self, owner: Scope) -> bool:
        """Whether anything in the file may start an object of a thread class; else it is a matter of other files."""
        if self._started is None:
            self._started = set()
            for reference in self._source.references("start"):
                if isinstance(reference.node, ast.Attribute):
                    value = self._names.evaluate(reference.node.value, reference.scope)
                    receiver = _class_of_receiver(value)
                    if receiver is not None or not isinstance(value, Instance):
                        self._started.add(receiver)
        related = (*self._names.classes.ancestors(owner), *self._names.classes.descendants(owner))
        return None in self._started or not self._started.isdisjoint(related)

    def _creations(self, owner: Scope) -> list[tuple[Reference, Scope]]:
        """The calls that create objects of a class or of its subclasses in this file."""
        names = self._names
        found: list[tuple[Reference, Scope]] = []
        for scope in self._names.classes.descendants(owner):
            for reference in self._source.references(scope.name):
                if reference.call is None:
                    continue
                value = names.evaluate(reference.node, reference.scope)
                if isinstance(value, Class) and value.scope is scope:
                    found.append((reference, scope))
            for word in ("cls", "__class__"):
                for reference in self._source.references(word):
                    if reference.call is not None and reference.scope.surrounding_class is scope:
                        found.append((reference, scope))
        return found

    def _creation_edges(self, function: Scope, owner: Scope) -> list[Edge]:
        edges = [
            Edge(reference.scope)
            for reference, created in self._creations(owner)
            if self._names.classes.method(created, function.name) is function
            or _overrides_through_super(self._names, created, function)
        ]
        if function.name in ("__enter__", "__exit__"):
            entered = self._with_edges(owner)
            if entered:
                return entered
        if self._is_handed_on(owner):
            edges.append(UNKNOWN)
        return edges or [_MAIN]

    def _is_handed_on(self, owner: Scope) -> bool:
        """Whether the class itself is passed to code that this file does not define."""
        for reference in self._source.references(owner.name):
            taken_by = reference.taken_by
            if taken_by is not None:
                name = self._names.qualified_name(taken_by.func, reference.scope)
                if not name.startswith("builtins."):
                    return True
            if isinstance(reference.parent, ast.keyword):
                return True
        return False

    def _with_edges(self, owner: Scope) -> list[Edge]:
        """Where objects of the class are entered by ``with``."""
        if self._entered is None:
            self._entered = {}
            for statement in self._source.statements("with"):
                if isinstance(statement.node, (ast.With, ast.AsyncWith)):
                    for item in statement.node.items:
                        value = self._names.evaluate(item.context_expr, statement.scope)
                        if isinstance(value, Instance) and isinstance(value.of, Scope):
                            for ancestor in self._names.classes.ancestors(value.of):
                                self._entered.setdefault(ancestor, []).append(Edge(statement.scope))
        return self._entered.get(owner, [])

    def _lambda_edges(self, function: Scope) -> list[Edge]:
        around = function.parent
        assert around is not None and isinstance(function.node, ast.Lambda)
        field = field_filled_by(self._names, function)
        if field is not None:
            # it runs where an object is made
            edges = [Edge(reference.scope) for reference, _ in self._creations(field[0])]
            return [*edges, UNKNOWN] if self._is_handed_on(field[0]) else edges or [_MAIN]
        for statement in self._names.statements_of(around.function):
            for reference in _lambda_references(statement, function.node, around):
                return self._references.edges(reference, function)
        return [UNKNOWN]


def _class_of_receiver(value: Value | None) -> Scope | None:
    """The class of this file that an object (or a class itself) belongs to, if it does."""
    scope: Scope | str | None = None
    if isinstance(value, Instance):
        scope = value.of
    elif isinstance(value, (Class, Super)):
        scope = value.scope
    return scope if isinstance(scope, Scope) else None


def _is_run_by_syntax(method: Scope) -> bool:
    """Whether Python calls a method without its name: ``feed()``, ``for message in feed``."""
    name = method.name
    return name.startswith("__") and name.endswith("__") and name != "__del__"


def _overrides_through_super(names: Names, created: Scope, function: Scope) -> bool:
    return created is not function.parent and function.parent in names.classes.ancestors(created)


def _lambda_references(statement: ast.stmt, wanted: ast.Lambda, scope: Scope) -> list[Reference]:
    pending: list[tuple[ast.AST, tuple[ast.AST, ...]]] = [(statement, ())]
    while pending:
        node, parents = pending.pop()
        if node is wanted:
            return [Reference(wanted, parents, scope)]
        pending.extend(
            (child, (node, *parents)) for child in ast.iter_child_nodes(node) if not isinstance(child, ast.stmt)
        )
    return []
