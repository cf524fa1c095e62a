"""How many workers a pool of threads has."""

from __future__ import annotations

import ast

from flake8_wsthreads.names.evaluate import Names
from flake8_wsthreads.names.scopes import Scope
from flake8_wsthreads.names.values import Constant, Instance
from flake8_wsthreads.source.syntax import argument, has_starred, keyword_argument


def has_one_worker(names: Names, call: ast.Call, scope: Scope) -> bool:
    """Whether the pool whose method is called has one worker, or may: ``ThreadPoolExecutor(workers)``."""
    pool = call.func.value if isinstance(call.func, ast.Attribute) else None
    made: list[ast.AST | None] = [pool]
    if isinstance(pool, ast.Name):
        owner = names.lookup(pool.id, scope)
        # what no binding of the file shows is a pool that somebody else made
        made = [binding.node for binding in owner.bindings[pool.id]] if owner is not None else [pool]
    elif isinstance(pool, ast.Attribute):
        value = names.evaluate(pool.value, scope)
        if isinstance(value, Instance) and isinstance(value.of, Scope):
            made = [assigned for assigned, _ in names.classes.assigned(value.of, pool.attr)]
    for creation in made:
        if not isinstance(creation, ast.Call):
            if not (isinstance(creation, ast.Constant) and creation.value is None):
                return True  # a pool that somebody else made
        elif _may_be_one(names, creation, scope):
            return True
    return False


def _may_be_one(names: Names, creation: ast.Call, scope: Scope) -> bool:
    """Whether the number of workers in ``ThreadPoolExecutor(…)`` may be one; without a number there are several."""
    if any(keyword.arg is None for keyword in creation.keywords):
        return True
    workers = keyword_argument(creation, "max_workers") or argument(creation, 0)
    if workers is None:
        return has_starred(creation.args)
    value = names.evaluate(workers, scope)
    return not isinstance(value, Constant) or value.value == 1
