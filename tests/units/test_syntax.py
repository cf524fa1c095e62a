"""The quick walk over a syntax tree sees what ``ast.walk`` sees, but for operators and the like."""

from __future__ import annotations

import ast
import sysconfig
from pathlib import Path

import pytest

from flake8_wsthreads.source.syntax import walk

# What the quick walk leaves out on purpose: nothing below them, and nobody asks for them.
LEFT_OUT = (ast.expr_context, ast.operator, ast.unaryop, ast.boolop, ast.cmpop, ast.alias, ast.type_ignore)

# Between them the standard library's own tests of the grammar have every kind of node.
GRAMMAR = ("test_grammar.py", "test_patma.py", "test_fstring.py", "test_type_params.py", "test_except_star.py")
FILES = [
    file for name in GRAMMAR for file in [Path(sysconfig.get_path("stdlib"), "test", name)] if file.exists()
]


def is_kept(node: ast.AST) -> bool:
    return not isinstance(node, LEFT_OUT)


@pytest.mark.parametrize("file", [*FILES, Path(__file__)], ids=lambda file: file.name)
def test_the_quick_walk_sees_every_node(file: Path) -> None:
    tree = ast.parse(file.read_text(encoding="utf-8"))
    assert {id(node) for node in walk(tree)} == {id(node) for node in ast.walk(tree) if is_kept(node)}


@pytest.mark.parametrize("pattern", ["None", "True", "-1", "[1, *rest]", "{'kind': kind, **rest}", "Point(x=0) as at"])
def test_the_quick_walk_goes_through_patterns(pattern: str) -> None:
    tree = ast.parse(f"match message:\n    case {pattern}:\n        pass\n")
    assert {id(node) for node in walk(tree)} == {id(node) for node in ast.walk(tree) if is_kept(node)}
