"""Calls that start code on another thread or in another process, recognised from the call itself."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from flake8_wsthreads.facts import Context, Spawner
from flake8_wsthreads.names.evaluate import Names
from flake8_wsthreads.names.scopes import Scope
from flake8_wsthreads.names.values import Class, Constant, Function, Imported, Instance, Partial
from flake8_wsthreads.syntax import children

# The interpreter did not start these threads, or starts them as daemons.
_RAW_THREADS = {"_thread.start_new_thread", "_thread.start_new", "threading._start_new_thread"}
_PROCESS_CLASSES = {
    "multiprocessing.Process", "multiprocessing.context.Process", "multiprocessing.process.BaseProcess",
    "multiprocessing.context.SpawnProcess", "multiprocessing.context.ForkProcess",
}  # fmt: skip
_THREAD_POOLS = {"concurrent.futures.ThreadPoolExecutor", "concurrent.futures.thread.ThreadPoolExecutor"}
_PROCESS_POOLS = {
    "concurrent.futures.ProcessPoolExecutor", "concurrent.futures.process.ProcessPoolExecutor", "multiprocessing.Pool",
    "multiprocessing.pool.Pool",
}  # fmt: skip
# Workers of these pools are daemon threads (CPython, Lib/multiprocessing/pool.py: ``w.daemon = True``).
_DAEMON_POOLS = {"multiprocessing.pool.ThreadPool", "multiprocessing.dummy.Pool"}
_POOL_METHODS = {
    "submit", "map", "apply", "apply_async", "map_async", "imap", "imap_unordered", "starmap", "starmap_async",
}  # fmt: skip
_QT_THREADS = {"QThread", "QRunnable"}


@dataclass(frozen=True)
class Start:
    """A call that runs ``target`` elsewhere.

    ``runs_in`` is the kind of thread where the call alone says so. Else ``daemon`` is the expression of the flag, and
    without one the new thread inherits the flag of its starter.
    """

    spawner: Spawner
    call: ast.Call
    target: ast.expr | None
    arguments: tuple[ast.expr, ...] = ()
    keywords: tuple[tuple[str, ast.expr], ...] = ()
    complete: bool = True
    """False when the arguments cannot be told one by one."""
    runs_in: Context | None = None
    daemon: ast.expr | None = None
    one_at_a_time: bool = False
    """The pool has a single worker, or how many it has does not show."""
    each: bool = False
    """The arguments are collections: the target runs once for each of their elements (``pool.map``)."""
    instance_of: Scope | None = None
    """The subclass of Thread or Process in this file that is created."""
    prepares_workers: bool = False
    """The target is the initializer of a pool of processes: it runs once in each of them, before all else."""


def recognise(names: Names, call: ast.Call, scope: Scope) -> Start | None:
    """The start that this call makes, if it makes one."""
    value = names.evaluate(call.func, scope)
    if isinstance(value, Partial):
        return None
    if isinstance(value, Class):
        return _subclass(names, value.scope, call)
    name = names.qualified_name(call.func, scope)
    if not name:
        if isinstance(call.func, ast.Attribute) and call.func.attr == "run_in_executor":
            return _executor(names, call, scope)
        return None
    if name in ("threading.Thread", "threading._DummyThread"):
        return _thread(call, Spawner.THREAD)
    if name in ("threading.Timer", "threading._Timer"):
        return _timer(call)
    if name in _PROCESS_CLASSES:
        return _thread(call, Spawner.PROCESS)
    if name in _RAW_THREADS:
        arguments, complete = _elements(call.args[1] if len(call.args) > 1 else None)
        return Start(
            Spawner.THREAD, call, _at(call.args, 0), arguments, (), complete, runs_in=Context.DAEMON
        )  # fmt: skip
    if name == "asyncio.to_thread":
        return _direct(call, call.args, Context.NON_DAEMON, Spawner.POOL)
    owner, _, method = name.rpartition(".")
    if method == "run_in_executor":
        return _executor(names, call, scope)
    if method in _POOL_METHODS:
        each = method not in ("submit", "apply", "apply_async")
        if owner in _THREAD_POOLS:
            start = _direct(call, call.args, Context.NON_DAEMON, Spawner.POOL, each)
            return replace(start, one_at_a_time=_has_one_worker(names, call, scope))
        if owner in _PROCESS_POOLS:
            return _pooled(call, method, Context.CHILD_PROCESS, Spawner.PROCESS, each)
        if owner in _DAEMON_POOLS:
            return _pooled(call, method, Context.DAEMON, Spawner.POOL, each)
    return None


def initializer_of_workers(names: Names, call: ast.Call, scope: Scope) -> Start | None:
    """The start that hands a function to the workers of a pool of processes: ``Pool(2, initializer=prepare)``.

    What it opens stays in the worker until the pool ends it, and how it does that is not followed.
    """
    if names.qualified_name(call.func, scope) not in _PROCESS_POOLS:
        return None
    return Start(Spawner.PROCESS, call, None, complete=False, runs_in=Context.UNKNOWN, prepares_workers=True)


def _has_one_worker(names: Names, call: ast.Call, scope: Scope) -> bool:
    """Whether the pool whose method is called has one worker, or may: ``ThreadPoolExecutor(workers)``."""
    pool = call.func.value if isinstance(call.func, ast.Attribute) else None
    made: list[ast.AST | None] = [pool]
    if isinstance(pool, ast.Name):
        owner = names.lookup(pool.id, scope)
        made = [binding.node for binding in owner.bindings[pool.id]] if owner is not None else []
    elif isinstance(pool, ast.Attribute):
        value = names.evaluate(pool.value, scope)
        if isinstance(value, Instance) and isinstance(value.of, Scope):
            made = [assigned for assigned, _ in names.assigned(value.of, pool.attr)]
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
    workers = _keyword(creation, "max_workers") or _at(creation.args, 0)
    if workers is None:
        return False
    value = names.evaluate(workers, scope)
    return not isinstance(value, Constant) or value.value == 1


def starts_something(names: Names, unit: Scope) -> bool:
    """Whether a function may start a thread or a process itself."""
    return any(
        isinstance(part, ast.Call) and recognise(names, part, unit) is not None
        for statement in names.statements_of(unit)
        for part in _own_parts(statement)
    )


def _own_parts(statement: ast.stmt) -> Iterator[ast.AST]:
    """The expressions of a statement, without those of the statements inside it."""
    pending: list[ast.AST] = [statement]
    while pending:
        part = pending.pop()
        yield part
        pending.extend(child for child in children(part) if not isinstance(child, ast.stmt))


def thread_kind(names: Names, scope: Scope) -> Spawner | None:
    """THREAD_SUBCLASS or PROCESS when the class of this file inherits from a thread or process class."""
    for base in names.foreign_bases(scope):
        if base in ("threading.Thread", "threading.Timer", "threading._Timer"):
            return Spawner.THREAD_SUBCLASS
        if base in _PROCESS_CLASSES:
            return Spawner.PROCESS
    return None


def is_qt_thread(names: Names, scope: Scope) -> bool:
    """Whether the class inherits from a thread class of Qt: threads that the interpreter did not start."""
    return any(base.rpartition(".")[2] in _QT_THREADS for base in names.foreign_bases(scope))


def flag(names: Names, expression: ast.expr | None, scope: Scope) -> bool | None:
    """The truth of a daemon flag, None where the file does not tell."""
    value = names.evaluate(expression, scope)
    if isinstance(value, Constant) and isinstance(value.value, (bool, int)):
        return bool(value.value)
    return None


def target_function(names: Names, start: Start, scope: Scope) -> tuple[Function | None, tuple[ast.expr, ...], Scope]:
    """The function of this file that the start runs, with the arguments that ``partial`` puts before the others."""
    if start.instance_of is not None and start.target is None:
        run = names.method(start.instance_of, "run")
        return (Function(run, Instance(start.instance_of)) if run is not None else None), (), scope
    expression: ast.expr | None = start.target
    bound: tuple[ast.expr, ...] = ()
    value = names.evaluate(expression, scope)
    if isinstance(value, Imported) and value.name == "asyncio.run" and start.arguments:
        # Thread(target=asyncio.run, args=(coroutine(),)): the coroutine's body runs on the new thread.
        inner = start.arguments[0]
        if isinstance(inner, ast.Call):
            value = names.evaluate(inner.func, scope)
            bound = tuple(inner.args)
    elif isinstance(value, Partial):
        scope_of_arguments = value.scope
        bound = tuple(value.call.args[1:])
        value = value.function
        return (value if isinstance(value, Function) else None), bound, scope_of_arguments
    return (value if isinstance(value, Function) else None), bound, scope


def _at(items: Sequence[ast.expr], position: int) -> ast.expr | None:
    return items[position] if len(items) > position else None


def _keyword(call: ast.Call, name: str) -> ast.expr | None:
    return next((keyword.value for keyword in call.keywords if keyword.arg == name), None)


def _elements(node: ast.expr | None) -> tuple[tuple[ast.expr, ...], bool]:
    if node is None:
        return (), True
    if isinstance(node, (ast.Tuple, ast.List)) and not any(isinstance(part, ast.Starred) for part in node.elts):
        return tuple(node.elts), True
    return (node,), False


def _pairs(node: ast.expr | None) -> tuple[tuple[tuple[str, ast.expr], ...], bool]:
    if node is None or (isinstance(node, ast.Constant) and node.value is None):
        return (), True
    if isinstance(node, ast.Dict):
        pairs = [
            (key.value, value)
            for key, value in zip(node.keys, node.values)
            if isinstance(key, ast.Constant) and isinstance(key.value, str)
        ]
        return tuple(pairs), len(pairs) == len(node.keys)
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "dict" and not node.args:
        named = [(keyword.arg, keyword.value) for keyword in node.keywords if keyword.arg is not None]
        return tuple(named), len(named) == len(node.keywords)
    return (("", node),), False


def _thread(call: ast.Call, spawner: Spawner, instance_of: Scope | None = None) -> Start:
    """``Thread(group, target, name, args, kwargs, *, daemon)``, and ``Process`` alike."""
    spread = any(isinstance(argument, ast.Starred) for argument in call.args) or any(
        keyword.arg is None for keyword in call.keywords
    )
    target = _keyword(call, "target") or _at(call.args, 1)
    arguments, known_arguments = _elements(_keyword(call, "args") or _at(call.args, 3))
    keywords, known_keywords = _pairs(_keyword(call, "kwargs") or _at(call.args, 4))
    runs_in = Context.CHILD_PROCESS if spawner is Spawner.PROCESS else None
    if spread and runs_in is None:
        runs_in = Context.UNKNOWN
    if spawner is Spawner.PROCESS and _is_true(_keyword(call, "daemon")):
        # A daemonic child is terminated when its parent ends: it cannot hang.
        runs_in = Context.UNKNOWN
    return Start(
        spawner,
        call,
        target,
        arguments,
        keywords,
        known_arguments and known_keywords and not spread,
        runs_in,
        _keyword(call, "daemon"),
        instance_of=instance_of,
    )


def _is_true(node: ast.expr | None) -> bool:
    return isinstance(node, ast.Constant) and node.value is True


def _timer(call: ast.Call) -> Start:
    """``Timer(interval, function, args, kwargs)``."""
    target = _keyword(call, "function") or _at(call.args, 1)
    arguments, known_arguments = _elements(_keyword(call, "args") or _at(call.args, 2))
    keywords, known_keywords = _pairs(_keyword(call, "kwargs") or _at(call.args, 3))
    return Start(Spawner.TIMER, call, target, arguments, keywords, known_arguments and known_keywords)


def _subclass(names: Names, scope: Scope, call: ast.Call) -> Start | None:
    """An instance of a subclass: what runs is its ``run()``, or the target that it hands to the base class."""
    kind = thread_kind(names, scope)
    if kind is None:
        return None
    if names.method(scope, "run") is not None:
        runs_in = Context.CHILD_PROCESS if kind is Spawner.PROCESS else None
        return Start(
            kind,
            call,
            None,
            tuple(call.args),
            tuple((keyword.arg or "", keyword.value) for keyword in call.keywords),
            False,
            runs_in,
            _keyword(call, "daemon") if names.method(scope, "__init__") is None else None,
            instance_of=scope,
        )
    if names.method(scope, "__init__") is None:
        return _thread(call, Spawner.PROCESS if kind is Spawner.PROCESS else Spawner.THREAD, scope)
    return None


def _direct(
    call: ast.Call, arguments: Sequence[ast.expr], runs_in: Context, spawner: Spawner, each: bool = False
) -> Start:
    """``submit(function, *args, **kwargs)`` and its like."""
    rest = tuple(arguments[1:])
    complete = not any(isinstance(argument, ast.Starred) for argument in arguments)
    keywords = tuple((keyword.arg or "", keyword.value) for keyword in call.keywords if keyword.arg != "timeout")
    return Start(spawner, call, _at(arguments, 0), rest, keywords, complete, runs_in, each=each)


def _pooled(call: ast.Call, method: str, runs_in: Context, spawner: Spawner, each: bool) -> Start:
    """``apply(function, args, kwds)`` and ``map(function, iterable)`` of multiprocessing's pools."""
    if each:
        return Start(
            spawner, call, _at(call.args, 0), tuple(call.args[1:2]), (), "star" not in method, runs_in, each=True
        )
    arguments, known = _elements(_keyword(call, "args") or _at(call.args, 1))
    return Start(spawner, call, _at(call.args, 0), arguments, (), known, runs_in)


def _executor(names: Names, call: ast.Call, scope: Scope) -> Start | None:
    """``loop.run_in_executor(executor, function, *args)``."""
    if len(call.args) < 2:
        return None
    executor = names.evaluate(call.args[0], scope)
    context, spawner = Context.UNKNOWN, Spawner.POOL
    if isinstance(executor, Constant) and executor.value is None:
        context = Context.NON_DAEMON
    elif isinstance(executor, Instance) and executor.of in _THREAD_POOLS:
        context = Context.NON_DAEMON
    elif isinstance(executor, Instance) and executor.of in _PROCESS_POOLS:
        context, spawner = Context.CHILD_PROCESS, Spawner.PROCESS
    return _direct(call, call.args[1:], context, spawner)
