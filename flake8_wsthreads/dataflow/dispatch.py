"""Which methods run when a method of the file calls another one on its own object: those of the object's class."""

from __future__ import annotations

import ast

from flake8_wsthreads.cfg.instruction import CallFunction, Construct
from flake8_wsthreads.names.evaluate import Names
from flake8_wsthreads.names.mentions import SourceIndex
from flake8_wsthreads.names.scopes import Scope
from flake8_wsthreads.names.values import Function, Instance, Super


def runs_other_methods(
    names: Names, source: SourceIndex, does: CallFunction | Construct, syntax: ast.AST, scope: Scope
) -> bool:
    """Whether a method is called on an object of a subclass that defines methods anew which the method's class uses.

    The summary of a method is made with the methods of its own class: which threads it starts there, and what they do,
    is then not told. ``scope`` is the function that the call, ``syntax``, stands in.
    """
    function = does.initializer if isinstance(does, Construct) else does.function
    if function is None or function.method_of is None:
        return False
    defined_in = function.method_of
    called_on = does.of if isinstance(does, Construct) else _class_of_receiver(names, syntax, scope)
    if called_on is None or called_on is defined_in:
        return False
    below = [each for each in names.classes.ancestors(called_on) if defined_in in names.classes.ancestors(each)]
    anew = {
        name
        for each in below
        if each is not defined_in
        for name in each.bindings
        if name not in ("__init__", function.name) and names.classes.own_method(each, name) is not None
    }
    return any(_is_used_by(names, source, name, defined_in) for name in anew)


def _is_used_by(names: Names, source: SourceIndex, name: str, owner: Scope) -> bool:
    """Whether methods of a class mention a method of this name of their own object, or of their class."""
    above = names.classes.ancestors(owner)
    for reference in source.references(name):
        if reference.scope.surrounding_class in above:
            value = names.evaluate(reference.node, reference.scope)
            if isinstance(value, Function) and value.scope.method_of in above:
                return True
    return False


def _class_of_receiver(names: Names, syntax: ast.AST, scope: Scope) -> Scope | None:
    """The class of this file that a method is called on an object of: ``client.start()``, ``super().start()``."""
    callee = syntax.func if isinstance(syntax, ast.Call) else None
    # the manager of a with statement stands for the call of its __enter__
    receiver = callee.value if isinstance(callee, ast.Attribute) else syntax
    value = names.evaluate(receiver, scope)
    if isinstance(value, Super):
        return scope.surrounding_class
    return value.of if isinstance(value, Instance) and isinstance(value.of, Scope) else None
