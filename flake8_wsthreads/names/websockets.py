"""How one reaches the synchronous client: which calls open a connection, and which expressions are one."""

from __future__ import annotations

import ast
from collections.abc import Sequence

from flake8_wsthreads.library.websockets import CONNECTION_CLASSES, OPENERS
from flake8_wsthreads.names.annotations import annotation_alternatives
from flake8_wsthreads.names.choices import choices
from flake8_wsthreads.names.evaluate import Names
from flake8_wsthreads.names.scopes import Scope
from flake8_wsthreads.names.values import Imported, Instance, Method, Partial, Value


def opens(names: Names, call: ast.Call, scope: Scope, factories: frozenset[str]) -> bool:
    """Whether the call itself opens a connection that its caller must close."""
    return is_opener(names, call.func, call.keywords, scope, factories)


def is_opener(
    names: Names, function: ast.expr, keywords: Sequence[ast.keyword], scope: Scope, factories: frozenset[str]
) -> bool:
    """Whether a call of what an expression names, with these keywords among its arguments, opens a connection."""
    callees = choices(names, function, scope)
    return bool(callees) and all(_opens(callee, keywords, factories) for callee in callees)


def _opens(callee: Value, given: Sequence[ast.keyword], factories: frozenset[str]) -> bool:
    keywords = list(given)
    while isinstance(callee, Partial):
        keywords.extend(callee.call.keywords)
        callee = callee.function
    if isinstance(callee, Method):
        # feed = Feed(); feed.connect()
        return callee.qualified_name in factories
    if not isinstance(callee, Imported):
        return False
    if callee.name in factories:
        return True
    # connect(…, legacy=False) opens nothing until it is entered
    return callee.name in OPENERS and not any(
        keyword.arg == "legacy" and isinstance(keyword.value, ast.Constant) and keyword.value.value is False
        for keyword in keywords
    )


def is_connection(names: Names, node: ast.expr, scope: Scope, factories: frozenset[str]) -> bool:
    """Whether an expression is known to be an open connection, as its only binding says."""
    value = names.evaluate(node, scope)
    if not isinstance(value, Instance) or not isinstance(value.of, str):
        return False
    return value.of in OPENERS or value.of in CONNECTION_CLASSES or value.of in factories


def is_legacy(call: ast.Call) -> bool:
    """Whether the call says ``legacy=True``, or says it in a way that the file does not tell."""
    return any(
        keyword.arg == "legacy" and not (isinstance(keyword.value, ast.Constant) and not keyword.value.value)
        for keyword in call.keywords
    )


def is_connection_annotation(names: Names, annotation: ast.expr | None, scope: Scope) -> bool:
    """Whether an annotation says that what it annotates is a connection, None aside."""
    named = list(annotation_alternatives(annotation, scope, names.qualified_name))
    return bool(named) and all(names.qualified_name(alternative, scope) in CONNECTION_CLASSES for alternative in named)
