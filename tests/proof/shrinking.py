"""Make a program smaller as long as it stays interesting."""

from __future__ import annotations

import ast
import builtins
import copy
from collections.abc import Callable, Iterator

FIELDS = ("body", "orelse", "finalbody")


def shrunk(text: str, interesting: Callable[[str], bool]) -> str:
    """Return a program that is as interesting as ``text``, but no more so when any one thing more is dropped."""
    best = text
    improved = True
    while improved:
        improved = False
        for smaller in _smaller(best):
            if len(smaller) < len(best) and interesting(smaller):
                best = smaller
                improved = True
                break
    return best


def has_unknown_names(text: str) -> bool:
    """Tell whether a program reads a name that nothing in it binds: what it stood for was dropped."""
    read: set[str] = set()
    bound = set(dir(builtins))
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Name):
            (read if isinstance(node.ctx, ast.Load) else bound).add(node.id)
        elif isinstance(node, ast.alias):
            bound.add((node.asname or node.name).partition(".")[0])
        else:
            bound.update(getattr(node, field) for field in ("name", "arg", "rest") if getattr(node, field, None))
    return not read <= bound


def _smaller(text: str) -> Iterator[str]:
    """Yield programs with one thing less, big things first."""
    tree = ast.parse(text)
    count = sum(1 for _ in _edits(tree))
    for index in range(count):
        changed = copy.deepcopy(tree)
        for position, edit in enumerate(_edits(changed)):
            if position == index:
                edit()
                break
        smaller = _text_of(changed)
        if smaller is not None:
            yield smaller


def _text_of(tree: ast.Module) -> str | None:
    try:
        text = ast.unparse(ast.fix_missing_locations(tree)) + "\n"
        compile(text, "<program>", "exec", dont_inherit=True)
    except (SyntaxError, ValueError):
        return None
    return text


def _edits(tree: ast.Module) -> list[Callable[[], None]]:
    """Return the ways to make ``tree`` smaller, each as a function that does it."""
    edits: list[Callable[[], None]] = []
    for node in ast.walk(tree):
        for field in FIELDS:
            block = getattr(node, field, None)
            if isinstance(block, list):
                edits += [edit for index in range(len(block)) for edit in _block_edits(node, block, index, field)]
        handlers = getattr(node, "handlers", [])
        edits += [_dropping(handlers, index) for index in range(len(handlers))]
        for part in ("cases", "items", "names"):
            parts = getattr(node, part, [])
            if isinstance(parts, list) and len(parts) > 1:
                edits += [_dropping(parts, index) for index in range(len(parts))]
        edits += _expression_edits(node)
    return edits


def _dropping(parts: list[ast.AST], index: int) -> Callable[[], None]:
    def drop() -> None:
        del parts[index]

    return drop


def _block_edits(owner: ast.AST, block: list[ast.stmt], index: int, field: str) -> Iterator[Callable[[], None]]:
    statement = block[index]

    def drop() -> None:
        del block[index]
        if not block and field == "body":
            block.append(ast.Pass())

    # A function that does nothing is another matter than the one that it was.
    is_whole_function = isinstance(owner, ast.FunctionDef) and len(block) == 1
    if not isinstance(statement, ast.Pass) and not is_whole_function:
        yield drop
    inner = [getattr(statement, each, []) for each in FIELDS]
    inner += [handler.body for handler in getattr(statement, "handlers", [])]
    inner += [case.body for case in getattr(statement, "cases", [])]
    if isinstance(statement, (ast.FunctionDef, ast.ClassDef)):
        return
    for part in inner:
        if part:
            yield _replacing(block, index, part)


def _replacing(block: list[ast.stmt], index: int, part: list[ast.stmt]) -> Callable[[], None]:
    def replace() -> None:
        del block[index]
        block[index:index] = part

    return replace


def _expression_edits(node: ast.AST) -> Iterator[Callable[[], None]]:
    """Yield ways to put an operand in the place of a compound expression."""
    for field, value in ast.iter_fields(node):
        for operand in _operands(value):
            yield _setting(node, field, operand)


def _operands(value: object) -> list[ast.expr]:
    if isinstance(value, ast.BoolOp):
        return value.values
    if isinstance(value, ast.IfExp):
        return [value.body, value.orelse]
    if isinstance(value, ast.NamedExpr):
        return [value.value]
    if isinstance(value, ast.UnaryOp):
        return [value.operand]
    return []


def _setting(node: ast.AST, field: str, operand: ast.expr) -> Callable[[], None]:
    def put() -> None:
        setattr(node, field, operand)

    return put
