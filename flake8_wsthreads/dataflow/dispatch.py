"""Which methods run when a method of the file calls another one on its own object: those of the object's class.

The summary of a method is made with the methods of its own class. On an object of a subclass that defines some of them
anew other threads may be started, or the threads may do something else: what runs is then not told.
"""

from __future__ import annotations

import ast

from flake8_wsthreads.cfg.instruction import CallFunction, Construct, Spawn
from flake8_wsthreads.names.evaluate import Names
from flake8_wsthreads.names.mentions import SourceIndex
from flake8_wsthreads.names.scopes import Scope
from flake8_wsthreads.names.values import Function, Instance, Super


class Dispatch:
    """Answers for the classes of one file whether a call runs methods of a subclass."""

    def __init__(self, names: Names, source: SourceIndex) -> None:
        self._names = names
        self._source = source

    def runs_other_methods(self, does: CallFunction | Construct | Spawn, syntax: ast.AST, scope: Scope) -> bool:
        """Whether a method is called on an object of a subclass that defines methods anew which its own class uses.

        ``scope`` is the function that the call, ``syntax``, stands in.
        """
        function = does.initializer if isinstance(does, Construct) else does.function
        if function is None or function.method_of is None:
            return False
        called_on = does.of if isinstance(does, Construct) else self._class_of_receiver(does, syntax, scope)
        return called_on is not None and self.redefines(called_on, function)

    def may_run_other_methods(self, method: Scope) -> bool:
        """Whether a class below the one of a method defines methods anew that the method's class uses."""
        own = method.method_of
        below = self._names.classes.descendants(own) if own is not None else []
        return any(self.redefines(each, method) for each in below)

    def redefines(self, below: Scope, method: Scope) -> bool:
        """Whether a class defines methods anew which the class of a method, above it, uses."""
        classes, own = self._names.classes, method.method_of
        if own is None or below is own:
            return False
        between = [each for each in classes.ancestors(below) if each is not own and own in classes.ancestors(each)]
        anew = {
            name
            for each in between
            for name in each.bindings
            if name not in ("__init__", method.name) and classes.own_method(each, name) is not None
        }
        return any(self._is_used_by(name, own) for name in anew)

    def _is_used_by(self, name: str, owner: Scope) -> bool:
        """Whether methods of a class mention a method of this name of their own object, or of their class."""
        above = self._names.classes.ancestors(owner)
        for reference in self._source.references(name):
            if reference.scope.surrounding_class in above:
                value = self._names.evaluate(reference.node, reference.scope)
                if isinstance(value, Function) and value.scope.method_of in above:
                    return True
        return False

    def _class_of_receiver(self, does: CallFunction | Spawn, syntax: ast.AST, scope: Scope) -> Scope | None:
        """The class of this file that a method is called on an object of: ``client.start()``, ``super().start()``."""
        if isinstance(does, Spawn) and does.start.instance_of is not None:
            return does.start.instance_of
        if isinstance(does, Spawn):
            callee: ast.AST | None = does.start.target
        else:
            callee = syntax.func if isinstance(syntax, ast.Call) else None
        # the manager of a with statement stands for the call of its __enter__
        value = self._names.evaluate(callee.value if isinstance(callee, ast.Attribute) else syntax, scope)
        if isinstance(value, Super):
            return scope.surrounding_class
        return value.of if isinstance(value, Instance) and isinstance(value.of, Scope) else None
