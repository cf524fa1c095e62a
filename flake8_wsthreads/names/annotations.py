"""What an annotation is made of: the types that it allows."""

from __future__ import annotations

import ast
import warnings
from collections.abc import Callable, Iterator

from flake8_wsthreads.names.scopes import Scope

# Annotations nested deeper than this are not followed to their end.
_MAXIMUM_STEPS = 24
# By the last part of their names, in lower case: list, typing.List, collections.abc.Sequence.
_CONTAINERS = frozenset({
    "collection", "deque", "frozenset", "iterable", "iterator", "list", "mutablesequence", "mutableset", "sequence",
    "set", "tuple",
})  # fmt: skip
_MAPPINGS = frozenset({"defaultdict", "dict", "mapping", "mutablemapping", "ordereddict"})


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


def element_annotation(annotation: ast.expr | None, of_values: bool) -> ast.expr | None:
    """What the annotation of a container says of its elements, or of the values of a dict; None where it says nothing.

    ``Client`` in ``list[Client]``, ``tuple[Client, ...]``, ``"Iterable[Client]"``, ``dict[str, Client]``.
    """
    node = annotation
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        node = _quoted(node.value)
    if not isinstance(node, ast.Subscript):
        return None
    name = node.value.attr if isinstance(node.value, ast.Attribute) else getattr(node.value, "id", "")
    inner = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
    if of_values:
        return inner[1] if name.lower() in _MAPPINGS and len(inner) == 2 else None
    is_uniform = len(inner) == 1 or (name in ("tuple", "Tuple") and _is_ellipsis(inner[1]))
    return inner[0] if name.lower() in _CONTAINERS and is_uniform else None


def _is_ellipsis(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value is ...


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
