"""Expressions as steps, in the order in which Python evaluates them, and the operand that each leaves behind."""

from __future__ import annotations

import ast

from flake8_wsthreads.cfg.asked import Asks, Test
from flake8_wsthreads.cfg.builder import Builder, ExpressionHandlers
from flake8_wsthreads.cfg.conditions import answer, branch, condition, either
from flake8_wsthreads.cfg.instruction import NO_ARGUMENTS, Arguments, CallMethod, Unpack, Yield
from flake8_wsthreads.cfg.lowering import lower, lower_all
from flake8_wsthreads.cfg.namespaces import is_namespace
from flake8_wsthreads.cfg.operand import UNKNOWN, Callback, Element, Known, Operand, Pack, ValueKind, constant, place_of
from flake8_wsthreads.cfg.own_calls import emit_call
from flake8_wsthreads.cfg.place import Place, variable
from flake8_wsthreads.cfg.pool_results import opened_by_worker
from flake8_wsthreads.cfg.raised import builtin_error
from flake8_wsthreads.cfg.run_for_each import run_for_each
from flake8_wsthreads.cfg.safe_calls import length_of, never_fails
from flake8_wsthreads.cfg.targets import iteration, loop_over
from flake8_wsthreads.names.overriding import may_be_another
from flake8_wsthreads.names.scopes import ComprehensionNode, Scope
from flake8_wsthreads.names.values import Constant, Function, Instance, Partial
from flake8_wsthreads.names.websockets import opens


def _name(builder: Builder, node: ast.Name) -> Operand:
    owner = builder.names.lookup(node.id, builder.scope)
    if owner is None:
        return UNKNOWN
    if builder.names.may_be_callable(node.id, owner):
        value = builder.names.variable(node.id, owner)
        if isinstance(value, Function):
            return Callback(value.scope)
        if isinstance(value, Partial) and isinstance(value.function, Function):
            return variable(node.id, owner)
    return builder.variable(node.id, node)


def _attribute(builder: Builder, node: ast.Attribute) -> Operand:
    base = lower(builder, node.value)
    if is_namespace(builder, node.value):
        return base if node.attr == "__dict__" else Element(base, node.attr)
    value = builder.names.evaluate(node.value, builder.scope)
    if isinstance(value, Instance) and not isinstance(value.of, str):
        method = builder.names.classes.method(value.of, node.attr)
        if method is not None:
            decorators = builder.names.decorators(method)
            if "functools.cached_property" in decorators:
                return builder.member(base, node.attr, node.value)
            if "builtins.property" in decorators:
                names, scope = builder.names, builder.scope
                if not _is_itself(builder, method) or may_be_another(names, node.value, method, scope):
                    return builder.member(base, node.attr, node.value)
                target = builder.temporary()
                emit_call(builder, node, method, base, NO_ARGUMENTS, target)
                return target
            return Callback(method, base)
    return builder.member(base, node.attr, node.value)


def _is_itself(builder: Builder, method: Scope) -> bool:
    """Whether no decorator puts something in the place of a method that may do more, or less: ``@safe``."""
    assert isinstance(method.node, (ast.FunctionDef, ast.AsyncFunctionDef))
    return builder.names.keeps_its_meaning(method.node, method.parent or method)


def _constant(builder: Builder, node: ast.Constant) -> Operand:
    return constant(node.value)


def _display(builder: Builder, node: ast.List | ast.Tuple | ast.Set) -> Operand:
    return Pack(lower_all(builder, node.elts))


def _dict(builder: Builder, node: ast.Dict) -> Operand:
    items: list[Operand] = []
    for key, value in zip(node.keys, node.values):
        lower(builder, key)
        operand = lower(builder, value)
        items.append(operand if key is not None else Element(operand))  # {**session}
    keys = [key.value for key in node.keys if isinstance(key, ast.Constant) and isinstance(key.value, str)]
    return Pack(tuple(items), tuple(keys) if len(keys) == len(node.keys) else ())


def _starred(builder: Builder, node: ast.Starred) -> Operand:
    base = lower(builder, node.value)
    is_tuple = length_of(builder.names, node.value, builder.scope) > 0
    # *arguments: a variable that is spread holds a list or a tuple in a program that works at all
    if not is_made_here(builder, base) and not is_tuple and not isinstance(node.value, ast.Name):
        builder.raises(node)
    return Element(base)


def is_made_here(builder: Builder, operand: Operand) -> bool:
    """Whether an operand is a container of this function, which does not raise when it is read."""
    return isinstance(operand, Pack) or (isinstance(operand, Place) and operand in builder.graph.containers)


