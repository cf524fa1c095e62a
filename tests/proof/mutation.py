"""Small changes to a program that was written with care: near misses are the programs that test best."""

from __future__ import annotations

import ast
import random


def mutated(tree: ast.Module, rng: random.Random, times: int) -> None:
    """Change ``tree`` in place, ``times`` times: drop, move, double or guard a statement of the subject."""
    for _ in range(times):
        blocks = [block for block in _blocks(tree.body[-1]) if block]
        block = rng.choice(blocks)
        index = rng.randrange(len(block))
        change = rng.randrange(5)
        if change <= 1:
            if len(block) > 1:
                del block[index]
        elif change == 2:
            other = rng.randrange(len(block))
            block[index], block[other] = block[other], block[index]
        elif change == 3:
            if not isinstance(block[index], (ast.Nonlocal, ast.Global)):
                test = ast.Name(rng.choice("ab"), ast.Load())
                block[index] = ast.If(test, [block[index]], [])
        else:
            source = rng.choice(blocks)
            moved = rng.choice(source)
            if not _contains(moved, block) and not _jumps(moved) and len(source) > 1:
                source.remove(moved)
                block.insert(min(index, len(block)), moved)
        ast.fix_missing_locations(tree)


def _blocks(node: ast.AST) -> list[list[ast.stmt]]:
    found = []
    for each in ast.walk(node):
        for field in ("body", "orelse", "finalbody"):
            block = getattr(each, field, None)
            if isinstance(block, list) and not isinstance(each, ast.ClassDef):
                found.append(block)
    return found


def _contains(statement: ast.stmt, block: list[ast.stmt]) -> bool:
    return any(inner is block for inner in _blocks(statement))


def _jumps(statement: ast.stmt) -> bool:
    return any(isinstance(each, (ast.Break, ast.Continue)) for each in ast.walk(statement))
