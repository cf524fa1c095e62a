"""The files of a directory that may say something of ``websockets``, and the reader of each."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Iterator

from flake8_wsthreads.target.metadata import (
    conda_environment,
    hatch,
    pipfile,
    pipfile_lock,
    pixi,
    pyproject,
    requirements_file,
    setup_cfg,
    setup_py,
    setuptools_dynamic,
    toml_locks,
)
from flake8_wsthreads.target.metadata.text_file import TextFile, read_text
from flake8_wsthreads.target.statement import Located, Said, Stated

Read = Callable[[TextFile], Iterator[Stated]]
DECLARING: dict[str, Read] = {
    "pyproject.toml": pyproject.read,
    "setup.cfg": setup_cfg.read,
    "setup.py": setup_py.read,
    "Pipfile": pipfile.read,
    "environment.yml": conda_environment.read,
    "environment.yaml": conda_environment.read,
    "hatch.toml": hatch.read_file,
    "pixi.toml": pixi.read_file,
}
LOCKING: dict[str, Read] = {
    "uv.lock": toml_locks.read,
    "poetry.lock": toml_locks.read,
    "pdm.lock": toml_locks.read,
    "pylock.toml": toml_locks.read,
    "Pipfile.lock": pipfile_lock.read,
}
_LEADING_ON: dict[str, Callable[[str, str], Iterator[str]]] = {
    "pyproject.toml": setuptools_dynamic.files_named,
    "setup.cfg": setup_cfg.files_named,
}
"""The files that may say that requirements stand in other files, and who knows in which."""
_REQUIREMENTS = re.compile(r"requirements.*\.(txt|in)|.*requirements\.(txt|in)")
_NAMED_PYLOCK = re.compile(r"pylock\.[^.]+\.toml")
_FOLDER = "requirements"


def is_metadata(name: str) -> bool:
    """Whether a file of this name, or a folder, may say something."""
    return (
        name in DECLARING
        or name in LOCKING
        or name == _FOLDER
        or _REQUIREMENTS.fullmatch(name) is not None
        or _NAMED_PYLOCK.fullmatch(name) is not None
    )


def reader_of(name: str) -> Read:
    """Who reads a declaring file of this name; a name that nobody knows is that of a requirements file."""
    return DECLARING.get(name, requirements_file.read)


def read_directory(directory: str, names: Iterable[str], root: Callable[[], str]) -> Said:
    """What the files of these names in a directory state; ``root`` gives what bounds the files they lead to."""
    stated: list[Located] = []
    paths: list[str] = []
    requirements: list[str] = []
    for name in names:
        path = os.path.join(directory, name)
        if name == _FOLDER:
            requirements.extend(os.path.join(path, inner) for inner in _listed(path) if inner.endswith((".txt", ".in")))
        elif _REQUIREMENTS.fullmatch(name) is not None:
            requirements.append(path)
        else:
            paths.append(path)
            locking = name not in DECLARING
            reader = DECLARING.get(name) or LOCKING.get(name, toml_locks.read)
            leads_on = _LEADING_ON.get(name)
            file = read_text(path, lock=locking, any_words=leads_on is not None)
            if file is not None and file.names_package:
                stated.extend((path, entry) for entry in reader(file))
            if file is not None and leads_on is not None:
                requirements.extend(leads_on(directory, file.text))
    if requirements:
        found = requirements_file.read_all(dict.fromkeys(requirements), root())
        stated.extend(found.stated)
        paths.extend(found.paths)
    return Said(tuple(stated), tuple(paths))


def _listed(directory: str) -> list[str]:
    try:
        return sorted(os.listdir(directory))
    except OSError:
        return []
