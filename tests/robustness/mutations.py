"""Programs that nobody wrote: the cases and examples with statements deleted, doubled, swapped, nested and spliced.

Each result is legal for ``ast.parse``, and nothing else is promised: names may be unbound, ``return`` may stand outside
of functions. Arguments get stars, names get other normal forms, star imports and ``global`` hide where names come from.
"""

from __future__ import annotations

import ast
import copy
import random
from collections.abc import Callable, Iterator, Sequence

IMPORT = "from websockets.sync.client import connect\n"
_URL = "connect('ws://localhost')"
_OPENINGS = (
    f"ws = {_URL}", _URL, f"self.ws = {_URL}", f"with {_URL} as ws:\n    ws.send('')",
    f"for m in {_URL}:\n    print(m)",
    f"threading.Thread(target=read, args=({_URL},)).start()", f"ws, other = {_URL}, {_URL}", f"clients.append({_URL})",
    f"return {_URL}", f"yield {_URL}", f"global ws\nws = {_URL}", f"ws = ws or {_URL}", f"handle(*{_URL})",
)  # fmt: skip
_WRAPPERS = (
    "if flag:\n    pass", "if flag:\n    pass\nelse:\n    pass", "while flag:\n    pass", "while True:\n    pass",
    "for each in range(3):\n    pass", "try:\n    pass\nfinally:\n    ws.close()", "with lock:\n    pass",
    "try:\n    pass\nexcept Exception:\n    pass\nelse:\n    raise", "def inner(ws=None):\n    pass",
    "match ws:\n    case _:\n        pass",
    "class Inner:\n    pass", "async def inner():\n    pass", "try:\n    pass\nexcept OSError as ws:\n    del ws",
)  # fmt: skip

Block = list[ast.stmt]


def blocks(tree: ast.AST) -> list[Block]:
    """Every list of statements in a tree: what may be changed in place."""
    found: list[Block] = []
    for node in ast.walk(tree):
        for field in ("body", "orelse", "finalbody"):
            block = getattr(node, field, None)
            if isinstance(block, list) and block and isinstance(block[0], ast.stmt):
                found.append(block)
    return found


def statements(text: str) -> Block:
    """The statements of a text that was written for this module."""
    return ast.parse(text).body


