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
    """The module with ``from contextlib import ExitStack``: beside what it has from there, else as its first import."""
    statements = list(module.body)
    imports = [at for at, statement in enumerate(statements) if _imported_from(statement) is not None]
    has_some = any(_imported_from(statements[at]) == "contextlib" for at in imports)
    if has_some or not imports:
        return _with_library_import(module, imports[-1] + 1 if imports else min(1, len(statements)))
    first = next((at for at in imports if _imported_from(statements[at]) != "__future__"), imports[-1] + 1)
    line = cst.ensure_type(cst.parse_statement("from contextlib import ExitStack"), cst.SimpleStatementLine)
    if first < len(statements):
        following = cst.ensure_type(statements[first], cst.SimpleStatementLine)
        line = line.with_changes(leading_lines=following.leading_lines)
        statements[first] = following.with_changes(leading_lines=[])
    statements.insert(first, line)
    return module.with_changes(body=statements)


def _with_library_import(module: cst.Module, head: int) -> cst.Module:
    """The same by libcst, which merges imports; what stands behind the head of the module need not be searched."""
    from libcst.codemod import CodemodContext  # as slow as the rest of libcst, and few fixes touch an import
    from libcst.codemod.visitors import AddImportsVisitor

    statements = list(module.body)
    context = CodemodContext()
    AddImportsVisitor.add_needed_import(context, "contextlib", "ExitStack")
    changed = AddImportsVisitor(context).transform_module(module.with_changes(body=statements[:head]))
    return changed.with_changes(body=[*changed.body, *statements[head:]])


def _imported_from(statement: cst.CSTNode) -> str | None:
    """The module that an import of names is from, empty for another import; None for what is no import."""
    smalls = statement.body if isinstance(statement, cst.SimpleStatementLine) else ()
    for small in smalls:
        if isinstance(small, cst.ImportFrom):
            return small.module.value if isinstance(small.module, cst.Name) else ""
        if isinstance(small, cst.Import):
            return ""
    return None


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
