"""Calls as steps: what each callee does with its receiver and its arguments."""

from __future__ import annotations

import ast

from flake8_wsthreads.cfg.arguments import arguments_of, in_order
from flake8_wsthreads.cfg.builder import Builder, ExpressionHandlers
from flake8_wsthreads.cfg.conditions import answer, asked_by_bool
from flake8_wsthreads.cfg.ends import never_returns
from flake8_wsthreads.cfg.guards import entry_of_namespace
from flake8_wsthreads.cfg.instruction import Arguments, CallMethod, Give, Open, Read, Register, Spawn, Unpack
from flake8_wsthreads.cfg.library_calls import library_call
from flake8_wsthreads.cfg.local_stacks import fill_stack
from flake8_wsthreads.cfg.lowering import lower
from flake8_wsthreads.cfg.mapped_calls import gone_through
from flake8_wsthreads.cfg.namespaces import is_namespace, record
from flake8_wsthreads.cfg.operand import (
    NONE,
    OBJECT,
    UNKNOWN,
    Callback,
    Element,
    Known,
    Member,
    Operand,
    ValueKind,
    place_of,
)
from flake8_wsthreads.cfg.own_calls import captured_here, emit_call, emit_construct
from flake8_wsthreads.cfg.partials import bound_arguments
from flake8_wsthreads.cfg.place import Place
from flake8_wsthreads.cfg.pool_results import opened_by_worker
from flake8_wsthreads.cfg.raised import builtin_error, failing
from flake8_wsthreads.cfg.safe_calls import logs, makes_object, method_never_raises, never_raises, pauses
from flake8_wsthreads.cfg.swallowing_decorators import keeps_errors
from flake8_wsthreads.cfg.told_values import note_bound_by
from flake8_wsthreads.facts import Spawner
from flake8_wsthreads.library import METHOD_NAMES, behaviour_of, behaviour_of_method, reports
from flake8_wsthreads.library.behaviour import Holds, Registers
from flake8_wsthreads.library.containers import KEYED, VIEWS
from flake8_wsthreads.library.websockets import CLOSE_METHODS, RECONNECT
from flake8_wsthreads.names.overriding import called_may_be_another, may_be_another
from flake8_wsthreads.names.scopes import BindingKind, Scope
from flake8_wsthreads.names.values import Class, Function, Imported, Instance, Method, Partial, Value
from flake8_wsthreads.names.websockets import is_connection, opens
from flake8_wsthreads.source.syntax import argument, first_parameter
from flake8_wsthreads.threads.processes import carries_to_process
from flake8_wsthreads.threads.start import Start
from flake8_wsthreads.threads.starts import recognise, target_function, thread_kind


def lower_call(builder: Builder, node: ast.Call) -> Operand:
    """Add the steps of a call; returns its result."""
    names, scope = builder.names, builder.scope
    entry = entry_of_namespace(builder, node)
    if entry is not None:
        return entry
    callee = names.evaluate(node.func, scope)
    if opens(names, node, scope, builder.factories):
        lower(builder, node.func)
        _read(builder, node, arguments_of(builder, node))
        target = builder.temporary()
        handled = builder.handled[-1] if builder.handled else None
        builder.emit(Open(target, handling=handled.depth if handled and handled.is_for_end else None), node)
        return target
    start = recognise(names, node, scope) or carries_to_process(names, node, scope)
    if start is not None:
        return _start(builder, node, start)
    name = callee.name if isinstance(callee, Imported) else ""
    if name in RECONNECT:
        _read(builder, node, arguments_of(builder, node))
        target = builder.temporary()
        builder.emit(Open(target, when_entered=True), node)
        return target
    qualified = names.qualified_name(node.func, scope)
    walked = gone_through(builder, node, qualified)
    if walked is not None:
        return walked
    defined_here = isinstance(callee, (Function, Class, Partial))
    if reports(qualified) or (not defined_here and logs(node.func)):
        arguments = arguments_of(builder, node)
        if any(not isinstance(operand, Known) for operand in arguments.all):
            builder.emit(Read(arguments.all), node, safe=True)
        return OBJECT
    holds = behaviour_of(qualified).holds
    if holds is Holds.ATTRIBUTES and not node.args and all(keyword.arg is not None for keyword in node.keywords):
        return record(arguments_of(builder, node))
    if asked_by_bool(builder, node) is not None:
        return answer(builder, node)
    if pauses(qualified):
        # what other threads do meanwhile counts
        builder.emit(CallMethod(UNKNOWN, "sleep", arguments_of(builder, node)), node, safe=True)
        return NONE
    if not isinstance(callee, Method) and name != "contextlib.closing" and never_raises(names, qualified, node, scope):
        arguments = arguments_of(builder, node)
        if any(not isinstance(operand, Known) for operand in arguments.all):
            builder.emit(Give(arguments.all), node, safe=True)
        if behaviour_of(qualified).returns:
            return UNKNOWN
        return OBJECT if node.args or node.keywords or holds is not Holds.ELEMENTS else Known(ValueKind.EMPTY)
    if name:
        done = library_call(builder, node, name)
        if done is not None:
            return done
    if (name or callee is None) and makes_object(qualified, node):
        arguments = arguments_of(builder, node)
        builder.emit(Give(arguments.all), node, safe=True)
        return OBJECT
    if isinstance(callee, Partial):
        return _partial(builder, node, callee)
    if isinstance(callee, Function):
        if isinstance(node.func, ast.Attribute) and called_may_be_another(names, node.func, callee.scope, scope):
            return _method(builder, node, node.func)
        return _function(builder, node, callee)
    if isinstance(callee, Class):
        return _construct(builder, node, callee.scope)
    called = _called_object(builder, node.func, callee)
    if called is not None:
        return _emit_call(builder, node, called, lower(builder, node.func), arguments_of(builder, node))
    if isinstance(node.func, ast.Attribute):
        return _method(builder, node, node.func)
    return _unknown(builder, node)


