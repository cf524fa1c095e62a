"""What a scope is, and what it says of the names that it binds."""

from __future__ import annotations

import ast
import enum
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple, TypeVar

Made = TypeVar("Made")
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
    """Reads the body of a function that nobody has asked for yet; None once it has been read, and for all others."""
    bindings: dict[str, list[Binding]] = field(default_factory=dict)
    global_names: set[str] = field(default_factory=set)
    nonlocal_names: set[str] = field(default_factory=set)
    star_imports: list[str] = field(default_factory=list)
    kept: dict[object, Any] = field(default_factory=dict, repr=False)
    """What other passes have of the scope one of each: its places, and what they have found out about its code."""
    function: Scope = field(init=False)
    """The function, lambda, class body or module whose code this scope's code runs in."""

    def __post_init__(self) -> None:
        inside = self.kind is ScopeKind.COMPREHENSION
        self.function = self.parent.function if self.parent is not None and inside else self

    def once(self, key: object, make: Callable[[], Made]) -> Made:
        """What is kept of the scope under a key; made when it is first asked for."""
        if key not in self.kept:
            self.kept[key] = make()
        made: Made = self.kept[key]
        return made

    def read(self) -> Scope:
        """The scope itself, the body of a function having been read.

        Who has a function by its definition calls it first. Who came to a scope by what is in it need not.
        """
        reader, self.reader = self.reader, None
        if reader is not None:
            reader(self)
        return self

    def enclosing(self) -> Iterator[Scope]:
        """This scope and the scopes around it, innermost first."""
        scope: Scope | None = self
        while scope is not None:
            yield scope
            scope = scope.parent

    @property
    def method_of(self) -> Scope | None:
        """The class that this scope is a method of, if it is one."""
        function = self.function
        parent = function.parent
        if (
            function.kind in (ScopeKind.FUNCTION, ScopeKind.LAMBDA)
            and parent is not None
            and parent.kind is ScopeKind.CLASS
        ):
            return parent
        return None

    @property
    def running_function(self) -> Scope:
        """The function or module on whose thread this scope's code runs: a class body runs where it stands."""
        function = self.function
        while function.kind is ScopeKind.CLASS and function.parent is not None:
            function = function.parent.function
        return function

    @property
    def surrounding_class(self) -> Scope | None:
        """The class of the innermost method around this scope, itself included."""
        return next((outer.method_of for outer in self.enclosing() if outer.method_of is not None), None)

    @property
    def is_async(self) -> bool:
        """Whether it is a coroutine function: a call of it runs nothing until it is awaited."""
        return isinstance(self.node, ast.AsyncFunctionDef)
