"""Functions and methods whose names the file does not mention: whether something else may find and run them."""

from __future__ import annotations

import ast
from functools import cached_property

from flake8_wsthreads.library import reports
from flake8_wsthreads.library.reporting import LOGGER_METHODS
from flake8_wsthreads.names.evaluate import Names
from flake8_wsthreads.names.mentions import Reference, SourceIndex
from flake8_wsthreads.names.scopes import Scope
from flake8_wsthreads.source.syntax import argument

# They find functions by a name that is an argument, at this position.
_BY_NAME = {"getattr": 1, "methodcaller": 0, "attrgetter": 0, "globals": 0}


class Unmentioned:
    """Answers for the functions of one file."""

    def __init__(self, names: Names, source: SourceIndex) -> None:
        self._names = names
        self._source = source
        self._given: dict[str, bool] = {}

    def is_found_by_name(self, function: Scope) -> bool:
        """``getattr(client, "read")``, ``getattr(self, "do_" + word)()``, ``globals()[word]()``."""
        found = self._found_by_name
        return found is None or function.name in found

    @cached_property
    def _found_by_name(self) -> frozenset[object] | None:
        """The names by which the file finds something as it runs; None where it finds functions by any name."""
        known: set[object] = set()
        for word, position in _BY_NAME.items():
            for reference in self._source.references(word):
                found = reference.around_call
                named = argument(reference.call, position) if reference.call is not None else None
                if isinstance(named, ast.Constant):
                    known.add(named.value)
                elif found is not None and self._is_called(found):
                    return None
        return frozenset(known)

    def _is_called(self, found: Reference) -> bool:
        """Whether what was found by a name is called, or may be: it is an argument, or a variable that is called."""
        if isinstance(found.parent, ast.Subscript) and len(found.parents) > 1:
            found = Reference(found.parent, found.parents[1:], found.scope)
        if isinstance(found.parent, (ast.Call, ast.keyword)):
            return True
        return any(mention.call is not None for name in _variables(found) for mention in self._source.references(name))

    def is_handed_on(self, made: Reference) -> bool:
        """Whether code that this file does not define gets an object that is made here: it may call its methods."""
        return self._is_given(made) or any(map(self._is_given_by_variable, _variables(made)))

    def _is_given_by_variable(self, name: str) -> bool:
        if name not in self._given:
            self._given[name] = any(map(self._is_given, self._source.references(name)))
        return self._given[name]

    def _is_given(self, reference: Reference) -> bool:
        """Whether a call of something that the file does not define gets what is mentioned."""
        taken_by = reference.taken_by
        if isinstance(reference.parent, ast.keyword):
            around = reference.parents[1]
            taken_by = around if isinstance(around, ast.Call) else None
        if taken_by is None:
            return False
        called = taken_by.func
        if self._names.evaluate(called, reference.scope) is None:
            return not (isinstance(called, ast.Attribute) and called.attr in LOGGER_METHODS)
        name = self._names.qualified_name(called, reference.scope)
        return bool(name) and not name.startswith("builtins.") and not reports(name)


def _variables(reference: Reference) -> list[str]:
    """The variables that an assignment binds to what is mentioned."""
    targets = reference.parent.targets if isinstance(reference.parent, ast.Assign) else []
    return [target.id for target in targets if isinstance(target, ast.Name)]
