"""The same program with hooks, so that a run can be observed. No hook changes where control goes, but to end a run.

The hooks are names that the laboratory puts among the builtins:

- ``__at__(line, column, function)`` stands around the callee of each opening call, and tells who opens;
- ``@__track__`` on every function (and around every lambda) tells when the function is entered and left;
- ``__loop__(key)`` before a loop and ``__tick__(key)`` in it end runs that iterate too often;
- ``__caught__(*names)`` first in each handler, and ``__notice__()`` first in each ``finally``, see errors of the
  program itself, such as an unbound name; the first also tells whether a handler is for the end of a connection.
"""

from __future__ import annotations

import ast

CONNECT = "connect"
EVERY_ERROR = frozenset({"Exception", "BaseException", "SystemExit", "GeneratorExit", "KeyboardInterrupt"})
_ALL = ("BaseException",)


def functions_of(tree: ast.Module) -> frozenset[str]:
    """Return the names of all functions and lambdas that the program defines."""
    names = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef):
            names.add(node.name)
        elif isinstance(node, ast.Assign) and isinstance(node.value, ast.Lambda):
            names.update(target.id for target in node.targets if isinstance(target, ast.Name))
    return frozenset(names)


def errors_named(tree: ast.Module) -> tuple[str, ...]:
    """Return the narrow error classes that handlers and suppressors of the program name, in source order."""
    named: dict[str, None] = {}
    for node in ast.walk(tree):
        expressions: list[ast.expr] = []
        if isinstance(node, ast.ExceptHandler) and node.type is not None:
            expressions = [node.type]
        elif isinstance(node, ast.Call) and ast.unparse(node.func).rpartition(".")[2] == "suppress":
            expressions = node.args
        for expression in expressions:
            elements = expression.elts if isinstance(expression, ast.Tuple) else [expression]
            named.update((element.id, None) for element in elements if isinstance(element, ast.Name))
    return tuple(name for name in named if name not in EVERY_ERROR)


def globals_of(tree: ast.Module) -> tuple[str, ...]:
    """Return the names that functions of the program declare ``global``."""
    return tuple(sorted({name for node in ast.walk(tree) if isinstance(node, ast.Global) for name in node.names}))


def has_groups(tree: ast.Module) -> bool:
    """Tell whether the program has an ``except*``."""
    return any(type(node).__name__ == "TryStar" for node in ast.walk(tree))


def instrumented(tree: ast.Module) -> ast.Module:
    """Return the program with hooks. It changes ``tree`` in place."""
    _Instrument(functions_of(tree)).visit(tree)
    return ast.fix_missing_locations(tree)


def _hook(name: str, *arguments: int | str) -> ast.Expr:
    return ast.Expr(ast.Call(ast.Name(name, ast.Load()), [ast.Constant(value) for value in arguments], []))


class _Instrument(ast.NodeTransformer):
    def __init__(self, functions: frozenset[str]) -> None:
        self._observed = functions | {CONNECT}

    def visit_Call(self, node: ast.Call) -> ast.expr:
        line, column = node.lineno, node.col_offset
        self.generic_visit(node)
        if isinstance(node.func, ast.Name) and node.func.id in self._observed:
            place: list[ast.expr] = [ast.Constant(line), ast.Constant(column), node.func]
            node.func = ast.Call(ast.Name("__at__", ast.Load()), place, [])
        return node

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.stmt:
        self.generic_visit(node)
        node.decorator_list.append(ast.Name("__track__", ast.Load()))
        return node

    def visit_Lambda(self, node: ast.Lambda) -> ast.expr:
        self.generic_visit(node)
        return ast.Call(ast.Name("__track__", ast.Load()), [node], [])

    def visit_While(self, node: ast.While) -> list[ast.stmt]:
        return self._bounded(node)

    def visit_For(self, node: ast.For) -> list[ast.stmt]:
        return self._bounded(node)

    def _bounded(self, node: ast.While | ast.For) -> list[ast.stmt]:
        key = node.lineno
        self.generic_visit(node)
        node.body.insert(0, _hook("__tick__", key))
        return [_hook("__loop__", key), node]

    def visit_ExceptHandler(self, node: ast.ExceptHandler) -> ast.ExceptHandler:
        self.generic_visit(node)
        names = [part.id for part in ast.walk(node.type) if isinstance(part, ast.Name)] if node.type else _ALL
        node.body.insert(0, _hook("__caught__", *names))
        return node

    def generic_visit(self, node: ast.AST) -> ast.AST:
        super().generic_visit(node)
        final = getattr(node, "finalbody", None)
        if final:
            final.insert(0, _hook("__notice__"))
        return node
