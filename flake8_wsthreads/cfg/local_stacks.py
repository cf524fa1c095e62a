"""Exit stacks that a function makes outside of a ``with`` statement, and closes by hand or not at all.

``contextlib.ExitStack`` has no finalizer: what it was given stays open when the stack is dropped. Seen with
websockets 12.0 (the program hangs) and 17.4 (the connection drops without a goodbye).
"""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterator

from flake8_wsthreads.cfg.builder import Builder
from flake8_wsthreads.cfg.instruction import Arguments, CallMethod
from flake8_wsthreads.cfg.operand import Operand
from flake8_wsthreads.cfg.place import Place
from flake8_wsthreads.names.scopes import Scope
from flake8_wsthreads.names.values import Instance
from flake8_wsthreads.source.syntax import walk

_STACK = "contextlib.ExitStack"
# After these the stack holds more than before.
_FILLING = frozenset({"enter_context", "push", "callback"})
# They close what it holds. Every other use may do so too, or hand the stack to someone who does.
_CLOSING = frozenset({"close", "__exit__"})


def fill_stack(builder: Builder, node: ast.Call, base: Operand, given: tuple[Operand, ...]) -> Operand | None:
    """Add the steps of ``stack.enter_context(…)`` and the like, where ``base`` is the stack; returns the result.

    None where the stack is not of this kind: then something may leave it that does not show here.
    """
    function = node.func
    if not isinstance(function, ast.Attribute) or function.attr not in _FILLING or not given:
        return None
    if not _is_local_stack(builder, function.value) or not isinstance(base, Place):
        return None
    builder.graph.containers.add(base)
    builder.graph.stacks.add(base)
    if function.attr == "enter_context":
        entered = builder.temporary()
        builder.emit(CallMethod(given[0], "__enter__", target=entered), node)
    builder.emit(CallMethod(base, "append", Arguments(given[:1])), node)
    return given[0]


def _is_local_stack(builder: Builder, node: ast.expr) -> bool:
    """Whether an expression names an exit stack that its function only fills and closes."""
    if not isinstance(node, ast.Name) or builder.names.lookup(node.id, builder.scope) is not builder.function:
        return False
    value = builder.names.evaluate(node, builder.scope)
    if not isinstance(value, Instance) or value.of != _STACK:
        return False
    if builder.local_stacks is None:
        builder.local_stacks = _only_filled_and_closed(builder.function)
    return node.id in builder.local_stacks


def _only_filled_and_closed(owner: Scope) -> frozenset[str]:
    """The names that the function assigns once and mentions only in ``name.enter_context(…)``, ``name.close()``.

    ``with ExitStack() as stack:`` is no assignment: the block leaves the stack.
    """
    assigned: set[str] = set()
    bound: Counter[str] = Counter()
    mentioned: Counter[str] = Counter()
    used: Counter[str] = Counter()
    later = {id(part) for function in _functions_in(owner.node) for part in walk(function)}
    for part in walk(owner.node):
        if isinstance(part, (ast.Global, ast.Nonlocal)):
            bound.update(2 * part.names)
        elif isinstance(part, ast.Assign) and isinstance(part.value, ast.Call):
            assigned.update(target.id for target in part.targets if isinstance(target, ast.Name))
        elif isinstance(part, ast.Name):
            (mentioned if isinstance(part.ctx, ast.Load) else bound)[part.id] += 1
        elif isinstance(part, ast.Call) and isinstance(part.func, ast.Attribute) and id(part) not in later:
            if part.func.attr in _FILLING | _CLOSING and isinstance(part.func.value, ast.Name):
                used[part.func.value.id] += 1
    return frozenset(name for name in assigned & used.keys() if bound[name] == 1 and mentioned[name] == used[name])


def _functions_in(node: ast.AST) -> Iterator[ast.AST]:
    """The functions and lambdas inside a function: they may run at any time, or never."""
    for part in walk(node):
        if isinstance(part, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)) and part is not node:
            yield part
