"""What a path knows at a step, and what conditions can learn from it."""

from __future__ import annotations

from dataclasses import dataclass

from flake8_wsthreads.flow.graph import (
    Basic,
    Callback,
    Closing,
    Element,
    Known,
    Member,
    Operand,
    Pack,
    Raised,
    Slot,
)


@dataclass(frozen=True)
class BoundMethod:
    """A method of the connection as a value: ``ws.close``."""

    name: str


AbstractValue = Basic | BoundMethod
Environment = dict[str, AbstractValue]
Pending = tuple[int | Raised, ...]

_HOLDING = {Basic.CONNECTION, Basic.CONTAINS, Basic.CLOSING}
_TRUE = {Basic.TRUE, Basic.TRUTHY, Basic.OBJECT, Basic.CONNECTION, Basic.CONTAINS, Basic.CLOSING}
_FALSE = {Basic.NONE, Basic.FALSE, Basic.FALSY, Basic.EMPTY}


class Phase:
    """How far a thread is that was given the connection."""

    CREATED = 0
    STARTED = 1
    """Started, and nothing since has waited for anything."""
    WAITED = 2
    """Started, and something since may have waited for it."""


@dataclass(frozen=True)
class State:
    """A path at a step. The environment is never changed in place."""

    environment: Environment
    pending: Pending = ()
    lost: bool = False
    """Nothing on this path can reach the connection any more."""
    entered: bool = False
    late: bool = False
    """A close at interpreter exit is registered."""
    threads: tuple[tuple[int, int], ...] = ()
    """The steps that handed the connection to a thread, each with its phase."""

    @property
    def key(self) -> object:
        """Equal for states from which the paths go on alike."""
        return (frozenset(self.environment.items()), self.pending, self.lost, self.entered, self.late, self.threads)

    def with_pending(self, pending: Pending) -> State:
        """The same with another stack of continuations."""
        if pending == self.pending:
            return self
        return State(self.environment, pending, self.lost, self.entered, self.late, self.threads)

    def with_environment(self, environment: Environment) -> State:
        """The same with other variables."""
        return State(environment, self.pending, self.lost, self.entered, self.late, self.threads)

    def with_threads(self, threads: tuple[tuple[int, int], ...]) -> State:
        """The same with other threads."""
        if threads == self.threads:
            return self
        return State(self.environment, self.pending, self.lost, self.entered, self.late, threads)


def holds(value: AbstractValue) -> bool:
    """Whether the connection can be reached through a value."""
    return value in _HOLDING or isinstance(value, BoundMethod)


def value_of(operand: Operand, environment: Environment) -> AbstractValue:
    """What an operand is on a path."""
    if isinstance(operand, Slot):
        return environment.get(operand.name, Basic.UNKNOWN)
    if isinstance(operand, Known):
        return operand.value
    if isinstance(operand, Member):
        if operand.slot in environment:
            return environment[operand.slot]
        return BoundMethod(operand.name) if value_of(operand.base, environment) is Basic.CONNECTION else Basic.UNKNOWN
    if isinstance(operand, Element):
        base = value_of(operand.base, environment)
        return Basic.CONNECTION if base is Basic.CONTAINS else Basic.UNKNOWN
    if isinstance(operand, Pack):
        if any(holds(value_of(item, environment)) for item in operand.items):
            return Basic.CONTAINS
        if not operand.items:
            return Basic.EMPTY
        return Basic.UNKNOWN if any(isinstance(item, Element) for item in operand.items) else Basic.OBJECT
    if isinstance(operand, Closing):
        return Basic.CLOSING if value_of(operand.base, environment) is Basic.CONNECTION else Basic.OBJECT
    assert isinstance(operand, Callback)
    return Basic.CONTAINS if any(holds(value_of(item, environment)) for item in operand.bound) else Basic.OBJECT


def truth(value: AbstractValue) -> bool | None:
    """Whether a value is true, None where that is not known."""
    if value in _TRUE or isinstance(value, BoundMethod):
        return True
    return False if value in _FALSE else None


def is_none(value: AbstractValue) -> bool | None:
    """Whether a value is None, None where that is not known."""
    if value is Basic.NONE:
        return True
    return None if value in (Basic.UNKNOWN, Basic.FALSY) else False


def learned(kind: str, outcome: bool, value: AbstractValue) -> AbstractValue:
    """What is known of a variable after a condition asked about it."""
    if kind == "none":
        return Basic.NONE if outcome else Basic.NOT_NONE if value is Basic.UNKNOWN else value
    if value is Basic.NOT_NONE:
        return Basic.TRUTHY if outcome else value
    return Basic.TRUTHY if outcome else Basic.FALSY
