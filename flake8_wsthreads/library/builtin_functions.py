"""Rows for what looks at its arguments, goes through them, or makes a container: builtins, and a few like them."""

from __future__ import annotations

from flake8_wsthreads.library.behaviour import Behaviour, Holds, Keeps, rows, united

ROWS = united(
    rows(
        Behaviour(keeps=Keeps.NOTHING),
        (
            "builtins.print", "builtins.len", "builtins.isinstance", "builtins.issubclass", "builtins.id",
            "builtins.repr", "builtins.str", "builtins.bool", "builtins.hasattr", "builtins.type", "builtins.callable",
            "builtins.format", "builtins.vars", "builtins.dir", "builtins.hash", "builtins.getattr", "builtins.ascii",
            "builtins.sum", "builtins.all", "builtins.any", "builtins.min", "builtins.max", "builtins.range",
        ),
    ),
    rows(
        Behaviour(keeps=Keeps.ELEMENTS),
        (
            "builtins.list", "builtins.tuple", "builtins.set", "builtins.frozenset", "builtins.sorted",
            "builtins.reversed", "builtins.enumerate", "builtins.zip", "builtins.iter", "builtins.dict",
        ),
    ),
    rows(
        Behaviour(holds=Holds.ELEMENTS),
        (
            "builtins.list", "builtins.dict", "builtins.set", "builtins.tuple", "collections.deque",
            "collections.OrderedDict", "collections.defaultdict", "queue.Queue", "queue.LifoQueue",
            "queue.SimpleQueue", "queue.PriorityQueue",
        ),
    ),
    rows(
        Behaviour(holds=Holds.ATTRIBUTES), ("types.SimpleNamespace", "argparse.Namespace", "threading.local")
    ),
    rows(Behaviour(holds=Holds.CALLBACKS), ("contextlib.ExitStack", "contextlib.AsyncExitStack")),
    rows(
        Behaviour(shows_variables=True), ("builtins.locals", "builtins.vars", "builtins.dir", "builtins.globals")
    ),
    rows(
        Behaviour(computes=True),
        (
            "builtins.abs", "builtins.all", "builtins.any", "builtins.bool", "builtins.dict", "builtins.divmod",
            "builtins.enumerate", "builtins.float", "builtins.frozenset", "builtins.int", "builtins.isinstance",
            "builtins.len", "builtins.list", "builtins.max", "builtins.min", "builtins.range", "builtins.repr",
            "builtins.reversed", "builtins.round", "builtins.set", "builtins.sorted", "builtins.str", "builtins.sum",
            "builtins.tuple", "builtins.type", "builtins.zip",
        ),
    ),
    # not all(), which stops at the first None
    rows(
        Behaviour(goes_through=True),
        (
            "builtins.list", "builtins.tuple", "builtins.set", "builtins.sorted", "collections.deque", "builtins.any",
            "builtins.sum", "builtins.max", "builtins.min",
        ),
    ),
)  # fmt: skip
