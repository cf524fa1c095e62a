"""What an expression can name: the values that the analysis tells apart."""

from __future__ import annotations

import ast
from dataclasses import dataclass

from flake8_wsthreads.names.scopes import Scope


@dataclass(frozen=True)
class Imported:
    """Something of another module, by its qualified name."""

    name: str


@dataclass(frozen=True)
class Constant:
    """A literal: None, a truth value, a number or a string."""

    value: object


@dataclass(frozen=True)
class Class:
    """A class of this file."""

    scope: Scope


@dataclass(frozen=True)
class Instance:
    """An object: of a class of this file, or what a call of an imported callable returned (by its qualified name)."""

    of: Scope | str


@dataclass(frozen=True)
class Function:
    """A function or lambda of this file; ``receiver`` is what its first parameter is bound to, if anything."""

    scope: Scope
    receiver: Instance | Class | None = None


@dataclass(frozen=True)
class Super:
    """``super()`` in a method of the class."""

    scope: Scope


@dataclass(frozen=True)
class Method:
    """A method of an object that another module made: ``pool.submit``, ``loop.run_in_executor``."""

    of: str
    name: str

    @property
    def qualified_name(self) -> str:
        """As if it were called on the class: ``concurrent.futures.ThreadPoolExecutor.submit``."""
        return f"{self.of}.{self.name}"


@dataclass(frozen=True)
class Partial:
    """``functools.partial(function, …)``: the call that made it and the scope of its arguments."""

    function: Value
    call: ast.Call
    scope: Scope


Value = Imported | Constant | Class | Instance | Function | Super | Method | Partial
