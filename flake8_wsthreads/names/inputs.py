"""What the values of a function are computed from, by steps that the file shows.

After ``count = len(names)`` the count is computed from the names.
"""

from __future__ import annotations

import ast
import builtins

from flake8_wsthreads.library import behaviour_of, reports
from flake8_wsthreads.library.behaviour import Keeps
from flake8_wsthreads.library.containers import ADDING, LOOKING
from flake8_wsthreads.library.reporting import LOGGER_METHODS
from flake8_wsthreads.names.containers import makes_container
from flake8_wsthreads.names.evaluate import Names
from flake8_wsthreads.names.scopes import ComprehensionNode, Scope
from flake8_wsthreads.names.values import Class, Constant, Function, Imported
from flake8_wsthreads.source.syntax import children, defaults_of, own_parts, statements_in, walk

_TRANSPARENT = (
    ast.BinOp, ast.BoolOp, ast.Compare, ast.Dict, ast.FormattedValue, ast.IfExp, ast.JoinedStr, ast.List, ast.NamedExpr,
    ast.Set, ast.Slice, ast.Starred, ast.Tuple, ast.UnaryOp,
)  # fmt: skip
# More than these, and an expression is neither spelled out nor looked through.
_MOST_PARTS = 200


class Inputs:
    """Answers for one function what its expressions are computed from.

    An input is the text of a variable or an attribute that the function does not compute itself (a parameter, what a
    call has returned), or the place of such a call in the source. What is computed from literals alone has none.
    """

    def __init__(self, names: Names, function: Scope) -> None:
        self._names = names
        self._function = function
        self._known: dict[ast.expr, frozenset[str]] = {}
        self._computed: dict[ast.expr, bool] = {}
        self._parts: dict[str, set[ast.AST]] = {}
        self._mentions: dict[tuple[str, int], ast.Name] = {}
        self._values: dict[str, list[ast.expr]] = {}
        self._put_in: dict[str, list[ast.expr]] = {}
        self._decided: dict[str, list[ast.stmt]] = {}
        """For each variable the statements that bind it, or put something into it, on a condition."""
        self._under: dict[ast.stmt, tuple[ast.expr, ast.stmt]] = {}
        """For each statement on a condition that condition, and the statement that asks it."""
        self._handed_on: set[str] = set()
        for statement in names.statements_of(function):
            self._place(statement)
            self._collect(statement)

    def of(self, node: ast.expr) -> frozenset[str]:
        """The inputs that the value of an expression is computed from."""
        known = self._known.get(node)
        if known is None:
            found: set[str] = set()
            computed: set[str] = set()
            pending = [node]
            for _ in range(_MOST_PARTS):
                if not pending:
                    break
                part = pending.pop()
                if not isinstance(part, ast.Name):
                    given, own = self._computed_from(part)
                    pending.extend(given)
                elif part.id not in computed:
                    computed.add(part.id)
                    own = self._own_input(part)
                    if own != input_of_its_own(part):
                        pending.extend((*self._values.get(part.id, ()), *self._put_in.get(part.id, ())))
                        pending.extend(self._conditions_of(part.id, node.lineno))
                else:
                    continue
                if own is not None:
                    found.add(own)
            # what is computed from too much has nothing in common with anything
            known = self._known[node] = frozenset({input_of_its_own(node)} if pending else found)
        return known

    def mention(self, variable: str, line: int) -> ast.Name:
        """A mention of a variable on a line, to be asked about: none that stands in the source."""
        known = self._mentions.get((variable, line))
        if known is None:
            known = ast.Name(variable, ast.Load(), lineno=line, col_offset=-1 - len(self._mentions))
            self._mentions[variable, line] = known
        return known

    def tells(self, part: ast.AST, variable: str) -> bool:
        """Whether an expression stands in one that the function binds to a variable."""
        parts = self._parts.get(variable)
        if parts is None:
            values = filter(_is_short, self._values.get(variable, ()))
            parts = self._parts[variable] = {inner for value in values for inner in walk(value)}
        return part in parts

    def is_computed(self, node: ast.expr) -> bool:
        """Whether an expression computes something, itself or by a variable that the function binds."""
        known = self._computed.get(node)
        if known is None:
            parts = list(walk(node)) if _is_short(node) else []
            values = (value for part in parts if isinstance(part, ast.Name) for value in self._values.get(part.id, ()))
            known = any(map(self._computes, parts)) or not all(map(self._is_opaque, values))
            self._computed[node] = known
        return known

    def _computes(self, part: ast.AST) -> bool:
        """Whether a part of an expression computes something by itself: ``n + 1``, ``any(names)``, ``pair[0]``."""
        if isinstance(part, (ast.Call, ast.Subscript)):
            # that an int may be a bool, too, is no computation
            asks_class = isinstance(part, ast.Call) and getattr(part.func, "id", "") == "isinstance"
            return self._computed_from(part)[1] is None and not asks_class
        return isinstance(part, ast.BinOp)

    def _is_opaque(self, value: ast.expr) -> bool:
        """Whether nothing tells what a value is: what a call has returned."""
        return not isinstance(value, (ast.Name, ast.Attribute)) and self._computed_from(value)[1] is not None

    def _conditions_of(self, variable: str, line: int) -> list[ast.expr]:
        """The conditions on which something is bound to a variable, or put into it, above a line.

        But for those that the line stands under itself.
        """
        found: dict[ast.expr, None] = {}
        for statement in self._decided.get(variable, ()):
            around = self._under.get(statement) if statement.lineno < line else None
            while around is not None and around[0] not in found and len(found) < _MOST_PARTS:
                test, asking = around
                if line <= (asking.end_lineno or asking.lineno):
                    break
                found[test] = None
                around = self._under.get(asking)
        return list(found)

    def _place(self, statement: ast.stmt) -> None:
        """Note on which condition the statements inside a statement run."""
        around = self._under.get(statement)
        if isinstance(statement, (ast.If, ast.While)):
            around = statement.test, statement
        elif isinstance(statement, ast.Match):
            around = statement.subject, statement
        if around is not None:
            self._under.update(dict.fromkeys(statements_in(statement), around))

    def _note(self, found: dict[str, list[ast.expr]], variable: str, values: list[ast.expr], by: ast.stmt) -> None:
        found.setdefault(variable, []).extend(values)
        if by in self._under:
            self._decided.setdefault(variable, []).append(by)

    def _collect(self, statement: ast.stmt) -> None:
        """Note which values a statement binds to variables, and which it puts into containers."""
        bound: list[tuple[ast.expr, ast.expr]] = []
        if isinstance(statement, ast.Assign):
            bound = [(target, statement.value) for target in statement.targets]
        elif isinstance(statement, (ast.AnnAssign, ast.AugAssign)) and statement.value is not None:
            bound = [(statement.target, statement.value)]
        elif isinstance(statement, (ast.For, ast.AsyncFor)):
            bound = [(statement.target, statement.iter)]
        while bound:
            target, value = bound.pop()
            if isinstance(target, ast.Name):
                self._note(self._values, target.id, [value], statement)
            elif isinstance(target, ast.Subscript) and isinstance(target.value, ast.Name):
                self._note(self._put_in, target.value.id, [value], statement)
            elif isinstance(target, (ast.Tuple, ast.List)):
                alike = isinstance(value, (ast.Tuple, ast.List)) and len(value.elts) == len(target.elts)
                parts = value.elts if isinstance(value, (ast.Tuple, ast.List)) and alike else [value] * len(target.elts)
                bound.extend(zip(target.elts, parts))
        called = [part for part in own_parts(statement) if isinstance(part, ast.Call)]
        for call in called:
            if isinstance(call.func, ast.Attribute) and isinstance(call.func.value, ast.Name):
                if call.func.attr in ADDING:
                    given = [*call.args, *(keyword.value for keyword in call.keywords)]
                    self._note(self._put_in, call.func.value.id, given, statement)
            name = self._names.qualified_name(call.func, self._function)
            looks = behaviour_of(name).computes or behaviour_of(name).keeps is Keeps.NOTHING
            if not (looks or reports(name) or getattr(call.func, "attr", "") in LOGGER_METHODS):
                self._handed_on.update(part.id for part in call.args if isinstance(part, ast.Name))
        if isinstance(statement, ast.Assign):
            # same = jobs; add = jobs.append
            value = statement.value.value if isinstance(statement.value, ast.Attribute) else statement.value
            if isinstance(value, ast.Name):
                self._handed_on.add(value.id)

    def _own_input(self, node: ast.Name) -> str | None:
        """A variable that is bound by something else than what the function computes; None for all others."""
        owner = self._names.lookup(node.id, self._function)
        if owner is None:
            return None if hasattr(builtins, node.id) and node.id != "__name__" else node.id
        if owner is not self._function:
            value = self._names.evaluate(node, self._function)
            if isinstance(value, Constant) and not isinstance(value.value, bool):
                return None  # as good as a literal; a flag is there to be changed
            return input_of_its_own(node) if isinstance(value, (Class, Constant, Function, Imported)) else node.id
        if node.id in self._handed_on and self._is_filled_here(node):
            return node.id  # others may put something into it
        values, bindings = self._values.get(node.id, ()), owner.bindings.get(node.id, ())
        others = len(bindings) - len(values)
        if others + sum(map(self._is_opaque, values)) > 1:
            return input_of_its_own(node)  # which of them it is here is not told
        return node.id if others > 0 else None

    def _computed_from(self, node: ast.expr) -> tuple[list[ast.expr], str | None]:
        """The parts that tell the value of an expression, or what it is itself as an input."""
        if isinstance(node, ast.Attribute):
            is_member = isinstance(self._names.evaluate(node.value, self._function), (Class, Imported))
            # to compare with Mode.LIVE has nothing in common with another comparison with it
            return [], input_of_its_own(node) if is_member and node.attr.isupper() else _text(node)
        if isinstance(node, ast.Subscript):
            is_key = isinstance(node.slice, ast.Constant) and isinstance(node.slice.value, str)
            if is_key and not self._is_filled_here(node.value):
                return [], _text(node)
            return [node.value, node.slice], None
        if isinstance(node, ast.Call):
            return self._computed_by(node)
        if isinstance(node, ComprehensionNode):
            made = getattr(node, "elt", None)
            own = self._computed_by(made)[1] if isinstance(made, ast.Call) else None
            return [generator.iter for generator in node.generators], own
        if isinstance(node, (ast.Constant, *_TRANSPARENT)):
            return [part for part in children(node) if isinstance(part, ast.expr)], None
        return [], input_of_its_own(node)

    def _computed_by(self, node: ast.Call) -> tuple[list[ast.expr], str | None]:
        given, called = [*node.args, *(keyword.value for keyword in node.keywords)], node.func
        if behaviour_of(self._names.qualified_name(called, self._function)).computes:
            return given, None
        returned = self._returned_by(called)
        if returned is not None:
            return [*given, *returned], None
        if isinstance(called, ast.Attribute) and called.attr in LOOKING:
            # what stands under a key is an input of its own, unless the function puts it there
            return ([*given, called.value], None) if self._is_filled_here(called.value) else ([], _text(node))
        return [], input_of_its_own(node)

    def _returned_by(self, called: ast.expr) -> list[ast.expr] | None:
        """What a function of the file returns that does nothing else, and what its parameters are by default.

        None for all other functions.
        """
        value = self._names.evaluate(called, self._function) if isinstance(called, ast.Name) else None
        node = value.scope.node if isinstance(value, Function) else None
        result = node.body if isinstance(node, ast.Lambda) else None
        if isinstance(node, ast.FunctionDef) and len(node.body) == 1 and isinstance(node.body[0], ast.Return):
            result = node.body[0].value
        if result is None or not isinstance(node, (ast.FunctionDef, ast.Lambda)):
            return None
        return [result, *(default for _, default in defaults_of(node.args))]

    def _is_filled_here(self, node: ast.expr) -> bool:
        """Whether a variable only ever holds containers that the function makes itself."""
        values = self._values.get(node.id, ()) if isinstance(node, ast.Name) else ()
        return bool(values) and all(makes_container(self._names, value, self._function) for value in values)


def same_text(one: ast.expr, other: ast.expr) -> bool:
    """Whether two expressions are written alike; False for long ones."""
    return _is_short(one) and _is_short(other) and ast.unparse(one) == ast.unparse(other)


def _is_short(node: ast.expr) -> bool:
    """Whether an expression can be spelled out: a deep one could not."""
    return all(count < _MOST_PARTS for count, _ in enumerate(walk(node)))


def _text(node: ast.expr) -> str:
    return ast.unparse(node) if _is_short(node) else input_of_its_own(node)


def input_of_its_own(node: ast.expr) -> str:
    """An expression by its place, what a call has returned above all: it is another input each time it is written."""
    return f"{node.lineno}:{node.col_offset}"
