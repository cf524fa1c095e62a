"""The requirements on ``websockets`` as facts that a rule asks about: of a linted file, and of a project."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import replace

from flake8_wsthreads.facts import Model, Requirement
from flake8_wsthreads.target import TargetError
from flake8_wsthreads.target.specifier import read_alternatives
from flake8_wsthreads.target.stated_here import statements_in, uses_client_beside
from flake8_wsthreads.target.statement import Stated


def with_requirements(model: Model, tree: ast.Module, text: str, filename: str) -> Model:
    """The model of a file, and what the file itself requires, where the script or the project uses the client."""
    found = tuple(requirements_of(statements_in(tree, text, filename)))
    if not found or not (model.connections or uses_client_beside(filename)):
        return model
    return replace(model, requirements=found)


def requirements_of(statements: Iterator[Stated]) -> Iterator[Requirement]:
    """What statements require; a constraint or a lock file requires nothing, and what cannot be read says nothing."""
    for stated in statements:
        if stated.pinned or stated.narrows:
            continue
        try:
            allowed = read_alternatives(stated.specifier or "")
        except TargetError:
            continue
        yield Requirement(stated.location, stated.text, allowed)