class Mutator:
    """Changes trees, and answers the same for the same seed."""

    def __init__(self, seed: int, programs: Sequence[str]) -> None:
        self.random = random.Random(seed)
        self.programs = programs
        """Where statements come from that are put into other programs."""

    def program(self) -> str:
        """A mutated program."""
        tree = ast.parse(self.random.choice(self.programs))
        for _ in range(self.random.randint(1, 6)):
            self.mutate(tree)
        return _text(tree)

    def with_openings(self, tree: ast.Module) -> str:
        """A program that had nothing to do with websockets, with openings and mutations in it."""
        for _ in range(self.random.randint(5, 40)):
            self.opening(self.random.choice(blocks(tree) or [tree.body]))
        for _ in range(self.random.randint(0, 10)):
            self.mutate(tree)
        tree.body[0:0] = statements(IMPORT) if not _is_future(tree.body) else []
        return _text(tree)

    def mutate(self, tree: ast.Module) -> None:
        """One change, somewhere in the tree."""
        in_block: tuple[Callable[[Block], None], ...] = (
            self.delete, self.double, self.swap, self.nest, self.splice, self.opening, self.unnest,
        )  # fmt: skip
        in_tree: tuple[Callable[[ast.Module], None], ...] = (
            self.star_an_argument, self.widen_a_name, self.hide_a_name, self.swap_expressions, self.rename,
        )  # fmt: skip
        if self.random.random() < 0.7:
            self.random.choice(in_block)(self.random.choice(blocks(tree) or [tree.body]))
        else:
            self.random.choice(in_tree)(tree)

    def delete(self, block: Block) -> None:
        """Take a statement out, or leave ``pass``."""
        if block:
            del block[self._place(block)]
        if not block:
            block.append(ast.Pass())

    def double(self, block: Block) -> None:
        """A statement twice in a row."""
        if block:
            place = self._place(block)
            block.insert(place, copy.deepcopy(block[place]))

    def swap(self, block: Block) -> None:
        """Two statements in each other's places."""
        if len(block) > 1:
            first, second = self._place(block), self._place(block)
            block[first], block[second] = block[second], block[first]

    def nest(self, block: Block) -> None:
        """Some statements inside a compound statement."""
        if not block:
            return
        start = self._place(block)
        stop = self.random.randint(start + 1, len(block))
        (around,) = statements(self.random.choice(_WRAPPERS))
        self.random.choice(blocks(around))[:] = block[start:stop]
        block[start:stop] = [around]

    def unnest(self, block: Block) -> None:
        """What stands in a compound statement, in its place."""
        nested = [statement for statement in block if blocks(statement)]
        if nested:
            chosen = self.random.choice(nested)
            place = block.index(chosen)
            block[place : place + 1] = self.random.choice(blocks(chosen))

    def splice(self, block: Block) -> None:
        """Some statements of another program."""
        other = self.random.choice(blocks(ast.parse(self.random.choice(self.programs))))
        start = self._place(other)
        block[self._place(block) : 0] = other[start : start + self.random.randint(1, 4)]

    def opening(self, block: Block) -> None:
        """A connection that is opened somewhere."""
        block[self._place(block) : 0] = statements(self.random.choice(_OPENINGS))

    def star_an_argument(self, tree: ast.Module) -> None:
        """``f(a, b)`` as ``f(*a, b)``, or a keyword as ``**options``."""
        calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call) and (node.args or node.keywords)]
        if not calls:
            return
        call = self.random.choice(calls)
        if call.args and (not call.keywords or self.random.random() < 0.7):
            place = self.random.randrange(len(call.args))
            if not isinstance(call.args[place], ast.Starred):
                call.args[place] = ast.Starred(call.args[place], ast.Load())
        elif call.keywords:
            self.random.choice(call.keywords).arg = None

    def widen_a_name(self, tree: ast.Module) -> None:
        """A name in full-width letters, which Python reads as the plain ones."""
        named = [node for node in ast.walk(tree) if isinstance(node, (ast.Name, ast.Attribute))]
        if named:
            node = self.random.choice(named)
            if isinstance(node, ast.Name):
                node.id = _wide(node.id)
            else:
                node.attr = _wide(node.attr)

    def hide_a_name(self, tree: ast.Module) -> None:
        """A name that a function declares ``global`` or ``nonlocal``, and that a star import may bring."""
        names = sorted({node.id for node in ast.walk(tree) if isinstance(node, ast.Name)})
        functions = [node for node in ast.walk(tree) if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))]
        if names and functions:
            kind = self.random.choice((ast.Global, ast.Nonlocal))
            self.random.choice(functions).body.insert(0, kind(names=[self.random.choice(names)]))
        if self.random.random() < 0.5:
            tree.body.insert(0, ast.ImportFrom("settings", [ast.alias("*")], 0))

    def swap_expressions(self, tree: ast.Module) -> None:
        """The values of two calls, assignments or returns in each other's places."""
        owners = [
            (node, field)
            for node in ast.walk(tree)
            for field in ("value", "func", "test", "iter", "context_expr")
            if isinstance(getattr(node, field, None), ast.expr)
        ]
        if len(owners) > 1:
            (first, at), (second, there) = self.random.sample(owners, 2)
            one, other = copy.deepcopy(getattr(first, at)), copy.deepcopy(getattr(second, there))
            setattr(first, at, other)
            setattr(second, there, one)

    def rename(self, tree: ast.Module) -> None:
        """One name or attribute by another of the program."""
        nodes = [node for node in ast.walk(tree) if isinstance(node, (ast.Name, ast.Attribute, ast.arg))]
        if len(nodes) > 1:
            first, second = self.random.sample(nodes, 2)
            setattr(first, _identifier(first), getattr(second, _identifier(second)))

    def _place(self, block: Block) -> int:
        return self.random.randrange(len(block)) if block else 0


def _identifier(node: ast.AST) -> str:
    return {ast.Name: "id", ast.Attribute: "attr", ast.arg: "arg"}[type(node)]


def _wide(name: str) -> str:
    return "".join(chr(ord(letter) + 0xFEE0) if "a" <= letter <= "z" else letter for letter in name)


def _is_future(body: Block) -> bool:
    return any(isinstance(statement, ast.ImportFrom) and statement.module == "__future__" for statement in body)


def _text(tree: ast.Module) -> str:
    return ast.unparse(ast.fix_missing_locations(tree)) + "\n"


def legal(texts: Iterator[str]) -> Iterator[str]:
    """Those of the texts that Python parses."""
    for text in texts:
        try:
            ast.parse(text)
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            continue
        yield text