def _called_object(builder: Builder, node: ast.expr, callee: Value | None) -> Scope | None:
    """The ``__call__`` that runs when an object of a class of this file is called; None for all else."""
    if not isinstance(callee, Instance) or not isinstance(callee.of, Scope):
        return None
    method = builder.names.attribute(callee, "__call__")
    if not isinstance(method, Function) or may_be_another(builder.names, node, method.scope, builder.scope):
        return None
    return method.scope


def _read(builder: Builder, node: ast.Call, arguments: Arguments) -> None:
    if arguments.all:
        builder.emit(Read(arguments.all), node, safe=True)


def _unknown(builder: Builder, node: ast.Call) -> Operand:
    """A callable that this file does not define takes what it is given."""
    callee = lower(builder, node.func)
    arguments = arguments_of(builder, node)
    if isinstance(callee, Callback):
        return _emit_call(builder, node, callee.function, callee.receiver, arguments)
    safe = keeps_errors(builder.names, node.func, builder.scope)
    if isinstance(callee, (Place, Member)):
        # close = ws.close; close()
        target = builder.temporary()
        builder.emit(CallMethod(callee, "", arguments, target), node, safe)
        return target
    builder.emit(Give((callee, *arguments.all)), node, safe)
    return UNKNOWN


def _partial(builder: Builder, node: ast.Call, callee: Partial) -> Operand:
    """A call of ``functools.partial(function, …)``: its own arguments come after the bound ones."""
    partial = lower(builder, node.func)
    arguments = arguments_of(builder, node)
    if isinstance(callee.function, Function):
        bound = bound_arguments(builder, callee)
        if bound is None:
            return _emit_call(builder, node, callee.function.scope, None, Arguments((), (), (partial, *arguments.all)))
        arguments = Arguments(bound.positional + arguments.positional, bound.keywords + arguments.keywords)
        return _emit_call(builder, node, callee.function.scope, None, arguments)
    target = builder.temporary()
    builder.emit(CallMethod(partial, "", arguments, target), node)
    return target


def _receiver(builder: Builder, node: ast.expr) -> Operand | None:
    return lower(builder, node.value) if isinstance(node, ast.Attribute) else None


def _function(builder: Builder, node: ast.Call, callee: Function) -> Operand:
    receiver = _receiver(builder, node.func) if callee.receiver is not None else None
    if receiver is None:
        lower(builder, node.func)
    elif isinstance(node.func, ast.Attribute) and _is_super(node.func.value):
        receiver = _first_parameter(builder)
    arguments = arguments_of(builder, node)
    result = _emit_call(builder, node, callee.scope, receiver, arguments)
    note_bound_by(builder, node, callee.scope)
    return result


def _is_super(node: ast.expr) -> bool:
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "super"


def _first_parameter(builder: Builder) -> Operand:
    first = first_parameter(builder.function.node)
    return builder.variable(first.arg, first) if first is not None else UNKNOWN


def _emit_call(
    builder: Builder, node: ast.Call, function: Scope, receiver: Operand | None, arguments: Arguments
) -> Operand:
    if never_returns(builder.names, function):
        emit_call(builder, node, function, receiver, arguments, None)
        builder.here = -1
        return UNKNOWN
    target = builder.temporary()
    emit_call(builder, node, function, receiver, arguments, target)
    return target


def _construct(builder: Builder, node: ast.Call, scope: Scope) -> Operand:
    lower(builder, node.func)
    arguments = arguments_of(builder, node)
    target = builder.temporary()
    emit_construct(builder, node, scope, arguments, target)
    return target


