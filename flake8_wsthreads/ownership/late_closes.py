"""Closes that run only when the interpreter exits or an object dies, and those that somebody calls before."""

from __future__ import annotations

import ast
import enum

from flake8_wsthreads.cfg.library_calls import LATE_CLOSERS
from flake8_wsthreads.dataflow.parameters import receiver_of
from flake8_wsthreads.facts import LateCloser
from flake8_wsthreads.library import behaviour_of
from flake8_wsthreads.library.base_classes import LOG_HANDLERS
from flake8_wsthreads.names.mentions import Reference
from flake8_wsthreads.names.scopes import Scope, ScopeKind
from flake8_wsthreads.names.script import is_program
from flake8_wsthreads.ownership.file_analyses import FileAnalyses


class Finalizer(enum.Enum):
    """What a file does with the object that ``weakref.finalize(…)`` returns."""

    LEFT_ALONE = "left alone"
    """Nobody calls it: it runs when its object dies, or at exit."""
    CALLED = "called"
    """``self._finalizer()`` closes in time."""
    HANDED_ON = "handed on"
    """Code that the file does not show may call it."""


def late_closer(file: FileAnalyses, function: Scope) -> LateCloser | None:
    """How a function that closes is reached, when that is only at the exit or when an object dies; else None."""
    return _late_closer(file, function, set())


def _late_closer(file: FileAnalyses, function: Scope, seen: set[Scope]) -> LateCloser | None:
    if function in seen:
        return None
    seen.add(function)
    if function.kind is ScopeKind.LAMBDA:
        return _registration_of_lambda(file, function)
    if function.kind is not ScopeKind.FUNCTION:
        return None
    owner = function.method_of
    if function.name == "__del__" and owner is not None:
        return LateCloser.DEL
    closer = LateCloser.ATEXIT if "atexit.register" in file.names.decorators(function) else None
    if owner is not None and _left_to_logging(file, function, owner):
        return LateCloser.ATEXIT
    for reference in file.contexts.mentions(function):
        if reference.scope.running_function is not function:
            reached = _reached_late(file, reference, seen)
            if reached is None or closer not in (None, reached):
                return None
            closer = reached
    if owner is None or function.name.startswith("_"):
        return closer
    # Whoever has the object may call its public methods.
    if closer is None or not _stays_in_file(file, owner):
        return None
    return closer if closer is LateCloser.ATEXIT or is_program(file.names) else None


def _left_to_logging(file: FileAnalyses, function: Scope, owner: Scope) -> bool:
    """Whether a method is the ``close`` of a log handler that only ``logging.shutdown`` calls, when the program exits.

    ``logging`` registers ``shutdown`` with ``atexit`` (Lib/logging/__init__.py). Seen with websockets 12.0: the
    program hangs before it gets there.
    """
    if function.name != "close" or not any(base in LOG_HANDLERS for base in file.names.classes.foreign_bases(owner)):
        return False
    if any(file.source.references(word) for word in ("removeHandler", "shutdown", "dictConfig")):
        return False
    mentions = file.contexts.mentions(function)
    closes = (reference for reference in mentions if reference.scope.running_function is not function)
    made = file.source.references(owner.name)
    return bool(made) and not any(closes) and all(_is_added_to_logger(file, reference) for reference in made)


def _is_added_to_logger(file: FileAnalyses, reference: Reference) -> bool:
    """``log.addHandler(FeedHandler(URL))``, or the same through a variable that nothing else is done with."""
    call, *around = reference.parents
    if not isinstance(call, ast.Call) or call.func is not reference.node or not around:
        return False
    holder = around[0]
    if isinstance(holder, ast.Assign) and len(holder.targets) == 1 and isinstance(holder.targets[0], ast.Name):
        name = holder.targets[0].id
        owner = file.names.lookup(name, reference.scope)
        return all(
            _takes_handler(other.parents[0]) or isinstance(other.parents[0], ast.Attribute)
            for other in file.source.references(name)
            if isinstance(other.node, ast.Name) and isinstance(other.node.ctx, ast.Load)
            if file.names.lookup(name, other.scope) is owner
        )
    return _takes_handler(holder)


def _takes_handler(node: ast.AST) -> bool:
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "addHandler"


def _reached_late(file: FileAnalyses, reference: Reference, seen: set[Scope]) -> LateCloser | None:
    """How one mention of a function calls it late; None when it may call it in time."""
    if reference.call is not None:
        return _late_closer(file, reference.scope.running_function, seen)
    return _registered_with(file, reference.taken_by, reference.scope) if reference.taken_by is not None else None


