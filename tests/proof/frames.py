"""The functions of a program that is being run, and what can be reached from them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from .fakes import Connection, Site


@dataclass
class Frame:
    """A function of the program that is being run."""

    called_at: Site | None
    function: Callable[..., Any]
    arguments: tuple[Any, ...]
    iterations: dict[int, int] = field(default_factory=dict)

    def still_reachable(self, raised: bool) -> list[Any]:
        """Return what outlives the function and is known to it: variables around it, and ``self`` for a method."""
        around = [cell.cell_contents for cell in self.function.__closure__ or () if _is_filled(cell)]
        code = self.function.__code__
        if code.co_varnames[:1] == ("self",):
            # A new object: nobody has it when its __init__ or __enter__ raises.
            if not (raised and code.co_name in ("__init__", "__enter__")):
                around.append(self.arguments[0])
        return around


def connections_in(roots: Any) -> Iterator[Connection]:
    """Yield the connections that can be reached from ``roots`` through containers and plain objects."""
    waiting: list[Any] = list(roots)
    seen: set[int] = set()
    while waiting:
        value = waiting.pop()
        if id(value) in seen:
            continue
        seen.add(id(value))
        if isinstance(value, Connection):
            yield value
        elif isinstance(value, (list, tuple, set, frozenset)):
            waiting.extend(value)
        elif isinstance(value, dict):
            waiting.extend(value.values())
        elif type(value).__module__ == "program":
            waiting.extend(vars(value).values())


def _is_filled(cell: Any) -> bool:
    try:
        cell.cell_contents
    except ValueError:
        return False
    return True