def _method(builder: Builder, node: ast.Call, func: ast.Attribute) -> Operand:
    """A method of an object whose class the file does not tell: maybe of a connection."""
    if func.attr == "result" and (opened := opened_by_worker(builder, func.value)) is not None:
        arguments_of(builder, node)
        return opened
    base = lower(builder, func.value)
    arguments = arguments_of(builder, node)
    if func.attr == "fail" and _is_test_case(builder, func.value):
        builder.raise_from_here(node, failing(builtin_error(AssertionError)))
        return UNKNOWN
    filled = fill_stack(builder, node, base, arguments.positional)
    if filled is not None:
        return filled
    registers = behaviour_of_method(func.attr).registers
    if registers is Registers.ENTERED and len(arguments.positional) == 1:
        _register(builder, node, arguments.positional, base, enters=True)
        return arguments.positional[0]
    if registers is Registers.CALLED and arguments.positional:
        _register(builder, node, arguments.all, base, enters=False)
        return arguments.positional[0]
    if func.attr in VIEWS and not arguments.all:
        if not (isinstance(base, Place) and base in builder.graph.containers):
            # who holds the connection is a container, and has these methods
            builder.emit(Unpack(base), node, _has_safe_row(builder, node))
        return base
    target = builder.temporary()
    if is_namespace(builder, func.value):
        # what stands under the name is called
        builder.emit(CallMethod(Element(base, func.attr), "", arguments, target), node)
        return target
    builder.emit(CallMethod(base, func.attr, arguments, target, _key(node, func.attr)), node)
    if func.attr == "acquire":
        builder.locks += 1  # semaphore.acquire(): what follows waits for its turn
    if func.attr in CLOSE_METHODS and _is_connection(builder, func.value):
        # close() of a connection does not raise (websockets, sync/connection.py)
        builder.graph.nodes[builder.here].safe = True
    if keeps_errors(builder.names, func, builder.scope):
        builder.graph.nodes[builder.here].safe = True
    if func.attr in METHOD_NAMES and _has_safe_row(builder, node):
        builder.graph.nodes[builder.here].safe = True
    if func.attr in ("start", "is_alive") and _is_thread(builder, func.value):
        # starting raises only when the machine has no thread left
        builder.graph.nodes[builder.here].safe = True
    if func.attr == "is_alive":
        builder.graph.thread_places[target] = set()
    if func.attr == "wait":
        builder.graph.wait_places.add(target)
    if func.attr == "assertRaises":
        return UNKNOWN
    return target


def _has_safe_row(builder: Builder, node: ast.Call) -> bool:
    """Whether what is known of the class of an object says that this method of it does not raise."""
    name = builder.names.qualified_name(node.func, builder.scope)
    waits = method_never_raises(name, node, lambda: builder.rest.off_main(builder.function))
    return waits or never_raises(builder.names, name, node, builder.scope)


def _key(node: ast.Call, method: str) -> object:
    """The literal under which a method looks something up, or puts it: ``feeds.get("a")``, ``feeds.update(a=ws)``."""
    if method == "update" and len(node.keywords) == 1 and not node.args:
        return node.keywords[0].arg
    first = argument(node, 0) if method in KEYED else None
    return first.value if isinstance(first, ast.Constant) else None


def _is_connection(builder: Builder, node: ast.expr) -> bool:
    """Whether an expression is a connection; of a variable of an enclosing scope, whether any binding makes it one."""
    names, factories = builder.names, builder.factories
    if is_connection(names, node, builder.scope, factories):
        return True
    owner = names.lookup(node.id, builder.scope) if isinstance(node, ast.Name) else None
    if owner is None or owner is builder.function or not isinstance(node, ast.Name):
        return False
    values = [binding for binding in owner.bindings[node.id] if binding.kind is BindingKind.VALUE]
    made = ((binding.node, binding.scope) for binding in values)
    return any(isinstance(value, ast.expr) and is_connection(names, value, scope, factories) for value, scope in made)


def _register(builder: Builder, node: ast.Call, given: tuple[Operand, ...], base: Operand, enters: bool) -> None:
    """Something is left to a stack, which closes it where the exit of the stack's own block is followed."""
    stack = builder.stacks.get(base) if isinstance(base, Place) else None
    if stack is not None:
        builder.graph.registered[stack] += 1
    builder.emit(Register(given, enters, stack, place_of(base) if stack is None else None), node)


def _is_test_case(builder: Builder, node: ast.expr) -> bool:
    """Whether an object is a test case of unittest (or of a framework that builds on it)."""
    value = builder.names.evaluate(node, builder.scope)
    if not isinstance(value, Instance) or isinstance(value.of, str):
        return False
    return any(base.endswith("TestCase") for base in builder.names.classes.foreign_bases(value.of))


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
    positional, spread = in_order(builder, (*bound, *start.arguments))
    spread += tuple([Element(lower(builder, part)) for part in start.spread])
    if start.each:
        positional = (*positional[: len(bound)], *map(Element, positional[len(bound) :]))
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
    if isinstance(target_operand, Member) and function is not None and isinstance(function.receiver, Instance):
        receiver = target_operand.base  # for client in clients: Thread(target=client.read)
    elif receiver is None and function is not None and function.scope.name == "__call__":
        receiver = target_operand  # Thread(target=Reader(ws))
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
    spawn = Spawn(start, target_operand, runs, receiver, arguments, bound_to, captured_here(builder, runs))
    step = builder.emit(spawn, node, safe)
    builder.graph.thread_places[target] = {step}
    return target


EXPRESSIONS: ExpressionHandlers = {ast.Call: lower_call}
