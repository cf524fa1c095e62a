"""Which threads run a function: followed through the calls of the file, up from the function to where threads start."""

from __future__ import annotations

import ast
from dataclasses import dataclass

from flake8_wsthreads.facts import Context
from flake8_wsthreads.names.evaluate import Names
from flake8_wsthreads.names.scopes import Scope, ScopeKind
from flake8_wsthreads.names.values import Class, Constant, Function, Imported, Instance, Super, Value
from flake8_wsthreads.source import Reference, SourceIndex
from flake8_wsthreads.threads.starts import Start, flag, is_qt_thread, recognise, target_function, thread_kind

# They call what they are given on the thread that calls them.
_SAME_THREAD = {
    "builtins.map", "builtins.filter", "builtins.sorted", "builtins.iter", "builtins.list", "builtins.max", "builtins.min",
    "functools.partial", "functools.reduce", "signal.signal", "atexit.register", "asyncio.run", "asyncio.gather",
    "asyncio.wait_for", "asyncio.create_task", "asyncio.ensure_future", "pytest.raises", "timeit.timeit", "contextlib.closing",
    "unittest.main", "weakref.finalize",
}  # fmt: skip
_SAME_THREAD_METHODS = {
    "callback", "addCleanup", "addfinalizer", "run_until_complete", "create_task", "assertRaises", "mainloop", "push",
    "enter_context", "enterContext",
}  # fmt: skip
# Their methods are called by the server that the class is handed to.
_HANDLER_MODULES = {"socketserver", "http", "wsgiref", "xmlrpc", "logging"}


@dataclass(frozen=True)
class Edge:
    """One way to reach a function: from ``caller``'s thread, through ``start`` where there is one, or in a fixed context."""

    caller: Scope | None
    start: Start | None = None
    fixed: Context | None = None


