"""Objects that keep a connection: whoever makes one has to close it, as if the object were the connection.

A class of the file keeps the connection in an attribute and has a method that closes it. What the function that makes
an object does with it is followed like what a function does with a connection that it opens. Nothing is said of an
object that others may know, nor of a class that may close the connection by itself.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from flake8_wsthreads.cfg.graph import Graph, Node
from flake8_wsthreads.cfg.instruction import CallFunction, Construct, Enter, Return
from flake8_wsthreads.dataflow.left_on_objects import Left, MadeObject
from flake8_wsthreads.dataflow.liveness import steps_leading_to
from flake8_wsthreads.dataflow.parameters import is_constructor
from flake8_wsthreads.dataflow.summary import Summary
from flake8_wsthreads.facts import Connection, KeepingObject, Paths
from flake8_wsthreads.names.scopes import Scope, ScopeKind
from flake8_wsthreads.names.script import is_program
from flake8_wsthreads.names.values import Class, Instance
from flake8_wsthreads.ownership.concurrent_receives import overriding_constructors
from flake8_wsthreads.ownership.file_analyses import FileAnalyses
from flake8_wsthreads.ownership.keeping_classes import KeepingClass, effect_of, keeping_class, keeping_object
from flake8_wsthreads.ownership.object_mentions import Mentions, mentions_of, own_object_escapes

# A method that is called further up than this from the one that opens the connection is not followed.
_MOST_LEAVING = 10
# Each is followed to the end of the function: of a function that makes more than these nothing is said.
_MOST_OBJECTS = 20
# Nor of what functions return that are called further up than so many others.
_MOST_FACTORIES = 100

# Who calls one of these may find an object that no variable is seen to hand on.
_LOOKING_AROUND = ("exec", "eval", "globals", "locals", "vars", "get_objects", "get_referrers")


@dataclass(frozen=True)
class _Making:
    """A step that leaves a connection on an object: it makes the object, calls a method of it, or enters it."""

    keeping: KeepingClass
    leaving: Left
    """The constructor, or the method; the function of the file that makes the object and returns it."""
    node: Node
    returned: Scope | None = None
    """The class of the object that such a function returns."""


@dataclass(frozen=True)
class _Object:
    """An object that a function makes, and that nobody else knows."""

    keeping: KeepingClass
    made: MadeObject
    of: Scope
    """Its class."""
    mentions: Mentions
    effects: Mapping[Scope, Summary]
    """What the methods that the function calls, or hands on, do with the connection."""


def objects_keeping(file: FileAnalyses, openers: Iterable[Scope]) -> list[Connection]:
    """The calls that leave a connection on an object which stays open on some way out of their function.

    Each is a connection whose paths are those of the object. ``openers`` are the functions that open connections.
    """
    found: dict[Scope, list[_Making]] = {}
    for opener in openers:
        for keeping, left, site in _kept_by_objects(file, opener):
            for leaving in _leaving(file, keeping, left, site):
                for maker, calls in _calls_of(file, keeping, leaving.function):
                    found.setdefault(maker, []).extend(_Making(keeping, leaving, call) for call in calls)
    connections: list[Connection] = []
    escaping: dict[Scope, bool] = {}
    pending = [*found.items()]
    for maker, steps in pending:
        objects = [*filter(None, (_object(file, maker, step) for step in steps))] if len(steps) <= _MOST_OBJECTS else []
        for each in objects:
            if each.mentions.is_returned:
                pending.extend(_calls_of_factory(file, maker, each) if len(pending) < _MOST_FACTORIES else ())
                continue
            summary = file.left_on_objects.on_made(maker, each.made)
            if summary is None or not _stays_open(each, summary):
                continue
            if each.of not in escaping:
                escaping[each.of] = own_object_escapes(file, file.names.classes.ancestors(each.of))
            is_new = isinstance(each.made.node.does, Construct) or each.made.is_result
            keeper = keeping_object(file, each.keeping, each.of, is_new)
            if keeper is not None and not escaping[each.of]:
                connections.append(_connection(file, maker, each.made.node, keeper, summary))
    return connections


def _kept_by_objects(file: FileAnalyses, opener: Scope) -> Iterator[tuple[KeepingClass, Left, int]]:
    """The connections that a method opens and leaves on its object, each with the step that opens it."""
    own = opener.method_of
    if own is None or not file.contexts.are_real or not _may_be_made_here(file, own):
        return
    if file.may_replace_opener or any(file.source.references(word) for word in _LOOKING_AROUND):
        return
    for site, opened in file.sites.of(opener).items():
        summary = file.sites.onto_stack(opener, site) if opened.on_stacks else opened
        keeping = keeping_class(file, opener, summary)
        if keeping is not None:
            yield keeping, Left(opener, summary, None if opened.on_stacks else site), site


def _may_be_made_here(file: FileAnalyses, own: Scope) -> bool:
    """A quick look at the text, before any path is followed: whether a call names the class, or one below it."""
    below = file.names.classes.descendants(own)
    return any(reference.call is not None for each in below for reference in file.source.references(each.name))


def _leaving(file: FileAnalyses, keeping: KeepingClass, opening: Left, site: int) -> Iterator[Left]:
    """The methods that always leave the connection on their object when they return, the one that opens it first."""
    if not _always_comes_to(file.summaries.graph(opening.function), site):
        return
    pending = [opening]
    for leaving in pending:
        yield leaving
        overriding = overriding_constructors(file, leaving.function)
        for caller in dict.fromkeys((*file.contexts.callers(leaving.function), *overriding)):
            graph = file.summaries.graph(caller)
            calls = graph.calls_of.get(leaving.function, ())
            known = any(caller is other.function for other in pending) or len(pending) >= _MOST_LEAVING
            if caller.method_of in keeping.family and not known and len(calls) == 1:
                after = file.left_on_objects.after_call(caller, leaving)
                keeps = after.kept.issuperset(keeping.owners) and not after.undecided
                if keeps and _always_comes_to(graph, calls[0].index):
                    pending.append(Left(caller, after))


def _always_comes_to(graph: Graph, index: int) -> bool:
    """Whether a function does not return without having gone through a step, also where others raise."""
    through = graph.nodes[index]
    seen = {graph.normal_exit}
    pending = [graph.normal_exit]
    while pending:
        step = pending.pop()
        if step == graph.entry:
            return False
        for before in graph.steps_before[step]:
            if before not in seen and (before != index or step not in through.next):
                seen.add(before)
                pending.append(before)
    return True


def _calls_of(file: FileAnalyses, keeping: KeepingClass, function: Scope) -> Iterator[tuple[Scope, Sequence[Node]]]:
    """The calls of a function that leaves a connection on an object, by the functions outside the class they are in."""
    for maker in file.contexts.callers(function):
        if maker.method_of not in keeping.family and _keeps_to_itself(file, maker):
            yield maker, file.summaries.graph(maker).calls_of.get(function, ())


def _calls_of_factory(file: FileAnalyses, factory: Scope, made: _Object) -> Iterator[tuple[Scope, list[_Making]]]:
    """The calls of a function that makes an object and does nothing but return it, by the functions they stand in."""
    graph, node = file.summaries.graph(factory), factory.node
    if not isinstance(node, ast.FunctionDef) or node.decorator_list or factory.method_of is not None:
        return
    closes = made.mentions.is_entered or any(method.name != "__exit__" for method in made.made.closing)
    if graph.is_generator or closes:
        return
    ends = [step.syntax for step, _ in graph.steps(Return) if graph.entry in steps_leading_to(graph, [step.index])]
    if not all(isinstance(end, ast.Return) and _is_the_object(end.value, made) for end in ends):
        return
    left = Left(factory, made.made.left.summary)
    for caller, calls in _calls_of(file, made.keeping, factory):
        yield caller, [_Making(made.keeping, left, call, made.of) for call in calls]


def _is_the_object(value: ast.expr | None, made: _Object) -> bool:
    named = isinstance(value, ast.Name) and value.id in made.mentions.names
    return named or value is made.made.node.syntax


def _keeps_to_itself(file: FileAnalyses, maker: Scope) -> bool:
    """Whether something runs a function, and what it makes is its own: who imports a module may close what that has."""
    return bool(file.contexts.of(maker)) and (maker.kind is not ScopeKind.MODULE or is_program(file.names))


def _object(file: FileAnalyses, maker: Scope, step: _Making) -> _Object | None:
    """The object that a step leaves the connection on; None where not all shows that is done with it."""
    keeping, leaving, node = step.keeping, step.leaving, step.node
    made = step.returned or _class_of(file, maker, node)
    mentions = mentions_of(file, maker, node.syntax, made) if made is not None else None
    if made is None or mentions is None:
        return None
    if mentions.is_entered and isinstance(node.does, CallFunction) and step.returned is None:
        return None  # with Service() as service: service.start()
    methods = [each for each in (*mentions.called, *mentions.handed) if each.method_of in keeping.family]
    if _runs_other_methods(file, made, (leaving.function, *methods)):
        return None
    effects = {method: effect_of(file, keeping, method) for method in methods if not is_constructor(method)}
    # what closes on some of its ways only decides by what the object knows
    partly = any(effect.closed is not None and effect.returns_open for effect in effects.values())
    if partly or any(effect.given is not None or effect.undecided for effect in effects.values()):
        return None
    if any(effects[method].closed is not None for method in mentions.handed if method in effects):
        return None  # stop = client.close: whoever has it may call it
    of_own = MadeObject(node, leaving, mentions.names, _closing(effects), step.returned is not None)
    return _Object(keeping, of_own, made, mentions, effects)


def _connection(
    file: FileAnalyses, maker: Scope, node: Node, keeper: KeepingObject, found: Summary
) -> Connection:
    """The object as a connection."""
    return Connection(
        location=file.source.location(node.syntax),
        opened_by=keeper.class_name,
        function_name=maker.name,
        borrowed=False,
        contexts=file.contexts.of(maker),
        legacy=False,
        in_thread_constructor=False,
        paths=Paths(
            closed=file.at(found.closed),
            leaks_normally=file.at(found.leaks_normally),
            leaks_on_error=file.at(found.leaks_on_error),
            overwritten=file.at(found.overwritten),
            closed_by_peer=found.closed_by_peer,
        ),
        owner=None,
        hand_overs=(),
        concurrent_receives=(),
        received_forever=None,
        kept_by=keeper,
    )


def _class_of(file: FileAnalyses, maker: Scope, node: Node) -> Scope | None:
    """The class of the object; None where the function has not made it."""
    if isinstance(node.does, Construct):
        return node.does.of
    call = node.syntax
    named = call.func.value if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute) else call
    value = file.names.evaluate(named, maker)
    if not isinstance(value, Instance) or not isinstance(value.of, Scope):
        return None
    if isinstance(node.does, Enter) and isinstance(named, ast.Call):
        return value.of if isinstance(file.names.evaluate(named.func, maker), Class) else None
    if not isinstance(named, ast.Name):
        return None
    made = [binding.node for binding in maker.bindings.get(named.id, ())]
    own = all(isinstance(each, ast.Constant) or _is_construction(file, each, maker) for each in made)
    return value.of if made and own else None


def _is_construction(file: FileAnalyses, node: ast.AST | None, scope: Scope) -> bool:
    return isinstance(node, ast.Call) and isinstance(file.names.evaluate(node.func, scope), Class)


def _runs_other_methods(file: FileAnalyses, made: Scope, methods: Iterable[Scope]) -> bool:
    """Whether an object of the class has methods of its own that these, of a class above it, call."""
    return any(file.summaries.dispatch.redefines(made, method) for method in methods)


def _closing(effects: Mapping[Scope, Summary]) -> tuple[Scope, ...]:
    return tuple(method for method, effect in effects.items() if effect.closed is not None)


def _stays_open(made: _Object, found: Summary) -> bool:
    """Whether the paths leave it open, and all that is done with it is to be seen."""
    leaks = found.leaks_normally is not None or found.leaks_on_error is not None
    if not leaks or found.undecided or found.given is not None or found.stored or found.late is not None:
        return False
    if any(handed.effect is None or handed.effect.takes for handed in found.handed.values()):
        return False
    return found.closed is None or not _asks_state(made.mentions, made.effects)


def _asks_state(mentions: Mentions, effects: Mapping[Scope, Summary]) -> bool:
    """Whether conditions ask the object what may say that the connection is closed: ``if client.is_open():``.

    A method that talks to the peer, and does not close, says nothing of that.
    """
    return any(method is None or method not in effects or effects[method].used is None for method in mentions.asked)
