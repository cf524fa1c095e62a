"""What code of other modules does, as data: one row for each callable that matters to a connection.

Whoever wants to teach the plugin another library adds a row here and a case in ``tests/cases/library.md``.
"""

from __future__ import annotations

from collections.abc import Iterable

from flake8_wsthreads.library import (
    builtin_functions,
    builtin_values,
    callbacks,
    concurrency,
    control,
    decorators,
    endings,
    reporting,
    stdlib,
)
from flake8_wsthreads.library.behaviour import UNKNOWN, Behaviour, united
from flake8_wsthreads.library.methods import METHODS

_ROWS = united(
    stdlib.ROWS,
    builtin_functions.ROWS,
    builtin_values.ROWS,
    reporting.ROWS,
    callbacks.ROWS,
    concurrency.ROWS,
    control.ROWS,
    decorators.ROWS,
    endings.ROWS,
)
METHOD_NAMES = frozenset(name.rpartition(".")[2] for name in _ROWS)
"""A callable of another name has no row."""


def _parted(names: Iterable[str]) -> tuple[tuple[str, str], ...]:
    """The packages that names stand in, each with the last part of the name."""
    return tuple(sorted({(name.partition(".")[0], name.rpartition(".")[2]) for name in names}))


STARTERS = _parted(name for name, row in _ROWS.items() if row.leads_to_other_threads)
"""The packages, each with the names in it, by which code reaches other threads and processes."""
REPLACERS = _parted(name for name, row in _ROWS.items() if row.replaces_threads)
"""The packages, each with the names in it, that put their own threads in the place of the interpreter's."""


def behaviour_of(name: str) -> Behaviour:
    """What the callable with this qualified name does: ``threading.Event.set``; ``UNKNOWN`` without a row."""
    return _ROWS.get(name, UNKNOWN)


def reports(name: str) -> bool:
    """Whether a call of the callable with this qualified name only says something: it keeps nothing, and goes on."""
    owner, _, method = name.rpartition(".")
    return behaviour_of(name).reports or (method in reporting.LOGGER_METHODS and behaviour_of(owner).gives_logger)


def behaviour_of_method(name: str) -> Behaviour:
    """What a method of this name does, of an object whose class the file does not tell; ``UNKNOWN`` without a row."""
    return METHODS.get(name, UNKNOWN)
