"""Calls that start code on another thread or in another process, recognised from the call itself."""

from __future__ import annotations

import ast
from dataclasses import replace

from flake8_wsthreads.facts import Context, Spawner
from flake8_wsthreads.library import STARTERS, behaviour_of
from flake8_wsthreads.library.base_classes import QT_THREADS
from flake8_wsthreads.library.behaviour import Makes, Thread
from flake8_wsthreads.names.elements import element_named
from flake8_wsthreads.names.evaluate import Names
from flake8_wsthreads.names.mentions import SourceIndex
from flake8_wsthreads.names.scopes import Scope
from flake8_wsthreads.names.values import Class, Constant, Function, Imported, Instance, Partial
from flake8_wsthreads.source.syntax import argument, has_starred, keyword_argument, positional_parameters, walk
from flake8_wsthreads.threads.processes import PROCESS_POOLS, is_ended, is_told
from flake8_wsthreads.threads.start import MadeBy, Start
from flake8_wsthreads.threads.workers import has_one_worker

_POOL_METHODS = {
    "submit", "map", "apply", "apply_async", "map_async", "imap", "imap_unordered", "starmap", "starmap_async",
}  # fmt: skip
_IN_EXECUTOR = "run_in_executor"


def may_start_something(source: SourceIndex) -> bool:
    """Whether a file names anything that starts, or feeds, another thread or process: a quick look at its words."""
    if source.lines_of(_IN_EXECUTOR):
        return True
    return any(source.may_import(package) and source.lines_of(name) for package, name in STARTERS)


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
        if isinstance(call.func, ast.Attribute) and call.func.attr == _IN_EXECUTOR:
            return _executor(names, call, scope)
        return None
    row = behaviour_of(name)
    if row.makes is Makes.THREAD:
        return _thread(call, Spawner.THREAD)
    if row.makes is Makes.TIMER:
        return _timer(call)
    if row.makes is Makes.PROCESS:
        start = _thread(call, Spawner.PROCESS)
        return replace(start, runs_in=Context.UNKNOWN) if is_ended(names, call, scope) else start
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
    if method == _IN_EXECUTOR:
        return _executor(names, call, scope)
    if method in _POOL_METHODS:
        pool = behaviour_of(owner).makes
        each = method not in ("submit", "apply", "apply_async")
        if pool is Makes.THREAD_POOL:
            start = _direct(call, 0, None, Spawner.POOL, each)
            return replace(start, one_at_a_time=has_one_worker(names, call, scope))
        if pool in PROCESS_POOLS and method == "submit":
            return _direct(call, 0, Context.CHILD_PROCESS, Spawner.PROCESS)
        if pool in PROCESS_POOLS:
            # pool.close(); pool.join() waits for workers that end by themselves
            waits = pool is Makes.EXECUTOR_OF_PROCESSES or is_told(names, _pool_of(call), scope, {"join"})
            return _pooled(call, Context.CHILD_PROCESS if waits else Context.UNKNOWN, Spawner.PROCESS, each)
        if pool is Makes.DAEMON_POOL:
            return _pooled(call, Context.DAEMON, Spawner.POOL, each)
    return None


def _through_function(names: Names, function: Scope, call: ast.Call) -> Start | None:
    """``spawn(read, ws)``, where ``def spawn(target, *args)`` starts a thread with what it is given."""
    node = function.node
    if not isinstance(node, ast.FunctionDef) or function.method_of is not None or has_starred(call.args):
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
    started = any(isinstance(part, ast.Attribute) and part.attr == "start" for part in walk(node))
    made_by = MadeBy(function, inner)
    return Start(Spawner.THREAD, call, target, given, runs_in=inner.runs_in, started=started, made_by=made_by)


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
    handed_on = {part.id for part in (inner.target, *inner.arguments) if isinstance(part, ast.Name)}
    if inner.keywords or any(keyword.arg is None or keyword.arg in handed_on for keyword in call.keywords):
        return None
    rest = node.args.vararg.arg if node.args.vararg is not None else ""
    if [part.id for part in inner.spread if isinstance(part, ast.Name)] == [rest]:
        return tuple(call.args[len(parameters) :])
    names = [part.id for part in inner.arguments if isinstance(part, ast.Name) and part.id in parameters]
    if inner.spread or len(names) != len(inner.arguments):
        return None
    given = [argument(call, parameters.index(name)) for name in names]
    return tuple(part for part in given if part is not None) if None not in given else None


def _pool_of(call: ast.Call) -> ast.expr | None:
    return call.func.value if isinstance(call.func, ast.Attribute) else None


