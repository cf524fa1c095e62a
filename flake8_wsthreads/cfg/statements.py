"""Statements as steps: what follows what, normally and when something raises."""

from __future__ import annotations

import ast
from dataclasses import replace

from flake8_wsthreads.cfg.asked import Asks, Test
from flake8_wsthreads.cfg.builder import NOWHERE, Builder, StatementHandlers
from flake8_wsthreads.cfg.comparisons import equality, object_of
from flake8_wsthreads.cfg.conditions import OfLoop, branch, condition, either
from flake8_wsthreads.cfg.exceptions import raised_by_expression
from flake8_wsthreads.cfg.guards import names_closed_errors, untold
from flake8_wsthreads.cfg.instruction import Arguments, Assign, CallMethod, Give, Reraise, Return
from flake8_wsthreads.cfg.lowering import lower, lower_all, lower_block
from flake8_wsthreads.cfg.operand import UNKNOWN, Callback, Known, Member, Operand, Pack, place_of
from flake8_wsthreads.cfg.place import Place, returned
from flake8_wsthreads.cfg.raised import builtin_error, failing
from flake8_wsthreads.cfg.targets import bind
from flake8_wsthreads.cfg.told_values import note_literals
from flake8_wsthreads.names.containers import makes_container
from flake8_wsthreads.names.scopes import Scope
from flake8_wsthreads.names.wrappers import calls_its_function

# What a longer tuple says besides is not followed.
_LONGEST_RESULT = 4


def _expression(builder: Builder, node: ast.Expr) -> None:
    if not isinstance(node.value, ast.Constant):
        lower(builder, node.value)


def _assign(builder: Builder, node: ast.Assign) -> None:
    _bind_value(builder, node, node.value)


def _bind_value(builder: Builder, node: ast.Assign, value: ast.expr) -> None:
    """Bind the targets of a statement to a value. What ``port = 443 if secure else 80`` binds is told by the answer."""
    if isinstance(value, ast.IfExp) and isinstance(value.body, ast.Constant) and isinstance(value.orelse, ast.Constant):
        either(builder, value, lambda part: _bind_value(builder, node, part))
        return
    operand = lower(builder, value)
    for target in node.targets:
        bind(builder, target, operand, node)
        note_literals(builder, target, value, node)
        if isinstance(target, ast.Attribute) and makes_container(builder.names, value, builder.scope):
            made = builder.member(lower(builder, target.value), target.attr, target.value).place
            if made is not None:
                builder.graph.made.add(made)


def _annotated_assign(builder: Builder, node: ast.AnnAssign) -> None:
    if node.value is not None:
        bind(builder, node.target, lower(builder, node.value), node)
        note_literals(builder, node.target, node.value, node)


def _augmented_assign(builder: Builder, node: ast.AugAssign) -> None:
    value = lower(builder, node.value)
    target = lower(builder, node.target) if isinstance(node.target, (ast.Attribute, ast.Subscript)) else UNKNOWN
    if isinstance(node.target, ast.Name):
        target = builder.variable(node.target.id, node.target)
    if isinstance(node.op, (ast.Add, ast.BitOr)) and not isinstance(value, Known):
        # connections += [ws]; attempts += 1 is like attempts = attempts + 1
        builder.emit(CallMethod(target, "extend", Arguments((value,))), node)
    elif isinstance(target, (Place, Member)):
        place = place_of(target)
        if place is not None:
            builder.assign(place, UNKNOWN, node)


def _delete(builder: Builder, node: ast.Delete) -> None:
    for target in node.targets:
        if isinstance(target, ast.Name):
            variable = builder.variable(target.id, target)
            if isinstance(variable, Place):
                builder.assign(variable, UNKNOWN, node)
        elif isinstance(target, ast.Attribute):
            member = builder.member(lower(builder, target.value), target.attr, target.value)
            if member.place is not None:
                builder.assign(member.place, UNKNOWN, node)
        elif isinstance(target, ast.Subscript):
            base = lower(builder, target.value)
            lower(builder, target.slice)
            builder.emit(CallMethod(base, "__delitem__"), node)


def _import(builder: Builder, node: ast.Import | ast.ImportFrom) -> None:
    builder.raises(node)


def _assert(builder: Builder, node: ast.Assert) -> None:
    proceed, fail = builder.join(node), builder.join(node)
    condition(builder, node.test, proceed, fail)
    builder.here = fail
    lower(builder, node.msg)
    never = isinstance(node.test, ast.Constant) and not node.test.value
    raised = builtin_error(AssertionError)
    builder.raise_from_here(node, failing(raised) if never else raised)
    builder.here = proceed


