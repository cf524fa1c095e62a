"""Calls as steps: what each callee does with its receiver and its arguments."""

from __future__ import annotations

import ast
from collections.abc import Iterable

from flake8_wsthreads.cfg.builder import Builder, ExpressionHandlers
from flake8_wsthreads.cfg.exits import ends_process, may_end_loops, never_returns, raised_by
from flake8_wsthreads.cfg.expressions import first_of_generator
from flake8_wsthreads.cfg.guards import entry_of_namespace
from flake8_wsthreads.cfg.instruction import (
    Arguments,
    CallMethod,
    CloseLate,
    Give,
    Open,
    ProcessExit,
    Read,
    Register,
    Spawn,
    Unpack,
)
from flake8_wsthreads.cfg.local_stacks import fill_stack
from flake8_wsthreads.cfg.lowering import lower
from flake8_wsthreads.cfg.mapped_calls import gone_through, method_of_connection
from flake8_wsthreads.cfg.namespaces import NAMESPACES, is_namespace, record
from flake8_wsthreads.cfg.operand import (
    NONE,
    OBJECT,
    UNKNOWN,
    Basic,
    Callback,
    Closing,
    Element,
    Known,
    Member,
    Operand,
    Pack,
)
from flake8_wsthreads.cfg.own_calls import emit_call, emit_construct
from flake8_wsthreads.cfg.partials import bound_arguments
from flake8_wsthreads.cfg.place import Place
from flake8_wsthreads.cfg.pool_results import opened_by_worker
from flake8_wsthreads.cfg.raised import builtin_error, failing
from flake8_wsthreads.cfg.safe_calls import (
    SAFE_READERS,
    logs,
    makes_object,
    method_never_raises,
    never_raises,
    pauses,
    reports,
)
from flake8_wsthreads.cfg.ways_to_end import ending_error, errors_leaving
from flake8_wsthreads.facts import LateCloser, Spawner
from flake8_wsthreads.library import METHOD_NAMES
from flake8_wsthreads.library.websockets import CLOSE_METHODS, RECONNECT
from flake8_wsthreads.names.scopes import Scope
from flake8_wsthreads.names.values import Class, Function, Imported, Instance, Partial
from flake8_wsthreads.names.websockets import is_connection, opens
from flake8_wsthreads.source.syntax import argument, positional_parameters
from flake8_wsthreads.threads.starts import Start, carries_to_process, recognise, target_function, thread_kind

_CLOSING = {"contextlib.closing"}
_CONTAINERS = {"builtins.list", "builtins.dict", "builtins.set", "builtins.tuple", "collections.deque"}
# They read their arguments and keep none of them.
_READERS = {
    "print", "len", "isinstance", "issubclass", "id", "repr", "str", "bool", "hasattr", "type", "callable", "format",
    "vars", "dir", "hash", "getattr", "ascii", "sum", "all", "any", "min", "max", "range",
}  # fmt: skip
# They return the elements of what they are given.
_PASS_THROUGH = {"list", "tuple", "set", "frozenset", "sorted", "reversed", "enumerate", "zip", "iter", "dict"}
_VIEWS = {"values", "items", "copy"}
# The stack, test case or fixture request will close what it is given.
_ENTERING = {"enter_context", "enterContext", "enterClassContext", "enterModuleContext"}
_REGISTERING = {
    "push": 0, "callback": 0, "addCleanup": 0, "addClassCleanup": 0, "addModuleCleanup": 0, "addfinalizer": 0,
}  # fmt: skip


