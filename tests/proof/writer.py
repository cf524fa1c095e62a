"""The pen of the generator: the lines of one function, and what each variable may hold where it is writing."""

from __future__ import annotations

import contextlib
import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

Item = TypeVar("Item")

UNBOUND, NONE, FALSE, OPEN, CLOSED = "unbound", "None", "False", "open", "closed"
"""What a variable may hold: nothing, None, another false value, an open connection, a closed one."""
States = dict[str, frozenset[str]]

CONNECTION_STATES = frozenset({OPEN, CLOSED})
ERRORS = ("ValueError", "KeyError", "OSError", "RuntimeError", "Boom")


@dataclass(frozen=True)
class Place:
    """Where the next statement stands."""

    depth: int = 0
    in_loop: bool = False
    may_jump: bool = True
    """False in an ``except*`` handler, where Python forbids return, break and continue."""
    kind: str = "function"
    """``function``, ``generator``, ``method`` or ``init``."""

    def inner(self, *, in_loop: bool | None = None, may_jump: bool | None = None) -> Place:
        """Return the place of a block inside this one."""
        return replace(
            self,
            depth=self.depth + 1,
            in_loop=self.in_loop if in_loop is None else in_loop,
            may_jump=self.may_jump if may_jump is None else may_jump,
        )


StatementWriter = Callable[["Writer", Place], "bool | None"]
"""Writes a statement and tells whether control goes on after it; None: not possible here, nothing was written."""


class Writer:
    """Collects the lines of a body, the helper functions it needs, and the names of the constructs it has shown."""

    def __init__(self, rng: random.Random, budget: int, names: Sequence[str]) -> None:
        self.rng = rng
        self.budget = budget
        self.names = tuple(names)
        self.lines: list[str] = []
        self.states: States = {}
        self.containers: dict[str, str] = {}
        self.flags: list[str] = []
        self.compared: list[str] = []
        """The variables that conditions compare with literals; each is bound."""
        self.listed = False
        """Whether there is a list that conditions ask about."""
        self.stack: str | None = None
        self.helpers: dict[str, str] = {}
        self.methods: dict[str, str] = {}
        """Methods beside the subject, where that is a method, too."""
        self.constructs: set[str] = set()
        self.excluded: frozenset[str] = frozenset()
        self.openings = 0
        self._indentation = 1
        self._numbers = 0
        self._histories: list[States] = []

    # Text

    def line(self, text: str) -> None:
        """Write one line at the current indentation."""
        self.lines.append("    " * self._indentation + text)

    @contextlib.contextmanager
    def indented(self) -> Iterator[None]:
        """Write what follows one level deeper."""
        self._indentation += 1
        yield
        self._indentation -= 1

    def number(self) -> int:
        """Return a number that no other step of this program has."""
        self._numbers += 1
        return self._numbers

    def shows(self, *constructs: str) -> None:
        """Note that the program has these constructs."""
        self.constructs.update(constructs)

    def chance(self, probability: float) -> bool:
        """Return True with this probability."""
        return self.rng.random() < probability

    def pick(self, items: Sequence[Item]) -> Item:
        """Return one of ``items``."""
        return self.rng.choice(items)

    def connect(self) -> str:
        """Return an opening call."""
        self.openings += 1
        return "connect(URL)"

    # Variables

    def state(self, name: str) -> frozenset[str]:
        """Return what a variable may hold here."""
        return self.states.get(name, frozenset({UNBOUND}))

    def bind(self, name: str, *states: str) -> None:
        """Note what a variable holds from here on."""
        self.states[name] = frozenset(states)
        for history in self._histories:
            history[name] = history.get(name, frozenset()) | self.states[name]

    def closes(self, name: str) -> None:
        """Note that the connection of this variable is closed from here on."""
        self.bind(name, *(CLOSED if state == OPEN else state for state in self.state(name)))

    def sure(self) -> list[str]:
        """Return the variables that certainly hold a connection."""
        return [name for name in self.names if self.state(name) <= CONNECTION_STATES]

    def guarded(self) -> list[str]:
        """Return the variables that are bound, and may hold a connection or a false value."""
        return [name for name in self.names if self._may_be_either(name)]

    def _may_be_either(self, name: str) -> bool:
        state = self.state(name)
        return UNBOUND not in state and OPEN in state and not state <= CONNECTION_STATES

    def open_ones(self, names: Sequence[str]) -> list[str]:
        """Return those of ``names`` that may be open."""
        return [name for name in names if OPEN in self.state(name)]

    def free_name(self) -> str:
        """Return a name to bind: rather one that holds nothing open."""
        unused = [name for name in self.names if OPEN not in self.state(name)]
        return self.pick(unused) if unused and not self.chance(0.15) else self.pick(self.names)

    @contextlib.contextmanager
    def history(self) -> Iterator[States]:
        """Collect all that variables hold at any point of a block, its beginning included."""
        collected = dict(self.states)
        self._histories.append(collected)
        before = dict(self.states)
        yield collected
        self._histories.pop()
        for name in collected:
            if name not in before:
                collected[name] |= {UNBOUND}


def joined(branches: Sequence[States | None]) -> States:
    """Return what variables may hold where branches meet; a branch that does not get there is None."""
    reached = [branch for branch in branches if branch is not None]
    names = {name for branch in reached for name in branch}
    nothing = frozenset({UNBOUND})
    return {name: frozenset().union(*(branch.get(name, nothing) for branch in reached)) for name in names}
