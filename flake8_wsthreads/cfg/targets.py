"""What assignments and loops bind."""

from __future__ import annotations

import ast

from flake8_wsthreads.cfg.builder import Builder
from flake8_wsthreads.cfg.instruction import Arguments, CallMethod, Give, Next, Unpack
from flake8_wsthreads.cfg.lowering import lower
from flake8_wsthreads.cfg.namespaces import is_namespace, set_attribute
from flake8_wsthreads.cfg.operand import UNKNOWN, Element, Known, Operand, Pack, ValueKind, place_of
from flake8_wsthreads.cfg.own_calls import emit_call
from flake8_wsthreads.cfg.place import Place
from flake8_wsthreads.cfg.run_for_each import run_for_each
from flake8_wsthreads.cfg.safe_calls import iterates_quietly, length_of, never_fails
from flake8_wsthreads.names.scopes import Scope
from flake8_wsthreads.names.values import Instance


def bind(builder: Builder, target: ast.expr, operand: Operand, syntax: ast.AST) -> None:
    """Add the steps that bind an assignment target."""
    pending: list[tuple[ast.expr, Operand]] = [(target, operand)]
    while pending:
        node, value = pending.pop()
        if isinstance(node, ast.Name):
            variable = builder.variable(node.id, node)
            if isinstance(variable, Place):
                builder.assign(variable, value, syntax)
        elif isinstance(node, ast.Attribute):
            base = lower(builder, node.value)
            if is_namespace(builder, node.value):
                set_attribute(builder, base, node.attr, value, syntax)
                continue
            setter = _setter(builder, node)
            if setter is not None:
                dropped = builder.temporary()  # nobody gets what a setter returns
                emit_call(builder, syntax, setter, base, Arguments((value,)), dropped)
                continue
            member = builder.member(base, node.attr, node.value)
            if member.place is not None:
                builder.assign(member.place, value, syntax)
            else:
                builder.emit(Give((value,)), syntax)
        elif isinstance(node, ast.Subscript):
            base = lower(builder, node.value)
            lower(builder, node.slice)
            key = node.slice.value if isinstance(node.slice, ast.Constant) else None
            safe = never_fails(builder.names, node.value, "__setitem__", builder.scope)
            builder.emit(CallMethod(base, "__setitem__", Arguments((value,)), key=key), syntax, safe)
        elif isinstance(node, ast.Starred):
            pending.append((node.value, Pack((value,))))
        elif isinstance(node, (ast.Tuple, ast.List)):
            starred = any(isinstance(part, ast.Starred) for part in node.elts)
            if isinstance(value, Pack) and len(value.items) == len(node.elts) and not starred:
                parts: list[Operand] = list(value.items)
                # a, b = b, a: all values are read before the first is bound
                saved: list[Operand] = []
                for part in parts:
                    if isinstance(part, (Pack, Known)):
                        saved.append(part)
                        continue
                    temporary = builder.temporary()
                    builder.assign(temporary, part, syntax)
                    saved.append(temporary)
                pending.extend(zip(reversed(node.elts), reversed(saved)))
            else:
                kept = builder.temporary()
                builder.assign(kept, value, syntax)
                safe = not starred and _gives(builder, syntax) == len(node.elts)
                builder.emit(Unpack(kept), syntax, safe)
                last = len(node.elts) - 1
                pending.extend(
                    (part, Element(kept, None if starred else last - position))
                    for position, part in enumerate(reversed(node.elts))
                )


def _gives(builder: Builder, syntax: ast.AST) -> int:
    """How many there are in the tuple that is assigned: ``kind, error, trace = sys.exc_info()``; 0 where untold."""
    return length_of(builder.names, syntax.value, builder.scope) if isinstance(syntax, ast.Assign) else 0


def _setter(builder: Builder, node: ast.Attribute) -> Scope | None:
    """The method of the file that an assignment to the attribute calls."""
    value = builder.names.evaluate(node.value, builder.scope)
    if not isinstance(value, Instance) or isinstance(value.of, str):
        return None
    return builder.names.classes.setter(value.of, node.attr)


def iteration(
    builder: Builder, target: ast.expr, iterable: Operand, syntax: ast.AST, each: ast.expr, scope: Scope
) -> tuple[int, int]:
    """The head of a loop over an operand, and the step after the loop. What follows is the loop's body.

    ``each`` is the expression whose value the operand is, and ``scope`` the one that it stands in.
    """
    head, leave, element = loop_over(builder, iterable, syntax, run_for_each(builder.names, each, scope))
    builder.graph.nodes[head].safe = iterates_quietly(builder.names, each, scope)
    # for name, ws in connections.items(): whichever of them holds it
    parts = target.elts if isinstance(target, (ast.Tuple, ast.List)) else [target]
    for part in parts:
        bind(builder, part, element, syntax)
        variable = builder.variable(part.id, part) if len(parts) > 1 and isinstance(part, ast.Name) else UNKNOWN
        if isinstance(variable, Place):
            builder.graph.paired.add(variable)
    builder.assign(element, UNKNOWN, syntax)
    return head, leave


def loop_over(
    builder: Builder, iterable: Operand, syntax: ast.AST, runs: Scope | None = None
) -> tuple[int, int, Place]:
    """The head of a loop, the step after it, and the place of the element. What follows is the loop's body.

    ``runs`` is the function of the file that runs for each element.
    """
    container = builder.temporary()
    builder.temporaries.pop()  # it lives as long as the loop
    if isinstance(iterable, Pack) or place_of(iterable) in builder.graph.containers:
        builder.graph.containers.add(container)
    builder.assign(container, iterable, syntax)
    seen = container.member("seen")
    builder.graph.tests[container] += 2
    builder.graph.tests[seen] = 2
    builder.assign(seen, Known(ValueKind.FALSE), syntax)
    element = container.member("element")
    head = builder.emit(Next(container, element, seen, runs), syntax)
    leave = builder.join(syntax)
    body = builder.join(syntax)
    builder.graph.nodes[head].next.extend((body, leave))
    builder.here = body
    return head, leave, element