def lower_call(builder: Builder, node: ast.Call) -> Operand:
    """Add the steps of a call; returns its result."""
    names, scope = builder.names, builder.scope
    if builder.loops and (ended_by := ending_error(node)):
        builder.leave_loops_by(ended_by)
    entry = entry_of_namespace(builder, node)
    if entry is not None:
        return entry
    callee = names.evaluate(node.func, scope)
    if opens(names, node, scope, builder.factories):
        lower(builder, node.func)
        _read(builder, node, _arguments(builder, node))
        target = builder.temporary()
        builder.emit(Open(target), node)
        return target
    start = recognise(names, node, scope) or carries_to_process(names, node, scope)
    if start is not None:
        return _start(builder, node, start)
    name = callee.name if isinstance(callee, Imported) else ""
    if name in RECONNECT:
        _read(builder, node, _arguments(builder, node))
        target = builder.temporary()
        builder.emit(Open(target, when_entered=True), node)
        return target
    qualified = names.qualified_name(node.func, scope)
    walked = gone_through(builder, node, qualified)
    if walked is not None:
        return walked
    defined_here = isinstance(callee, (Function, Class, Partial))
    if reports(qualified) or (not defined_here and logs(node.func)):
        arguments = _arguments(builder, node)
        if any(not isinstance(operand, Known) for operand in arguments.all):
            builder.emit(Read(arguments.all), node, safe=True)
        return OBJECT
    if qualified in NAMESPACES and not node.args and all(keyword.arg is not None for keyword in node.keywords):
        return record(_arguments(builder, node))
    if pauses(qualified):
        # what other threads do meanwhile counts
        builder.emit(CallMethod(UNKNOWN, "sleep", _arguments(builder, node)), node, safe=True)
        return NONE
    if never_raises(qualified, bool(node.args or node.keywords)) and name not in _CLOSING:
        arguments = _arguments(builder, node)
        if any(not isinstance(operand, Known) for operand in arguments.all):
            builder.emit(Give(arguments.all), node, safe=True)
        return OBJECT if node.args or node.keywords or name not in _CONTAINERS else Known(Basic.EMPTY)
    if name:
        done = _imported(builder, node, name)
        if done is not None:
            return done
    if (name or callee is None) and makes_object(qualified, node):
        arguments = _arguments(builder, node)
        builder.emit(Give(arguments.all), node, safe=True)
        return OBJECT
    if isinstance(callee, Partial):
        return _partial(builder, node, callee)
    if isinstance(callee, Function):
        return _function(builder, node, callee)
    if isinstance(callee, Class):
        return _construct(builder, node, callee.scope)
    if isinstance(node.func, ast.Attribute):
        return _method(builder, node, node.func)
    return _unknown(builder, node)


def _arguments(builder: Builder, node: ast.Call) -> Arguments:
    positional, spread = _in_order(builder, node.args)
    keywords: list[tuple[str, Operand]] = []
    for keyword in node.keywords:
        operand = lower(builder, keyword.value)
        if keyword.arg is None:
            spread += (Element(operand),)
        else:
            keywords.append((keyword.arg, operand))
    return Arguments(positional, tuple(keywords), spread)


def _in_order(builder: Builder, parts: Iterable[ast.expr]) -> tuple[tuple[Operand, ...], tuple[Operand, ...]]:
    """The operands whose positions show, and those that stand behind a ``*``."""
    positional: list[Operand] = []
    spread: list[Operand] = []
    for part in parts:
        (spread if spread or isinstance(part, ast.Starred) else positional).append(lower(builder, part))
    return tuple(positional), tuple(spread)


def _read(builder: Builder, node: ast.Call, arguments: Arguments) -> None:
    if arguments.all:
        builder.emit(Read(arguments.all), node)


def _unknown(builder: Builder, node: ast.Call) -> Operand:
    """A callable that this file does not define takes what it is given."""
    callee = lower(builder, node.func)
    arguments = _arguments(builder, node)
    if isinstance(callee, (Place, Member)):
        # close = ws.close; close()
        target = builder.temporary()
        builder.emit(CallMethod(callee, "", arguments, target), node)
        return target
    if isinstance(callee, Callback):
        return _emit_call(builder, node, callee.function, callee.receiver, arguments)
    builder.emit(Give((callee, *arguments.all)), node)
    return UNKNOWN


