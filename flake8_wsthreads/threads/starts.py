"""Calls that start code on another thread or in another process, recognised from the call itself."""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace

from flake8_wsthreads.facts import Context, Spawner
from flake8_wsthreads.library import behaviour_of
from flake8_wsthreads.library.behaviour import Makes, Thread
from flake8_wsthreads.names.evaluate import Names
from flake8_wsthreads.names.scopes import Scope
from flake8_wsthreads.names.values import Class, Constant, Function, Imported, Instance, Partial
from flake8_wsthreads.source.syntax import argument, children, has_starred, positional_parameters, walk

_PROCESS_POOLS = frozenset({Makes.EXECUTOR_OF_PROCESSES, Makes.POOL_OF_PROCESSES})
_POOL_METHODS = {
    "submit", "map", "apply", "apply_async", "map_async", "imap", "imap_unordered", "starmap", "starmap_async",
}  # fmt: skip
_ENDING = frozenset({"kill", "terminate"})
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
    """In their order; a ``*`` among them hides the positions of those behind it."""
    keywords: tuple[tuple[str, ast.expr], ...] = ()
    spread: tuple[ast.expr, ...] = ()
    """Collections of further arguments, which cannot be told one by one."""
    runs_in: Context | None = None
    daemon: ast.expr | None = None
    started: bool = False
    """The call starts it as well: no ``start()`` follows."""
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
    if isinstance(value, Function):
        return _through_function(names, value.scope, call)
    name = names.qualified_name(call.func, scope)
    if not name:
        if isinstance(call.func, ast.Attribute) and call.func.attr == "run_in_executor":
            return _executor(names, call, scope)
        return None
    row = behaviour_of(name)
    if row.makes is Makes.THREAD:
        return _thread(call, Spawner.THREAD)
    if row.makes is Makes.TIMER:
        return _timer(call)
    if row.makes is Makes.PROCESS:
        start = _thread(call, Spawner.PROCESS)
        return replace(start, runs_in=Context.UNKNOWN) if _is_ended(names, call, scope) else start
    if row.makes is Makes.RAW_THREAD:
        arguments, spread = _elements(argument(call, 1))
        return Start(
            Spawner.THREAD, call, argument(call, 0), arguments, (), spread, runs_in=Context.DAEMON
        )  # fmt: skip
    if row.calls_back is not None and row.calls_back.thread is not Thread.CALLER:
        runs_in = Context.DAEMON if row.calls_back.thread is Thread.DAEMON else None
        start = _direct(call, row.calls_back.argument, runs_in, Spawner.POOL)
        return start if row.calls_back.hands_on else replace(start, arguments=(), keywords=())
    owner, _, method = name.rpartition(".")
    if method == "run_in_executor":
        return _executor(names, call, scope)
    if method in _POOL_METHODS:
        pool = behaviour_of(owner).makes
        each = method not in ("submit", "apply", "apply_async")
        if pool is Makes.THREAD_POOL:
            start = _direct(call, 0, None, Spawner.POOL, each)
            return replace(start, one_at_a_time=_has_one_worker(names, call, scope))
        if pool in _PROCESS_POOLS and method == "submit":
            return _direct(call, 0, Context.CHILD_PROCESS, Spawner.PROCESS)
        if pool in _PROCESS_POOLS:
            # pool.close(); pool.join() waits for workers that end by themselves
            waits = pool is Makes.EXECUTOR_OF_PROCESSES or _is_told(names, _pool_of(call), scope, {"join"})
            return _pooled(call, Context.CHILD_PROCESS if waits else Context.UNKNOWN, Spawner.PROCESS, each)
        if pool is Makes.DAEMON_POOL:
            return _pooled(call, Context.DAEMON, Spawner.POOL, each)
    return None


def _through_function(names: Names, function: Scope, call: ast.Call) -> Start | None:
    """``spawn(read, ws)``, where ``def spawn(target, *args)`` starts a thread with what it is given."""
    node = function.node
    if not isinstance(node, ast.FunctionDef) or function.enclosing_class is not None or has_starred(call.args):
        return None
    if function not in names.threads_made:
        names.threads_made[function] = _thread_made(names, node, function)
    made = names.threads_made[function]
    if made is None:
        return None
    inner, parameters = _thread(made, Spawner.THREAD), _parameters(node)
    assert isinstance(inner.target, ast.Name)
    target = argument(call, parameters.index(inner.target.id))
    given = _given_on(node, parameters, inner, call)
    if target is None or given is None:
        return None
    daemon = inner.daemon if isinstance(inner.daemon, ast.Constant) else None
    return Start(Spawner.THREAD, call, target, given, daemon=daemon, started=True)


