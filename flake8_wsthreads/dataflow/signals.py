"""Events and flags that tell a thread to stop, as the text of a file shows them."""

from __future__ import annotations

import ast

from flake8_wsthreads.library.websockets import CLOSE_METHODS
from flake8_wsthreads.names.mentions import Reference, SourceIndex


def stop_signal(condition: ast.AST) -> tuple[str, bool] | None:
    """The attribute that a condition asks to learn whether to stop, and the answer that says so.

    ``self.stopping.is_set()`` says so by being true, ``self.running`` by being false.
    """
    if isinstance(condition, ast.Call) and isinstance(condition.func, ast.Attribute):
        event = condition.func.value
        if condition.func.attr == "is_set" and isinstance(event, ast.Attribute):
            return event.attr, True
    return (condition.attr, False) if isinstance(condition, ast.Attribute) else None


def stops_by_closing(source: SourceIndex, signal: str, kept: frozenset[str]) -> bool:
    """Whether whatever sets this event, or clears this flag, closes the connection in one of these attributes."""
    setters = {reference.scope.function for reference in source.references(signal) if _sets(reference)}
    closers = {reference.scope.function for name in kept for reference in source.references(name) if _closes(reference)}
    return bool(setters) and setters <= closers


def _sets(reference: Reference) -> bool:
    """``self.stopping.set()``, ``self.running = False``; what a constructor begins with stops nothing."""
    if not isinstance(reference.node, ast.Attribute) or reference.scope.function.name == "__init__":
        return False
    return isinstance(reference.node.ctx, ast.Store) or reference.attribute == "set"


def _closes(reference: Reference) -> bool:
    return reference.attribute in CLOSE_METHODS
