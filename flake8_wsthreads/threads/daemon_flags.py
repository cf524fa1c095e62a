"""The daemon flag of a thread: from its constructor, from what is set on the thread, or from its class."""

from __future__ import annotations

import ast
import enum

from flake8_wsthreads.names.evaluate import Names
from flake8_wsthreads.names.mentions import SourceIndex
from flake8_wsthreads.names.scopes import Scope
from flake8_wsthreads.names.values import Class, Constant, Imported, Instance, Super
from flake8_wsthreads.source.syntax import argument, defaults_of, has_starred, positional_parameters
from flake8_wsthreads.threads.flag_writes import FlagWrite, creations, flag_writes
from flake8_wsthreads.threads.start import MadeBy, Start
from flake8_wsthreads.threads.starts import flag

_THREAD_CLASSES = {"threading.Thread", "threading.Timer", "threading._Timer"}


class DaemonFlag(enum.Enum):
    """What the file tells about the daemon flag of a thread."""

    DAEMON = "daemon"
    NON_DAEMON = "non-daemon"
    INHERITED = "inherited"
    """The flag of the thread that creates it."""
    UNKNOWN = "unknown"


class _ResultUses:
    """What the statements of one function bind to the results of calls, and what they return."""

    def __init__(self, statements: list[ast.stmt]) -> None:
        self.bound_to: dict[ast.expr, set[str]] = {}
        """The variables and attributes, as text, that the result of each call is bound to."""
        self.returned: list[ast.expr] = []
        for statement in statements:
            if isinstance(statement, ast.Return) and statement.value is not None:
                self.returned.append(statement.value)
            elif isinstance(statement, (ast.Assign, ast.AnnAssign)) and statement.value is not None:
                value = statement.value
                if isinstance(statement, ast.Assign) and isinstance(value, ast.NamedExpr):
                    value = value.value
                targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target]
                names = {text for target in targets if (text := _dotted(target))}
                self.bound_to.setdefault(value, set()).update(names)


