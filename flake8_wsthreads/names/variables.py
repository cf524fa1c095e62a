"""Whose variable a name is, and which of its bindings count."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Sequence

from flake8_wsthreads.library.exceptions import BASES
from flake8_wsthreads.names.scope_tree import ScopeTree
from flake8_wsthreads.names.scopes import Binding, BindingKind, Scope, ScopeKind

_STAR_NAMES = {
    "websockets.sync.client": {"connect", "unix_connect", "reconnect", "unix_reconnect", "ClientConnection"},
    "websockets.exceptions": {name.rpartition(".")[2] for name in BASES if name.startswith("websockets.exceptions.")},
    "threading": {"Thread", "Timer", "Event", "Lock", "RLock", "Condition", "Semaphore"},
    "contextlib": {"contextmanager", "closing", "suppress", "ExitStack", "AsyncExitStack"},
}


def owner_of(name: str, scope: Scope, module: Scope) -> Scope | None:
    """The scope whose variable ``name`` is when it is read in ``scope``, and which binds it.

    None where no binding of the file shows: for a builtin, and for what only a star import or another file brings,
    whether a function declares it ``global`` or not.
    """
    current: Scope | None = scope if scope.reader is None else scope.read()
    while current is not None:
        if current.kind is not ScopeKind.CLASS or current is scope:
            if name in current.global_names:
                return module if name in module.bindings else None
            if name in current.bindings and name not in current.nonlocal_names:
                return current
        current = current.parent
    return None


def captured_names(scope: Scope, scopes: ScopeTree) -> frozenset[str]:
    """The names that functions inside this function bind in it by ``nonlocal``."""
    scope.read()
    if not scopes.words.lines_of("nonlocal"):
        return frozenset()
    return frozenset(
        name
        for inner in scopes.by_node.values()
        if any(outer is scope for outer in inner.enclosing())
        for name in inner.nonlocal_names
    )


def meaningful(bindings: Iterable[Binding]) -> list[Binding]:
    """The bindings that count: without ``None``, ``stop: Event``, and the stubs for a failed import."""
    kept = [binding for binding in bindings if not _binds_nothing(binding)]
    if any(not binding.fallback for binding in kept):
        kept = [binding for binding in kept if not binding.fallback or binding.kind is BindingKind.IMPORT]
    return kept


def _binds_nothing(binding: Binding) -> bool:
    """Whether a binding is ``None``, or an annotation alone."""
    if binding.node is None:
        return binding.kind is BindingKind.OTHER and binding.annotation is not None
    return isinstance(binding.node, ast.Constant) and binding.node.value is None


def only_value(bindings: Sequence[Binding]) -> tuple[ast.expr, Scope] | None:
    """The expression that the only one of these bindings gives a name, and its scope; None for all else."""
    if len(bindings) != 1 or bindings[0].kind is not BindingKind.VALUE or not isinstance(bindings[0].node, ast.expr):
        return None
    return bindings[0].node, bindings[0].scope


def star_import_of(name: str, modules: Sequence[str]) -> str | None:
    """The module whose ``from module import *`` binds a name: None where none is known to, "" where it may be another.

    ``modules`` are those that the file imports so, in source order.
    """
    for position, module in enumerate(modules):
        if name in _STAR_NAMES.get(module, ()):
            # A later star import of a module that we do not know may bind the same name.
            return module if all(later in _STAR_NAMES for later in modules[position:]) else ""
    return None
