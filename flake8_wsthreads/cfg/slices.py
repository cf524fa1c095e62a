"""Which statements of a function its graph can do without, for the question that the graph is to answer.

Making steps of a statement costs many times what parsing it did. Most statements of a function that holds a connection
have nothing to do with it: they prepare an address or handle what was received.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Collection, Iterator

from flake8_wsthreads.library import STARTING
from flake8_wsthreads.names.evaluate import Names
from flake8_wsthreads.names.mentions import SourceIndex
from flake8_wsthreads.names.scopes import BindingKind, Scope
from flake8_wsthreads.names.values import Imported
from flake8_wsthreads.source.syntax import children, first_line_of, names_bound_by, names_in, walk

_Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
_DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)

LeavesOut = Callable[[ast.stmt], bool]
"""Whether a statement outside of loops may be left out."""

# What else can change a statement that stands further down: it ends the program, or takes a lock.
_LOCKING = "acquire"
_ALWAYS = frozenset({"exit", "quit", "_exit", "abort", "fail", "skip", _LOCKING})
_JUMPS = (ast.Return, ast.Raise, ast.Break, ast.Continue, ast.Assert)
# What callables of these modules return or start depends on what is known of their arguments.
_TRANSPARENT = STARTING | {"builtins", "functools", "asyncio", "contextlib", "atexit", "weakref", "queue"}


def before_opening(
    names: Names, source: SourceIndex, function: Scope, first_line: int, functions: Collection[str], has_callers: bool
) -> frozenset[ast.stmt]:
    """What stands before the first opening (on ``first_line``) and decides nothing about what follows it.

    Kept is what mentions a variable that a condition, a loop, a function of the file (``functions`` are their names)
    or another variable asks about, and what may end the function. Nothing inside loops and protected blocks is left
    out: paths come back to it, or leave it halfway. With ``has_callers`` the parameters matter as well: a caller asks
    whether it gets a connection for what it passes.
    """
    function.read()
    before: list[ast.stmt] = []
    imports: list[ast.stmt] = []
    after: list[ast.stmt] = []
    conditions: list[ast.If | ast.Match] = []
    definitions: list[_Definition] = []
    yields = source.lines_between("yield", 1, first_line)
    pending = list(getattr(function.node, "body", ()))
    while pending:
        statement = pending.pop()
        if isinstance(statement, _DEFINITIONS):
            definitions.append(statement)
            if isinstance(statement, ast.ClassDef):
                pending.extend(statement.body)
        elif (statement.end_lineno or statement.lineno) >= first_line or _may_not_go_on(statement):
            if isinstance(statement, (ast.If, ast.Match)):
                conditions.append(statement)
                pending.extend(_blocks(statement))
            else:
                after.append(statement)
        elif any(statement.lineno <= line <= (statement.end_lineno or statement.lineno) for line in yields):
            after.append(statement)  # a generator: its consumer may stop there
        elif isinstance(statement, (ast.Import, ast.ImportFrom)):
            imports.append(statement)
        else:
            before.append(statement)
    settled = {name for statement in before for name in _set_to_constant(statement)}
    if settled:
        guards = [statement for statement in before if _is_guard(statement, settled)]
        after.extend(guards)
        before = [statement for statement in before if statement not in guards]
    mentioned = {statement: names_in(statement) for statement in before}
    left_out = [statement for statement in before if mentioned[statement].isdisjoint(functions)]
    if not left_out:
        return frozenset(imports)
    asked = _Asked(names, function)
    if has_callers:
        asked.names.update(name for name in function.bindings if _is_parameter(function, name))
    for condition in conditions:
        asked.add_header(condition)
    for definition in definitions:
        for decorator in definition.decorator_list:
            asked.add(decorator)
    for statement in (*after, *(kept for kept in before if not mentioned[kept].isdisjoint(functions))):
        asked.add(statement)
    while True:
        # what a function of the file asks about counts when the function is mentioned
        used = [definition for definition in definitions if definition.name in asked.names]
        if used:
            definitions = [definition for definition in definitions if definition not in used]
            for name in set().union(*(mentioned[statement] for statement in left_out)) - asked.names:
                if any(source.mentions(name, definition) for definition in used):
                    asked.names.add(name)
        kept_now = [statement for statement in left_out if not mentioned[statement].isdisjoint(asked.names)]
        if not kept_now and not used:
            return frozenset((*imports, *left_out))
        for statement in kept_now:
            asked.add(statement)
        left_out = [statement for statement in left_out if statement not in kept_now]


class _Asked:
    """The names of variables and attributes of which it matters what they are."""

    def __init__(self, names: Names, function: Scope) -> None:
        self._evaluator = names
        self._unit = function
        self.names: set[str] = set(_ALWAYS)

    def add_header(self, statement: ast.If | ast.Match) -> None:
        """Count in what a condition asks."""
        self.add(statement.test if isinstance(statement, ast.If) else statement.subject)
        if isinstance(statement, ast.Match):
            for case in statement.cases:
                self.add(case.pattern)
                if case.guard is not None:
                    self.add(case.guard)

    def add(self, part: ast.AST) -> None:
        """Count in what a part of the program mentions, other than to hand it to code of other modules."""
        pending = [part]
        names = self.names
        while pending:
            node = pending.pop()
            if isinstance(node, ast.Name):
                names.add(node.id)
                continue
            if isinstance(node, ast.Call):
                if isinstance(node.func, (ast.Name, ast.Attribute)):
                    value = self._evaluator.evaluate(node.func, self._unit)
                    if isinstance(value, Imported) and value.name.partition(".")[0] not in _TRANSPARENT:
                        continue
            elif isinstance(node, ast.Attribute):
                names.add(node.attr)
                if isinstance(node.value, ast.Name) and _is_parameter(self._unit, node.value.id):
                    continue  # self stays what it is
            elif not isinstance(node, ast.expr):
                names.update(names_bound_by(node))
            pending.extend(children(node))


def _is_parameter(function: Scope, name: str) -> bool:
    """Whether a variable is a parameter that nothing in the function binds again."""
    bindings = function.bindings.get(name, ())
    return len(bindings) == 1 and bindings[0].kind is BindingKind.PARAMETER


def _blocks(statement: ast.If | ast.Match) -> Iterator[ast.stmt]:
    if isinstance(statement, ast.If):
        yield from statement.body
        yield from statement.orelse
    else:
        for case in statement.cases:
            yield from case.body


def _may_not_go_on(statement: ast.stmt) -> bool:
    """Whether control may never come to what follows a statement, as far as its syntax tells."""
    if isinstance(statement, _JUMPS) or isinstance(statement, ast.While):
        return True
    if isinstance(statement, ast.If) and not statement.orelse:
        return False
    if isinstance(statement, (ast.If, ast.Match, ast.With, ast.AsyncWith, ast.Try, ast.For, ast.AsyncFor)):
        return any(isinstance(part, _JUMPS) or _is_endless(part) for part in walk(statement))
    return isinstance(statement, getattr(ast, "TryStar", ()))


def _is_endless(node: ast.AST) -> bool:
    """``while True:``"""
    return isinstance(node, ast.While) and isinstance(node.test, ast.Constant)


def _set_to_constant(statement: ast.stmt) -> Iterator[str]:
    """The variables that a statement binds to a constant: what a condition asks of them may be known."""
    if isinstance(statement, ast.Assign) and isinstance(statement.value, ast.Constant):
        for target in statement.targets:
            if isinstance(target, ast.Name):
                yield target.id


def _is_guard(statement: ast.stmt, settled: Collection[str]) -> bool:
    """Whether a statement ends the function where one of these variables has some value: ``if done: return``."""
    if not isinstance(statement, ast.If) or names_in(statement.test).isdisjoint(settled):
        return False
    return any(isinstance(part, _JUMPS) for part in walk(statement))


def lines_about(source: SourceIndex, function: Scope, words: Collection[str], first: int, last: int) -> set[int]:
    """The lines that mention one of these words, or a variable that the function binds where one is mentioned.

    ``first`` and ``last`` are the lines of the function.
    """
    lines: set[int] = set()
    seen = dict.fromkeys((*words, _LOCKING))
    pending = list(seen)
    for word in pending:
        lines.update(source.lines_between(word, first, last))
        for statement in source.statements_between(word, first, last):
            if statement.scope.function is function and (word != _LOCKING or word in words):
                for name in _bound_by(statement.node):
                    if name not in seen:
                        seen[name] = None
                        pending.append(name)
    return lines


def apart_from(lines: set[int]) -> LeavesOut:
    """Leaves out the statements that have none of these lines."""
    return lambda statement: lines.isdisjoint(range(first_line_of(statement), (statement.end_lineno or 0) + 1))


def _bound_by(statement: ast.stmt) -> Iterator[str]:
    """The variables and attributes that a statement itself binds."""
    targets: list[ast.AST] = []
    if isinstance(statement, ast.Assign):
        targets.extend(statement.targets)
    elif isinstance(statement, (ast.AnnAssign, ast.AugAssign, ast.For, ast.AsyncFor)):
        targets.append(statement.target)
    elif isinstance(statement, (ast.With, ast.AsyncWith)):
        targets.extend(item.optional_vars for item in statement.items if item.optional_vars is not None)
    elif isinstance(statement, ast.Match):
        yield from (name for case in statement.cases for name in names_in(case.pattern))
    while targets:
        target = targets.pop()
        if isinstance(target, (ast.Tuple, ast.List)):
            targets.extend(target.elts)
        elif isinstance(target, ast.Starred):
            targets.append(target.value)
        elif isinstance(target, ast.Name):
            yield target.id
        elif isinstance(target, ast.Attribute):
            yield target.attr
    for field in ("value", "test", "subject", "iter"):
        expression = getattr(statement, field, None)
        if isinstance(expression, ast.expr):
            for part in walk(expression):
                if isinstance(part, ast.NamedExpr):
                    yield part.target.id
