"""What the methods of containers, queues and texts do, by their names."""

from __future__ import annotations

ADDING = frozenset(
    {"append", "add", "insert", "extend", "update", "setdefault", "put", "put_nowait", "appendleft", "__setitem__"}
)
"""They put what they are given into it."""
FILLING = ADDING - {"extend", "update"}
"""After them it is not empty."""
QUEUE = frozenset({"put", "put_nowait"})
"""They put it into a queue, for whoever takes it out."""
TAKING_OUT = frozenset({"pop", "popleft", "popitem"})
CHANGING = ADDING | TAKING_OUT | {"clear", "remove", "discard", "reverse", "sort"}
"""What is in it, or in which order, is something else afterwards."""
LOOKING_UP = frozenset({"get", "get_nowait", "setdefault", "__getitem__"})
"""They return something that is in it, and may raise when it is not."""
KEYED = frozenset({"get", "pop", "setdefault"})
"""The key is their first argument."""
YIELDING_ELEMENTS = TAKING_OUT | LOOKING_UP - {"__getitem__"}
"""They return something that is in it."""
LOOKING = frozenset(
    {"get", "keys", "values", "items", "copy", "index", "count", "__getitem__", "startswith", "endswith"}
)
"""They leave it as it is."""
VIEWS = frozenset({"values", "items", "copy"})
"""What they return has the same things in it."""
SURVEYING = VIEWS | {"keys", "count"}
"""They look at all that is in it, and do not raise."""
MODULES = frozenset({
    "asyncio", "builtins", "collections", "contextvars", "multiprocessing", "queue", "threading", "types", "weakref",
})  # fmt: skip
"""The modules of the standard library whose callables make new containers."""
OF_TEXTS = frozenset({"startswith", "endswith", "lower", "upper", "strip", "split", "partition", "replace", "format"})
"""Who has one of these is a text, and no connection."""
