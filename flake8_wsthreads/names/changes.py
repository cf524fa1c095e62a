"""What functions of one file may change of the objects that they reach: a list that they fill, an attribute they bind.

A mention that only looks changes nothing: ``if jobs:``, ``len(jobs)``, ``for job in jobs:``. All others may.
"""

from __future__ import annotations

import ast
import enum
from collections.abc import Iterable, Sequence

from flake8_wsthreads.library.containers import CHANGING, LOOKING, OF_TEXTS
from flake8_wsthreads.library.reporting import LOGGER_METHODS
from flake8_wsthreads.names.evaluate import Names
from flake8_wsthreads.names.mentions import Reference, SourceIndex
from flake8_wsthreads.names.scopes import Scope, ScopeKind
from flake8_wsthreads.source.syntax import argument, body_of

# Builtins that take an object, and neither change nor keep it.
_LOOKING_FUNCTIONS = frozenset(
    {"all", "any", "bool", "dict", "enumerate", "format", "frozenset", "hasattr", "id", "int", "isinstance", "len"}
    | {"list", "max", "min", "print", "repr", "reversed", "set", "sorted", "str", "sum", "tuple", "type", "zip"}
)
# Around an object these make something else, or ask about it.
_LOOKING_SYNTAX = (
    ast.Assert,
    ast.BinOp,
    ast.Compare,
    ast.Expr,
    ast.For,
    ast.AsyncFor,
    ast.FormattedValue,
    ast.If,
    ast.UnaryOp,
    ast.While,
    ast.comprehension,
)
# The object itself goes on to what is around these.
_PASSING = (ast.BoolOp, ast.IfExp, ast.NamedExpr, ast.Starred, ast.keyword)


class Access(enum.Flag):
    """What a function may do with an object that it reaches, besides looking at it."""

    LOOKS = 0
    CHANGES = enum.auto()
    """It changes what is in the object, or what the object knows."""
    KEEPS = enum.auto()
    """It puts the object where others find it, who may change it at any time."""
    BINDS = enum.auto()
    """It puts something else in its place, where the object is in an attribute."""


BINDING_BY_NAME = ("setattr", "__setattr__", "__dict__", "vars", "exec")
"""They bind attributes by names that are made when the program runs."""


class Changes:
    """Answers for the functions of one file."""

    def __init__(self, names: Names, source: SourceIndex) -> None:
        self._names = names
        self._source = source
        self._access: dict[tuple[str, Scope, Scope], Access] = {}
        self._callers: dict[str, frozenset[str] | None] = {}
        self._changing: dict[tuple[str, bool], frozenset[str] | None] = {}

    def access(self, name: str, owner: Scope, function: Scope) -> Access:
        """What a function, with those that stand in it, does with the object in a variable which ``owner`` binds."""
        known = self._access.get((name, owner, function))
        if known is None:
            known = Access.LOOKS
            for mention in self._source.references_inside(name, function):
                if isinstance(mention.node, ast.Name) and self._names.lookup(name, mention.scope) is owner:
                    known |= _access(mention)
            self._access[name, owner, function] = known
        return known

    def changes_attribute(self, function: Scope, name: str, in_place: bool) -> bool:
        """Whether a call of the function may bind an attribute of this name anew, on whichever object.

        By itself, or by a function whose name it mentions. Of two functions that have one name it may be either. A
        function that is handed out as a value may be called by any.
        Where the object in the attribute can be changed ``in_place``, to do that counts, too.
        """
        key = name, in_place
        if key not in self._changing:
            counted = Access.BINDS | Access.CHANGES | Access.KEEPS if in_place else Access.BINDS
            self._changing[key] = self._leading_to(
                mention.scope.function
                for spelled in _spellings(name)
                for mention in self._source.references(spelled)
                if isinstance(mention.node, ast.Attribute) and _access(mention) & counted
            )
        changing = self._changing[key]
        return changing is None or _name_of(function) in changing

    def binds_last(self, function: Scope, name: str) -> bool:
        """Whether a function that fails has not bound an attribute of this name: to bind it is the last that it does.

        ``def update(self): self.live = ask()``.
        """
        last, spellings = _last_binding(function), _spellings(name)
        if last is None:
            return False
        if not any(isinstance(target, ast.Attribute) and target.attr in spellings for target in last.targets):
            return False
        mentions = (each for spelled in spellings for each in self._source.references_inside(spelled, function))
        binding = (each.statement for each in mentions if isinstance(each.node, ast.Attribute) and not each.is_read)
        if any(statement is not last for statement in binding):
            return False
        others = self._changing.get((name, False))
        return others is not None and not any(
            self._source.references_inside(other, function) for other in others if other != _name_of(function)
        )

    def fills_last(self, name: str, owner: Scope, function: Scope) -> bool:
        """Whether a function that fails has not changed the object in a variable: ``def refill(x): x[:] = ask()``."""
        last = _last_binding(function)
        if last is None:
            return False
        for mention in self._source.references_inside(name, function):
            if self._names.lookup(name, mention.scope) is owner and _access(mention):
                if mention.statement is not last or mention.parent not in last.targets:
                    return False
        return True

    def _leading_to(self, functions: Iterable[Scope]) -> frozenset[str] | None:
        """The names of these functions, and of those that may call them, directly or not; None where any may."""
        found = {_name_of(function) for function in functions}
        if found and self._calls_by_name():
            return None
        by_name = (mention.scope.function for word in BINDING_BY_NAME for mention in self._source.references(word))
        found.update(_name_of(function) for function in by_name)
        pending = list(found)
        while pending:
            callers = self._callers_of(pending.pop())
            if callers is None:
                return None
            pending.extend(callers - found)
            found |= callers
        return frozenset(found)

    def _calls_by_name(self) -> bool:
        """Whether the file calls methods by names that are made when it runs: ``getattr(self, "do_" + word)()``."""
        calls = (mention.call for mention in self._source.references("getattr"))
        return any(call is not None and not isinstance(argument(call, 1), ast.Constant) for call in calls)

    def _callers_of(self, name: str) -> frozenset[str] | None:
        """The names of the functions that call what has this name; None where it is handed out as a value."""
        if name not in self._callers:
            mentions = [mention for mention in self._source.references(name) if mention.is_read]
            callers = frozenset(_name_of(mention.scope.function) for mention in mentions)
            self._callers[name] = callers if all(mention.call is not None for mention in mentions) else None
        return self._callers[name]


