"""From an expression to the value that it names, or None where the file does not tell.

The answer does not depend on the flow of control: a name counts only when all that binds it agrees. ``None`` and the
stubs that follow a failed import do not disagree with anything.
"""

from __future__ import annotations

import ast
import builtins
from collections.abc import Callable, Iterable
from functools import partial
from typing import Any

from flake8_wsthreads.library import behaviour_of
from flake8_wsthreads.library.behaviour import Decorates
from flake8_wsthreads.names.annotations import annotation_alternatives
from flake8_wsthreads.names.classes import Classes
from flake8_wsthreads.names.decorators import FunctionDefinition, decorator_names, keeps_its_meaning
from flake8_wsthreads.names.literals import DISPLAYS, of_class
from flake8_wsthreads.names.scope_tree import ScopeTree
from flake8_wsthreads.names.scopes import Binding, BindingKind, Scope, ScopeKind
from flake8_wsthreads.names.values import Class, Constant, Function, Imported, Instance, Method, Partial, Super, Value
from flake8_wsthreads.names.variables import captured_names, meaningful, owner_of, star_import_of
from flake8_wsthreads.names.wrappers import Question, Wrappers, is_plain_wrapper
from flake8_wsthreads.source.syntax import argument, defaults_of, first_parameter

# Chains of calls and attributes deeper than this are not followed: no program that people write needs more.
_MAXIMUM_DEPTH = 24
_OF_CALLABLES = frozenset({BindingKind.FUNCTION, BindingKind.VALUE})
_WITHOUT_STATEMENTS = (ScopeKind.LAMBDA, ScopeKind.COMPREHENSION)


