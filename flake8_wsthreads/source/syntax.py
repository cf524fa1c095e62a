"""Looks at parts of a syntax tree: walks several times as quick as ``ast.walk``, arguments by their position."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator

# Fields that hold no expression, statement or pattern.
_PLAIN_FIELDS = {
    "arg", "asname", "attr", "conversion", "ctx", "id", "is_async", "kind", "kwd_attrs", "level", "module", "name",
    "names", "op", "ops", "rest", "simple", "str", "tag", "type_comment", "type_ignores",
}  # fmt: skip


def _fields_with_nodes(kind: type[ast.AST]) -> tuple[str, ...]:
    if kind in (ast.Constant, ast.MatchSingleton):
        return ()
    kept = tuple(field for field in kind._fields if field not in _PLAIN_FIELDS)
    return ("name", *kept) if kind is getattr(ast, "TypeAlias", None) else kept


_FIELDS: dict[type[ast.AST], tuple[str, ...]] = {
    kind: _fields_with_nodes(kind)
    for kind in vars(ast).values()
    if isinstance(kind, type) and issubclass(kind, ast.AST)
}


def children(node: ast.AST) -> list[ast.AST]:
    """The nodes right below a node, in the order of its fields, without operators and the names of imports."""
    found: list[ast.AST] = []
    for field in _FIELDS[type(node)]:
        value = getattr(node, field, None)
        if value.__class__ is list:
            found.extend([part for part in value if part is not None])
        elif value is not None and value.__class__ is not str:
            found.append(value)
    return found


def first_line_of(node: ast.AST) -> int:
    """The line on which a node starts, decorators included."""
    line: int = getattr(node, "lineno", 1)
    if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)) and node.decorator_list:
        return min(line, node.decorator_list[0].lineno)
    return line


def argument(call: ast.Call, position: int) -> ast.expr | None:
    """The argument that a call passes at a position, counted from 0; None where the call does not show one.

    What stands behind a ``*`` may be at any position: ``getattr(*pair, "url")``.
    """
    shown = call.args[: position + 1]
    return shown[position] if len(shown) > position and not has_starred(shown) else None


def has_starred(parts: Iterable[ast.expr]) -> bool:
    """Whether one of these expressions is a ``*``: there may be more of them than show."""
    return any(isinstance(part, ast.Starred) for part in parts)


def positional_parameters(declared: ast.arguments) -> list[ast.arg]:
    """The parameters that an argument without a name may be for, in order; ``*args`` is none of them."""
    return [*declared.posonlyargs, *declared.args]


def first_parameter(node: ast.AST) -> ast.arg | None:
    """The first parameter of a function or a lambda, which of a method is its object; None for anything else."""
    declared = getattr(node, "args", None)
    return next(iter(positional_parameters(declared)), None) if isinstance(declared, ast.arguments) else None


def defaults_of(declared: ast.arguments) -> list[tuple[ast.arg, ast.expr]]:
    """The parameters that have a default, each with it."""
    positional = positional_parameters(declared)
    pairs = [
        *zip(positional[len(positional) - len(declared.defaults) :], declared.defaults),
        *zip(declared.kwonlyargs, declared.kw_defaults),
    ]
    return [(parameter, default) for parameter, default in pairs if default is not None]


def last_name(node: ast.AST | None) -> str:
    """The last of the names of an expression: ``running`` for ``self.running``; empty for what has none."""
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""


def walk(node: ast.AST) -> Iterator[ast.AST]:
    """A node and all below it, in no particular order."""
    pending = [node]
    while pending:
        part = pending.pop()
        yield part
        pending.extend(children(part))


_RUN_LATER = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)


def body_of(node: ast.AST) -> list[ast.AST]:
    """The statements in a function, a class or a module; of a lambda its one expression; of anything else none."""
    body = getattr(node, "body", [])
    return body if isinstance(body, list) else [body]


def parts_run_by(body: Iterable[ast.AST]) -> Iterator[ast.AST]:
    """The parts of statements or expressions that run with them: of functions inside all but their bodies."""
    pending = [*body]
    while pending:
        part = pending.pop()
        yield part
        below = children(part)
        if isinstance(part, _RUN_LATER):
            later = body_of(part)
            below = [child for child in below if child not in later]
        pending.extend(below)


def names_in(node: ast.AST) -> set[str]:
    """The variables and attributes that a part of a program mentions or binds."""
    found: set[str] = set()
    pending = [node]
    while pending:
        part = pending.pop()
        if isinstance(part, ast.Name):
            found.add(part.id)
            continue
        if isinstance(part, ast.Attribute):
            found.add(part.attr)
        elif type(part) in _BINDING:
            found.update(names_bound_by(part))
        pending.extend(children(part))
    return found


_BINDING = {
    ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.ExceptHandler, ast.Import, ast.ImportFrom, ast.MatchAs,
    ast.MatchStar, ast.MatchMapping, ast.Global, ast.Nonlocal,
}  # fmt: skip


def names_bound_by(node: ast.AST) -> Iterator[str]:
    """The names that a node binds by itself, not by a target: ``def``, ``import``, ``except … as``, patterns."""
    for field in ("name", "rest"):
        name = getattr(node, field, None)
        if isinstance(name, str):
            yield name
    for entry in getattr(node, "names", ()):
        yield entry if isinstance(entry, str) else entry.asname or entry.name.partition(".")[0]


def own_parts(statement: ast.stmt) -> Iterator[ast.AST]:
    """The expressions of a statement, without those of the statements inside it."""
    pending: list[ast.AST] = [statement]
    while pending:
        part = pending.pop()
        yield part
        pending.extend(child for child in children(part) if not isinstance(child, ast.stmt))


def statements_in(statement: ast.stmt) -> Iterator[ast.stmt]:
    """The statements right below a statement: of its blocks, handlers and cases."""
    for part in children(statement):
        if isinstance(part, ast.stmt):
            yield part
        elif isinstance(part, (ast.ExceptHandler, ast.match_case)):
            yield from (below for below in children(part) if isinstance(below, ast.stmt))


def keyword_argument(call: ast.Call, name: str) -> ast.expr | None:
    """What a call passes under this name; None where it does not, or only as one of several behind ``**``."""
    return next((keyword.value for keyword in call.keywords if keyword.arg == name), None)
