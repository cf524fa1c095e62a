"""One place of a project that states which releases of ``websockets`` it allows."""

from __future__ import annotations

from dataclasses import dataclass

from flake8_wsthreads.finding import Location


@dataclass(frozen=True)
class Stated:
    """What a metadata file says of ``websockets``, as it stands there."""

    text: str
    """The requirement or the version as it is written: ``websockets>=12``, ``^13.1``, ``13.1``."""
    specifier: str | None
    """The releases that it allows, as a PEP 440 specifier set; alternatives with ``||`` between them.

    An empty text, or None for a URL or a repository, allows every release.
    """
    location: Location
    pinned: bool = False
    """A lock file: it holds what was installed, not what the project promises."""
    narrows: bool = False
    """A constraint: it says nothing of whether the project needs the package, and narrows what others allow."""


Located = tuple[str, Stated]
"""What is stated, with the absolute path of its file."""


@dataclass(frozen=True)
class Said:
    """What the files of one directory say, and the paths of all that were looked at for it."""

    stated: tuple[Located, ...]
    paths: tuple[str, ...]