def _imported(builder: Builder, node: ast.Call, name: str) -> Operand | None:
    """Calls of well-known functions; None for all others."""
    short = name.removeprefix("builtins.") if name.startswith("builtins.") else ""
    if short in _PASS_THROUGH:
        return _rearranged(builder, node, short)
    first = argument(node, 0)
    if short == "range" and len(node.args) == 1 and isinstance(first, ast.Constant):
        if isinstance(first.value, int) and 0 <= first.value:
            return Pack((UNKNOWN,) * min(first.value, 9))
    if short in _READERS:
        return _reader(builder, node, short)
    if short == "next" and isinstance(first, ast.GeneratorExp):
        return first_of_generator(builder, first, argument(node, 1))
    if short == "next" and first is not None:
        arguments = _arguments(builder, node)
        target = builder.temporary()
        builder.emit(CallMethod(arguments.positional[0], "__next__", target=target), node)
        return target
    if name in ("typing.cast", "typing_extensions.cast") and argument(node, 1) is not None:
        return _arguments(builder, node).positional[1]
    if name == "contextlib.closing" and first is not None:
        return Closing(_arguments(builder, node).positional[0])
    raised = raised_by(name)
    if ends_process(name) or raised is not None:
        _arguments(builder, node)
        builder.leave_loops()
        if raised is None:
            builder.emit(ProcessExit(), node)
            builder.here = -1
        else:
            builder.raise_from_here(node, raised)
        return UNKNOWN
    if name == "atexit.unregister":
        _arguments(builder, node)
        return NONE
    if name in ("atexit.register", "weakref.finalize"):
        arguments = _arguments(builder, node)
        kind = LateCloser.ATEXIT if name == "atexit.register" else LateCloser.FINALIZE
        registered = arguments.all[1:] if kind is LateCloser.FINALIZE else arguments.all
        builder.emit(CloseLate(registered, kind), node)
        return OBJECT
    if name == "builtins.super":
        return UNKNOWN
    if first is not None and (method := method_of_connection(builder, node.func)):
        # ClientConnection.close(ws)
        arguments = _arguments(builder, node)
        target = builder.temporary()
        others = Arguments(arguments.positional[1:], arguments.keywords, arguments.spread)
        builder.emit(CallMethod(arguments.positional[0], method, others, target), node)
        return target
    if name == "functools.partial" and first is not None:
        arguments = _arguments(builder, node)
        base = arguments.positional[0]
        bound = arguments.positional[1:] + tuple(operand for _, operand in arguments.keywords) + arguments.spread
        if isinstance(base, Member):
            return base  # partial(ws.close, …) is a bound method still
        if isinstance(base, Callback):
            return Callback(base.function, base.receiver, base.bound + bound)
        return Pack((base, *bound))
    return None


def _rearranged(builder: Builder, node: ast.Call, name: str) -> Operand:
    """``list(connections)``, ``dict(ws=ws)``: a new container of the elements."""
    arguments = _arguments(builder, node)
    taken_apart = arguments.positional + arguments.spread
    if name == "sorted" or not all(_made_here(builder, operand) for operand in taken_apart):
        builder.emit(Read(taken_apart), node)
    if name == "dict" and not taken_apart and arguments.keywords:
        return record(arguments)
    keywords = tuple(operand for _, operand in arguments.keywords) if name == "dict" else ()
    return Pack((*(Element(operand) for operand in taken_apart), *keywords))


def _made_here(builder: Builder, operand: Operand) -> bool:
    """Whether an operand is a container of this function, which does not raise when it is read."""
    return isinstance(operand, Pack) or (isinstance(operand, Place) and operand in builder.graph.containers)


def _reader(builder: Builder, node: ast.Call, name: str) -> Operand:
    arguments = _arguments(builder, node)
    if name == "vars" and len(node.args) == 1 and is_namespace(builder, node.args[0]):
        return arguments.positional[0]
    counted = name == "len" and all(_has_length(builder, part) for part in node.args)
    has_default = name == "getattr" and argument(node, 2) is not None
    builder.emit(Read(arguments.all), node, safe=name in SAFE_READERS or counted or has_default)
    attribute = argument(node, 1)
    if name == "getattr" and isinstance(attribute, ast.Constant) and isinstance(attribute.value, str):
        if is_namespace(builder, node.args[0]):
            return Element(arguments.positional[0], attribute.value)
        return builder.member(arguments.positional[0], attribute.value, node.args[0])
    return UNKNOWN


def _has_length(builder: Builder, node: ast.expr) -> bool:
    """Whether an expression is known to be a text or a container: ``len()`` of it does not raise."""
    if isinstance(node, ast.Constant):
        return isinstance(node.value, (str, bytes))
    if isinstance(node, ast.Name):
        owner = builder.names.lookup(node.id, builder.scope)
        return owner is not None and builder.is_local_container(node.id, owner)
    return builder.makes_container(node, builder.scope)


