"""Classes whose objects keep a connection, and how an object of such a class is closed."""

from __future__ import annotations

import ast
from dataclasses import dataclass

from flake8_wsthreads.cfg.operand import ValueKind
from flake8_wsthreads.cfg.place import LastingPlace
from flake8_wsthreads.dataflow.summary import Summary
from flake8_wsthreads.facts import Context, KeepingObject, OwnerKind
from flake8_wsthreads.names.scopes import Scope
from flake8_wsthreads.ownership.concurrent_receives import place_in
from flake8_wsthreads.ownership.file_analyses import FileAnalyses
from flake8_wsthreads.ownership.owner_facts import owner_facts
from flake8_wsthreads.ownership.place_events import EventKind
from flake8_wsthreads.ownership.receives import by_text

# They change nothing of how objects are made.
_PLAIN = {"dataclasses.dataclass", "abc.ABCMeta"}

# Of several methods that close it the one with such a name is there for that.
_USUAL_CLOSERS = {"close", "stop", "disconnect", "shutdown"}

# Methods that are called further up than this from one that closes are not looked at.
_MOST_METHODS = 10


@dataclass(frozen=True)
class KeepingClass:
    """A class of the file whose objects keep a connection that a method of theirs opens."""

    owners: tuple[LastingPlace, ...]
    """The attributes that keep it: an exit stack stands for what was left to it."""
    family: frozenset[Scope]
    closers: tuple[Scope, ...]
    """The methods that close it, in the order of the file."""


def keeping_class(file: FileAnalyses, opener: Scope, summary: Summary) -> KeepingClass | None:
    """The class that keeps it, where only those close it who call its methods on its objects."""
    owners = sorted(summary.stored, key=by_text)
    if not owners or summary.kept != set(owners) or summary.containers or summary.undecided:
        return None
    if summary.given is not None or summary.late is not None or summary.returned:
        return None
    family = file.owners.relatives(owners[0].holder)
    closers: dict[Scope, None] = {}
    for owner in owners:
        events = file.owners.events(owner, False)
        facts = owner_facts(file, owner, summary, opener, events)
        if facts.kind is not OwnerKind.ATTRIBUTE or facts.late_close is not None:
            return None
        if facts.handed_out or facts.thread_subclass or owner.holder not in family:
            return None
        closers.update((event.function, None) for event in events if event.kind is EventKind.CLOSE)
    plain = not any(_is_no_plain_class(file, each) for each in family)
    if not closers or not plain or any(_closes_by_itself(file, closer, family) for closer in closers):
        return None
    return KeepingClass(tuple(owners), family, tuple(closers))


def _is_no_plain_class(file: FileAnalyses, each: Scope) -> bool:
    """Whether a class closes the connection when an object dies, or a call of it may make no new object."""
    if any(file.names.classes.own_method(each, name) is not None for name in ("__del__", "__new__")):
        return True
    assert isinstance(each.node, ast.ClassDef)
    around = [*each.node.decorator_list, *(keyword.value for keyword in each.node.keywords)]
    scope = each.parent or each
    called = (node.func if isinstance(node, ast.Call) else node for node in around)
    return not all(file.names.qualified_name(node, scope) in _PLAIN for node in called)


def _closes_by_itself(file: FileAnalyses, closer: Scope, family: frozenset[Scope]) -> bool:
    """Whether a function that closes the connection may run when nobody calls it on the object.

    What the threads do that its methods start is followed from there.
    """
    if closer.method_of not in family or Context.UNKNOWN in file.contexts.of(closer):
        return True
    if any(map(_is_called_by_syntax, (closer, *file.contexts.callers(closer)))):
        return True
    leading = [closer]
    for method in leading:
        callers = (caller for caller in file.contexts.callers(method) if caller.method_of in family)
        leading.extend(caller for caller in callers if caller not in leading)
    return not all(_is_called_by_name(file, method) for method in leading)


def _is_called_by_name(file: FileAnalyses, method: Scope) -> bool:
    """Whether a call of a method by its name is one of it, and not of what a decorator puts in its place."""
    node = method.node
    if not isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
        return True
    return file.names.keeps_its_meaning(node, method.parent or method)


def _is_called_by_syntax(method: Scope) -> bool:
    """``__eq__``, ``__next__``: no call of it is to be seen."""
    return method.name.startswith("__") and method.name not in ("__init__", "__enter__", "__exit__")


def effect_of(file: FileAnalyses, keeping: KeepingClass, method: Scope) -> Summary:
    """What a method does with the connection of its object."""
    places = [place for owner in keeping.owners if (place := place_in(owner, method)) is not None]
    return file.summaries.effect(method, [(place, ValueKind.CONNECTION) for place in places]) if places else Summary()


def keeping_object(file: FileAnalyses, keeping: KeepingClass, made: Scope, is_new: bool) -> KeepingObject | None:
    """The object as its user knows it; None where its class, ``made``, has no method that is there to close it.

    ``is_new`` says whether the call makes the object.
    """
    methods = list(keeping.closers)
    for method in methods:
        # def close(self): self._disconnect()
        callers = (caller for caller in file.contexts.callers(method) if caller.method_of in keeping.family)
        methods.extend(caller for caller in callers if caller not in methods and len(methods) < _MOST_METHODS)
    closing = [method for method in methods if _is_closing_method(file, keeping, method, made)]
    entered = file.names.classes.method(made, "__enter__") is not None
    is_manager = entered and any(method.name == "__exit__" for method in closing)
    named = [method.name for method in closing if not method.name.startswith("_")]
    if not named and not is_manager:
        return None
    closer = min(named, key=lambda name: name not in _USUAL_CLOSERS, default="")
    return KeepingObject(made.name, closer, is_manager, is_new)


def _is_closing_method(file: FileAnalyses, keeping: KeepingClass, method: Scope, made: Scope) -> bool:
    """Whether a method that an object of the class has is there to close the connection.

    It waits for no message before it does, and opens no other one.
    """
    if file.names.classes.method(made, method.name) is not method or method in file.summaries.openers:
        return False
    effect = effect_of(file, keeping, method)
    return effect.closed is not None and effect.received is None
