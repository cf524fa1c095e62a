"""The requirements on ``websockets`` as facts that a rule asks about: of a linted file, and of a project."""

from __future__ import annotations

import ast
import os
from collections.abc import Iterable
from dataclasses import replace

from flake8_wsthreads.facts import Model, Requirement
from flake8_wsthreads.finding import Finding
from flake8_wsthreads.rules import WST401, find
from flake8_wsthreads.target import Target, TargetError
from flake8_wsthreads.target.discovery import Discovery
from flake8_wsthreads.target.metadata.formats import reader_of
from flake8_wsthreads.target.metadata.text_file import TextFile
from flake8_wsthreads.target.specifier import read_alternatives
from flake8_wsthreads.target.stated_here import is_setup_file, statements_in, uses_client_beside
from flake8_wsthreads.target.statement import Located, Stated


def with_requirements(model: Model, tree: ast.Module, text: str, filename: str) -> Model:
    """The model of a file, and what the file itself requires, where the script or the project uses the client."""
    found = tuple(requirements_of(statements_in(tree, text, filename)))
    uses_client = bool(model.connections) or (is_setup_file(filename) and bool(found) and uses_client_beside(filename))
    return replace(model, requirements=found) if uses_client else model


def requirements_of(statements: Iterable[Stated]) -> Iterable[Requirement]:
    """What statements require; a constraint or a lock file requires nothing, and what cannot be read says nothing."""
    for stated in statements:
        if stated.pinned or stated.narrows:
            continue
        try:
            allowed = read_alternatives(stated.specifier or "")
        except TargetError:
            continue
        yield Requirement(stated.location, stated.text, allowed)


def project_findings(directories: Iterable[str]) -> list[tuple[str, Finding]]:
    """WST401 for the metadata files of the projects of some directories, each with the absolute path of its file.

    A project is the nearest one that names ``websockets``, from an absolute directory upwards. Nothing is found
    where no Python file in or below its directory uses the synchronous client. flake8 lints Python files and shows
    none of these: they are for a command that prints them.
    """
    discovery = Discovery()
    projects: dict[str, list[Located]] = {}
    for directory in directories:
        for place, stated in discovery.statements(directory):
            declared = [(path, entry) for path, entry in stated if not entry.pinned]
            if declared:
                projects[place] = declared
                break
    return [found for place, declared in projects.items() for found in _findings_in(place, declared)]


def findings_in_metadata(path: str, text: str) -> list[Finding]:
    r"""WST401 for what a metadata file states itself, whatever its project does. Lines of the text end with ``\n``."""
    stated = reader_of(os.path.basename(path))(TextFile(path, text))
    model = Model((), requirements=tuple(requirements_of(stated)))
    return find(model, Target(), [WST401])


def _findings_in(place: str, declared: list[Located]) -> Iterable[tuple[str, Finding]]:
    """The findings of one project, whose directory is ``place``."""
    if uses_client_beside(os.path.join(place, "setup.py")):
        for path in dict.fromkeys(path for path, _ in declared):
            required = requirements_of(entry for other, entry in declared if other == path)
            model = Model((), requirements=tuple(required))
            for finding in find(model, Target(), [WST401]):
                yield path, finding
