"""Which functions may open a connection at all: a quick look at the names in the text, before any path is followed."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from flake8_wsthreads.library.websockets import OPENERS, RECONNECT
from flake8_wsthreads.names.choices import choices
from flake8_wsthreads.names.evaluate import Names
from flake8_wsthreads.names.mentions import Reference, SourceIndex
from flake8_wsthreads.names.scopes import Scope, ScopeKind
from flake8_wsthreads.names.values import Class, Function, Imported, Instance, Method, Partial, Super
from flake8_wsthreads.source.syntax import defaults_of


def possible_openers(
    names: Names, source: SourceIndex, words: list[str], factories: frozenset[str]
) -> dict[Scope, frozenset[Scope]]:
    """The functions (or the module) that may open a connection, as far as a quick look tells.

    Every other function of the file opens no connection. With each stand the functions of the file one of which has to
    open one for it; none where it may open one by itself.

    ``words`` are the names that the imports of the file bind and that may lead to the client. From them on the search
    follows the names of functions that may return a connection, and of variables that may hold a way to open one.
    """
    ways = _with_modules(OPENERS | RECONNECT | factories)
    by_string = source.mentions_string("websockets.sync")
    found: dict[Scope, set[Scope | None]] = {}
    pending = [(word, False) for word in words]
    seen = set(pending)
    for word, is_function in pending:
        mentions: list[tuple[ast.AST, Scope, Scope | None]] = [
            (reference.statement, reference.scope, _function_named(names, reference))
            for reference in source.references(word)
            if _may_open(names, reference, ways, is_function)
        ]
        if by_string:
            # importlib.import_module("websockets.sync.client").connect(…)
            mentions.extend((mention.node, mention.scope, None) for mention in source.statements(word))
        onward: list[tuple[str, bool]] = []
        for statement, scope, function in mentions:
            onward.extend((name, False) for name in _names_bound_to_callables(names, statement, scope))
            home = _home(scope)
            if home not in found:
                found[home] = set()
                if home.kind is ScopeKind.FUNCTION and may_return_something(names, home):
                    onward.append((home.name, True))
            found[home].add(function)
        for entry in onward:
            if entry not in seen:
                seen.add(entry)
                pending.append(entry)
    return {home: frozenset() if None in named else frozenset(filter(None, named)) for home, named in found.items()}


def may_return_something(names: Names, function: Scope) -> bool:
    """Whether a function has a ``return`` of something else than a literal."""
    return any(
        isinstance(statement, ast.Return)
        and statement.value is not None
        and not isinstance(statement.value, ast.Constant)
        for statement in names.statements_of(function)
    )


def names_a_callable(names: Names, value: ast.expr, scope: Scope) -> bool:
    """Whether an assigned value may be a way to open a connection, and not the connection: ``ws = connect(…)``."""
    if isinstance(value, ast.Await):
        return False
    return not isinstance(value, ast.Call) or isinstance(names.evaluate(value, scope), (Imported, Function, Partial))


def _names_bound_to_callables(names: Names, node: ast.AST, function: Scope) -> Iterator[str]:
    targets: list[ast.expr] = []
    if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
        # def run(url, connector=connect)
        yield from (
            parameter.arg
            for parameter, default in defaults_of(node.args)
            if isinstance(default, (ast.Name, ast.Attribute))
        )
    if isinstance(node, ast.Assign):
        targets = node.targets
    elif isinstance(node, ast.AnnAssign):
        targets = [node.target]
    if targets and isinstance(node, (ast.Assign, ast.AnnAssign)):
        if node.value is not None and names_a_callable(names, node.value, function):
            for target in targets:
                if isinstance(target, (ast.Name, ast.Attribute)):
                    yield target.id if isinstance(target, ast.Name) else target.attr


def _home(scope: Scope) -> Scope:
    """The function or module in whose text an expression stands, lambdas not counted."""
    function = scope.running_function
    while function.kind is ScopeKind.LAMBDA and function.parent is not None:
        function = function.parent.running_function
    return function


def _with_modules(qualified_names: frozenset[str]) -> frozenset[str]:
    """The names, and those of the modules that they stand in: ``sockets = websockets.sync.client`` leads on."""
    found: set[str] = set()
    for name in qualified_names:
        while name:
            found.add(name)
            name = name.rpartition(".")[0]
    return frozenset(found)


def _may_open(names: Names, reference: Reference, ways: frozenset[str], names_function: bool) -> bool:
    node: ast.AST = reference.node
    for parent in reference.parents:
        annotations = (getattr(parent, "annotation", None), getattr(parent, "returns", None))
        if isinstance(parent, ast.arg) or node in annotations:
            return False
        node = parent
    return _names_opener(names, reference, ways, names_function)


def _function_named(names: Names, reference: Reference) -> Scope | None:
    """The function of the file that a reference names for what it returns; None where that cannot be told."""
    node, parent = _with_attributes(reference)
    value = names.evaluate(node, reference.scope)
    if not isinstance(value, Function):
        return None
    # load_connect()(url): it returns a way to open one
    if isinstance(parent, ast.Call) and parent.func is node and names_a_callable(names, parent, reference.scope):
        return None
    return value.scope


def _with_attributes(reference: Reference) -> tuple[ast.expr, ast.AST | None]:
    """The attribute that a reference begins, as ``client`` does ``client.session.open``, and what stands around it."""
    node: ast.expr = reference.node
    for parent in reference.parents:
        if not isinstance(parent, ast.Attribute):
            return node, parent
        node = parent
    return node, None


def _names_opener(names: Names, reference: Reference, ways: frozenset[str], names_function: bool) -> bool:
    node, parent = _with_attributes(reference)
    if isinstance(parent, ast.Subscript) and parent.value is node:
        # OPENERS["unix"](path)
        values = choices(names, parent, reference.scope)
        return any(isinstance(value, Imported) and value.name in ways for value in values)
    value = names.evaluate(node, reference.scope)
    if isinstance(value, Imported):
        return value.name in ways
    if isinstance(value, (Function, Partial)):
        return True
    if isinstance(value, Method) and value.qualified_name in ways:
        return True
    # a property, or a method whose decorator the file does not tell
    if not names_function or not isinstance(reference.node, ast.Attribute):
        return False
    base = names.evaluate(reference.node.value, reference.scope)
    return isinstance(base, Super) or (isinstance(base, (Instance, Class)) and isinstance(_scope_of(base), Scope))


def _scope_of(value: Instance | Class) -> Scope | str:
    return value.of if isinstance(value, Instance) else value.scope
