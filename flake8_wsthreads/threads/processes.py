"""What reaches other processes: the initializers of their workers, queues, pipes; and what ends them."""

from __future__ import annotations

import ast
from collections.abc import Collection

from flake8_wsthreads.facts import Context, Spawner
from flake8_wsthreads.library import behaviour_of
from flake8_wsthreads.library.behaviour import Makes
from flake8_wsthreads.names.evaluate import Names
from flake8_wsthreads.names.scopes import Scope
from flake8_wsthreads.source.syntax import own_parts
from flake8_wsthreads.threads.start import Start

PROCESS_POOLS = frozenset({Makes.EXECUTOR_OF_PROCESSES, Makes.POOL_OF_PROCESSES})
_ENDING = frozenset({"kill", "terminate"})


def initializer_of_workers(names: Names, call: ast.Call, scope: Scope) -> Start | None:
    """The start that hands a function to the workers of a pool of processes: ``Pool(2, initializer=prepare)``.

    What it opens stays in the worker until the pool ends it, and how it does that is not followed.
    """
    if behaviour_of(names.qualified_name(call.func, scope)).makes not in PROCESS_POOLS:
        return None
    return Start(Spawner.PROCESS, call, None, runs_in=Context.UNKNOWN, prepares_workers=True)


def is_ended(names: Names, call: ast.Call, scope: Scope) -> bool:
    """Whether the process that a call creates is ended by its parent, so that it cannot keep anybody waiting.

    ``process.kill()``, ``process.terminate()``, or ``process.daemon = True`` in the function that creates it, or on the
    attribute that keeps it. Of one among several, in a list or a dict, any of these calls may be meant.
    """
    for statement in names.statements_of(scope.function):
        if isinstance(statement, ast.Assign) and statement.value is call:
            return any(is_told(names, target, scope, _ENDING) for target in statement.targets)
    owner = scope.surrounding_class
    functions = [scope.function] if owner is None else _methods(names, owner)
    return any(
        isinstance(part, ast.Attribute) and part.attr in _ENDING
        for function in functions
        for statement in names.statements_of(function)
        for part in own_parts(statement)
    )


def carries_to_process(names: Names, call: ast.Call, scope: Scope) -> Start | None:
    """The hand-over that a call makes which puts something into a queue or a pipe between processes.

    Or gives it to the workers of a pool, for their initializer: ``Pool(2, initializer=prepare, initargs=(ws,))``.
    """
    qualified = names.qualified_name(call.func, scope)
    if behaviour_of(qualified).makes in PROCESS_POOLS:
        given = next((keyword.value for keyword in call.keywords if keyword.arg == "initargs"), None)
        if not isinstance(given, (ast.Tuple, ast.List)):
            return None
        return Start(Spawner.PROCESS, call, None, tuple(given.elts), runs_in=Context.CHILD_PROCESS)
    if not isinstance(call.func, ast.Attribute):
        return None
    owner, _, method = qualified.rpartition(".")
    queued = behaviour_of(owner).makes is Makes.QUEUE_OF_PROCESSES and method in ("put", "put_nowait")
    if not queued and not (call.func.attr == "send" and _is_end_of_pipe(names, call.func.value, scope)):
        return None
    return Start(Spawner.PROCESS, call, None, tuple(call.args[:1]), runs_in=Context.CHILD_PROCESS)


def _is_end_of_pipe(names: Names, node: ast.expr, scope: Scope) -> bool:
    """``ours, theirs = multiprocessing.Pipe()``."""
    owner = names.lookup(node.id, scope) if isinstance(node, ast.Name) else None
    if owner is None or not isinstance(node, ast.Name):
        return False
    return all(
        isinstance(binding.node, ast.Call)
        and behaviour_of(names.qualified_name(binding.node.func, binding.scope)).makes is Makes.PIPE
        for binding in owner.bindings[node.id]
    )


def is_told(names: Names, thing: ast.expr | None, scope: Scope, methods: Collection[str]) -> bool:
    """Whether one of these methods of a variable or an attribute is called, or the thing is made a daemon."""
    if not isinstance(thing, (ast.Name, ast.Attribute)):
        return False
    text = ast.unparse(thing)
    owner = scope.surrounding_class if isinstance(thing, ast.Attribute) else None
    functions = [scope.function] if owner is None else _methods(names, owner)
    return any(
        isinstance(part, ast.Attribute)
        and (part.attr in methods or (part.attr == "daemon" and isinstance(part.ctx, ast.Store)))
        and ast.unparse(part.value) == text
        for function in functions
        for statement in names.statements_of(function)
        for part in own_parts(statement)
    )


def _methods(names: Names, owner: Scope) -> list[Scope]:
    return [scope for scope in names.scopes.by_node.values() if scope.parent is owner]
