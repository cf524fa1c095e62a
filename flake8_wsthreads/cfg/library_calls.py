"""Calls of well-known functions of other modules: what becomes of their arguments."""

from __future__ import annotations

import ast
from collections.abc import Mapping

from flake8_wsthreads.cfg.arguments import arguments_of
from flake8_wsthreads.cfg.builder import Builder
from flake8_wsthreads.cfg.ends import ends_process, raised_by
from flake8_wsthreads.cfg.expressions import first_of_generator, has_elements, is_made_here
from flake8_wsthreads.cfg.instruction import Arguments, CallMethod, CloseLate, ProcessExit, Read
from flake8_wsthreads.cfg.lowering import lower
from flake8_wsthreads.cfg.mapped_calls import method_of_connection
from flake8_wsthreads.cfg.namespaces import is_namespace, record
from flake8_wsthreads.cfg.operand import (
    NONE,
    OBJECT,
    UNKNOWN,
    Callback,
    Closing,
    Element,
    Member,
    Numbers,
    Operand,
    Pack,
)
from flake8_wsthreads.cfg.safe_calls import SAFE_OVER_CONTAINERS, SAFE_READERS, iterates_quietly, never_fails
from flake8_wsthreads.facts import LateCloser
from flake8_wsthreads.library import behaviour_of
from flake8_wsthreads.library.behaviour import Keeps, Registers
from flake8_wsthreads.names.containers import makes_container
from flake8_wsthreads.source.syntax import argument, has_starred

LATE_CLOSERS: Mapping[Registers | None, LateCloser] = {
    Registers.AT_EXIT: LateCloser.ATEXIT,
    Registers.ON_DEATH: LateCloser.FINALIZE,
}
"""What calls late what it is given."""


def library_call(builder: Builder, node: ast.Call, name: str) -> Operand | None:
    """Calls of well-known functions; None for all others."""
    short = name.removeprefix("builtins.") if name.startswith("builtins.") else ""
    keeps = behaviour_of(name).keeps
    if keeps is Keeps.ELEMENTS:
        return _rearranged(builder, node, short)
    first = argument(node, 0)
    if short == "range" and len(node.args) == 1 and isinstance(first, ast.Constant):
        if isinstance(first.value, int) and 0 <= first.value:
            return Pack((UNKNOWN,) * min(first.value, 9))
    if short == "range" and (counted := _counted(builder, _turns_of(node))) is not None:
        return Numbers(counted)
    if keeps is Keeps.NOTHING:
        return _reader(builder, node, short)
    if short == "next" and isinstance(first, ast.GeneratorExp):
        return first_of_generator(builder, first, argument(node, 1))
    if short == "next" and first is not None:
        iterator = arguments_of(builder, node).positional[0]
        if isinstance(iterator, Pack) and has_elements(builder, iterator):
            return Element(iterator)  # next(iter(connections))
        target = builder.temporary()
        safe = never_fails(builder.names, first, "__next__", builder.scope)
        builder.emit(CallMethod(iterator, "__next__", target=target), node, safe)
        return target
    if name in ("typing.cast", "typing_extensions.cast") and argument(node, 1) is not None:
        return arguments_of(builder, node).positional[1]
    if name == "contextlib.closing" and first is not None:
        return Closing(arguments_of(builder, node).positional[0])
    raised = raised_by(name)
    if ends_process(name) or raised is not None:
        arguments_of(builder, node)
        if raised is None:
            builder.emit(ProcessExit(), node)
            builder.here = -1
        else:
            builder.raise_from_here(node, raised)
        return UNKNOWN
    if name == "atexit.unregister":
        arguments_of(builder, node)
        return NONE
    closer = LATE_CLOSERS.get(behaviour_of(name).registers)
    if closer is not None:
        arguments = arguments_of(builder, node)
        registered = arguments.all[1:] if closer is LateCloser.FINALIZE else arguments.all
        builder.emit(CloseLate(registered, closer), node)
        return OBJECT
    if name == "builtins.super":
        return UNKNOWN
    if first is not None and (method := method_of_connection(builder, node.func)):
        # ClientConnection.close(ws)
        arguments = arguments_of(builder, node)
        target = builder.temporary()
        others = Arguments(arguments.positional[1:], arguments.keywords, arguments.spread)
        builder.emit(CallMethod(arguments.positional[0], method, others, target), node)
        return target
    if name == "functools.partial" and first is not None:
        arguments = arguments_of(builder, node)
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
    arguments = arguments_of(builder, node)
    taken_apart = arguments.positional + arguments.spread
    if len(taken_apart) == 1 and isinstance(taken_apart[0], Numbers):
        return taken_apart[0]  # reversed(range(len(connections)))
    if name == "sorted" or not all(is_made_here(builder, operand) for operand in taken_apart):
        builder.emit(Read(taken_apart), node, name != "sorted" and _goes_through_quietly(builder, node))
    if name == "dict" and not taken_apart and arguments.keywords:
        return record(arguments)
    keywords = tuple(operand for _, operand in arguments.keywords) if name == "dict" else ()
    return Pack((*(Element(operand) for operand in taken_apart), *keywords))