class Contexts:
    """Answers which threads run a function of one file."""

    def __init__(self, names: Names, source: SourceIndex) -> None:
        self._names = names
        self._source = source
        self._edges: dict[Scope, list[Edge]] = {}
        self._contexts: dict[Scope, frozenset[Context]] = {}

    def of(self, scope: Scope) -> frozenset[Context]:
        """The contexts of a function, lambda, class body or module; empty for code that nothing runs."""
        unit = _running_unit(scope)
        if unit not in self._contexts:
            self._solve(unit)
        return self._contexts[unit]

    def of_start(self, start: Start, starter: Scope) -> frozenset[Context]:
        """The contexts of the code that a start runs."""
        return frozenset(self._through(start, starter, self.of(starter)))

    def edges(self, scope: Scope) -> list[Edge]:
        """All ways to reach a function that the file shows."""
        unit = _running_unit(scope)
        known = self._edges.get(unit)
        if known is None:
            self._edges[unit] = []  # a function that is reached only from itself is not reached
            known = self._edges[unit] = self._find_edges(unit)
        return known

    def starts_leading_to(self, scope: Scope) -> list[tuple[Start, Scope]]:
        """The starts whose thread runs this function, directly or through calls, with the scopes in which they stand."""
        found: list[tuple[Start, Scope]] = []
        seen = {_running_unit(scope)}
        pending = [_running_unit(scope)]
        while pending:
            for edge in self.edges(pending.pop()):
                if edge.start is not None and edge.caller is not None:
                    if not any(known is edge.start for known, _ in found):
                        found.append((edge.start, edge.caller))
                elif edge.caller is not None:
                    caller = _running_unit(edge.caller)
                    if caller not in seen:
                        seen.add(caller)
                        pending.append(caller)
        return found

    def _solve(self, unit: Scope) -> None:
        """Find everything upstream of a function, then let contexts flow down until nothing changes."""
        upstream: list[Scope] = [unit]
        members = {unit}
        for member in upstream:
            for edge in self.edges(member):
                if edge.caller is not None:
                    caller = _running_unit(edge.caller)
                    if caller not in members and caller not in self._contexts:
                        members.add(caller)
                        upstream.append(caller)
        known: dict[Scope, set[Context]] = {member: set() for member in upstream}
        self._flow(upstream, known)
        # functions that only call each other: whoever imports the file may call them
        closed = [
            member
            for member in upstream
            if not known[member]
            and self.edges(member)
            and member.parent is not None
            and member.parent.unit.kind not in (ScopeKind.FUNCTION, ScopeKind.LAMBDA)
        ]
        if closed:
            for member in closed:
                known[member].add(Context.MAIN)
            self._flow(upstream, known)
        for member in upstream:
            self._contexts[member] = frozenset(known[member])

    def _flow(self, upstream: list[Scope], known: dict[Scope, set[Context]]) -> None:
        changed = True
        while changed:
            changed = False
            for member in reversed(upstream):
                contexts = known[member]
                before = len(contexts)
                for edge in self.edges(member):
                    contexts |= self._edge_contexts(edge, known)
                changed = changed or len(contexts) != before

    def _edge_contexts(self, edge: Edge, known: dict[Scope, set[Context]]) -> set[Context]:
        if edge.fixed is not None or edge.caller is None:
            return {edge.fixed or Context.UNKNOWN}
        caller = _running_unit(edge.caller)
        contexts = known.get(caller)
        from_caller = frozenset(contexts) if contexts is not None else self._contexts[caller]
        if edge.start is None:
            return set(from_caller)
        return self._through(edge.start, edge.caller, from_caller)

    def _through(self, start: Start, starter: Scope, contexts: frozenset[Context]) -> set[Context]:
        """The contexts on the other side of a start."""
        if start.runs_in is not None:
            return {start.runs_in} if contexts else set()
        daemon = self.daemon_flag(start, starter)
        if daemon == "unknown":
            return {Context.UNKNOWN}
        if daemon != "inherited":
            return {Context.DAEMON if daemon == "daemon" else Context.NON_DAEMON} if contexts else set()
        inherited = {
            Context.MAIN: Context.NON_DAEMON,
            Context.CHILD_PROCESS: Context.NON_DAEMON,
        }
        return {inherited.get(context, context) for context in contexts}

    def daemon_flag(self, start: Start, starter: Scope) -> str:
        """``daemon``, ``non-daemon``, ``inherited`` or ``unknown``."""
        set_later = self._flag_set_on_thread(start, starter)
        if set_later is not None:
            return set_later
        if start.daemon is not None:
            value = self._names.evaluate(start.daemon, starter)
            if isinstance(value, Constant) and value.value is None:
                return "inherited"
            return _word(flag(self._names, start.daemon, starter))
        if start.instance_of is not None:
            own = self._flag_of_class(start.instance_of, start.call, starter)
            if own is not None:
                return own
        return "inherited"

    def _flag_set_on_thread(self, start: Start, starter: Scope) -> str | None:
        """``thread.daemon = True`` or ``thread.setDaemon(True)`` on the variable that the thread is bound to."""
        bound_to = self._bound_to(start.call, starter)
        if self._leaves_unstarted(start.call, bound_to, starter):
            return "unknown"
        flags: set[str] = set()
        for reference in self._source.references("daemon") + self._source.references("setDaemon"):
            if not isinstance(reference.node, ast.Attribute):
                continue
            value = _assigned_flag(reference)
            if value is None:
                continue
            base = reference.node.value
            text = _dotted(base)
            if isinstance(base, ast.Call) and base is start.call:
                flags.add(_word(flag(self._names, value, reference.scope)))
            elif bound_to and text in bound_to:
                same_function = reference.scope.unit is starter.unit
                same_class = "." in text and _class_of(reference.scope) is _class_of(starter)
                if same_function or same_class or (self._is_global(text, reference.scope, starter)):
                    flags.add(_word(flag(self._names, value, reference.scope)))
            elif reference.scope.unit is starter.unit and not self._names_one_thread(base, reference.scope):
                # for thread in threads: thread.daemon = True
                flags.add("daemon" if flag(self._names, value, reference.scope) else "unknown")
        if not flags:
            return None
        return flags.pop() if len(flags) == 1 else "unknown"

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

    def _names_one_thread(self, base: ast.expr, scope: Scope) -> bool:
        """Whether the expression is ``self``, or a variable of which the file tells what it is."""
        value = self._names.evaluate(base, scope)
        return value is not None

    def _bound_to(self, call: ast.Call, scope: Scope) -> set[str]:
        """The variables and attributes that a call's result is bound to, as text."""
        found: set[str] = set()
        for statement in self._names.statements_of(scope.unit):
            if isinstance(statement, ast.Assign) and _is_value(statement.value, call):
                found.update(text for target in statement.targets if (text := _dotted(target)))
            elif isinstance(statement, ast.AnnAssign) and statement.value is call:
                found.add(_dotted(statement.target))
        return found - {""}

    def _flag_of_class(self, scope: Scope, creation: ast.Call, creator: Scope) -> str | None:
        """The daemon flag that a Thread subclass gives itself; None when it leaves it to the creating thread."""
        names = self._names
        for known in names.ancestors(scope):
            for binding in known.bindings.get("daemon", ()):
                if isinstance(binding.node, ast.expr):
                    return _word(flag(names, binding.node, known))
        answers: set[str] = set()
        for known in names.ancestors(scope):
            initializer = names.own_method(known, "__init__")
            if initializer is None:
                continue
            for statement in names.statements_of(initializer):
                answer = self._flag_in_constructor(statement, initializer, creation, creator)
                if answer is not None:
                    answers.add(answer)
            if answers:
                break
        if not answers:
            return None
        return answers.pop() if len(answers) == 1 else "unknown"

    def _flag_in_constructor(
        self, statement: ast.stmt, initializer: Scope, creation: ast.Call, creator: Scope
    ) -> str | None:
        names = self._names
        if isinstance(statement, ast.Assign):
            for target in statement.targets:
                if (
                    isinstance(target, ast.Attribute)
                    and target.attr == "daemon"
                    and _is_self(names, target.value, initializer)
                ):
                    return self._flag_argument(statement.value, initializer, creation, creator)
            return None
        call = statement.value if isinstance(statement, ast.Expr) else None
        if not isinstance(call, ast.Call) or not isinstance(call.func, ast.Attribute):
            return None
        if call.func.attr == "setDaemon" and call.args and _is_self(names, call.func.value, initializer):
            return self._flag_argument(call.args[0], initializer, creation, creator)
        if call.func.attr != "__init__":
            return None
        base = names.evaluate(call.func.value, initializer)
        if not isinstance(base, (Super, Imported, Class)):
            return None
        for keyword in call.keywords:
            if keyword.arg == "daemon":
                return self._flag_argument(keyword.value, initializer, creation, creator)
            if keyword.arg is None:
                passed = next((given.value for given in creation.keywords if given.arg == "daemon"), None)
                return _word(flag(names, passed, creator)) if passed is not None else None
        return None

    def _flag_argument(self, node: ast.expr, initializer: Scope, creation: ast.Call, creator: Scope) -> str:
        """A flag inside a constructor: a literal, or a parameter that the creation gives or leaves to its default."""
        known = flag(self._names, node, initializer)
        if known is not None or not isinstance(node, ast.Name):
            return _word(known)
        passed = next((keyword.value for keyword in creation.keywords if keyword.arg == node.id), None)
        if passed is not None:
            return _word(flag(self._names, passed, creator))
        declared = getattr(initializer.node, "args", None)
        if not isinstance(declared, ast.arguments) or any(keyword.arg is None for keyword in creation.keywords):
            return "unknown"
        positional = [*declared.posonlyargs, *declared.args]
        for position, argument in enumerate(positional):
            if argument.arg == node.id:
                if position - 1 < len(creation.args):
                    return _word(flag(self._names, creation.args[position - 1], creator))
                offset = position - (len(positional) - len(declared.defaults))
                if offset >= 0:
                    return _word(flag(self._names, declared.defaults[offset], initializer))
        for argument, default in zip(declared.kwonlyargs, declared.kw_defaults):
            if argument.arg == node.id and default is not None:
                return _word(flag(self._names, default, initializer))
        return "unknown"

    # Edges

    def _find_edges(self, unit: Scope) -> list[Edge]:
        if unit.kind is ScopeKind.MODULE:
            return [Edge(None, None, Context.MAIN)]
        if unit.kind is ScopeKind.LAMBDA:
            return self._lambda_edges(unit)
        owner = unit.enclosing_class
        if owner is None:
            return self._function_edges(unit)
        return self._method_edges(unit, owner)

    def _function_edges(self, unit: Scope) -> list[Edge]:
        node = unit.node
        assert isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) and unit.parent is not None
        if not self._names.keeps_its_meaning(node, unit.parent):
            return [Edge(None, None, Context.UNKNOWN)]
        edges: list[Edge] = []
        for reference in self._source.references(unit.name):
            if isinstance(reference.node, ast.Name):
                if not isinstance(reference.node.ctx, ast.Load):
                    continue
                value = self._names.evaluate(reference.node, reference.scope)
                if isinstance(value, Function) and value.scope is unit:
                    edges.extend(self._reference_edges(reference, unit))
        if edges:
            return edges
        # A nested function that nothing refers to never runs; any other may be called by whoever imports the file.
        nested = unit.parent.unit.kind in (ScopeKind.FUNCTION, ScopeKind.LAMBDA)
        return [] if nested else [Edge(None, None, Context.MAIN)]

    def _method_edges(self, unit: Scope, owner: Scope) -> list[Edge]:
        names = self._names
        node = unit.node
        assert isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))
        edges: list[Edge] = []
        if unit.name in ("__init__", "__new__", "__post_init__", "__enter__", "__exit__", "__aenter__"):
            return self._creation_edges(unit, owner)
        if unit.name == "run":
            started = self._run_edges(unit, owner)
            if started is not None:
                edges.extend(started)
        elif not names.keeps_its_meaning(node, owner):
            return [Edge(None, None, Context.UNKNOWN)]
        loose: list[Edge] = []
        for reference in self._source.references(unit.name):
            if not isinstance(reference.node, ast.Attribute) or not isinstance(reference.node.ctx, ast.Load):
                continue
            receiver = names.evaluate(reference.node.value, reference.scope)
            related = self._is_receiver(receiver, owner)
            if related is False:
                continue
            (edges if related else loose).extend(self._reference_edges(reference, unit))
        if edges:
            return edges
        bases = names.foreign_bases(owner)
        if any(base.partition(".")[0] in _HANDLER_MODULES for base in bases):
            return [Edge(None, None, Context.UNKNOWN)]
        # thing.method() where the file does not tell what thing is: most likely this one
        if loose:
            return loose
        return (
            [] if unit.name == "run" and self._run_edges(unit, owner) is not None else [Edge(None, None, Context.MAIN)]
        )

    def _is_receiver(self, value: Value | None, owner: Scope) -> bool | None:
        """Whether a value is an object (or the class) whose method this may be; None where the file does not tell."""
        if value is None:
            return None
        scope: Scope | str | None = None
        if isinstance(value, Instance):
            scope = value.of
        elif isinstance(value, (Class, Super)):
            scope = value.scope
        if not isinstance(scope, Scope):
            return False
        return owner in self._names.ancestors(scope) or scope in self._names.ancestors(owner)

    def _run_edges(self, unit: Scope, owner: Scope) -> list[Edge] | None:
        """How ``run()`` of a thread class is reached: through every place that creates an object of the class."""
        names = self._names
        if is_qt_thread(names, owner):
            return [Edge(None, None, Context.DAEMON)]
        if thread_kind(names, owner) is None:
            foreign = names.foreign_bases(owner)
            unknown = any(base.rpartition(".")[0] not in ("builtins", "abc", "typing", "enum") for base in foreign)
            return [Edge(None, None, Context.UNKNOWN)] if unknown else None
        edges: list[Edge] = []
        for reference, created in self._creations(owner):
            call = reference.parents[0]
            assert isinstance(call, ast.Call)
            start = recognise(names, call, reference.scope)
            if start is not None and names.method(created, "run") is unit:
                edges.append(Edge(reference.scope, start))
        if edges:
            return edges
        # Nobody here creates one: only a flag that the class sets itself is known.
        creation = ast.Call(func=ast.Name(owner.name, ast.Load()), args=[], keywords=[])
        own = self._flag_of_class(owner, creation, owner)
        fixed = {"daemon": Context.DAEMON, "non-daemon": Context.NON_DAEMON}.get(own or "", Context.UNKNOWN)
        return [Edge(None, None, fixed)]

    def _creations(self, owner: Scope) -> list[tuple[Reference, Scope]]:
        """The calls that create objects of a class or of its subclasses in this file."""
        names = self._names
        found: list[tuple[Reference, Scope]] = []
        for scope in list(names.scopes.by_node.values()):
            if scope.kind is not ScopeKind.CLASS or owner not in names.ancestors(scope):
                continue
            for reference in self._source.references(scope.name):
                if not reference.parents or not isinstance(reference.parents[0], ast.Call):
                    continue
                value = names.evaluate(reference.node, reference.scope)
                if reference.parents[0].func is reference.node and isinstance(value, Class) and value.scope is scope:
                    found.append((reference, scope))
            for word in ("cls", "__class__"):
                for reference in self._source.references(word):
                    call = reference.parents[0] if reference.parents else None
                    if (
                        isinstance(call, ast.Call)
                        and call.func is reference.node
                        and _class_of(reference.scope) is scope
                    ):
                        found.append((reference, scope))
        return found

    def _creation_edges(self, unit: Scope, owner: Scope) -> list[Edge]:
        edges = [
            Edge(reference.scope)
            for reference, created in self._creations(owner)
            if self._names.method(created, unit.name) is unit or self._overrides_through_super(created, unit)
        ]
        if unit.name in ("__enter__", "__exit__"):
            entered = self._with_edges(owner)
            if entered:
                return entered
        if self._is_handed_on(owner):
            edges.append(Edge(None, None, Context.UNKNOWN))
        return edges or [Edge(None, None, Context.MAIN)]

    def _overrides_through_super(self, created: Scope, unit: Scope) -> bool:
        return created is not unit.parent and unit.parent in self._names.ancestors(created)

    def _is_handed_on(self, owner: Scope) -> bool:
        """Whether the class itself is passed to code that this file does not define."""
        for reference in self._source.references(owner.name):
            parent = reference.parents[0] if reference.parents else None
            if isinstance(parent, ast.Call) and parent.func is not reference.node:
                name = self._names.qualified_name(parent.func, reference.scope)
                if not name.startswith("builtins."):
                    return True
            if isinstance(parent, ast.keyword):
                return True
        return False

    def _with_edges(self, owner: Scope) -> list[Edge]:
        """Where objects of the class are entered by ``with``."""
        edges: list[Edge] = []
        for statement in self._names.scopes.statements:
            if isinstance(statement.node, (ast.With, ast.AsyncWith)):
                for item in statement.node.items:
                    value = self._names.evaluate(item.context_expr, statement.scope)
                    if (
                        isinstance(value, Instance)
                        and isinstance(value.of, Scope)
                        and owner in self._names.ancestors(value.of)
                    ):
                        edges.append(Edge(statement.scope))
        return edges

    def _lambda_edges(self, unit: Scope) -> list[Edge]:
        around = unit.parent
        assert around is not None and isinstance(unit.node, ast.Lambda)
        for statement in self._names.statements_of(around.unit):
            for reference in _lambda_references(statement, unit.node, around):
                return self._reference_edges(reference, unit)
        return [Edge(None, None, Context.UNKNOWN)]

    def _reference_edges(self, reference: Reference, unit: Scope) -> list[Edge]:
        """What one mention of a function says about the thread that runs it."""
        node: ast.AST = reference.node
        unknown = [Edge(None, None, Context.UNKNOWN)]
        for position, parent in enumerate(reference.parents):
            if isinstance(parent, ast.keyword):
                node = parent.value
                continue
            if isinstance(parent, (ast.Starred, ast.Tuple, ast.List)) and self._is_argument_list(
                reference.parents[position:]
            ):
                continue
            if isinstance(parent, ast.Call):
                if parent.func is node or parent.func is reference.node:
                    return self._call_edges(reference, parent, reference.parents[position + 1 :], unit)
                return self._argument_edges(reference, parent, unit)
            if isinstance(parent, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
                return [Edge(reference.scope)] if node in parent.decorator_list else unknown
            if isinstance(parent, ast.Assign):
                return self._alias_edges(parent, reference, unit)
            if isinstance(parent, (ast.Compare, ast.Delete, ast.Expr, ast.Attribute)):
                property_read = isinstance(unit.node, ast.FunctionDef) and unit.node.decorator_list
                return [Edge(reference.scope)] if property_read else []
            break
        if isinstance(unit.node, ast.FunctionDef) and self._is_property(unit):
            return [Edge(reference.scope)]
        return unknown

    def _is_property(self, unit: Scope) -> bool:
        names = self._names.decorators(unit)
        return "builtins.property" in names or "functools.cached_property" in names

    def _is_argument_list(self, parents: tuple[ast.AST, ...]) -> bool:
        """``args=(coroutine(), …)``: a display inside the arguments of a call."""
        return len(parents) > 1 and isinstance(parents[1], (ast.keyword, ast.Call))

    def _call_edges(self, reference: Reference, call: ast.Call, around: tuple[ast.AST, ...], unit: Scope) -> list[Edge]:
        if not unit.is_async:
            return [Edge(reference.scope)]
        # A coroutine runs where it is awaited, or where the loop runs that it is handed to.
        for parent in around:
            if isinstance(parent, ast.Await):
                return [Edge(reference.scope)]
            if isinstance(parent, ast.Call):
                start = recognise(self._names, parent, reference.scope)
                if start is not None:
                    return [Edge(reference.scope, start)]
                name = self._names.qualified_name(parent.func, reference.scope)
                method = parent.func.attr if isinstance(parent.func, ast.Attribute) else ""
                same = name in _SAME_THREAD or method in _SAME_THREAD_METHODS
                return [Edge(reference.scope)] if same else [Edge(None, None, Context.UNKNOWN)]
            if isinstance(parent, ast.stmt):
                break
        return [Edge(reference.scope)]

    def _argument_edges(self, reference: Reference, call: ast.Call, unit: Scope) -> list[Edge]:
        names = self._names
        if self._is_property(unit):
            return [Edge(reference.scope)]
        start = recognise(names, call, reference.scope)
        if start is not None:
            function, _, _ = target_function(names, start, reference.scope)
            if function is not None and function.scope is unit:
                return [Edge(reference.scope, start)]
            return [Edge(None, None, Context.UNKNOWN)]
        value = names.evaluate(call.func, reference.scope)
        name = names.qualified_name(call.func, reference.scope)
        method = call.func.attr if isinstance(call.func, ast.Attribute) else ""
        if name == "functools.partial":
            return self._partial_edges(reference, call, unit)
        if name in _SAME_THREAD or (not isinstance(value, Function) and method in _SAME_THREAD_METHODS):
            return [Edge(reference.scope)]
        return [Edge(None, None, Context.UNKNOWN)]

    def _partial_edges(self, reference: Reference, call: ast.Call, unit: Scope) -> list[Edge]:
        """``Thread(target=partial(function, …))``: what matters is where the partial goes."""
        position = reference.parents.index(call)
        around = reference.parents[position + 1 :]
        parent = around[1] if around and isinstance(around[0], ast.keyword) else around[0] if around else None
        if isinstance(parent, ast.Call):
            if parent.func is call:
                return [Edge(reference.scope)]
            start = recognise(self._names, parent, reference.scope)
            if start is not None:
                return [Edge(reference.scope, start)]
        if isinstance(parent, ast.Assign):
            return self._alias_edges(parent, Reference(reference.node, around, reference.scope), unit)
        return [Edge(None, None, Context.UNKNOWN)]

    def _alias_edges(self, statement: ast.Assign, reference: Reference, unit: Scope) -> list[Edge]:
        """``handler = function``: what matters is where the new name goes."""
        if self._is_property(unit):
            return [Edge(reference.scope)]
        edges: list[Edge] = []
        for target in statement.targets:
            if not isinstance(target, ast.Name) or len(edges) > 50:
                return [Edge(None, None, Context.UNKNOWN)]
            for other in self._source.references(target.id):
                if isinstance(other.node, ast.Name) and isinstance(other.node.ctx, ast.Load) and other.parents:
                    if not isinstance(other.parents[0], ast.Assign):
                        edges.extend(self._reference_edges(other, unit))
        return edges or [Edge(None, None, Context.UNKNOWN)]


def _running_unit(scope: Scope) -> Scope:
    """The function or module on whose thread a scope's code runs: a class body runs where it stands."""
    unit = scope.unit
    while unit.kind is ScopeKind.CLASS and unit.parent is not None:
        unit = unit.parent.unit
    return unit


def _word(value: bool | None) -> str:
    return "unknown" if value is None else "daemon" if value else "non-daemon"


def _dotted(node: ast.AST) -> str:
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        base = _dotted(node.value)
        return f"{base}.{node.attr}" if base else ""
    return ""


def _is_value(value: ast.expr, call: ast.Call) -> bool:
    return value is call or (isinstance(value, ast.NamedExpr) and value.value is call)


def _class_of(scope: Scope) -> Scope | None:
    return next((outer.enclosing_class for outer in scope.enclosing() if outer.enclosing_class is not None), None)


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


def _lambda_references(statement: ast.stmt, wanted: ast.Lambda, scope: Scope) -> list[Reference]:
    pending: list[tuple[ast.AST, tuple[ast.AST, ...]]] = [(statement, ())]
    while pending:
        node, parents = pending.pop()
        if node is wanted:
            return [Reference(wanted, parents, scope)]
        pending.extend(
            (child, (node, *parents)) for child in ast.iter_child_nodes(node) if not isinstance(child, ast.stmt)
        )
    return []