def _if(builder: Builder, node: ast.If) -> None:
    after = builder.join(node)
    current = node
    while True:
        mark = len(builder.temporaries)
        yes, no = builder.join(current), builder.join(current)
        ends_loop = bool(builder.loops) and isinstance(current.body[-1], ast.Break)
        condition(builder, current.test, yes, no, OfLoop(body=no, leave=yes) if ends_loop else None)
        for outcome in (yes, no):
            builder.here = outcome
            for place in builder.temporaries[mark:]:
                builder.emit(Assign(place), current)
            if outcome == yes:
                lower_block(builder, current.body)
                builder.go(after)
        del builder.temporaries[mark:]
        # elif: a loop, because a chain may have thousands of branches
        if len(current.orelse) == 1 and isinstance(current.orelse[0], ast.If):
            current = current.orelse[0]
            continue
        lower_block(builder, current.orelse)
        builder.go(after)
        break
    builder.here = after


def _return(builder: Builder, node: ast.Return) -> None:
    operand = lower(builder, node.value)
    if isinstance(operand, Pack) and len(operand.items) <= _LONGEST_RESULT:
        for item in operand.items:
            # return ws, error: the one may tell about the other
            place = place_of(item)
            if place is not None:
                builder.graph.tests[place] += 2
    # The value is computed before any finally runs, and kept meanwhile.
    kept = returned(builder.function)
    builder.assign(kept, operand, node)
    builder.unwind(node, lambda block: False)
    builder.emit(Return(kept, node.value is not None and _is_record(builder, node.value)), node)
    builder.go(builder.graph.normal_exit)


def _is_record(builder: Builder, node: ast.expr) -> bool:
    """Whether an expression is a dict made here, or a variable of this function that only ever holds such."""
    if isinstance(node, ast.Name):
        owner = builder.names.lookup(node.id, builder.scope)
        bindings = owner.bindings[node.id] if owner is not None and owner is builder.function else ()
        return bool(bindings) and all(_makes_dict(builder, binding.node, binding.scope) for binding in bindings)
    return _makes_dict(builder, node, builder.scope)


def _makes_dict(builder: Builder, node: ast.AST | None, scope: Scope) -> bool:
    if isinstance(node, ast.Call):
        return builder.names.qualified_name(node.func, scope) == "builtins.dict"
    return isinstance(node, (ast.Dict, ast.DictComp))


def _is_carried(builder: Builder, operand: Operand) -> bool:
    """Whether who catches an exception may get a connection with it: ``ws.remote_address`` is none."""
    if isinstance(operand, Member):
        return operand.place in builder.graph.owners
    return not isinstance(operand, Known)


def _raise(builder: Builder, node: ast.Raise) -> None:
    if node.exc is None and not builder.handled:
        # nothing is under way: Python itself raises this
        builder.raise_from_here(node, builtin_error(RuntimeError))
        return
    if node.exc is None:
        handled = builder.handled[-1]
        builder.emit(Reraise(handled.depth, handled.in_group), node)
        builder.here = NOWHERE
        return
    exception = node.exc
    if isinstance(exception, ast.Call):
        # ValueError("…"): making the exception does not raise another one
        operands = lower_all(builder, [*exception.args, *(keyword.value for keyword in exception.keywords)])
        carried = tuple(operand for operand in operands if _is_carried(builder, operand))
        if carried:
            builder.emit(Give(carried), node, safe=True)
    else:
        lower(builder, exception)
    lower(builder, node.cause)
    if isinstance(exception, ast.Name):
        for handled in reversed(builder.handled):
            if handled.name == exception.id:
                builder.emit(Reraise(handled.depth, handled.in_group), node)
                builder.here = NOWHERE
                return
    callee = exception.func if isinstance(exception, ast.Call) else exception
    raised = raised_by_expression(builder.names, callee, builder.scope)
    if builder.rest.caught_by_name(raised):
        raised = replace(raised, named=True)
    # raise AssertionError("unreachable"): the program says itself that it never comes here
    builder.raise_from_here(node, failing(raised) if raised == builtin_error(AssertionError) else raised)


_SINGLETONS = {None: Asks.NONE, True: Asks.TRUE, False: Asks.FALSE}