def _subscript(builder: Builder, node: ast.Subscript) -> Operand:
    base = lower(builder, node.value)
    lower(builder, node.slice)
    if isinstance(node.slice, ast.Slice):
        # connections[:] holds what connections holds
        return Pack((Element(base),))
    key = builder.names.evaluate(node.slice, builder.scope)
    literal = key.value if isinstance(key, Constant) else None
    if literal is not None and isinstance(base, Place) and base not in builder.graph.containers:
        # who looks up the connection where it is finds it
        builder.emit(Unpack(base), node, _finds_anything(builder, node))
    elif not has_elements(builder, base) and not _finds_anything(builder, node):
        builder.raises(node)
    if isinstance(literal, str):
        return Element(base, literal)
    if isinstance(literal, int) and not isinstance(base, Pack):
        return Element(base, literal if literal >= 0 else None)
    if isinstance(base, Pack) and isinstance(literal, int) and 0 <= literal < len(base.items):
        return base.items[literal]
    return Element(base)


def _finds_anything(builder: Builder, node: ast.Subscript) -> bool:
    """``sys.exc_info()[0]``, and any key of a dict that makes what is missing."""
    position = node.slice.value if isinstance(node.slice, ast.Constant) else None
    if isinstance(position, int) and position < length_of(builder.names, node.value, builder.scope):
        return True
    return never_fails(builder.names, node.value, "__getitem__", builder.scope)


def has_elements(builder: Builder, operand: Operand) -> bool:
    """Whether an operand is a container of this function, or a new one with its elements, or with some that are shown.

    An element of it that is not there is a mistake.
    """
    if isinstance(operand, Pack):
        return all(has_elements(builder, part.base) for part in operand.items if isinstance(part, Element))
    return is_made_here(builder, operand) or place_of(operand) in builder.graph.made


def _slice(builder: Builder, node: ast.Slice) -> Operand:
    for part in (node.lower, node.upper, node.step):
        lower(builder, part)
    return UNKNOWN


def _operation(builder: Builder, node: ast.BinOp) -> Operand:
    left, right = lower(builder, node.left), lower(builder, node.right)
    # [*a] + [*b] and a | b keep the elements
    return Pack((Element(left), Element(right))) if isinstance(node.op, (ast.Add, ast.BitOr)) else UNKNOWN


def _unary(builder: Builder, node: ast.UnaryOp) -> Operand:
    if isinstance(node.op, ast.Not):
        return answer(builder, node)
    lower(builder, node.operand)
    return UNKNOWN


def _compare(builder: Builder, node: ast.Compare) -> Operand:
    return answer(builder, node)


def _bool(builder: Builder, node: ast.BoolOp) -> Operand:
    """``a and b``, ``a or b``: the value of the operand that decides."""
    target = builder.alternative()
    after = builder.join(node)
    conjunction = isinstance(node.op, ast.And)
    for part in node.values[:-1]:
        proceed, decided = builder.join(part), builder.join(part)
        outcomes = (proceed, decided) if conjunction else (decided, proceed)
        if isinstance(part, (ast.Compare, ast.UnaryOp)):
            condition(builder, part, *outcomes)
            builder.here = decided
            builder.assign(target, Known(ValueKind.FALSE if conjunction else ValueKind.TRUE), part)
        else:
            operand = lower(builder, part)
            if place_of(operand) is None:
                builder.assign(target, operand, part)
                operand = target
            # what the condition learns of a variable stays known
            branch(builder, Test(Asks.TRUTH, operand), part, *outcomes)
            builder.here = decided
            builder.assign(target, operand, part)
        builder.go(after)
        builder.here = proceed
    builder.assign(target, lower(builder, node.values[-1]), node.values[-1])
    builder.go(after)
    builder.here = after
    return target


def _conditional(builder: Builder, node: ast.IfExp) -> Operand:
    target = builder.alternative()
    either(builder, node, lambda part: builder.assign(target, lower(builder, part), part))
    return target


def _walrus(builder: Builder, node: ast.NamedExpr) -> Operand:
    operand = lower(builder, node.value)
    variable = builder.variable(node.target.id, node.target)
    if isinstance(variable, Place):
        builder.assign(variable, operand, node)
        return variable
    return operand


def _await(builder: Builder, node: ast.Await) -> Operand:
    if awaits_opener(builder, node.value):
        return UNKNOWN
    opened = opened_by_worker(builder, node.value)
    if opened is not None:
        return opened
    operand = lower(builder, node.value)
    builder.raises(node)
    return operand


def awaits_opener(builder: Builder, node: ast.expr) -> bool:
    """Whether a call that seems to open a connection is awaited: then it is no synchronous client after all."""
    if not isinstance(node, ast.Call) or not opens(builder.names, node, builder.scope, builder.factories):
        return False
    for argument in (*node.args, *(keyword.value for keyword in node.keywords)):
        lower(builder, argument)
    builder.raises(node)
    return True


