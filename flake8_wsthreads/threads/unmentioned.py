"""Functions and methods whose names the file does not mention: whether something else may find and run them."""

from __future__ import annotations

import ast

from flake8_wsthreads.library import reports
from flake8_wsthreads.library.reporting import LOGGER_METHODS
from flake8_wsthreads.names.evaluate import Names
from flake8_wsthreads.names.mentions import Reference, SourceIndex
from flake8_wsthreads.names.scopes import Scope
from flake8_wsthreads.source.syntax import argument

# They find functions by a name that is an argument, at this position.
_BY_NAME = {"getattr": 1, "methodcaller": 0, "attrgetter": 0, "globals": 0}


def is_found_by_name(source: SourceIndex, function: Scope) -> bool:
    """``getattr(client, "read")``, ``getattr(self, "do_" + word)()``, ``globals()[word]()``."""
    for word, position in _BY_NAME.items():
        for reference in source.references(word):
            found = reference.around_call
            named = argument(reference.call, position) if reference.call is not None else None
            if isinstance(named, ast.Constant):
                if named.value == function.name:
                    return True
            elif found is not None and _is_called(source, found):
                return True
    return False


def _is_called(source: SourceIndex, found: Reference) -> bool:
    """Whether what was found by a name is called, or may be: it is an argument, or in a variable that is called."""
    if isinstance(found.parent, ast.Subscript) and len(found.parents) > 1:
        found = Reference(found.parent, found.parents[1:], found.scope)
    if isinstance(found.parent, (ast.Call, ast.keyword)):
        return True
    return any(mention.call is not None for name in _variables(found) for mention in source.references(name))


def is_handed_on(names: Names, source: SourceIndex, made: Reference) -> bool:
    """Whether code that this file does not define gets an object that is made here: it may call its methods."""
    if _is_given(names, made):
        return True
    return any(_is_given(names, mention) for name in _variables(made) for mention in source.references(name))


def _variables(reference: Reference) -> list[str]:
    """The variables that an assignment binds to what is mentioned."""
    targets = reference.parent.targets if isinstance(reference.parent, ast.Assign) else []
    return [target.id for target in targets if isinstance(target, ast.Name)]


def _is_given(names: Names, reference: Reference) -> bool:
    """Whether a call of something that the file does not define gets what is mentioned."""
    taken_by = reference.taken_by
    if isinstance(reference.parent, ast.keyword):
        around = reference.parents[1]
        taken_by = around if isinstance(around, ast.Call) else None
    if taken_by is None:
        return False
    called = taken_by.func
    if names.evaluate(called, reference.scope) is None:
        return not (isinstance(called, ast.Attribute) and called.attr in LOGGER_METHODS)
    name = names.qualified_name(called, reference.scope)
    return bool(name) and not name.startswith("builtins.") and not reports(name)