def _partial(builder: Builder, node: ast.Call, callee: Partial) -> Operand:
    """A call of ``functools.partial(function, …)``: its own arguments come after the bound ones."""
    lower(builder, node.func)
    arguments = _arguments(builder, node)
    if isinstance(callee.function, Function):
        bound = bound_arguments(builder, callee)
        if bound is None:
            return _emit_call(builder, node, callee.function.scope, None, Arguments((), (), arguments.all))
        arguments = Arguments(bound.positional + arguments.positional, bound.keywords + arguments.keywords)
        return _emit_call(builder, node, callee.function.scope, None, arguments)
    variable = lower(builder, node.func)
    target = builder.temporary()
    builder.emit(CallMethod(variable, "", arguments, target), node)
    return target


def _receiver(builder: Builder, node: ast.expr) -> Operand | None:
    return lower(builder, node.value) if isinstance(node, ast.Attribute) else None


def _function(builder: Builder, node: ast.Call, callee: Function) -> Operand:
    receiver = _receiver(builder, node.func) if callee.receiver is not None else None
    if receiver is None:
        lower(builder, node.func)
    elif isinstance(node.func, ast.Attribute) and _is_super(node.func.value):
        receiver = _first_parameter(builder)
    arguments = _arguments(builder, node)
    return _emit_call(builder, node, callee.scope, receiver, arguments)


def _is_super(node: ast.expr) -> bool:
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "super"


def _first_parameter(builder: Builder) -> Operand:
    arguments = getattr(builder.unit.node, "args", None)
    first = next(iter(positional_parameters(arguments)), None) if arguments is not None else None
    return builder.variable(first.arg, first) if first is not None else UNKNOWN


def _emit_call(
    builder: Builder, node: ast.Call, function: Scope, receiver: Operand | None, arguments: Arguments
) -> Operand:
    if builder.loops:
        if may_end_loops(builder.names, function):
            builder.leave_loops()
        for ended_by in errors_leaving(builder.names, function):
            builder.leave_loops_by(ended_by)
    if never_returns(builder.names, function):
        emit_call(builder, node, function, receiver, arguments, None)
        builder.here = -1
        return UNKNOWN
    target = builder.temporary()
    emit_call(builder, node, function, receiver, arguments, target)
    return target


def _construct(builder: Builder, node: ast.Call, scope: Scope) -> Operand:
    lower(builder, node.func)
    arguments = _arguments(builder, node)
    target = builder.temporary()
    emit_construct(builder, node, scope, arguments, target)
    return target


def _method(builder: Builder, node: ast.Call, func: ast.Attribute) -> Operand:
    """A method of an object whose class the file does not tell: maybe of a connection."""
    if func.attr == "result" and (opened := opened_by_worker(builder, func.value)) is not None:
        _arguments(builder, node)
        return opened
    base = lower(builder, func.value)
    arguments = _arguments(builder, node)
    if func.attr == "fail" and _is_test_case(builder, func.value):
        builder.leave_loops()
        builder.raise_from_here(node, failing(builtin_error(AssertionError)))
        return UNKNOWN
    filled = fill_stack(builder, node, base, arguments.positional)
    if filled is not None:
        return filled
    if func.attr in _ENTERING and len(arguments.positional) == 1:
        _register(builder, node, arguments.positional, base, enters=True)
        return arguments.positional[0]
    if func.attr in _REGISTERING and arguments.positional:
        _register(builder, node, arguments.all, base, enters=False)
        return arguments.positional[0]
    if func.attr in _VIEWS and not arguments.all:
        if not (isinstance(base, Place) and base in builder.graph.containers):
            # who holds the connection is a container, and has these methods
            builder.emit(Unpack(base), node)
        return base
    target = builder.temporary()
    if is_namespace(builder, func.value):
        # what stands under the name is called
        builder.emit(CallMethod(Element(base, func.attr), "", arguments, target), node)
        return target
    builder.emit(CallMethod(base, func.attr, arguments, target), node)
    if func.attr == "acquire":
        builder.locks += 1  # semaphore.acquire(): what follows waits for its turn
    if func.attr in CLOSE_METHODS and is_connection(builder.names, func.value, builder.scope, builder.factories):
        # close() of a connection does not raise (websockets, sync/connection.py)
        builder.graph.nodes[builder.here].safe = True
    if func.attr in METHOD_NAMES:
        qualified = builder.names.qualified_name(func, builder.scope)
        if method_never_raises(qualified, node, lambda: builder.rest.off_main(builder.unit)):
            builder.graph.nodes[builder.here].safe = True
    if func.attr in ("start", "is_alive") and _is_thread(builder, func.value):
        # starting raises only when the machine has no thread left
        builder.graph.nodes[builder.here].safe = True
    if func.attr == "is_alive":
        builder.graph.thread_slots.add(target)
    if func.attr == "wait":
        builder.graph.wait_slots.add(target)
    if func.attr in ("assertRaises",):
        return UNKNOWN
    return target


