"""How package names and requirements are read, whichever file they stand in."""

from __future__ import annotations

import re
from collections.abc import Iterator

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

from flake8_wsthreads.target.metadata.text_file import TextFile
from flake8_wsthreads.target.statement import Stated

PACKAGE = "websockets"
_EGG = re.compile(r"[#&]egg=([\w.-]+)")


def is_package(name: object) -> bool:
    """Whether a name is that of the package in any spelling: ``WebSockets`` is the same package (PEP 503)."""
    return isinstance(name, str) and canonicalize_name(name) == PACKAGE


def stated_requirement(file: TextFile, text: str, narrows: bool = False) -> Iterator[Stated]:
    """What a requirement says of the package; nothing where it is on another one, or no requirement.

    Extras and markers do not count: what a project needs under some condition it allows. A URL or a repository allows
    every release.
    """
    if PACKAGE not in text.lower():
        return
    try:
        requirement = Requirement(text)
    except InvalidRequirement:
        egg = _EGG.search(text)
        if egg is not None and is_package(egg[1]):
            yield Stated(text, None, file.locate(text), narrows=narrows)
        return
    if is_package(requirement.name):
        specifier = None if requirement.url else str(requirement.specifier)
        yield Stated(text, specifier, file.locate(text), narrows=narrows)
