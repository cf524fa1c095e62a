"""Functions that replace the library's ``connect`` by something else: what they open is no connection."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from flake8_wsthreads.library.behaviour import Decorates
from flake8_wsthreads.names.evaluate import Names
from flake8_wsthreads.names.mentions import SourceIndex
from flake8_wsthreads.names.scopes import Scope, ScopeKind
from flake8_wsthreads.source.syntax import positional_parameters, walk

_PATCHING = ("patch", "setattr", "setitem")
_OPENERS = ("connect", "unix_connect", "ClientConnection")
_CLIENT = "websockets.sync.client"
# They run before each test of their class, or before all of them.
_SET_UPS = frozenset({"setUp", "setUpClass", "asyncSetUp", "setup_method", "setup_class", "setup"})
_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)


def may_replace_opener(source: SourceIndex) -> bool:
    """Whether anything in a file may replace ``connect``: it names a tool for that, or assigns to such a name."""
    return any(source.lines_of(word) for word in _PATCHING) or _assigned(source)


def replaces_opener(names: Names, source: SourceIndex, function: Scope) -> bool:
    """Whether a function runs while something has replaced ``connect``, as far as the file tells.

    ``monkeypatch.setattr(client, "connect", fake)``, ``with patch("websockets.sync.client.connect")``, and the same
    as a decorator of the function or of its class, in a fixture that a test asks for or that runs for all of them, in
    the ``setUp`` of its class, or as an assignment: ``client.connect = fake``.
    """
    kept = _names_of_its_own(source)
    return any(_replaces(part, kept) for place in _around(names, function) for part in walk(place))


def _names_of_its_own(source: SourceIndex) -> frozenset[str]:
    """The qualified names whose replacement in the library changes nothing here.

    ``from websockets.sync.client import connect`` at the top of a file makes a name of the file's own, which a patch
    of ``websockets.sync.client.connect`` leaves as it is. Seen with websockets 12.0, 13.1 and 17.4. Not so where the
    file also reaches the library's module, or imports ``unix_connect``, which calls the ``connect`` of its module.
    """
    imported: set[str] = set()
    for statement in source.statements("websockets"):
        node = statement.node
        if isinstance(node, ast.ImportFrom) and node.module == "websockets.exceptions":
            continue
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            if isinstance(node, ast.Import) or statement.scope.kind is not ScopeKind.MODULE:
                return frozenset()
            imported.update(f"{node.module}.{alias.name}" for alias in node.names)
    replaceable = {f"{_CLIENT}.connect"}
    if imported - replaceable - {f"{_CLIENT}.ClientConnection"}:
        return frozenset()
    return frozenset(imported & replaceable)


def _assigned(source: SourceIndex) -> bool:
    """Whether an assignment of the file gives a module another opener."""
    return any(
        isinstance(reference.node, ast.Attribute) and isinstance(reference.node.ctx, ast.Store)
        for word in _OPENERS
        for reference in source.references(word)
    )


def _around(names: Names, function: Scope) -> Iterator[ast.AST]:
    """The code that runs before or around a function: its own, that of what stands around it, set-ups and fixtures."""
    scope: Scope | None = function
    while scope is not None:
        if scope.kind in (ScopeKind.FUNCTION, ScopeKind.LAMBDA):
            yield scope.node
        elif scope.kind is ScopeKind.CLASS:
            yield from getattr(scope.node, "decorator_list", ())
            yield from (part for part in _definitions(scope.node) if part.name in _SET_UPS)
        else:
            body = [statement for statement in getattr(scope.node, "body", ()) if not _defines(statement)]
            # what a module assigns holds for its functions as well
            yield from (part for part in body if scope is function or isinstance(part, ast.Assign))
        scope = scope.parent
    yield from _fixtures(names, function)


def _fixtures(names: Names, function: Scope) -> Iterator[ast.AST]:
    """The fixtures of the file that run for a test: those that it asks for by its parameters, and automatic ones."""
    if function.kind is not ScopeKind.FUNCTION:
        return
    functions = [scope for scope in names.scopes.by_node.values() if scope.kind is ScopeKind.FUNCTION]
    fixtures = {scope.name: scope for scope in functions if names.is_decorated(scope, Decorates.FIXTURE)}
    pending = [name for name, fixture in fixtures.items() if _is_automatic(fixture)]
    pending.extend(_parameters(function) if fixtures else ())
    seen: set[str] = set()
    for name in pending:
        if name in fixtures and name not in seen:
            seen.add(name)
            yield fixtures[name].node
            pending.extend(_parameters(fixtures[name]))


def _parameters(function: Scope) -> list[str]:
    declared = getattr(function.node, "args", None)
    return [parameter.arg for parameter in positional_parameters(declared)] if declared is not None else []


def _is_automatic(fixture: Scope) -> bool:
    """``@pytest.fixture(autouse=True)``."""
    return any(
        isinstance(decorator, ast.Call) and any(keyword.arg == "autouse" for keyword in decorator.keywords)
        for decorator in getattr(fixture.node, "decorator_list", ())
    )


def _definitions(node: ast.AST) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    return (part for part in getattr(node, "body", ()) if isinstance(part, _FUNCTIONS))


def _defines(statement: ast.stmt) -> bool:
    return isinstance(statement, (*_FUNCTIONS, ast.ClassDef))


def _replaces(node: ast.AST, kept: frozenset[str]) -> bool:
    """``patch("….connect")``, ``patch.object(client, "connect")``, ``monkeypatch.setattr(client, "connect", fake)``.

    ``monkeypatch.setitem(globals(), "connect", fake)`` does the same to the module of the test, and so does
    ``client.connect = fake``. A text among those ``kept`` replaces nothing of this file.
    """
    if isinstance(node, ast.Attribute):
        return isinstance(node.ctx, ast.Store) and node.attr in _OPENERS and isinstance(node.value, ast.Name)
    if not isinstance(node, ast.Call):
        return False
    words = {part.attr if isinstance(part, ast.Attribute) else getattr(part, "id", "") for part in walk(node.func)}
    return not words.isdisjoint(_PATCHING) and any(_names_opener(argument, kept) for argument in node.args[:2])


def _names_opener(argument: ast.expr, kept: frozenset[str]) -> bool:
    """Whether a text ends in the name of an opener: also ``f"{__name__}.connect"``, ``__name__ + ".connect"``."""
    if isinstance(argument, ast.JoinedStr) and argument.values:
        argument = argument.values[-1]
    elif isinstance(argument, ast.BinOp):
        argument = argument.right
    text = argument.value if isinstance(argument, ast.Constant) else None
    return isinstance(text, str) and text not in kept and text.rpartition(".")[2] in _OPENERS
