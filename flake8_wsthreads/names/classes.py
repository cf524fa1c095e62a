"""The classes of a file: what they inherit from, their methods, and what their methods assign to attributes."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator

from flake8_wsthreads.names.scope_tree import ScopeTree
from flake8_wsthreads.names.scopes import BindingKind, Scope, ScopeKind
from flake8_wsthreads.names.values import Class, Imported, Instance, Value


class Classes:
    """Answers questions about the classes of one file.

    ``evaluate`` says what an expression names in a scope, ``statements_of`` which statements run in a scope itself.
    """

    def __init__(
        self,
        scopes: ScopeTree,
        evaluate: Callable[[ast.AST | None, Scope], Value | None],
        statements_of: Callable[[Scope], list[ast.stmt]],
    ) -> None:
        self._scopes = scopes
        self._evaluate = evaluate
        self._statements_of = statements_of
        self._ancestors: dict[Scope, list[Scope]] = {}
        self._subclasses: dict[Scope, list[Scope]] | None = None
        self._descendants: dict[Scope, list[Scope]] = {}
        self._assigned: dict[tuple[Scope, str], list[tuple[ast.expr, Scope]]] = {}

    def bases(self, scope: Scope) -> list[Value | None]:
        """The bases of a class of this file, None for one that the file does not tell."""
        assert isinstance(scope.node, ast.ClassDef)
        values: list[Value | None] = []
        for base in scope.node.bases:
            expression = base.value if isinstance(base, ast.Subscript) else base
            values.append(self._evaluate(expression, scope.parent or scope))
        return values

    def ancestors(self, scope: Scope) -> list[Scope]:
        """The class and those of its bases that this file defines, nearest first."""
        known = self._ancestors.get(scope)
        if known is None:
            found = {scope: None}
            pending = [scope]
            for member in pending:
                for base in self.bases(member):
                    if isinstance(base, Class) and base.scope not in found:
                        found[base.scope] = None
                        pending.append(base.scope)
            known = self._ancestors[scope] = pending
        return known

    def descendants(self, scope: Scope) -> list[Scope]:
        """The class and the classes of this file that inherit from it, in source order."""
        if self._subclasses is None:
            self._subclasses = {}
            for inheriting in [*self._scopes.by_node.values()]:
                if inheriting.kind is ScopeKind.CLASS:
                    for base in self.bases(inheriting):
                        if isinstance(base, Class):
                            self._subclasses.setdefault(base.scope, []).append(inheriting)
        known = self._descendants.get(scope)
        if known is None:
            # downwards from the class: to ask each class for all above it costs the square of a long chain
            found = {scope: None}
            pending = [scope]
            for member in pending:
                for subclass in self._subclasses.get(member, ()):
                    if subclass not in found:
                        found[subclass] = None
                        pending.append(subclass)
            known = self._descendants[scope] = sorted(pending, key=lambda member: member.index)
        return known

    def foreign_bases(self, scope: Scope) -> list[str]:
        """The qualified names of the bases from other modules, anywhere above the class; "" for one not told."""
        return [
            base.name if isinstance(base, Imported) else ""
            for known in self.ancestors(scope)
            for base in self.bases(known)
            if not isinstance(base, Class)
        ]

    def inherits_from_object(self, scope: Scope) -> bool:
        """Whether nothing but ``object`` is above a class and those that it inherits from, for ``super()``.

        Of a class that is one of several bases, it may be another one of them.
        """
        if self.foreign_bases(scope):
            return False
        return all(len(self.bases(below)) <= 1 for below in self.descendants(scope))

    def method(self, scope: Scope, name: str) -> Scope | None:
        """The method of a class of this file, inherited ones included."""
        for known in self.ancestors(scope):
            found = self.own_method(known, name)
            if found is not None:
                return found
        return None

    def own_method(self, scope: Scope, name: str) -> Scope | None:
        """The method that the class itself defines (the first definition of a property that has a setter)."""
        for binding in scope.bindings.get(name, ()):
            if binding.kind is BindingKind.FUNCTION:
                assert isinstance(binding.node, ast.AST)
                return self._scopes.by_node[binding.node]
        return None

    def setter(self, scope: Scope, name: str) -> Scope | None:
        """The method that runs when an attribute of this name is assigned: ``@ws.setter``."""
        for known in self.ancestors(scope):
            for binding in known.bindings.get(name, ()):
                if isinstance(binding.node, ast.FunctionDef):
                    method = self._scopes.by_node[binding.node]
                    if self.is_setter(method):
                        return method
        return None

    def is_setter(self, method: Scope) -> bool:
        """Whether a method runs when an attribute is assigned."""
        decorators = getattr(method.node, "decorator_list", ())
        return any(isinstance(each, ast.Attribute) and each.attr == "setter" for each in decorators)

    def assigned(self, scope: Scope, name: str) -> list[tuple[ast.expr, Scope]]:
        """What the methods of a class, inherited ones included, assign to this attribute of their first parameter.

        Each with the method. What is asked for while it is collected sees nothing of it.
        """
        return [entry for known in self.ancestors(scope) for entry in self._assigned_by(known, name)]

    def _assigned_by(self, scope: Scope, name: str) -> list[tuple[ast.expr, Scope]]:
        known = self._assigned.get((scope, name))
        if known is None:
            self._assigned[scope, name] = []
            known = self._assigned[scope, name] = list(self._collect_assigned(scope, name))
        return known

    def _collect_assigned(self, scope: Scope, name: str) -> Iterator[tuple[ast.expr, Scope]]:
        assert isinstance(scope.node, ast.ClassDef)
        words = self._scopes.words
        if not words.lines_between(name, scope.node.lineno, scope.node.end_lineno or scope.node.lineno):
            return
        for bindings in scope.bindings.values():
            for binding in bindings:
                node = binding.node
                # most methods do not mention the attribute: their bodies need not be read
                if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) and words.lines_between(
                    name, node.lineno, node.end_lineno or node.lineno
                ):
                    yield from self._assigned_in(self._scopes.by_node[node], name)

    def _assigned_in(self, method: Scope, name: str) -> Iterator[tuple[ast.expr, Scope]]:
        for statement in self._statements_of(method):
            if isinstance(statement, ast.Assign):
                targets, value = statement.targets, statement.value
            elif isinstance(statement, ast.AnnAssign) and statement.value is not None:
                targets, value = [statement.target], statement.value
            else:
                continue
            for target in targets:
                if isinstance(target, ast.Attribute) and target.attr == name and isinstance(target.value, ast.Name):
                    if isinstance(self._evaluate(target.value, method), (Instance, Class)):
                        yield value, method
