"""``list(map(function, connections))``: a loop that calls the function for each element.

``map`` calls nothing until somebody asks for its results. So only one that is gone through where it stands is a loop.
"""

from __future__ import annotations

import ast

from flake8_wsthreads.cfg.builder import Builder
from flake8_wsthreads.cfg.instruction import Arguments, CallMethod, Give, Open
from flake8_wsthreads.cfg.lowering import lower
from flake8_wsthreads.cfg.operand import UNKNOWN, Callback, Known, Operand, ValueKind
from flake8_wsthreads.cfg.own_calls import emit_call
from flake8_wsthreads.cfg.run_for_each import run_for_each
from flake8_wsthreads.cfg.targets import loop_over
from flake8_wsthreads.library import behaviour_of
from flake8_wsthreads.library.behaviour import Holds, Keeps
from flake8_wsthreads.library.websockets import CONNECTION_CLASSES, OPENERS
from flake8_wsthreads.names.values import Function, Imported


def gone_through(builder: Builder, node: ast.Call, name: str) -> Operand | None:
    """The result of ``list(map(…))`` and the like, where ``name`` is the callable; None for all other calls."""
    behaviour = behaviour_of(name)
    if not behaviour.goes_through or not node.args:
        return None
    each = node.args[0]
    if isinstance(each, ast.Call) and is_mapped(builder, each):
        results = mapped(builder, each)
        keeps = behaviour.keeps is Keeps.ELEMENTS or behaviour.holds is Holds.ELEMENTS
    else:
        runs = run_for_each(builder.names, each, builder.scope)
        if runs is None:
            return None
        results, keeps = UNKNOWN, False
        iterable = lower(builder, each)
        head, leave, _ = loop_over(builder, iterable, node, runs)
        builder.go(head)
        builder.here = leave
        builder.emit(Give((iterable,)), node, safe=True)  # what it yields is in the result
    for part in (*node.args[1:], *(keyword.value for keyword in node.keywords)):
        lower(builder, part)
    return results if keeps else UNKNOWN


def is_mapped(builder: Builder, node: ast.expr) -> bool:
    """Whether an expression is ``map(function, iterable)`` of a function of the file, or of a method by its name."""
    if not isinstance(node, ast.Call) or len(node.args) != 2 or node.keywords:
        return False
    if builder.names.qualified_name(node.func, builder.scope) != "builtins.map":
        return False
    function = node.args[0]
    return isinstance(function, ast.Lambda) or bool(
        method_of_connection(builder, function)
        or builder.names.qualified_name(function, builder.scope) in OPENERS
        or isinstance(builder.names.evaluate(function, builder.scope), Function)
    )


def mapped(builder: Builder, node: ast.Call) -> Operand:
    """Add the loop; returns the container of what the function returns."""
    function, iterable = node.args
    method = method_of_connection(builder, function)
    opens = builder.names.qualified_name(function, builder.scope) in OPENERS
    callee = UNKNOWN if method or opens else lower(builder, function)
    results = builder.temporary()
    builder.graph.containers.add(results)
    builder.assign(results, Known(ValueKind.EMPTY), node)
    head, leave, element = loop_over(builder, lower(builder, iterable), node)
    result = builder.temporary()
    if method:
        builder.emit(CallMethod(element, method, target=result), node)
    elif opens:
        builder.emit(Open(result), function)
    elif isinstance(callee, Callback):
        arguments = Arguments((*callee.bound, element))
        emit_call(builder, function, callee.function, callee.receiver, arguments, result)
    builder.emit(CallMethod(results, "append", Arguments((result,))), node)
    builder.assign(element, UNKNOWN, node)
    builder.go(head)
    builder.here = leave
    return results


def method_of_connection(builder: Builder, function: ast.expr) -> str:
    """The method that a function calls on what it is given: ``ClientConnection.close``, ``methodcaller("close")``."""
    if isinstance(function, ast.Call):
        named = function.args[0] if len(function.args) == 1 and not function.keywords else None
        if builder.names.qualified_name(function.func, builder.scope) != "operator.methodcaller":
            return ""
        return named.value if isinstance(named, ast.Constant) and isinstance(named.value, str) else ""
    value = builder.names.evaluate(function, builder.scope)
    owner, _, method = value.name.rpartition(".") if isinstance(value, Imported) else ("", "", "")
    return method if owner in CONNECTION_CLASSES else ""