def _thread_made(names: Names, node: ast.FunctionDef, function: Scope) -> ast.Call | None:
    """The ``Thread(…)`` in a function whose target is one of its parameters."""
    parameters = _parameters(node)
    for part in (part for statement in node.body for part in walk(statement)) if parameters else ():
        if isinstance(part, ast.Call) and names.qualified_name(part.func, function) == "threading.Thread":
            target = _thread(part, Spawner.THREAD).target
            if isinstance(target, ast.Name) and target.id in parameters:
                return part
    return None


def _parameters(node: ast.FunctionDef) -> list[str]:
    return [parameter.arg for parameter in positional_parameters(node.args)]


def _given_on(
    node: ast.FunctionDef, parameters: list[str], inner: Start, call: ast.Call
) -> tuple[ast.expr, ...] | None:
    """The arguments of a call that the function hands on to the thread that it starts; None where others may be."""
    if inner.keywords or call.keywords:
        return None
    rest = node.args.vararg.arg if node.args.vararg is not None else ""
    if [part.id for part in inner.spread if isinstance(part, ast.Name)] == [rest]:
        return tuple(call.args[len(parameters) :])
    names = [part.id for part in inner.arguments if isinstance(part, ast.Name) and part.id in parameters]
    if inner.spread or len(names) != len(inner.arguments):
        return None
    given = [argument(call, parameters.index(name)) for name in names]
    return tuple(part for part in given if part is not None) if None not in given else None


def initializer_of_workers(names: Names, call: ast.Call, scope: Scope) -> Start | None:
    """The start that hands a function to the workers of a pool of processes: ``Pool(2, initializer=prepare)``.

    What it opens stays in the worker until the pool ends it, and how it does that is not followed.
    """
    if behaviour_of(names.qualified_name(call.func, scope)).makes not in _PROCESS_POOLS:
        return None
    return Start(Spawner.PROCESS, call, None, runs_in=Context.UNKNOWN, prepares_workers=True)


def _pool_of(call: ast.Call) -> ast.expr | None:
    return call.func.value if isinstance(call.func, ast.Attribute) else None


def _is_ended(names: Names, call: ast.Call, scope: Scope) -> bool:
    """Whether the process that a call creates is ended by its parent, so that it cannot keep anybody waiting.

    ``process.kill()``, ``process.terminate()``, or ``process.daemon = True`` in the function that creates it, or on the
    attribute that keeps it. Of one among several, in a list or a dict, any of these calls may be meant.
    """
    for statement in names.statements_of(scope.unit):
        if isinstance(statement, ast.Assign) and statement.value is call:
            return any(_is_told(names, target, scope, _ENDING) for target in statement.targets)
    owner = scope.surrounding_class
    units = [scope.unit] if owner is None else [unit for unit in names.scopes.by_node.values() if unit.parent is owner]
    return any(
        isinstance(part, ast.Attribute) and part.attr in _ENDING
        for unit in units
        for statement in names.statements_of(unit)
        for part in _own_parts(statement)
    )


def _is_told(names: Names, thing: ast.expr | None, scope: Scope, methods: Collection[str]) -> bool:
    """Whether one of these methods of a variable or an attribute is called, or the thing is made a daemon."""
    if not isinstance(thing, (ast.Name, ast.Attribute)):
        return False
    text = ast.unparse(thing)
    owner = scope.surrounding_class if isinstance(thing, ast.Attribute) else None
    units = [scope.unit] if owner is None else [unit for unit in names.scopes.by_node.values() if unit.parent is owner]
    return any(
        isinstance(part, ast.Attribute)
        and (part.attr in methods or (part.attr == "daemon" and isinstance(part.ctx, ast.Store)))
        and ast.unparse(part.value) == text
        for unit in units
        for statement in names.statements_of(unit)
        for part in _own_parts(statement)
    )


def carries_to_process(names: Names, call: ast.Call, scope: Scope) -> Start | None:
    """The hand-over that a call makes which puts something into a queue or a pipe between processes.

    Or gives it to the workers of a pool, for their initializer: ``Pool(2, initializer=prepare, initargs=(ws,))``.
    """
    qualified = names.qualified_name(call.func, scope)
    if behaviour_of(qualified).makes in _PROCESS_POOLS:
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


def _has_one_worker(names: Names, call: ast.Call, scope: Scope) -> bool:
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
    workers = _keyword(creation, "max_workers") or argument(creation, 0)
    if workers is None:
        return has_starred(creation.args)
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
        makes = behaviour_of(base).makes
        if makes in (Makes.THREAD, Makes.TIMER) and base != "threading._DummyThread":
            return Spawner.THREAD_SUBCLASS
        if makes is Makes.PROCESS:
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


def _keyword(call: ast.Call, name: str) -> ast.expr | None:
    return next((keyword.value for keyword in call.keywords if keyword.arg == name), None)


