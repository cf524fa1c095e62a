"""The daemon flag of a thread: from its constructor, from what is set on the thread, or from its class."""

from __future__ import annotations

import ast
import enum

from flake8_wsthreads.names.evaluate import Names
from flake8_wsthreads.names.scopes import Scope
from flake8_wsthreads.names.values import Class, Constant, Imported, Instance, Super
from flake8_wsthreads.source import Reference, SourceIndex
from flake8_wsthreads.threads.starts import Start, flag


class DaemonFlag(enum.Enum):
    """What the file tells about the daemon flag of a thread."""

    DAEMON = "daemon"
    NON_DAEMON = "non-daemon"
    INHERITED = "inherited"
    """The flag of the thread that creates it."""
    UNKNOWN = "unknown"


class DaemonFlags:
    """Answers which daemon flag the threads of one file have."""

    def __init__(self, names: Names, source: SourceIndex) -> None:
        self._names = names
        self._source = source

    def of_start(self, start: Start, starter: Scope) -> DaemonFlag:
        """The flag of the thread that a start creates; ``starter`` is the scope that the start stands in."""
        set_later = self._set_on_thread(start, starter)
        if set_later is not None:
            return set_later
        if start.daemon is not None:
            value = self._names.evaluate(start.daemon, starter)
            if isinstance(value, Constant) and value.value is None:
                return DaemonFlag.INHERITED
            return self._read(start.daemon, starter)
        if start.instance_of is not None:
            own = self.of_class(start.instance_of, start.call, starter)
            if own is not None:
                return own
        return DaemonFlag.INHERITED

    def _set_on_thread(self, start: Start, starter: Scope) -> DaemonFlag | None:
        """``thread.daemon = True`` or ``thread.setDaemon(True)`` on the variable that the thread is bound to."""
        bound_to = self._bound_to(start.call, starter)
        if self._leaves_unstarted(start.call, bound_to, starter):
            return DaemonFlag.UNKNOWN
        flags: set[DaemonFlag] = set()
        for reference in self._source.references("daemon") + self._source.references("setDaemon"):
            if not isinstance(reference.node, ast.Attribute):
                continue
            value = _assigned_flag(reference)
            if value is None:
                continue
            base = reference.node.value
            text = _dotted(base)
            if isinstance(base, ast.Call) and base is start.call:
                flags.add(self._read(value, reference.scope))
            elif bound_to and text in bound_to:
                same_function = reference.scope.unit is starter.unit
                same_class = "." in text and reference.scope.surrounding_class is starter.surrounding_class
                if same_function or same_class or self._is_global(text, reference.scope, starter):
                    flags.add(self._read(value, reference.scope))
            elif reference.scope.unit is starter.unit and self._names.evaluate(base, reference.scope) is None:
                # for thread in threads: thread.daemon = True, where the file does not tell which thread that is
                known = flag(self._names, value, reference.scope)
                flags.add(DaemonFlag.DAEMON if known else DaemonFlag.UNKNOWN)
        if not flags:
            return None
        return flags.pop() if len(flags) == 1 else DaemonFlag.UNKNOWN

    def _leaves_unstarted(self, call: ast.Call, bound_to: set[str], starter: Scope) -> bool:
        """``return Thread(…)``: whoever starts it may set its flag first."""
        for statement in self._names.statements_of(starter.unit):
            if isinstance(statement, ast.Return) and statement.value is not None:
                if statement.value is call:
                    return True
                if _dotted(statement.value) in bound_to:
                    starts = (
                        reference.node.value
                        for reference in self._source.references("start")
                        if isinstance(reference.node, ast.Attribute) and reference.scope.unit is starter.unit
                    )
                    return not any(_dotted(started) in bound_to for started in starts)
        return False

    def _is_global(self, text: str, first: Scope, second: Scope) -> bool:
        module = self._names.scopes.module
        return self._names.lookup(text, first) is module and self._names.lookup(text, second) is module

    def _bound_to(self, call: ast.Call, scope: Scope) -> set[str]:
        """The variables and attributes that a call's result is bound to, as text."""
        found: set[str] = set()
        for statement in self._names.statements_of(scope.unit):
            if isinstance(statement, ast.Assign) and _is_value(statement.value, call):
                found.update(text for target in statement.targets if (text := _dotted(target)))
            elif isinstance(statement, ast.AnnAssign) and statement.value is call:
                found.add(_dotted(statement.target))
        return found - {""}

    def of_class(self, scope: Scope, creation: ast.Call, creator: Scope) -> DaemonFlag | None:
        """The daemon flag that a Thread subclass gives itself; None when it leaves it to the creating thread."""
        names = self._names
        for known in names.ancestors(scope):
            for binding in known.bindings.get("daemon", ()):
                if isinstance(binding.node, ast.expr):
                    return self._read(binding.node, known)
        answers: set[DaemonFlag] = set()
        for known in names.ancestors(scope):
            initializer = names.own_method(known, "__init__")
            if initializer is None:
                continue
            for statement in names.statements_of(initializer):
                answer = self._set_in_constructor(statement, initializer, creation, creator)
                if answer is not None:
                    answers.add(answer)
            if answers:
                break
        if not answers:
            return None
        return answers.pop() if len(answers) == 1 else DaemonFlag.UNKNOWN

    def _set_in_constructor(
        self, statement: ast.stmt, initializer: Scope, creation: ast.Call, creator: Scope
    ) -> DaemonFlag | None:
        names = self._names
        if isinstance(statement, ast.Assign):
            for target in statement.targets:
                if (
                    isinstance(target, ast.Attribute)
                    and target.attr == "daemon"
                    and _is_self(names, target.value, initializer)
                ):
                    return self._of_argument(statement.value, initializer, creation, creator)
            return None
        call = statement.value if isinstance(statement, ast.Expr) else None
        if not isinstance(call, ast.Call) or not isinstance(call.func, ast.Attribute):
            return None
        if call.func.attr == "setDaemon" and call.args and _is_self(names, call.func.value, initializer):
            return self._of_argument(call.args[0], initializer, creation, creator)
        if call.func.attr != "__init__":
            return None
        base = names.evaluate(call.func.value, initializer)
        if not isinstance(base, (Super, Imported, Class)):
            return None
        for keyword in call.keywords:
            if keyword.arg == "daemon":
                return self._of_argument(keyword.value, initializer, creation, creator)
            if keyword.arg is None:
                passed = next((given.value for given in creation.keywords if given.arg == "daemon"), None)
                return self._read(passed, creator) if passed is not None else None
        return None

    def _of_argument(self, node: ast.expr, initializer: Scope, creation: ast.Call, creator: Scope) -> DaemonFlag:
        """A flag inside a constructor: a literal, or a parameter that the creation gives or leaves to its default."""
        known = flag(self._names, node, initializer)
        if known is not None or not isinstance(node, ast.Name):
            return _known(known)
        passed = next((keyword.value for keyword in creation.keywords if keyword.arg == node.id), None)
        if passed is not None:
            return self._read(passed, creator)
        declared = getattr(initializer.node, "args", None)
        if not isinstance(declared, ast.arguments) or any(keyword.arg is None for keyword in creation.keywords):
            return DaemonFlag.UNKNOWN
        positional = [*declared.posonlyargs, *declared.args]
        for position, argument in enumerate(positional):
            if argument.arg == node.id:
                if position - 1 < len(creation.args):
                    return self._read(creation.args[position - 1], creator)
                offset = position - (len(positional) - len(declared.defaults))
                if offset >= 0:
                    return self._read(declared.defaults[offset], initializer)
        for argument, default in zip(declared.kwonlyargs, declared.kw_defaults):
            if argument.arg == node.id and default is not None:
                return self._read(default, initializer)
        return DaemonFlag.UNKNOWN

    def _read(self, expression: ast.expr | None, scope: Scope) -> DaemonFlag:
        """The flag that an expression stands for."""
        return _known(flag(self._names, expression, scope))


def _known(value: bool | None) -> DaemonFlag:
    if value is None:
        return DaemonFlag.UNKNOWN
    return DaemonFlag.DAEMON if value else DaemonFlag.NON_DAEMON


def _dotted(node: ast.AST) -> str:
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        base = _dotted(node.value)
        return f"{base}.{node.attr}" if base else ""
    return ""


def _is_value(value: ast.expr, call: ast.Call) -> bool:
    return value is call or (isinstance(value, ast.NamedExpr) and value.value is call)


def _is_self(names: Names, node: ast.expr, scope: Scope) -> bool:
    return isinstance(names.evaluate(node, scope), Instance)


def _assigned_flag(reference: Reference) -> ast.expr | None:
    """The value in ``thread.daemon = value`` or ``thread.setDaemon(value)``."""
    parent = reference.parents[0] if reference.parents else None
    node = reference.node
    assert isinstance(node, ast.Attribute)
    if node.attr == "daemon":
        statement = next((part for part in reference.parents if isinstance(part, ast.Assign)), None)
        return statement.value if statement is not None and node in statement.targets else None
    if isinstance(parent, ast.Call) and parent.func is node and parent.args:
        return parent.args[0]
    return None
