"""Decorators that the file defines: which of them only call what they decorate.

::

    def timed(function):
        def inner(*args):
            began = time.monotonic()
            result = function(*args)
            print(time.monotonic() - began)
            return result
        return inner
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Collection, Mapping

# What writes its arguments down, and does nothing else with them.
_SHOWING = frozenset({"print", "repr", "str", "format", "len"})
_LOGGING = frozenset({"debug", "info", "warning", "error", "exception", "critical", "log"})
# Where a result is only asked whether it is there, or what it is.
_QUESTIONS = (ast.Return, ast.FormattedValue, ast.Compare, ast.UnaryOp, ast.BoolOp, ast.If, ast.IfExp, ast.While)

Question = Callable[[ast.AST], bool]
"""What is asked of a decorator."""


class Wrappers:
    """What is known of the decorators of one file: each is looked at once for each question."""

    def __init__(self) -> None:
        self._known: dict[tuple[ast.AST, Question], bool] = {}

    def ask(self, question: Question, decorator: ast.AST) -> bool:
        """The answer of ``is_plain_wrapper`` or ``calls_its_function`` for a decorator."""
        known = self._known.get((decorator, question))
        if known is None:
            known = self._known[decorator, question] = question(decorator)
        return known


def is_plain_wrapper(decorator: ast.AST) -> bool:
    """Whether a decorator gives back a function that calls the one it gets, and returns the result.

    What the function is given, returns and raises goes through its hands untouched, and no ``with`` block is around the
    call: one that closes an argument, holds a lock or catches errors changes what the function does. A function that
    makes such a decorator from arguments of its own counts as well.
    """
    return _wraps(decorator, _passes_on)


def calls_its_function(decorator: ast.AST) -> bool:
    """Whether a decorator gives back a function that calls the one it gets, returns the result, and may do more.

    The thread that calls the one runs the other.
    """
    return _wraps(decorator, _returns_result)


def _wraps(decorator: ast.AST, is_wrapper: Callable[[_Inner], bool]) -> bool:
    """Whether what a decorator defines and returns, or what that defines and returns, is such a wrapper."""
    if not isinstance(decorator, ast.FunctionDef) or not decorator.body:
        return False
    inner = [part for part in decorator.body if isinstance(part, ast.FunctionDef)]
    last = decorator.body[-1]
    if len(inner) != 1 or not isinstance(last, ast.Return) or not isinstance(last.value, ast.Name):
        return False
    if last.value.id != inner[0].name:
        return False
    given = frozenset(argument.arg for argument in decorator.args.args[:1])
    return is_wrapper(_Inner(inner[0], given)) or _wraps(inner[0], is_wrapper)


class _Inner:
    """The function that a decorator puts in the place of the one that it is ``given``."""

    def __init__(self, function: ast.FunctionDef, given: frozenset[str]) -> None:
        self.given = given
        self.parents = {child: node for node in ast.walk(function) for child in ast.iter_child_nodes(node)}
        self.parameters = {part.arg for part in ast.walk(function.args) if isinstance(part, ast.arg)}
        self.calls = {part for part in self.parents if _is_call_of(part, given)}
        self.results = {
            target.id
            for call in self.calls
            if isinstance(bound := self.parents[call], ast.Assign)
            for target in bound.targets
            if isinstance(target, ast.Name)
        }


def _returns_result(inner: _Inner) -> bool:
    returned = [part.value for part in inner.parents if isinstance(part, ast.Return)]
    names = [value.id for value in returned if isinstance(value, ast.Name)]
    return not inner.calls.isdisjoint(returned) or not inner.results.isdisjoint(names)


def _passes_on(inner: _Inner) -> bool:
    for part, holder in inner.parents.items():
        if isinstance(part, (ast.With, ast.AsyncWith)):
            return False
        if isinstance(part, ast.ExceptHandler) and _keeps_errors(part):
            return False
        if not isinstance(part, ast.Name) or not isinstance(part.ctx, ast.Load):
            continue
        if part.id in inner.parameters and not _is_passed(part, inner.parents, inner.given):
            return False
        is_result = part.id in inner.results and not isinstance(holder, _QUESTIONS)
        if is_result and not _is_passed(part, inner.parents, ()):
            return False
    return _returns_result(inner)


def _keeps_errors(handler: ast.ExceptHandler) -> bool:
    """Whether a handler does not raise again what it catches, so that the caller never hears of it."""
    last = handler.body[-1]
    return not isinstance(last, ast.Raise) or last.exc is not None


def _is_passed(name: ast.Name, parents: Mapping[ast.AST, ast.AST], given: Collection[str]) -> bool:
    """Whether a variable is shown, or an argument of a call of what is given: ``f(*args)``, ``log.info(args)``."""
    holder = parents[name]
    if isinstance(holder, (ast.Starred, ast.keyword)):
        holder = parents[holder]
    if not isinstance(holder, ast.Call) or name is holder.func:
        return isinstance(holder, ast.FormattedValue)
    is_shown = isinstance(holder.func, ast.Name) and holder.func.id in _SHOWING
    is_logged = isinstance(holder.func, ast.Attribute) and holder.func.attr in _LOGGING
    return is_shown or is_logged or _is_call_of(holder, given)


def _is_call_of(node: ast.AST, names: Collection[str]) -> bool:
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in names
