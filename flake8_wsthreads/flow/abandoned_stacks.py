"""Exit stacks that a function makes and that nothing ever closes: they close nothing of what they are given.

``contextlib.ExitStack`` has no finalizer: what it was given stays open when the stack is dropped. Seen with
websockets 12.0 (the program hangs) and 17.4 (the connection drops without a goodbye).
"""

from __future__ import annotations

import ast
from collections import Counter

from flake8_wsthreads.flow.builder import Builder
from flake8_wsthreads.names.scopes import Scope
from flake8_wsthreads.names.values import Instance
from flake8_wsthreads.syntax import walk

_STACK = "contextlib.ExitStack"
# After these the stack holds more than before; every other use may close it, or hand it to someone who does.
_FILLING = frozenset({"enter_context", "push", "callback"})


def is_abandoned_stack(builder: Builder, node: ast.expr) -> bool:
    """Whether an expression names an exit stack of this function that nothing does anything with but filling it."""
    if not isinstance(node, ast.Name) or builder.names.lookup(node.id, builder.scope) is not builder.unit:
        return False
    value = builder.names.evaluate(node, builder.scope)
    if not isinstance(value, Instance) or value.of != _STACK:
        return False
    if builder.only_filled is None:
        builder.only_filled = _only_filled(builder.unit)
    return node.id in builder.only_filled


def _only_filled(unit: Scope) -> frozenset[str]:
    """The names that the function assigns once and mentions only in ``name.enter_context(…)`` and the like.

    ``with ExitStack() as stack:`` is no assignment: the block leaves the stack.
    """
    assigned: set[str] = set()
    bound: Counter[str] = Counter()
    mentioned: Counter[str] = Counter()
    filled: Counter[str] = Counter()
    for part in walk(unit.node):
        if isinstance(part, (ast.Global, ast.Nonlocal)):
            bound.update(2 * part.names)
        elif isinstance(part, ast.Assign) and isinstance(part.value, ast.Call):
            assigned.update(target.id for target in part.targets if isinstance(target, ast.Name))
        elif isinstance(part, ast.Name):
            (mentioned if isinstance(part.ctx, ast.Load) else bound)[part.id] += 1
        elif isinstance(part, ast.Call) and isinstance(part.func, ast.Attribute) and part.func.attr in _FILLING:
            if isinstance(part.func.value, ast.Name):
                filled[part.func.value.id] += 1
    return frozenset(name for name in assigned & filled.keys() if bound[name] == 1 and mentioned[name] == filled[name])