class DaemonFlags:
    """Answers which daemon flag the threads of one file have."""

    def __init__(self, names: Names, source: SourceIndex) -> None:
        self._names = names
        self._source = source
        self._known_writes: list[FlagWrite] | None = None
        self._result_uses: dict[Scope, _ResultUses] = {}

    @property
    def _writes(self) -> list[FlagWrite]:
        if self._known_writes is None:
            self._known_writes = flag_writes(self._source)
        return self._known_writes

    def of_start(self, start: Start, starter: Scope) -> DaemonFlag:
        """The flag of the thread that a start creates; ``starter`` is the scope that the start stands in."""
        if self._leaves_unstarted(start.call, self._bound_to(start.call, starter), starter):
            return DaemonFlag.UNKNOWN
        set_later = self._set_on_thread(start, starter)
        if set_later is not None:
            return set_later
        if start.made_by is not None:
            return self._given_by(start.made_by, start.call, starter)
        if start.daemon is not None:
            value = self._names.evaluate(start.daemon, starter)
            if isinstance(value, Constant) and value.value is None:
                return DaemonFlag.INHERITED
            return self._read(start.daemon, starter)
        if start.instance_of is not None:
            own = self.of_class(start.instance_of, start.call, starter)
            if own is not None:
                return own
            if self._is_given_options(start):
                return DaemonFlag.UNKNOWN
        return DaemonFlag.INHERITED

    def _given_by(self, made_by: MadeBy, call: ast.Call, caller: Scope) -> DaemonFlag:
        """The flag that a function gives to the thread which it makes when it is called like this."""
        inside = self._set_on_thread(made_by.start, made_by.function)
        if inside is not None:
            return inside
        if made_by.start.daemon is None:
            return DaemonFlag.INHERITED
        return self._of_argument(made_by.start.daemon, made_by.function, call, caller)

    def _is_given_options(self, start: Start) -> bool:
        """``Reader(**options)`` where the class has the constructor of ``Thread``: the flag may be among them."""
        assert start.instance_of is not None
        spread = any(keyword.arg is None for keyword in start.call.keywords)
        return spread and self._names.classes.method(start.instance_of, "__init__") is None

    def _set_on_thread(self, start: Start, starter: Scope) -> DaemonFlag | None:
        """What is set on the thread after it was made: ``thread.daemon = True``, ``thread.setDaemon(True)``."""
        bound_to = self._bound_to(start.call, starter)
        flags: set[DaemonFlag] = set()
        for write in self._writes:
            base = write.thread
            text = _dotted(base)
            made = creations(self._names, base, write.scope)
            if bound_to and text in bound_to and self._is_same_variable(text, write.scope, starter):
                flags.add(self._read(write.value, write.scope))
            elif made is not None:
                if any(call is start.call for call in made):
                    flags.add(self._read(write.value, write.scope) if len(made) == 1 else DaemonFlag.UNKNOWN)
            elif write.vague:
                continue
            elif write.scope.function is starter.function and self._names.evaluate(base, write.scope) is None:
                # for thread in threads: thread.daemon = True, where the file does not tell which thread that is
                known = flag(self._names, write.value, write.scope)
                flags.add(DaemonFlag.DAEMON if known else DaemonFlag.UNKNOWN)
            elif self._may_be_the_thread(write, start):
                flags.add(DaemonFlag.UNKNOWN)
        if not flags:
            return None
        return flags.pop() if len(flags) == 1 else DaemonFlag.UNKNOWN

    def _is_same_variable(self, text: str, scope: Scope, starter: Scope) -> bool:
        """Whether a variable or attribute is the one of this name in the scope of the start."""
        same_class = "." in text and scope.surrounding_class is starter.surrounding_class
        return scope.function is starter.function or same_class or self._is_global(text, scope, starter)

    def _may_be_the_thread(self, write: FlagWrite, start: Start) -> bool:
        """Whether a flag may be set on this thread by code that does not show which thread it is given."""
        value = self._names.evaluate(write.thread, write.scope)
        if not isinstance(value, Instance) or isinstance(value.of, str):
            return value is None or (isinstance(value, Instance) and value.of in _THREAD_CLASSES)
        if start.instance_of is None:
            return False
        own = self._names.classes.ancestors(start.instance_of)
        # what the methods of the class set on their own object is a matter of the class
        return value.of in own and write.scope.surrounding_class not in own

    def _leaves_unstarted(self, call: ast.Call, bound_to: set[str], starter: Scope) -> bool:
        """``return Thread(…)``: whoever starts it may set its flag first."""
        for returned in self._uses_in(starter.function).returned:
            if returned is call:
                return True
            if _dotted(returned) in bound_to:
                starts = (
                    reference.node.value
                    for reference in self._source.references("start")
                    if isinstance(reference.node, ast.Attribute) and reference.scope.function is starter.function
                )
                return not any(_dotted(started) in bound_to for started in starts)
        return False

    def _is_global(self, text: str, first: Scope, second: Scope) -> bool:
        module = self._names.scopes.module
        return self._names.lookup(text, first) is module and self._names.lookup(text, second) is module

    def _bound_to(self, call: ast.Call, scope: Scope) -> set[str]:
        """The variables and attributes that a call's result is bound to, as text."""
        return self._uses_in(scope.function).bound_to.get(call, set())

    def _uses_in(self, function: Scope) -> _ResultUses:
        known = self._result_uses.get(function)
        if known is None:
            known = self._result_uses[function] = _ResultUses(self._names.statements_of(function))
        return known

    def of_class(self, scope: Scope, creation: ast.Call, creator: Scope) -> DaemonFlag | None:
        """The daemon flag that a Thread subclass gives itself; None when it leaves it to the creating thread."""
        names = self._names
        for known in names.classes.ancestors(scope):
            for binding in known.bindings.get("daemon", ()):
                return self._read(binding.node, known) if isinstance(binding.node, ast.expr) else DaemonFlag.UNKNOWN
        answers: set[DaemonFlag] = set()
        own = names.classes.ancestors(scope)
        for write in self._writes:
            method = write.scope.function
            if method.method_of in own and method.name != "__init__" and _is_self(names, write.thread, method):
                answers.add(DaemonFlag.UNKNOWN)  # when the method is called does not show
        for known in own:
            initializer = names.classes.own_method(known, "__init__")
            if initializer is None:
                continue
            for write in self._writes:
                if write.scope.function is initializer and _is_self(names, write.thread, initializer):
                    answers.add(self._of_argument(write.value, initializer, creation, creator))
            base_call: ast.Call | None = None
            for statement in names.statements_of(initializer):
                call = statement.value if isinstance(statement, ast.Expr) else None
                if isinstance(call, ast.Call) and self._calls_base(call, initializer):
                    base_call = call
                    answer = self._passed_to_base(call, initializer, creation, creator)
                    if answer is not None:
                        answers.add(answer)
            if answers or base_call is None:
                break
            creation, creator = self._without_self(base_call, initializer), initializer
        if not answers:
            return None
        return answers.pop() if len(answers) == 1 else DaemonFlag.UNKNOWN

    def _calls_base(self, call: ast.Call, initializer: Scope) -> bool:
        """``super().__init__(…)``, ``Thread.__init__(self, …)``."""
        if not isinstance(call.func, ast.Attribute) or call.func.attr != "__init__":
            return False
        return isinstance(self._names.evaluate(call.func.value, initializer), (Super, Imported, Class))

    def _without_self(self, call: ast.Call, initializer: Scope) -> ast.Call:
        """``Base.__init__(self, name)`` as the call that would make a ``Base``."""
        assert isinstance(call.func, ast.Attribute)
        if isinstance(self._names.evaluate(call.func.value, initializer), Super):
            return call
        return ast.Call(func=call.func, args=call.args[1:], keywords=call.keywords)

    def _passed_to_base(
        self, call: ast.Call, initializer: Scope, creation: ast.Call, creator: Scope
    ) -> DaemonFlag | None:
        """The flag among the arguments for the constructor of a base class."""
        for keyword in call.keywords:
            if keyword.arg == "daemon":
                return self._of_argument(keyword.value, initializer, creation, creator)
        for keyword in call.keywords:
            if keyword.arg is None:
                if not self._passes_unchanged(keyword.value, initializer):
                    return DaemonFlag.UNKNOWN
                passed = next((given.value for given in creation.keywords if given.arg == "daemon"), None)
                if passed is not None:
                    return self._read(passed, creator)
                spread = any(given.arg is None for given in creation.keywords)
                return DaemonFlag.UNKNOWN if spread else None
        return None

    def _passes_unchanged(self, options: ast.expr, initializer: Scope) -> bool:
        """Whether ``**options`` are those that the constructor was given, and nothing was done to them before."""
        declared = getattr(initializer.node, "args", None)
        if not isinstance(options, ast.Name) or not isinstance(declared, ast.arguments) or declared.kwarg is None:
            return False
        mentions = [found for found in self._source.references(options.id) if found.scope.function is initializer]
        return options.id == declared.kwarg.arg and all(found.node is options for found in mentions)

    def _of_argument(self, node: ast.expr | None, initializer: Scope, creation: ast.Call, creator: Scope) -> DaemonFlag:
        """A flag inside a constructor: a literal, or a parameter that the creation gives or leaves to its default.

        A function that makes threads is called like one that has no object of its own.
        """
        known = flag(self._names, node, initializer)
        if known is not None or not isinstance(node, ast.Name):
            return _known(known)
        passed = next((keyword.value for keyword in creation.keywords if keyword.arg == node.id), None)
        if passed is not None:
            return self._read(passed, creator)
        declared = getattr(initializer.node, "args", None)
        if not isinstance(declared, ast.arguments) or any(keyword.arg is None for keyword in creation.keywords):
            return DaemonFlag.UNKNOWN
        own_object = 1 if initializer.method_of is not None else 0
        for position, parameter in enumerate(positional_parameters(declared)):
            if parameter.arg == node.id:
                given = argument(creation, position - own_object) if position >= own_object else None
                if given is not None:
                    return self._read(given, creator)
                if has_starred(creation.args):
                    return DaemonFlag.UNKNOWN
        for parameter, default in defaults_of(declared):
            if parameter.arg == node.id:
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


def _is_self(names: Names, node: ast.expr, scope: Scope) -> bool:
    return isinstance(names.evaluate(node, scope), Instance)
