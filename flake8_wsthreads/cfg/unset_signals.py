"""Events and flags that nothing in a program sets: a loop that waits for one of them has no end.

Said only of a program that runs by itself. Whoever imports a module may set what the module only asks about.
"""

from __future__ import annotations

import ast

from flake8_wsthreads.names.changes import BINDING_BY_NAME
from flake8_wsthreads.names.evaluate import Names
from flake8_wsthreads.names.mentions import Reference, SourceIndex
from flake8_wsthreads.names.scopes import BindingKind, Scope, ScopeKind
from flake8_wsthreads.names.script import is_program
from flake8_wsthreads.names.values import Instance
from flake8_wsthreads.source.syntax import first_parameter, last_name, walk

_EVENT = "threading.Event"
# What they do with an event sets nothing.
_ASKING = frozenset({"is_set", "wait", "clear"})
# They bind attributes and variables by names that are made when the program runs.
_SETTING_BY_NAME = (*BINDING_BY_NAME, "globals")
_BASES_WITHOUT_FLAGS = frozenset({"builtins.object", "threading.Thread"})


def signal_of(test: ast.expr) -> tuple[ast.expr, bool] | None:
    """The event or flag whose answer ends a loop with this condition, and whether it is an event; None without one.

    ``not stop.is_set()`` asks an event, ``self.running`` and ``not done`` ask a flag.
    """
    negated = isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not)
    signal = signal_asked(test.operand if isinstance(test, ast.UnaryOp) and negated else test)
    return signal if signal is not None and (negated or not signal[1]) else None


def signal_asked(condition: ast.AST) -> tuple[ast.expr, bool] | None:
    """The event or flag that a condition without ``not`` asks, and whether it is an event; None where it asks neither.
    """
    if isinstance(condition, ast.Call) and isinstance(condition.func, ast.Attribute):
        return (condition.func.value, True) if condition.func.attr in ("is_set", "wait") else None
    return (condition, False) if isinstance(condition, (ast.Name, ast.Attribute)) else None


def is_never_set(names: Names, source: SourceIndex, test: ast.expr, scope: Scope) -> bool:
    """Whether nothing in the program makes the condition of a loop false."""
    signal = signal_of(test)
    if signal is None or not is_program(names):
        return False
    node, is_event = signal
    if isinstance(node, ast.Attribute):
        if not _is_attribute_of_kept_object(names, source, node, scope):
            return False
    elif not isinstance(node, ast.Name) or not _is_plain_variable(names, node, scope):
        return False
    references = source.references(last_name(node))
    if is_event:
        event = names.evaluate(node, scope) == Instance(_EVENT)
        return event and all(_binds_or_asks(names, reference) for reference in references)
    goes_on_while = not isinstance(test, ast.UnaryOp)
    bindings = [reference for reference in references if not reference.is_read]
    by_name = any(source.references(word) for word in _SETTING_BY_NAME)
    return bool(bindings) and not by_name and all(_keeps_going(reference, goes_on_while) for reference in bindings)


def _is_plain_variable(names: Names, node: ast.Name, scope: Scope) -> bool:
    """Whether a name is a variable that assignments alone bind: no parameter, nothing imported."""
    owner = names.lookup(node.id, scope)
    bindings = owner.bindings[node.id] if owner is not None else ()
    return bool(bindings) and all(binding.kind is BindingKind.VALUE for binding in bindings)


def _is_attribute_of_kept_object(names: Names, source: SourceIndex, node: ast.Attribute, scope: Scope) -> bool:
    """Whether an attribute is one of an object of this file that no other file gets hold of."""
    value = names.evaluate(node.value, scope)
    if not isinstance(value, Instance) or not isinstance(value.of, Scope):
        return False
    holder = value.of
    if names.classes.method(holder, node.attr) is not None:
        return False
    if not _BASES_WITHOUT_FLAGS.issuperset(names.classes.foreign_bases(holder)):
        return False
    if len(names.classes.descendants(holder)) > 1 or len(names.classes.ancestors(holder)) > 1:
        return False
    return all(_only_uses_object(names, source, reference) for reference in source.references(holder.name)) and not any(
        _mentions_itself(method) for method in names.scopes.by_node.values() if method.method_of is holder
    )


def _only_uses_object(names: Names, source: SourceIndex, reference: Reference) -> bool:
    """``Listener(URL).start()``, or ``listener = Listener(URL)`` where the variable is only used for its attributes."""
    parents = reference.parents
    if len(parents) < 2 or reference.call is None:
        return False
    if isinstance(parents[1], (ast.Attribute, ast.Expr)):
        return True
    assignment = parents[1]
    target = assignment.targets[0] if isinstance(assignment, ast.Assign) and len(assignment.targets) == 1 else None
    if not isinstance(target, ast.Name):
        return False
    owner = names.lookup(target.id, reference.scope)
    return all(
        other.attribute
        for other in source.references(target.id)
        if isinstance(other.node, ast.Name)
        and other.is_read
        and names.lookup(target.id, other.scope) is owner
    )


def _mentions_itself(method: Scope) -> bool:
    """Whether a method mentions its object other than to reach an attribute of it."""
    first = first_parameter(method.node)
    if method.kind is not ScopeKind.FUNCTION or first is None:
        return False
    mentioned = reached = 0
    for part in walk(method.node):
        mentioned += isinstance(part, ast.Name) and part.id == first.arg
        reached += isinstance(part, ast.Attribute) and isinstance(part.value, ast.Name) and part.value.id == first.arg
    return mentioned > reached


def _binds_or_asks(names: Names, reference: Reference) -> bool:
    """Whether a mention of an event makes it, or asks it something."""
    if reference.is_read:
        return reference.attribute in _ASKING
    parent = reference.parent
    return (
        isinstance(parent, (ast.Assign, ast.AnnAssign))
        and names.evaluate(parent.value, reference.scope) == Instance(_EVENT)
    )


def _keeps_going(reference: Reference, goes_on_while: bool) -> bool:
    """Whether an assignment gives a flag a literal with which the loop goes on."""
    parent = reference.parent
    value = parent.value if isinstance(parent, (ast.Assign, ast.AnnAssign)) else None
    return isinstance(value, ast.Constant) and bool(value.value) is goes_on_while
