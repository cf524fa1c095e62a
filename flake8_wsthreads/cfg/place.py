"""Places: where a value is kept."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import reduce

from flake8_wsthreads.names.scopes import Scope


@dataclass(frozen=True, eq=False)
class Variable:
    """A variable of a function, a class or the module."""

    name: str
    scope: Scope

    def __str__(self) -> str:
        return f"{self.name}@{self.scope.index}"


@dataclass(frozen=True, eq=False)
class Temporary:
    """The result of an expression of a function, until its statement ends."""

    function: Scope
    number: int

    def __str__(self) -> str:
        return f"#{self.function.index}.{self.number}"


@dataclass(frozen=True, eq=False)
class Returned:
    """What a function returns: while ``finally`` bodies around its ``return`` run, and where it is kept for good."""

    function: Scope

    def __str__(self) -> str:
        return f"#return.{self.function.index}"


@dataclass(frozen=True, eq=False)
class OpenBefore:
    """Not a value, but the answer to a question: was the connection open when this block of a function was entered?"""

    function: Scope
    number: int

    def __str__(self) -> str:
        return f"#before.{self.function.index}.{self.number}"


@dataclass(frozen=True, eq=False)
class SomeObject:
    """An object of a class of the file, or the module, that no variable of the function names."""

    of: Scope

    def __str__(self) -> str:
        return f"#object.{self.of.index}"


Root = Variable | Temporary | Returned | OpenBefore | SomeObject


@dataclass(frozen=True, eq=False)
class Place:
    """A variable, a result or an object, or a field of one: ``self.client.ws`` has the fields ``client`` and ``ws``.

    There is one of each, so that two are equal only when they are the same: what the paths know is looked up by places
    all the time. The functions below make them, and :meth:`member`.
    """

    root: Root
    fields: tuple[str, ...] = ()
    base: Place | None = field(default=None, repr=False)
    """What this is a field of."""
    _members: dict[str, Place] = field(default_factory=dict, repr=False)

    def __repr__(self) -> str:
        return ".".join((str(self.root), *self.fields))

    @property
    def variable(self) -> Variable | None:
        """The variable that this is, or that it is reached through."""
        return self.root if isinstance(self.root, Variable) else None

    @property
    def name(self) -> str:
        """The last name: of a field its own, of a variable its own, else empty."""
        if self.fields:
            return self.fields[-1]
        return self.root.name if isinstance(self.root, Variable) else ""

    @property
    def is_temporary(self) -> bool:
        """Whether no variable of the program is or leads to this."""
        return not isinstance(self.root, Variable)

    @property
    def whole(self) -> Place:
        """The variable, result or object that this is a field of; itself where it has no fields."""
        place = self
        while place.base is not None:
            place = place.base
        return place

    def member(self, name: str) -> Place:
        """A field of what is kept here."""
        known = self._members.get(name)
        if known is None:
            known = self._members[name] = Place(self.root, (*self.fields, name), self)
        return known

    def is_under(self, other: Place) -> bool:
        """Whether this is a field of what is kept in the other one, or a field of such a field."""
        if self.root is not other.root or len(self.fields) <= len(other.fields):
            return False
        return self.fields[: len(other.fields)] == other.fields

    def seen_from(self, old: Place, new: Place) -> Place:
        """The place below ``new`` that this one is below ``old``: ``client.ws`` is ``self.ws`` for the callee."""
        return reduce(Place.member, self.fields[len(old.fields) :], new)

    def depends_on(self, changed: Place) -> bool:
        """Whether something else may be kept here after ``changed`` was bound."""
        return self is changed or self.is_under(changed)


@dataclass(frozen=True)
class LastingPlace:
    """A place that outlives the function, as any function of the file may reach it.

    An attribute of some object of a class, or of the class itself; a variable of the module or of an enclosing
    function; what a function returned that keeps its result.
    """

    place: Place
    text: str = field(compare=False)
    """As the user wrote it."""

    @property
    def name(self) -> str:
        """The name of the attribute, of the variable, or of the function that keeps its result."""
        return self.place.root.function.name if isinstance(self.place.root, Returned) else self.place.name

    @property
    def holder(self) -> Scope:
        """The class, the module or the function that the name belongs to."""
        root = self.place.root
        if isinstance(root, SomeObject):
            return root.of
        if isinstance(root, Variable):
            return root.scope
        assert isinstance(root, Returned) and root.function.parent is not None
        return root.function.parent

    @property
    def is_of_objects(self) -> bool:
        """Whether each object of a class has one of its own."""
        return isinstance(self.place.root, SomeObject)

    @property
    def caching(self) -> Scope | None:
        """The function whose result it is, which ``functools.lru_cache`` keeps; None for all others."""
        return self.place.root.function if isinstance(self.place.root, Returned) else None


def variable(name: str, scope: Scope) -> Place:
    """The place of a variable of a scope."""
    return _one_of(scope, name, lambda: Variable(name, scope))


def attribute(name: str, owner: Scope) -> Place:
    """The place of an attribute of some object of a class."""
    return _one_of(owner, SomeObject, lambda: SomeObject(owner)).member(name)


def returned(function: Scope) -> Place:
    """The place of what a function returns."""
    return _one_of(function, Returned, lambda: Returned(function))


def _one_of(scope: Scope, key: object, root: Callable[[], Root]) -> Place:
    known: Place | None = scope.kept.get(key)
    if known is None:
        known = scope.kept[key] = Place(root())
    return known