def _register(builder: Builder, node: ast.Call, given: tuple[Operand, ...], base: Operand, enters: bool) -> None:
    """Something is left to a stack, which closes it where the exit of the stack's own block is followed."""
    stack = builder.stacks.get(base) if isinstance(base, Place) else None
    if stack is not None:
        builder.graph.registered[stack] += 1
    builder.emit(Register(given, enters, stack), node)


def _is_test_case(builder: Builder, node: ast.expr) -> bool:
    """Whether an object is a test case of unittest (or of a framework that builds on it)."""
    value = builder.names.evaluate(node, builder.scope)
    if not isinstance(value, Instance) or isinstance(value.of, str):
        return False
    return any(base.endswith("TestCase") for base in builder.names.foreign_bases(value.of))


def _is_thread(builder: Builder, node: ast.expr) -> bool:
    value = builder.names.evaluate(node, builder.scope)
    if not isinstance(value, Instance):
        return False
    if isinstance(value.of, str):
        return value.of in ("threading.Thread", "threading.Timer")
    return thread_kind(builder.names, value.of) is Spawner.THREAD_SUBCLASS


def _start(builder: Builder, node: ast.Call, start: Start) -> Operand:
    """A call that starts a thread or a process: its arguments stay its caller's."""
    names, scope = builder.names, builder.scope
    if isinstance(node.func, ast.Attribute):
        lower(builder, node.func.value)
    function, bound, _ = target_function(names, start, scope)
    target_operand = lower(builder, start.target) if start.target is not None else UNKNOWN
    positional, spread = _in_order(builder, (*bound, *start.arguments))
    spread += tuple([Element(lower(builder, part)) for part in start.spread])
    if start.each:
        positional = tuple(Element(operand) for operand in positional)
    keywords = tuple([(keyword, lower(builder, value)) for keyword, value in start.keywords])
    handled = {
        id(part)
        for part in (start.target, *start.arguments, *start.spread, *(value for _, value in start.keywords))
    }
    for part in (*node.args, *(keyword.value for keyword in node.keywords)):
        if id(part) not in handled and not isinstance(part, (ast.Tuple, ast.List, ast.Dict)):
            lower(builder, part)
    arguments = Arguments(positional, keywords, spread)
    target = builder.temporary()
    receiver = target_operand.receiver if isinstance(target_operand, Callback) else None
    if isinstance(target_operand, Callback):
        arguments = Arguments(target_operand.bound + positional if not bound else positional, keywords, spread)
    if start.instance_of is not None and start.target is None:
        receiver = target
        emit_construct(builder, node, start.instance_of, arguments, target)
        arguments = Arguments()
    runs = function.scope if function is not None else None
    bound_to = None if start.instance_of is not None else target
    # making a thread object does not raise; handing work to a pool may
    safe = start.spawner in (Spawner.THREAD, Spawner.TIMER, Spawner.THREAD_SUBCLASS)
    builder.emit(Spawn(start, target_operand, runs, receiver, arguments, bound_to), node, safe)
    builder.graph.thread_slots.add(target)
    return target


EXPRESSIONS: ExpressionHandlers = {ast.Call: lower_call}