def _match(builder: Builder, node: ast.Match) -> None:
    subject = lower(builder, node.subject)
    after = builder.join(node)
    exhaustive = False
    for case in node.cases:
        body, following = builder.join(case), builder.join(case)
        irrefutable = _is_irrefutable(case.pattern)
        if irrefutable:
            builder.go(body)
        else:
            if _looks_into_object(builder, case.pattern):
                builder.raises(case.pattern)
            alternatives = case.pattern.patterns if isinstance(case.pattern, ast.MatchOr) else [case.pattern]
            for alternative in alternatives:
                otherwise = following if alternative is alternatives[-1] else builder.join(alternative)
                test, negated = _pattern_test(builder, alternative, subject, node.subject)
                branch(builder, test, alternative, *((otherwise, body) if negated else (body, otherwise)))
                builder.here = otherwise
        builder.here = body
        for pattern in ast.walk(case.pattern):
            captured = getattr(pattern, "name", None) or getattr(pattern, "rest", None)
            if isinstance(captured, str):
                variable = builder.variable(captured, pattern)
                if isinstance(variable, Place):
                    whole = pattern is case.pattern
                    builder.assign(variable, subject if whole else UNKNOWN, pattern)
        if case.guard is not None:
            guarded = builder.join(case)
            condition(builder, case.guard, guarded, following)
            builder.here = guarded
        elif irrefutable:
            exhaustive = True
        lower_block(builder, case.body)
        builder.go(after)
        builder.here = following
    if not exhaustive:
        builder.go(after)
    builder.here = after


def _looks_into_object(builder: Builder, pattern: ast.pattern) -> bool:
    """Whether a pattern runs code of the subject, or of the class it names: ``int(number)`` runs none."""
    if isinstance(pattern, ast.MatchClass):
        if not (pattern.patterns or pattern.kwd_patterns) and names_closed_errors(builder, pattern.cls):
            return False
        builtin = builder.names.qualified_name(pattern.cls, builder.scope).startswith("builtins.")
        return not builtin or bool(pattern.kwd_attrs)
    return isinstance(pattern, ast.MatchMapping)


def _is_irrefutable(pattern: ast.pattern) -> bool:
    return isinstance(pattern, ast.MatchAs) and (pattern.pattern is None or _is_irrefutable(pattern.pattern))


def _pattern_test(
    builder: Builder, pattern: ast.pattern, subject: Operand, expression: ast.expr
) -> tuple[Test, bool]:
    if isinstance(pattern, ast.MatchSingleton) and isinstance(subject, (Place, Member, Known)):
        return Test(_SINGLETONS[pattern.value], subject), False
    if isinstance(pattern, ast.MatchClass) and names_closed_errors(builder, pattern.cls):
        return Test(Asks.CLOSED, subject), False
    key = None
    if isinstance(pattern, ast.MatchValue):
        key = equality(builder, subject, expression, pattern.value)
    elif isinstance(pattern, ast.MatchClass) and all(map(_is_irrefutable, (*pattern.patterns, *pattern.kwd_patterns))):
        key = object_of(builder, subject, expression, pattern.cls)
    return untold(key, (subject,)), False


def _function(builder: Builder, node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
    for decorator in node.decorator_list:
        lower(builder, decorator)
    # a decorator of the file that makes a wrapper does nothing else yet
    safe = builder.names.keeps_its_meaning(node, builder.scope, calls_its_function)
    if not safe:
        builder.raises(node)
    arguments = node.args
    defaults = [default for default in (*arguments.defaults, *arguments.kw_defaults) if default is not None]
    operands = lower_all(builder, defaults)
    scope = builder.names.scopes.by_node.get(node)
    if operands or (
        node.decorator_list and scope is not None and builder.names.variable(node.name, builder.scope) is None
    ):
        # Defaults live in the function; a decorator that is not known may keep the function, and what it captures.
        callback = (Callback(scope),) if scope is not None and node.decorator_list else ()
        builder.emit(Give((*operands, *callback)), node, safe)


def _class(builder: Builder, node: ast.ClassDef) -> None:
    for decorator in node.decorator_list:
        lower(builder, decorator)
    lower_all(builder, node.bases)
    for keyword in node.keywords:
        lower(builder, keyword.value)
    outer = builder.scope
    builder.scope = builder.names.scopes.by_node[node]
    lower_block(builder, node.body)
    builder.scope = outer
    if node.decorator_list or node.keywords:
        builder.raises(node)  # code of others runs: the decorator, a metaclass


STATEMENTS: StatementHandlers = {
    ast.Expr: _expression,
    ast.Assign: _assign,
    ast.AnnAssign: _annotated_assign,
    ast.AugAssign: _augmented_assign,
    ast.Delete: _delete,
    ast.Import: _import,
    ast.ImportFrom: _import,
    ast.Assert: _assert,
    ast.If: _if,
    ast.Return: _return,
    ast.Raise: _raise,
    ast.Match: _match,
    ast.FunctionDef: _function,
    ast.AsyncFunctionDef: _function,
    ast.ClassDef: _class,
}
