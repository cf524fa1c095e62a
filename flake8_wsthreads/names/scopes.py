"""What a scope is, and what it says of the names that it binds."""

from __future__ import annotations

import ast
import enum
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple

ComprehensionNode = ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp


class ScopeKind(enum.Enum):
    """What a scope is the body of."""

    MODULE = "module"
    CLASS = "class"
    FUNCTION = "function"
    """Of ``def`` and ``async def``, methods included."""
    LAMBDA = "lambda"
    COMPREHENSION = "comprehension"
    """Of all four kinds, generator expressions included. Its code runs in the function around it."""


class BindingKind(enum.Enum):
    """How a place binds a name. ``node`` is the one of the :class:`Binding`."""

    IMPORT = "import"
    """``import``, ``from … import``: ``qualified_name`` says what."""
    VALUE = "value"
    """``name = node``, also by the matching element of two displays: ``name, other = node, 1``."""
    FUNCTION = "function"
    """``def name``: ``node`` is the definition."""
    CLASS = "class"
    """``class name``: ``node`` is the definition."""
    PARAMETER = "parameter"
    """A parameter: ``node`` is its ``ast.arg``."""
    ENTERED = "entered"
    """``with node as name``."""
    ELEMENT = "element"
    """``for name in node``."""
    OTHER = "other"
    """Something that the file does not tell: an augmented assignment, ``except … as name``, a pattern, ``del``."""


class Binding(NamedTuple):
    """One place that binds a name. ``scope`` is the scope in which ``node`` is evaluated."""

    kind: BindingKind
    scope: Scope
    node: ast.AST | None = None
    qualified_name: str = ""
    annotation: ast.expr | None = None
    fallback: bool = False
    """It stands in a handler that catches a failed import."""


@dataclass(eq=False)
class Scope:
    """A scope and its bindings by name. Two scopes are equal only when they are the same."""

    kind: ScopeKind
    node: ast.AST
    parent: Scope | None
    name: str
    index: int
    reader: Callable[[Scope], None] | None = None
    """Reads the body of a function whose names nobody has asked for yet; None where they are bound as they are met."""
    star_imports: list[str] = field(default_factory=list)
    unit: Scope = field(init=False)
    """The function, lambda, class body or module whose code this scope's code runs in."""

    def __post_init__(self) -> None:
        inside = self.kind is ScopeKind.COMPREHENSION
        self.unit = self.parent.unit if self.parent is not None and inside else self
        if self.reader is None:
            self._bind_nothing()

    # Plain attributes once they are known: most functions of a file are never asked, and all others very often.

    @cached_property
    def bindings(self) -> dict[str, list[Binding]]:
        """The places that bind each name, in source order."""
        self.read()
        return self.bindings

    @cached_property
    def global_names(self) -> set[str]:
        """The names that the scope declares ``global``."""
        self.read()
        return self.global_names

    @cached_property
    def nonlocal_names(self) -> set[str]:
        """The names that the scope declares ``nonlocal``."""
        self.read()
        return self.nonlocal_names

    def read(self) -> None:
        """Make sure that the body of a function has been read."""
        reader, self.reader = self.reader, None
        if reader is not None:
            self._bind_nothing()
            reader(self)

    def _bind_nothing(self) -> None:
        self.bindings, self.global_names, self.nonlocal_names = {}, set(), set()

    def enclosing(self) -> Iterator[Scope]:
        """This scope and the scopes around it, innermost first."""
        scope: Scope | None = self
        while scope is not None:
            yield scope
            scope = scope.parent

    @property
    def enclosing_class(self) -> Scope | None:
        """The class that this scope is a method of, if it is one."""
        unit = self.unit
        parent = unit.parent
        if (
            unit.kind in (ScopeKind.FUNCTION, ScopeKind.LAMBDA)
            and parent is not None
            and parent.kind is ScopeKind.CLASS
        ):
            return parent
        return None

    @property
    def running_unit(self) -> Scope:
        """The function or module on whose thread this scope's code runs: a class body runs where it stands."""
        unit = self.unit
        while unit.kind is ScopeKind.CLASS and unit.parent is not None:
            unit = unit.parent.unit
        return unit

    @property
    def surrounding_class(self) -> Scope | None:
        """The class of the innermost method around this scope, itself included."""
        return next((outer.enclosing_class for outer in self.enclosing() if outer.enclosing_class is not None), None)

    @property
    def is_async(self) -> bool:
        """Whether it is a coroutine function: a call of it runs nothing until it is awaited."""
        return isinstance(self.node, ast.AsyncFunctionDef)