def _last_binding(function: Scope) -> ast.Assign | None:
    """The assignment that is the last that a function does; None where it does something else after it, or may fail.

    What it returns then is nothing, a constant or a variable.
    """
    body = body_of(function.node)
    last = next((part for part in reversed(body) if not isinstance(part, (ast.Return, ast.Pass))), None)
    return last if isinstance(last, ast.Assign) and _only_returns(body) else None


def _only_returns(body: Sequence[ast.AST]) -> bool:
    """Whether what a function returns at its end is nothing, a constant or a variable: that does not fail."""
    last = body[-1]
    return not isinstance(last, ast.Return) or isinstance(last.value, (ast.Constant, ast.Name, type(None)))


def _spellings(attribute: str) -> tuple[str, ...]:
    """How a file may write the name of an attribute: in its class, ``_Client__live`` is ``__live``."""
    private = attribute.find("__", 1) if attribute.startswith("_") else -1
    return (attribute, attribute[private:]) if private > 0 else (attribute,)


def _name_of(function: Scope) -> str:
    """The name by which the code of a function is called: that of a lambda runs where what is around it says."""
    named = (outer.name for outer in function.enclosing() if outer.kind is not ScopeKind.LAMBDA)
    return next(named)


def _access(mention: Reference) -> Access:
    """What happens to an object where a variable or an attribute that holds it is mentioned."""
    node: ast.AST = mention.node
    if not mention.is_read:
        # to bind something else does nothing to the object that was there
        return Access.BINDS | Access.CHANGES if isinstance(mention.parent, ast.AugAssign) else Access.BINDS
    for parent, around in zip(mention.parents, (*mention.parents[1:], None)):
        if isinstance(parent, ast.Attribute):
            return _access_by_attribute(parent, around)
        if isinstance(parent, ast.Subscript) and parent.value is node:
            return Access.LOOKS if isinstance(parent.ctx, ast.Load) else Access.CHANGES
        if isinstance(parent, ast.Call):
            return Access.LOOKS if parent.func is node or _only_looks(parent.func) else Access.KEEPS
        if isinstance(parent, _LOOKING_SYNTAX):
            return Access.LOOKS
        if not isinstance(parent, _PASSING):
            return Access.KEEPS
        if isinstance(parent, ast.IfExp) and parent.test is node:
            return Access.LOOKS
        node = parent
    return Access.LOOKS


def _access_by_attribute(attribute: ast.Attribute, around: ast.AST | None) -> Access:
    """``jobs.append(job)`` changes the object in ``jobs``, ``add = jobs.append`` may; ``options.debug`` is read."""
    if not isinstance(attribute.ctx, ast.Load):
        return Access.CHANGES
    if isinstance(around, ast.Call) and around.func is attribute:
        return Access.LOOKS if attribute.attr in LOOKING | OF_TEXTS else Access.CHANGES
    return Access.KEEPS if attribute.attr in CHANGING else Access.LOOKS


def _only_looks(callee: ast.expr) -> bool:
    if isinstance(callee, ast.Attribute):
        return callee.attr in LOGGER_METHODS
    return isinstance(callee, ast.Name) and callee.id in _LOOKING_FUNCTIONS
