"""Places: where a value is kept."""

from __future__ import annotations

from dataclasses import dataclass, field

from flake8_wsthreads.names.scopes import Scope


@dataclass(frozen=True)
class Variable:
    """A variable of a function, a class or the module."""

    name: str
    scope: Scope

    def __str__(self) -> str:
        return f"{self.name}@{self.scope.index}"


@dataclass(frozen=True)
class Temporary:
    """The result of an expression of a function, until its statement ends."""

    function: Scope
    number: int

    def __str__(self) -> str:
        return f"#{self.function.index}.{self.number}"


@dataclass(frozen=True)
class Returned:
    """What a function returns: while ``finally`` bodies around its ``return`` run, and where it is kept for good."""

    function: Scope

    def __str__(self) -> str:
        return f"#return.{self.function.index}"


@dataclass(frozen=True)
class OpenBefore:
    """Not a value, but the answer to a question: was the connection open when this block of a function was entered?"""

    function: Scope
    number: int

    def __str__(self) -> str:
        return f"#before.{self.function.index}.{self.number}"


@dataclass(frozen=True)
class SomeObject:
    """An object of a class of the file, or the module, that no variable of the function names."""

    of: Scope

    def __str__(self) -> str:
        return f"#object.{self.of.index}"


Root = Variable | Temporary | Returned | OpenBefore | SomeObject


@dataclass(frozen=True)
class Place:
    """A variable, a result or an object, or a field of one: ``self.client.ws`` has the fields ``client`` and ``ws``."""

    root: Root
    fields: tuple[str, ...] = ()
    _root_hash: int = field(init=False, repr=False, compare=False)
    _hash: int = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        root = hash(self.root)
        object.__setattr__(self, "_root_hash", root)
        object.__setattr__(self, "_hash", hash((root, self.fields)))

    def __hash__(self) -> int:
        return self._hash  # the states of paths are looked up by what their places hold

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
        return Place(self.root) if self.fields else self

    @property
    def parent(self) -> Place:
        """What this is a field of; itself where it has no fields."""
        return Place(self.root, self.fields[:-1]) if self.fields else self

    def member(self, name: str) -> Place:
        """A field of what is kept here."""
        return Place(self.root, (*self.fields, name))

    def is_under(self, other: Place) -> bool:
        """Whether this is a field of what is kept in the other one, or a field of such a field."""
        if self._root_hash != other._root_hash or len(self.fields) <= len(other.fields):
            return False
        return self.root == other.root and self.fields[: len(other.fields)] == other.fields

    def seen_from(self, old: Place, new: Place) -> Place:
        """The place below ``new`` that this one is below ``old``: ``client.ws`` is ``self.ws`` for the callee."""
        return Place(new.root, (*new.fields, *self.fields[len(old.fields) :]))

    def depends_on(self, changed: Place) -> bool:
        """Whether something else may be kept here after ``changed`` was bound."""
        if self is changed:
            return True
        return self._root_hash == changed._root_hash and (self == changed or self.is_under(changed))


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
    return Place(Variable(name, scope))


def attribute(name: str, owner: Scope) -> Place:
    """The place of an attribute of some object of a class."""
    return Place(SomeObject(owner), (name,))
