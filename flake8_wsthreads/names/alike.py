"""Which mentions of a variable or an attribute mean the same one."""

from __future__ import annotations

import ast
from collections.abc import Hashable

from flake8_wsthreads.names.evaluate import Names
from flake8_wsthreads.names.mentions import Reference, SourceIndex
from flake8_wsthreads.names.scopes import Scope
from flake8_wsthreads.names.values import Value
from flake8_wsthreads.source.syntax import last_name

_UNTOLD = None


class Alike:
    """Answers for one file: the mentions of each identifier, by the variable or the object that they are of."""

    def __init__(self, names: Names, source: SourceIndex) -> None:
        self._names = names
        self._source = source
        self._found: dict[str, dict[Hashable, list[Reference]]] = {}

    def to(self, node: ast.expr, scope: Scope) -> list[Reference]:
        """The mentions of the same variable, or of the attribute of the same object, as far as the file tells."""
        identity = self._identity(node, scope)
        return [] if identity is _UNTOLD else self._by_identity(last_name(node)).get(identity, [])

    def maybe_to(self, node: ast.expr, scope: Scope) -> list[Reference]:
        """The same, and those of which the file does not tell it; all of them where it does not tell of this one."""
        found = self._by_identity(last_name(node))
        identity = self._identity(node, scope)
        if identity is _UNTOLD:
            return [reference for references in found.values() for reference in references]
        return [*found.get(identity, ()), *found.get(_UNTOLD, ())]

    def on(self, value: Value, attribute: str) -> list[Reference]:
        """The mentions of an attribute of a value."""
        return self._by_identity(attribute).get(value, [])

    def _by_identity(self, identifier: str) -> dict[Hashable, list[Reference]]:
        found = self._found.get(identifier)
        if found is None:
            found = self._found[identifier] = {}
            for reference in self._source.references(identifier):
                found.setdefault(self._identity(reference.node, reference.scope), []).append(reference)
        return found

    def _identity(self, node: ast.expr, scope: Scope) -> Hashable:
        if isinstance(node, ast.Name):
            return self._names.lookup(node.id, scope)
        return self._names.evaluate(node.value, scope) if isinstance(node, ast.Attribute) else _UNTOLD