def _yield(builder: Builder, node: ast.Yield | ast.YieldFrom) -> Operand:
    operand = lower(builder, node.value)
    builder.graph.is_generator = True
    delegates = isinstance(node, ast.YieldFrom)
    runs = run_for_each(builder.names, node.value, builder.scope) if delegates and node.value is not None else None
    if runs is not None:
        head, leave, _ = loop_over(builder, operand, node, runs)
        builder.emit(Yield(operand), node)
        builder.go(head)
        builder.here = leave
        return UNKNOWN
    builder.emit(Yield(operand, delegates), node)
    return UNKNOWN


def _joined(builder: Builder, node: ast.AST) -> Operand:
    """An f-string or a template string: its parts are read."""
    for value in getattr(node, "values", ()):
        inner = getattr(value, "value", None)
        if isinstance(inner, ast.expr) and not isinstance(value, ast.Constant):
            lower(builder, inner)
            lower(builder, getattr(value, "format_spec", None))
    return UNKNOWN


def _lambda(builder: Builder, node: ast.Lambda) -> Operand:
    scope = builder.names.scopes.lambda_scope(node, builder.scope)
    defaults = [default for default in (*node.args.defaults, *node.args.kw_defaults) if default is not None]
    return Callback(scope, None, lower_all(builder, defaults))


def _comprehension(builder: Builder, node: ComprehensionNode) -> Operand:
    """A loop that fills a new container."""
    target = builder.temporary()
    builder.graph.containers.add(target)
    builder.assign(target, Known(ValueKind.EMPTY), node)
    outer = builder.scope
    builder.scope = builder.names.scopes.comprehension_scope(node, outer)
    heads: list[tuple[int, int]] = []
    for position, generator in enumerate(node.generators):
        scope, builder.scope = builder.scope, outer if position == 0 else builder.scope
        iterable, around = lower(builder, generator.iter), builder.scope
        builder.scope = scope
        head, leave = iteration(builder, generator.target, iterable, node, generator.iter, around)
        heads.append((head, leave))
        for test in generator.ifs:
            proceed = builder.join(test)
            condition(builder, test, proceed, head)
            builder.here = proceed
    parts = [node.key, node.value] if isinstance(node, ast.DictComp) else [node.elt]
    items = lower_all(builder, parts)
    builder.emit(CallMethod(target, "append", Arguments(items)), node)
    for head, leave in reversed(heads):
        builder.go(head)
        builder.here = leave
    builder.scope = outer
    return target


def first_of_generator(builder: Builder, node: ast.GeneratorExp, default: ast.expr | None) -> Operand:
    """``next((connect(url) for url in urls), None)``: one element is made, or none."""
    target = builder.temporary()
    outer = builder.scope
    builder.scope = builder.names.scopes.comprehension_scope(node, outer)
    found, nothing, after = builder.join(node), builder.join(node), builder.join(node)
    for position, generator in enumerate(node.generators):
        scope, builder.scope = builder.scope, outer if position == 0 else builder.scope
        iterable, around = lower(builder, generator.iter), builder.scope
        builder.scope = scope
        iteration(builder, generator.target, iterable, node, generator.iter, around)
        for test in generator.ifs:
            proceed = builder.join(test)
            condition(builder, test, proceed, nothing)
            builder.here = proceed
    branch(builder, Test(Asks.UNTOLD, UNKNOWN), node, found, nothing)
    builder.here = found
    builder.assign(target, lower(builder, node.elt), node)
    builder.go(after)
    builder.scope = outer
    builder.here = nothing
    if default is None:
        builder.raise_from_here(node, builtin_error(StopIteration))
    else:
        builder.assign(target, lower(builder, default), node)
        builder.go(after)
    builder.here = after
    return target


EXPRESSIONS: ExpressionHandlers = {
    ast.Name: _name,
    ast.Attribute: _attribute,
    ast.Constant: _constant,
    ast.List: _display,
    ast.Tuple: _display,
    ast.Set: _display,
    ast.Dict: _dict,
    ast.Starred: _starred,
    ast.Subscript: _subscript,
    ast.Slice: _slice,
    ast.BinOp: _operation,
    ast.UnaryOp: _unary,
    ast.Compare: _compare,
    ast.BoolOp: _bool,
    ast.IfExp: _conditional,
    ast.NamedExpr: _walrus,
    ast.Await: _await,
    ast.Yield: _yield,
    ast.YieldFrom: _yield,
    ast.JoinedStr: _joined,
    getattr(ast, "TemplateStr", ast.JoinedStr): _joined,
    ast.Lambda: _lambda,
    ast.ListComp: _comprehension,
    ast.SetComp: _comprehension,
    ast.DictComp: _comprehension,
    ast.GeneratorExp: _comprehension,
}