def _elements(node: ast.expr | None) -> tuple[tuple[ast.expr, ...], tuple[ast.expr, ...]]:
    """The arguments in a collection that can be told one by one, and the collections of the others."""
    if node is None:
        return (), ()
    if isinstance(node, (ast.Tuple, ast.List)) and not has_starred(node.elts):
        return tuple(node.elts), ()
    return (), (node,)


def _pairs(node: ast.expr | None) -> tuple[tuple[str, ast.expr], ...]:
    """The named arguments in a dictionary; one without a name stands for those that cannot be told."""
    if node is None or (isinstance(node, ast.Constant) and node.value is None):
        return ()
    if isinstance(node, ast.Dict):
        return tuple(
            (key.value if isinstance(key, ast.Constant) and isinstance(key.value, str) else "", value)
            for key, value in zip(node.keys, node.values)
        )
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "dict" and not node.args:
        return tuple((keyword.arg or "", keyword.value) for keyword in node.keywords)
    return (("", node),)


def _thread(call: ast.Call, spawner: Spawner, instance_of: Scope | None = None) -> Start:
    """``Thread(group, target, name, args, kwargs, *, daemon)``, and ``Process`` alike."""
    target = _keyword(call, "target") or argument(call, 1)
    arguments, spread = _elements(_keyword(call, "args") or argument(call, 3))
    runs_in = Context.CHILD_PROCESS if spawner is Spawner.PROCESS else None
    if _hides_arguments(call) and runs_in is None:
        runs_in = Context.UNKNOWN
    if spawner is Spawner.PROCESS and _is_true(_keyword(call, "daemon")):
        # A daemonic child is terminated when its parent ends: it cannot hang.
        runs_in = Context.UNKNOWN
    return Start(
        spawner,
        call,
        target,
        arguments,
        _pairs(_keyword(call, "kwargs") or argument(call, 4)),
        spread,
        runs_in,
        _keyword(call, "daemon"),
        instance_of=instance_of,
    )


def _hides_arguments(call: ast.Call) -> bool:
    """Whether a ``*`` or ``**`` stands in a call: it may pass more than shows."""
    return has_starred(call.args) or any(keyword.arg is None for keyword in call.keywords)


def _is_true(node: ast.expr | None) -> bool:
    return isinstance(node, ast.Constant) and node.value is True


def _timer(call: ast.Call) -> Start:
    """``Timer(interval, function, args, kwargs)``."""
    target = _keyword(call, "function") or argument(call, 1)
    arguments, spread = _elements(_keyword(call, "args") or argument(call, 2))
    return Start(Spawner.TIMER, call, target, arguments, _pairs(_keyword(call, "kwargs") or argument(call, 3)), spread)


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
            (),
            runs_in,
            _keyword(call, "daemon") if names.method(scope, "__init__") is None else None,
            instance_of=scope,
        )
    if names.method(scope, "__init__") is None:
        return _thread(call, Spawner.PROCESS if kind is Spawner.PROCESS else Spawner.THREAD, scope)
    return None


def _direct(call: ast.Call, position: int, runs_in: Context | None, spawner: Spawner, each: bool = False) -> Start:
    """``submit(function, *args, **kwargs)`` and its like; ``position`` is the one of the function."""
    rest = tuple(call.args[position + 1 :])
    keywords = tuple((keyword.arg or "", keyword.value) for keyword in call.keywords if keyword.arg != "timeout")
    return Start(spawner, call, argument(call, position), rest, keywords, (), runs_in, each=each)


def _pooled(call: ast.Call, runs_in: Context, spawner: Spawner, each: bool) -> Start:
    """``apply(function, args, kwds)`` and ``map(function, iterable)`` of multiprocessing's pools."""
    if each:
        return Start(spawner, call, argument(call, 0), tuple(call.args[1:2]), (), (), runs_in, each=True)
    arguments, spread = _elements(_keyword(call, "args") or argument(call, 1))
    return Start(spawner, call, argument(call, 0), arguments, (), spread, runs_in)


def _executor(names: Names, call: ast.Call, scope: Scope) -> Start | None:
    """``loop.run_in_executor(executor, function, *args)``."""
    if argument(call, 1) is None:
        return None
    executor = names.evaluate(call.args[0], scope)
    context: Context | None = Context.UNKNOWN
    spawner = Spawner.POOL
    makes = behaviour_of(executor.of).makes if isinstance(executor, Instance) and isinstance(executor.of, str) else None
    if isinstance(executor, Constant) and executor.value is None:
        context = None
    elif makes is Makes.THREAD_POOL:
        context = None
    elif makes in _PROCESS_POOLS:
        context, spawner = Context.CHILD_PROCESS, Spawner.PROCESS
    return _direct(call, 1, context, spawner)