def _registered_with(file: FileAnalyses, call: ast.Call, scope: Scope) -> LateCloser | None:
    return LATE_CLOSERS.get(behaviour_of(file.names.qualified_name(call.func, scope)).registers)


def _registration_of_lambda(file: FileAnalyses, function: Scope) -> LateCloser | None:
    """``atexit.register(lambda: self.ws.close())``."""
    for word in ("register", "finalize"):
        for reference in file.source.references(word):
            call = reference.call
            if call is not None and function.node in call.args:
                return _registered_with(file, call, reference.scope)
    return None


def _stays_in_file(file: FileAnalyses, owner: Scope) -> bool:
    """Whether the file makes the objects of a class, and shows no way for other files to get hold of one."""
    names = file.names
    holders: list[tuple[str, Scope]] = []
    for reference in file.source.references(owner.name):
        call = reference.call
        if call is None or len(reference.parents) < 2:
            return False
        statement = reference.parents[1]
        if isinstance(statement, ast.Assign) and len(statement.targets) == 1:
            target = statement.targets[0]
            if not isinstance(target, ast.Name):
                return False
            holders.append((target.id, reference.scope))
        elif not isinstance(statement, ast.Expr):
            return False
    if not holders or any(_is_handed_on(file, name, scope) for name, scope in holders):
        return False
    statements = owner.node.body if isinstance(owner.node, ast.ClassDef) else []
    methods = [names.scopes.by_node[method] for method in statements if method in names.scopes.by_node]
    return not any(_hands_itself_on(file, method) for method in methods if method.kind is ScopeKind.FUNCTION)


def _hands_itself_on(file: FileAnalyses, method: Scope) -> bool:
    """Whether a method mentions its object other than to reach an attribute of it, or to be entered."""
    receiver = receiver_of(method)
    own = receiver.name if receiver is not None else ""
    body = file.bodies.of(method)
    for node in ast.walk(method.node):
        if isinstance(node, ast.Name) and node.id == own:
            parent = next((outer for _, outer in body.around(node)), None)
            entered = method.name == "__enter__" and isinstance(parent, ast.Return)
            if not isinstance(parent, ast.Attribute) and not entered:
                return True
    return False


def _is_handed_on(file: FileAnalyses, name: str, scope: Scope) -> bool:
    """Whether a variable is mentioned other than to reach an attribute of what it holds."""
    owner = file.names.lookup(name, scope)
    for reference in file.source.references(name):
        is_variable = isinstance(reference.node, ast.Name) and reference.is_read
        if is_variable and file.names.lookup(name, reference.scope) is owner and not reference.attribute:
            return True
    return False


def finalizer(file: FileAnalyses, call: ast.AST, function: Scope) -> Finalizer:
    """What the file does with what the ``weakref.finalize(…)`` call in ``function`` returns."""
    for statement in file.names.statements_of(function):
        if isinstance(statement, ast.Expr) and statement.value is call:
            return Finalizer.LEFT_ALONE
        if isinstance(statement, ast.Assign) and statement.value is call:
            answers = {_mentions_of(file, target, function) for target in statement.targets}
            for answer in (Finalizer.CALLED, Finalizer.HANDED_ON):
                if answer in answers:
                    return answer
            return Finalizer.LEFT_ALONE
    return Finalizer.HANDED_ON


def _mentions_of(file: FileAnalyses, target: ast.expr, function: Scope) -> Finalizer:
    """What the mentions of a variable or an attribute do with the finalizer in it."""
    if not isinstance(target, (ast.Name, ast.Attribute)):
        return Finalizer.HANDED_ON
    word = target.id if isinstance(target, ast.Name) else target.attr
    handed_on = False
    for reference in file.source.references(word):
        node = reference.node
        if not isinstance(node, (ast.Name, ast.Attribute)) or not isinstance(node.ctx, ast.Load):
            continue
        if type(node) is not type(target):
            continue
        meant = file.names.lookup(word, function)
        if isinstance(node, ast.Name) and file.names.lookup(word, reference.scope) is not meant:
            continue
        if reference.call is not None:
            return Finalizer.CALLED
        if not _only_asks(reference):
            handed_on = True
    return Finalizer.HANDED_ON if handed_on else Finalizer.LEFT_ALONE


def _only_asks(reference: Reference) -> bool:
    """``if finalizer.alive``, or ``finalizer.detach()`` as a statement of its own."""
    parent, *around = reference.parents
    if not isinstance(parent, ast.Attribute):
        return False
    if parent.attr == "alive":
        return True
    return parent.attr == "detach" and len(around) > 1 and isinstance(around[1], ast.Expr)
