"""Imports that a fix needs, and those that it leaves without a use."""

from __future__ import annotations

import re

import libcst as cst

# What stands around a close, or registers it: a fix may take the last use of it away.
_NO_LONGER_USED = (
    ("contextlib", "closing"),
    ("contextlib", "suppress"),
    ("contextlib", None),
    ("atexit", "register"),
    ("atexit", None),
)


def with_exit_stack(module: cst.Module) -> cst.Module:
    """The module with ``from contextlib import ExitStack``, where it has not got it."""
    from libcst.codemod import CodemodContext  # as slow as the rest of libcst, and few fixes touch an import
    from libcst.codemod.visitors import AddImportsVisitor

    # what stands behind the last import of the module need not be searched
    statements = list(module.body)
    imports = [at for at, statement in enumerate(statements) if _is_import(statement)]
    head = imports[-1] + 1 if imports else min(1, len(statements))
    context = CodemodContext()
    AddImportsVisitor.add_needed_import(context, "contextlib", "ExitStack")
    changed = AddImportsVisitor(context).transform_module(module.with_changes(body=statements[:head]))
    return changed.with_changes(body=[*changed.body, *statements[head:]])


def _is_import(statement: cst.CSTNode) -> bool:
    smalls = statement.body if isinstance(statement, cst.SimpleStatementLine) else ()
    return any(isinstance(small, (cst.Import, cst.ImportFrom)) for small in smalls)


def without_unused(module: cst.Module, before: str) -> cst.Module:
    """The module without the imports whose last use a fix has taken away; ``before`` is its text before the fix.

    An import with a comment stays: it may be there for others.
    """
    text = module.code
    unused = [(name, part) for name, part in _NO_LONGER_USED if _has_lost_its_use(part or name, before, text)]
    if not unused:
        return module
    from libcst.codemod import CodemodContext
    from libcst.codemod.visitors import RemoveImportsVisitor

    context = CodemodContext()
    for name, part in unused:
        RemoveImportsVisitor.remove_unused_import(context, name, part)
    return RemoveImportsVisitor(context).transform_module(module)


def _has_lost_its_use(name: str, before: str, after: str) -> bool:
    """Whether nothing but an import mentions a name any more."""
    word = re.compile(rf"\b{name}\b")
    lines = [line for line in after.splitlines() if word.search(line)]
    is_import = len(lines) == 1 and lines[0].lstrip().startswith(("import ", "from ")) and "#" not in lines[0]
    return is_import and len(word.findall(before)) > len(word.findall(after))
