"""Rows for builtins that look at what they are given, or put its elements into a new container."""

from __future__ import annotations

from flake8_wsthreads.library.behaviour import Behaviour, Keeps, rows

ROWS: dict[str, Behaviour] = {
    **rows(
        Behaviour(keeps=Keeps.NOTHING),
        (
            "builtins.print", "builtins.len", "builtins.isinstance", "builtins.issubclass", "builtins.id",
            "builtins.repr", "builtins.str", "builtins.bool", "builtins.hasattr", "builtins.type", "builtins.callable",
            "builtins.format", "builtins.vars", "builtins.dir", "builtins.hash", "builtins.getattr", "builtins.ascii",
            "builtins.sum", "builtins.all", "builtins.any", "builtins.min", "builtins.max", "builtins.range",
        ),
    ),
    **rows(
        Behaviour(keeps=Keeps.ELEMENTS),
        (
            "builtins.list", "builtins.tuple", "builtins.set", "builtins.frozenset", "builtins.sorted",
            "builtins.reversed", "builtins.enumerate", "builtins.zip", "builtins.iter", "builtins.dict",
        ),
    ),
}  # fmt: skip