def _reader(builder: Builder, node: ast.Call, name: str) -> Operand:
    arguments = arguments_of(builder, node)
    if name == "vars" and len(node.args) == 1 and is_namespace(builder, node.args[0]):
        return arguments.positional[0]
    builder.emit(Read(arguments.all), node, _reads_quietly(builder, node, name, arguments))
    attribute = argument(node, 1)
    if name == "getattr" and isinstance(attribute, ast.Constant) and isinstance(attribute.value, str):
        if is_namespace(builder, node.args[0]):
            return Element(arguments.positional[0], attribute.value)
        return builder.member(arguments.positional[0], attribute.value, node.args[0])
    return UNKNOWN


def _reads_quietly(builder: Builder, node: ast.Call, name: str, arguments: Arguments) -> bool:
    """Whether a builtin looks at what it is given without an error."""
    if name == "len":
        return all(_has_length(builder, part) for part in node.args)
    if name == "getattr":
        # with a literal it is an attribute like any other
        return argument(node, 2) is not None or isinstance(argument(node, 1), ast.Constant)
    if name in SAFE_OVER_CONTAINERS:
        made_here = all(is_made_here(builder, operand) for operand in arguments.all)
        return made_here or _goes_through_quietly(builder, node)
    return name in SAFE_READERS


def _goes_through_quietly(builder: Builder, node: ast.Call) -> bool:
    """Whether all that a call is given are containers, which it can go through."""
    return all(iterates_quietly(builder.names, part, builder.scope) for part in node.args)


def _turns_of(node: ast.Call) -> ast.expr | None:
    """How many numbers ``range(n)``, ``range(0, n)`` and ``range(n - 1, -1, -1)`` have; None for other ranges."""
    bounds = node.args
    if len(bounds) == 1 or (len(bounds) == 2 and ast.unparse(bounds[0]) == "0"):
        return bounds[-1]
    if len(bounds) != 3 or [ast.unparse(bound) for bound in bounds[1:]] != ["-1", "-1"]:
        return None
    last = bounds[0]
    if isinstance(last, ast.BinOp) and isinstance(last.op, ast.Sub) and ast.unparse(last.right) == "1":
        return last.left
    return None


def _counted(builder: Builder, node: ast.expr | None) -> Operand | None:
    """What ``len(connections)`` counts; None for all other expressions."""
    if not isinstance(node, ast.Call) or len(node.args) != 1 or node.keywords or has_starred(node.args):
        return None
    if builder.names.qualified_name(node.func, builder.scope) != "builtins.len":
        return None
    operand = lower(builder, node.args[0])
    builder.emit(Read((operand,)), node, safe=_has_length(builder, node.args[0]))
    return operand


def _has_length(builder: Builder, node: ast.expr) -> bool:
    """Whether ``len()`` of an expression does not raise: of a text, a container, or a variable.

    That a variable holds nothing that can be counted is a mistake, as to compare it with what is of another kind.
    """
    if isinstance(node, ast.Constant):
        return isinstance(node.value, (str, bytes))
    return isinstance(node, (ast.Name, ast.Attribute)) or makes_container(builder.names, node, builder.scope)
