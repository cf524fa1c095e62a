"""Methods in whose place another one may run: a subclass of the file defines it anew, or has to define it.

::

    class Feed:
        def run(self):
            self.handle(self.receive())

        def handle(self, message):
            raise NotImplementedError
"""

from __future__ import annotations

import ast

from flake8_wsthreads.names.bound_once import bound_once
from flake8_wsthreads.names.evaluate import Names
from flake8_wsthreads.names.scopes import BindingKind, Scope
from flake8_wsthreads.names.values import Class, Instance
from flake8_wsthreads.source.syntax import body_of

_PROTOCOLS = frozenset({"typing.Protocol", "typing_extensions.Protocol"})


def may_be_another(names: Names, holder: ast.expr, method: Scope, scope: Scope) -> bool:
    """Whether a method of the object that ``holder`` stands for may be another one than the file shows for its class.

    Of an object that is made here the class is known.
    """
    of = _class_of(names, holder, scope)
    if of is None or _is_made(names, holder, scope):
        return False
    below = of.once(_bound_below, lambda: _bound_below(names, of))
    return method.name in below or _is_abstract(names, method)


def called_may_be_another(names: Names, called: ast.expr, method: Scope, scope: Scope) -> bool:
    """The same for the callee of a call: ``client.finish``. What has no object before it is what it is."""
    return isinstance(called, ast.Attribute) and may_be_another(names, called.value, method, scope)


def _bound_below(names: Names, of: Scope) -> frozenset[str]:
    """What the subclasses of a class bind, in this file."""
    below = (each for each in names.classes.descendants(of) if each is not of)
    return frozenset(name for each in below for name in each.bindings)


def _class_of(names: Names, holder: ast.expr, scope: Scope) -> Scope | None:
    """The class that the file shows for an object, or for the ``cls`` of a class method; None for all else."""
    value = names.evaluate(holder, scope)
    if isinstance(value, Instance):
        return value.of if isinstance(value.of, Scope) else None
    owner = names.lookup(holder.id, scope) if isinstance(value, Class) and isinstance(holder, ast.Name) else None
    if owner is None or not isinstance(value, Class) or not isinstance(holder, ast.Name):
        return None
    is_parameter = any(binding.kind is BindingKind.PARAMETER for binding in owner.bindings.get(holder.id, ()))
    return value.scope if is_parameter else None


def _is_made(names: Names, node: ast.expr, scope: Scope) -> bool:
    """Whether an expression makes the object, or a variable is bound to one that does: ``client = Client()``."""
    made, made_in = bound_once(names, node, scope)
    return isinstance(made, ast.Call) and isinstance(names.evaluate(made.func, made_in), Class)


def _is_abstract(names: Names, method: Scope) -> bool:
    """Whether a method is there to be defined by subclasses: it raises ``NotImplementedError``, or is decorated so."""
    owner = method.method_of
    if owner is not None and not _PROTOCOLS.isdisjoint(names.classes.foreign_bases(owner)):
        return True
    if any(name.startswith("abc.abstract") for name in names.decorators(method)):
        return True
    for statement in body_of(method.node):
        if isinstance(statement, ast.Raise):
            raised = statement.exc.func if isinstance(statement.exc, ast.Call) else statement.exc
            return names.qualified_name(raised, method) == "builtins.NotImplementedError"
        if not isinstance(statement, ast.Expr) or not isinstance(statement.value, ast.Constant):
            return False
    return False