def thread_kind(names: Names, scope: Scope) -> Spawner | None:
    """THREAD_SUBCLASS or PROCESS when the class of this file inherits from a thread or process class."""
    for base in names.classes.foreign_bases(scope):
        makes = behaviour_of(base).makes
        if makes in (Makes.THREAD, Makes.TIMER) and base != "threading._DummyThread":
            return Spawner.THREAD_SUBCLASS
        if makes is Makes.PROCESS:
            return Spawner.PROCESS
    return None


def is_qt_thread(names: Names, scope: Scope) -> bool:
    """Whether the class inherits from a thread class of Qt: threads that the interpreter did not start."""
    return any(base.rpartition(".")[2] in QT_THREADS for base in names.classes.foreign_bases(scope))


def flag(names: Names, expression: ast.expr | None, scope: Scope) -> bool | None:
    """The truth of a daemon flag, None where the file does not tell."""
    value = names.evaluate(expression, scope)
    if isinstance(value, Constant) and isinstance(value.value, (bool, int)):
        return bool(value.value)
    return None


def target_function(names: Names, start: Start, scope: Scope) -> tuple[Function | None, tuple[ast.expr, ...], Scope]:
    """The function of this file that the start runs, with the arguments that ``partial`` puts before the others."""
    if start.instance_of is not None and start.target is None:
        run = names.classes.method(start.instance_of, "run")
        return (Function(run, Instance(start.instance_of)) if run is not None else None), (), scope
    expression: ast.expr | None = start.target
    bound: tuple[ast.expr, ...] = ()
    value = names.evaluate(expression, scope)
    if value is None and isinstance(expression, ast.Attribute):
        # for client in clients: Thread(target=client.run)
        value = names.attribute(element_named(names, expression.value, scope), expression.attr)
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
    elif isinstance(value, Instance):
        value = names.attribute(value, "__call__")  # Thread(target=Reader(ws))
    return (value if isinstance(value, Function) else None), bound, scope


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
    target = keyword_argument(call, "target") or argument(call, 1)
    arguments, spread = _elements(keyword_argument(call, "args") or argument(call, 3))
    runs_in = Context.CHILD_PROCESS if spawner is Spawner.PROCESS else None
    if _hides_arguments(call) and runs_in is None:
        runs_in = Context.UNKNOWN
    if spawner is Spawner.PROCESS and _is_true(keyword_argument(call, "daemon")):
        # A daemonic child is terminated when its parent ends: it cannot hang.
        runs_in = Context.UNKNOWN
    return Start(
        spawner,
        call,
        target,
        arguments,
        _pairs(keyword_argument(call, "kwargs") or argument(call, 4)),
        spread,
        runs_in,
        keyword_argument(call, "daemon"),
        instance_of=instance_of,
    )


def _hides_arguments(call: ast.Call) -> bool:
    """Whether a ``*`` or ``**`` stands in a call: it may pass more than shows."""
    return has_starred(call.args) or any(keyword.arg is None for keyword in call.keywords)


def _is_true(node: ast.expr | None) -> bool:
    return isinstance(node, ast.Constant) and node.value is True


def _timer(call: ast.Call) -> Start:
    """``Timer(interval, function, args, kwargs)``."""
    target = keyword_argument(call, "function") or argument(call, 1)
    arguments, spread = _elements(keyword_argument(call, "args") or argument(call, 2))
    keywords = _pairs(keyword_argument(call, "kwargs") or argument(call, 3))
    return Start(Spawner.TIMER, call, target, arguments, keywords, spread)


def _subclass(names: Names, scope: Scope, call: ast.Call) -> Start | None:
    """An instance of a subclass: what runs is its ``run()``, or the target that it hands to the base class."""
    kind = thread_kind(names, scope)
    if kind is None:
        return None
    if names.classes.method(scope, "run") is not None:
        runs_in = Context.CHILD_PROCESS if kind is Spawner.PROCESS else None
        return Start(
            kind,
            call,
            None,
            tuple(call.args),
            tuple((keyword.arg or "", keyword.value) for keyword in call.keywords),
            (),
            runs_in,
            keyword_argument(call, "daemon") if names.classes.method(scope, "__init__") is None else None,
            instance_of=scope,
        )
    if names.classes.method(scope, "__init__") is None:
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
    arguments, spread = _elements(keyword_argument(call, "args") or argument(call, 1))
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
    elif makes in PROCESS_POOLS:
        context, spawner = Context.CHILD_PROCESS, Spawner.PROCESS
    return _direct(call, 1, context, spawner)
