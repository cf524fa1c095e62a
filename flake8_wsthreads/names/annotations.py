"""What an annotation is made of: the types that it allows."""

from __future__ import annotations

import ast
import warnings
from collections.abc import Callable, Iterator

from flake8_wsthreads.names.scopes import Scope

# Annotations nested deeper than this are not followed to their end.
_MAXIMUM_STEPS = 24


def annotation_alternatives(
    annotation: ast.expr | None, scope: Scope, qualified_name: Callable[[ast.AST | None, Scope], str]
) -> Iterator[ast.expr]:
    """The alternatives of an annotation, None left out: quoted, ``Optional``, ``Union``, ``|``, ``Annotated``."""
    pending = [annotation] if annotation is not None else []
    steps = 0
    while pending and steps < _MAXIMUM_STEPS:
        steps += 1
        node = pending.pop()
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            quoted = _quoted(node.value)
            if quoted is not None:
                pending.append(quoted)
        elif isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitOr):
            pending.extend((node.right, node.left))
        elif isinstance(node, ast.Subscript):
            name = qualified_name(node.value, scope).rpartition(".")[2]
            inner = node.slice
            if name == "Annotated" and isinstance(inner, ast.Tuple) and inner.elts:
                pending.append(inner.elts[0])
            elif name in ("Optional", "Union", "Final", "ClassVar"):
                pending.extend(reversed(inner.elts) if isinstance(inner, ast.Tuple) else [inner])
        elif isinstance(node, (ast.Name, ast.Attribute)):
            yield node


def _quoted(text: str) -> ast.expr | None:
    """The expression in a quoted annotation; None where it is none.

    Python warns of an odd literal when it reads the file. Whoever looks at it once more does not warn again.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return ast.parse(text.strip(), mode="eval").body
    except (SyntaxError, ValueError, MemoryError, RecursionError):
        return None
