"""Whether a file is a program: it does something when it is run, and not only when others call what it defines."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence

from flake8_wsthreads.library import behaviour_of
from flake8_wsthreads.names.evaluate import Names
from flake8_wsthreads.names.scopes import Scope
from flake8_wsthreads.names.values import Class, Function, Instance
from flake8_wsthreads.source.syntax import walk

_DEFINITIONS = (ast.Import, ast.ImportFrom, ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)


def is_program(names: Names) -> bool:
    """Whether the top level of a file has ``if __name__ == "__main__":``, or calls something of the file."""
    if names.is_program is None:
        names.is_program = any(
            _runs_something(names, statement)
            for statement in _statements(getattr(names.scopes.module.node, "body", ()))
        )
    return names.is_program


def _statements(body: Sequence[ast.stmt]) -> Iterator[ast.stmt]:
    """The statements that run when a file is run, those inside other ones included."""
    for statement in body:
        if isinstance(statement, _DEFINITIONS):
            continue
        yield statement
        for field in ("body", "orelse", "finalbody"):
            yield from _statements(getattr(statement, field, ()))


def _runs_something(names: Names, statement: ast.stmt) -> bool:
    if isinstance(statement, ast.If):
        return any(isinstance(part, ast.Name) and part.id == "__name__" for part in walk(statement.test))
    if not isinstance(statement, ast.Expr):
        return False  # what an assignment keeps may be for those who import the file
    return any(isinstance(part, ast.Call) and _is_of_file(names, part.func) for part in walk(statement))


def _is_of_file(names: Names, function: ast.expr) -> bool:
    module = names.scopes.module
    if behaviour_of(names.qualified_name(function, module)).runs_program:
        return True
    while isinstance(function, (ast.Attribute, ast.Call)):
        function = function.value if isinstance(function, ast.Attribute) else function.func
    value = names.evaluate(function, module)
    return isinstance(value, (Function, Class)) or (isinstance(value, Instance) and isinstance(value.of, Scope))