class Names:
    """Answers what expressions of one file name. Answers are remembered for the life of the object."""

    def __init__(self, scopes: ScopeTree) -> None:
        self.scopes = scopes
        self._expressions: dict[tuple[ast.AST, Scope], Value | None] = {}
        self._variables: dict[tuple[Scope, str], Value | None] = {}
        self._captured: dict[Scope, frozenset[str]] = {}
        self._wrappers = Wrappers()
        self._may_be_callable: dict[tuple[Scope, str], bool] = {}
        self._statements_of: dict[Scope, list[ast.stmt]] = {}
        self.classes = Classes(scopes, self.evaluate, self.statements_of)
        self._returned: dict[Scope, Value | None] = {}
        self.threads_made: dict[Scope, ast.Call | None] = {}
        """What is known of functions that start a thread with a target that they are given."""
        self.lasting_tables: dict[ast.Dict, bool] = {}
        """Of the dicts at the top of the module that were asked for, whether anything changes them."""
        self.elements: dict[tuple[Scope, str, str], frozenset[Value | None]] = {}
        """What is known of the containers of each scope, and of the loops over them."""
        self.is_program: bool | None = None
        """Whether the file does something when it is run; None until somebody asks."""
        self._depth = 0

    def lookup(self, name: str, scope: Scope) -> Scope | None:
        """The scope whose variable ``name`` is when it is read in ``scope``; None where no binding shows."""
        return owner_of(name, scope, self.scopes.module)

    def may_be_callable(self, name: str, owner: Scope) -> bool:
        """Whether some binding of a variable of a scope is a function or a value, and no loop, block or parameter."""
        known = self._may_be_callable.get((owner, name))
        if known is None:
            kinds = {binding.kind for binding in owner.bindings[name]}
            known = self._may_be_callable[owner, name] = not kinds.isdisjoint(_OF_CALLABLES)
        return known

    def captured_names(self, scope: Scope) -> frozenset[str]:
        """The names that functions inside this one bind in it by ``nonlocal``."""
        known = self._captured.get(scope)
        if known is None:
            known = self._captured[scope] = captured_names(scope, self.scopes)
        return known

    def statements_of(self, scope: Scope) -> list[ast.stmt]:
        """All statements that run in this scope itself, in source order."""
        known = self._statements_of.get(scope)
        if known is None:
            known = self._statements_of[scope] = []
            if scope.kind not in _WITHOUT_STATEMENTS:
                # those of all scopes around and inside are put in their places at once
                last: Scope | None = None
                of_last: list[ast.stmt] = []
                for node, within, _ in self.scopes.region_of(scope).statements:
                    if within is not last:
                        last = within
                        of_last = self._statements_of.setdefault(within, [])
                    of_last.append(node)
        return known

    def evaluate(self, node: ast.AST | None, scope: Scope) -> Value | None:
        """The value that the expression names in this scope."""
        if node is None:
            return None
        evaluate = _EVALUATORS.get(type(node))
        if evaluate is None or self._depth > _MAXIMUM_DEPTH:
            return None
        key = (node, scope)
        if key in self._expressions:
            return self._expressions[key]
        self.scopes.budget.spend(1)
        self._expressions[key] = None  # what depends on itself names nothing
        self._depth += 1
        value = evaluate(self, node, scope)
        self._depth -= 1
        self._expressions[key] = value
        return value

    def qualified_name(self, node: ast.AST | None, scope: Scope) -> str:
        """The qualified name of what the expression names in another module or the builtins; else an empty string."""
        value = self.evaluate(node, scope)
        if isinstance(value, Imported):
            return value.name
        if isinstance(value, Method):
            return value.qualified_name
        return ""

    def variable(self, name: str, scope: Scope) -> Value | None:
        """The value of a variable of this scope, when its bindings agree."""
        key = (scope, name)
        if key not in self._variables:
            self._variables[key] = None
            self._variables[key] = self._agreed(meaningful(scope.bindings.get(name, ())))
        return self._variables[key]

    def is_always_none(self, name: str, scope: Scope) -> bool:
        """Whether all that binds a module's variable is ``None``."""
        return scope is self.scopes.module and all(
            isinstance(binding.node, ast.Constant) and binding.node.value is None and binding.kind is BindingKind.VALUE
            for binding in scope.bindings.get(name, ())
        )

    def _agreed(self, bindings: list[Binding]) -> Value | None:
        agreed: Value | None = None
        for binding in bindings:
            value = self._bound(binding)
            if value is None or (agreed is not None and value != agreed):
                return None
            agreed = value
        return agreed

    def _bound(self, binding: Binding) -> Value | None:
        kind, node, scope = binding.kind, binding.node, binding.scope
        if kind is BindingKind.IMPORT:
            return Imported(binding.qualified_name)
        if kind is BindingKind.VALUE:
            value = self.evaluate(node, scope)
            return value if value is not None else self.annotated(binding.annotation, scope)
        if kind is BindingKind.FUNCTION:
            assert isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))
            return Function(self.scopes.by_node[node]) if self.keeps_its_meaning(node, scope) else None
        if kind is BindingKind.CLASS:
            assert isinstance(node, ast.ClassDef)
            return Class(self.scopes.by_node[node])
        if kind is BindingKind.PARAMETER:
            assert isinstance(node, ast.arg)
            return self._parameter(binding, node)
        if kind is BindingKind.ENTERED:
            return self._entered(self.evaluate(node, scope))
        return None

    def _parameter(self, binding: Binding, node: ast.arg) -> Value | None:
        scope = binding.scope
        owner = scope.method_of
        if owner is not None and isinstance(scope.node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            decorators = self.decorators(scope)
            if first_parameter(scope.node) is node and "builtins.staticmethod" not in decorators:
                if "builtins.classmethod" in decorators or scope.name in (
                    "__new__",
                    "__init_subclass__",
                    "__class_getitem__",
                ):
                    return Class(owner)
                return Instance(owner)
        annotated = self.annotated(binding.annotation, scope.parent or scope)
        return annotated if annotated is not None else self._default(node, scope)

    def _default(self, parameter: ast.arg, scope: Scope) -> Value | None:
        """What a parameter is where a call leaves it out, if that is something of another module."""
        declared = getattr(scope.node, "args", None)
        if not isinstance(declared, ast.arguments) or scope.parent is None:
            return None
        given = next((default for other, default in defaults_of(declared) if other is parameter), None)
        value = self.evaluate(given, scope.parent) if isinstance(given, (ast.Name, ast.Attribute)) else None
        return value if isinstance(value, Imported) and not value.name.startswith("builtins.") else None

    def _entered(self, value: Value | None) -> Value | None:
        if isinstance(value, Instance):
            if isinstance(value.of, str):
                return value
            enter = self.classes.method(value.of, "__enter__")
            if enter is not None:
                return self.returned(Function(enter, value))
        return None

    def annotated(self, annotation: ast.expr | None, scope: Scope) -> Value | None:
        """What an annotation says that a variable holds: an instance of one class, None aside."""
        for expression in annotation_alternatives(annotation, scope, self.qualified_name):
            value = self.evaluate(expression, scope)
            if isinstance(value, Class):
                return Instance(value.scope)
            if isinstance(value, Imported) and value.name not in ("builtins.None", "typing.Any"):
                return Instance(value.name)
        return None

    def decorators(self, function: Scope) -> list[str]:
        """The qualified names of a function's decorators (``functools.wraps(f)`` as ``functools.wraps``)."""
        return decorator_names(function, self.qualified_name)

    def is_decorated(self, decorated: Scope, decorates: Decorates) -> bool:
        """Whether a decorator of a function or class does this to it."""
        return any(behaviour_of(name).decorates is decorates for name in self.decorators(decorated))

    def keeps_its_meaning(self, node: FunctionDefinition, scope: Scope, wraps: Question = is_plain_wrapper) -> bool:
        """Whether the name that a decorated function binds in ``scope`` still stands for that function."""
        is_wrapper = partial(self._wrappers.ask, wraps)
        return keeps_its_meaning(node, scope, self.qualified_name, self.evaluate, is_wrapper)

    def attribute(self, value: Value | None, name: str) -> Value | None:
        """The attribute of a value."""
        if isinstance(value, Imported):
            return Imported(f"{value.name}.{name}")
        value = of_class(value)
        if isinstance(value, Instance):
            return Method(value.of, name) if isinstance(value.of, str) else self._member(value, value.of, name)
        if isinstance(value, Class):
            return self._member(value, value.scope, name)
        if isinstance(value, Super):
            receiver = Instance(value.scope)
            for base in self.classes.bases(value.scope):
                if isinstance(base, Class):
                    found = self.classes.method(base.scope, name)
                    if found is not None:
                        return self._bound_method(receiver, found)
                elif isinstance(base, Imported):
                    return Imported(f"{base.name}.{name}")
            if self.classes.inherits_from_object(value.scope) and hasattr(object, name):
                return Imported(f"builtins.object.{name}")
        return None

    def _member(self, value: Instance | Class, scope: Scope, name: str) -> Value | None:
        if name == "__class__":
            return Class(scope)
        for known in self.classes.ancestors(scope):
            bindings = known.bindings.get(name)
            if not bindings:
                continue
            if any(binding.kind is BindingKind.FUNCTION for binding in bindings):
                method = self.classes.own_method(known, name)
                assert method is not None
                return self._bound_method(value, method)
            return self._agreed(meaningful(bindings + self._instance_bindings(scope, name)))
        return self._agreed(meaningful(self._instance_bindings(scope, name)))

    def _bound_method(self, value: Instance | Class, method: Scope) -> Value | None:
        assert isinstance(method.node, (ast.FunctionDef, ast.AsyncFunctionDef))
        decorators = self.decorators(method)
        if "builtins.property" in decorators or "functools.cached_property" in decorators:
            return self.returned(Function(method, value if isinstance(value, Instance) else None))
        if not self.keeps_its_meaning(method.node, method.parent or method):
            return None
        if "builtins.staticmethod" in decorators:
            return Function(method)
        if "builtins.classmethod" in decorators:
            return Function(
                method, Class(value.of) if isinstance(value, Instance) and isinstance(value.of, Scope) else value
            )
        return Function(method, value) if isinstance(value, Instance) else Function(method)

    def _instance_bindings(self, scope: Scope, name: str) -> list[Binding]:
        return [
            Binding(BindingKind.VALUE, assigned_in, value) for value, assigned_in in self.classes.assigned(scope, name)
        ]

    def returned(self, function: Function) -> Value | None:
        """What a call of the function returns, when all its returns agree (None aside)."""
        scope = function.scope
        if scope not in self._returned:
            self._returned[scope] = None  # what a function that calls itself returns is told by its other returns
            self._returned[scope] = self._agreed_return(scope)
        return self._returned[scope]

    def _agreed_return(self, scope: Scope) -> Value | None:
        node = scope.node
        if isinstance(node, ast.Lambda):
            return self.evaluate(node.body, scope)
        agreed: Value | None = None
        for statement in self.statements_of(scope):
            if not isinstance(statement, ast.Return) or statement.value is None:
                continue
            value = self.evaluate(statement.value, scope)
            if isinstance(value, Constant) and value.value is None:
                continue
            if value is None or (agreed is not None and agreed != value):
                agreed = None
                break
            agreed = value
        if agreed is None and isinstance(node, ast.FunctionDef):
            return self.annotated(node.returns, scope.parent or scope)
        return agreed

    def call(self, callee: Value | None, node: ast.Call, scope: Scope) -> Value | None:
        """What calling the value returns."""
        if isinstance(callee, Imported):
            return self._imported_call(callee.name, node, scope)
        if isinstance(callee, Class):
            return Instance(callee.scope)
        if isinstance(callee, Function):
            return self.returned(callee) if not callee.scope.is_async else None
        if isinstance(callee, Partial):
            return self.call(callee.function, callee.call, callee.scope)
        if isinstance(callee, Method):
            return Instance(behaviour_of(callee.qualified_name).returns or callee.qualified_name)
        return None

    def _imported_call(self, name: str, node: ast.Call, scope: Scope) -> Value | None:
        first = argument(node, 0)
        if name == "functools.partial" and first is not None:
            function = self.evaluate(first, scope)
            return Partial(function, node, scope) if function is not None else None
        if name in ("importlib.import_module", "builtins.__import__") and first is not None:
            if isinstance(first, ast.Constant) and isinstance(first.value, str):
                return Imported(first.value)
            return None
        if name == "builtins.super":
            owner = scope.surrounding_class
            return Super(owner) if owner is not None else None
        if name == "builtins.type" and len(node.args) == 1:
            value = self.evaluate(first, scope)
            return Class(value.of) if isinstance(value, Instance) and isinstance(value.of, Scope) else None
        if name == "multiprocessing.get_context":
            return Imported("multiprocessing")
        row = behaviour_of(name)
        made = Instance(row.returns or name)
        is_made = not row.or_default or of_class(self.evaluate(argument(node, 1), scope)) == made
        return made if is_made else Instance(name)


def _evaluate_name(names: Names, node: ast.Name, scope: Scope) -> Value | None:
    owner = names.lookup(node.id, scope)
    if owner is not None:
        return names.variable(node.id, owner)
    stars = names.scopes.module.star_imports
    provider = star_import_of(node.id, stars)
    if provider is not None:
        return Imported(f"{provider}.{node.id}") if provider else None
    return Imported(f"builtins.{node.id}") if not stars or hasattr(builtins, node.id) else None


def _evaluate_attribute(names: Names, node: ast.Attribute, scope: Scope) -> Value | None:
    return names.attribute(names.evaluate(node.value, scope), node.attr)


def _evaluate_call(names: Names, node: ast.Call, scope: Scope) -> Value | None:
    return names.call(names.evaluate(node.func, scope), node, scope)


def _evaluate_lambda(names: Names, node: ast.Lambda, scope: Scope) -> Value | None:
    return Function(names.scopes.lambda_scope(node, scope))


def _evaluate_constant(names: Names, node: ast.Constant, scope: Scope) -> Value | None:
    return Constant(node.value)


def _evaluate_walrus(names: Names, node: ast.NamedExpr, scope: Scope) -> Value | None:
    return names.evaluate(node.value, scope)


def _evaluate_alternatives(names: Names, parts: Iterable[ast.expr], scope: Scope) -> Value | None:
    agreed: Value | None = None
    for part in parts:
        value = names.evaluate(part, scope)
        if isinstance(value, Constant) and value.value is None:
            continue
        if value is None or (agreed is not None and agreed != value):
            return None
        agreed = value
    return agreed


def _evaluate_await(names: Names, node: ast.Await, scope: Scope) -> Value | None:
    callee = names.evaluate(node.value.func, scope) if isinstance(node.value, ast.Call) else None
    return names.returned(callee) if isinstance(callee, Function) and callee.scope.is_async else None


_EVALUATORS: dict[type[ast.AST], Callable[[Names, Any, Scope], Value | None]] = {
    ast.Name: _evaluate_name,
    ast.Attribute: _evaluate_attribute,
    ast.Call: _evaluate_call,
    ast.Lambda: _evaluate_lambda,
    ast.Constant: _evaluate_constant,
    ast.NamedExpr: _evaluate_walrus,
    ast.IfExp: lambda names, node, scope: _evaluate_alternatives(names, (node.body, node.orelse), scope),
    ast.BoolOp: lambda names, node, scope: _evaluate_alternatives(names, node.values, scope),
    ast.Await: _evaluate_await,
    **dict.fromkeys(DISPLAYS, lambda names, node, scope: DISPLAYS[type(node)]),
}
