"""``closing(connect(URL))`` becomes ``connect(URL)``, which is a context manager and wants to be entered."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeGuard

import libcst as cst

from flake8_wsthreads.fixes.fix import Change
from flake8_wsthreads.fixes.parsed import code_of
from flake8_wsthreads.fixes.rewrite import Rewrite
from flake8_wsthreads.fixes.site import Site

DOES = 'Enter the connection itself, without "closing"'
_NAMES = frozenset({"closing", "contextlib.closing"})


def without_closing(site: Site) -> Iterator[Change]:
    """The call alone, where ``with closing(...)`` or ``enter_context(closing(...))`` enters it at once."""
    parsed, call = site.parsed, site.call
    argument = parsed.parent(call)
    manager = parsed.parent(argument) if isinstance(argument, cst.Arg) else None
    if manager is None or not is_closing_manager(manager):
        return
    entered_by = parsed.parent(manager)
    enters = isinstance(entered_by, cst.WithItem)
    if isinstance(entered_by, cst.Arg):
        method = parsed.parent(entered_by)
        name = method.func if isinstance(method, cst.Call) else None
        enters = isinstance(name, cst.Attribute) and name.attr.value == "enter_context"
    if enters:
        rewrite = Rewrite(parsed)
        rewrite.replace(manager, lambda updated: cst.ensure_type(updated, cst.Call).args[0].value)
        yield Change(rewrite.text(), is_safe=True, does=DOES)


def is_closing_manager(node: cst.CSTNode) -> TypeGuard[cst.Call]:
    """``closing(...)``, from contextlib as the analysis has found out when it saw that this closes."""
    if not isinstance(node, cst.Call) or len(node.args) != 1 or node.args[0].keyword is not None:
        return False
    return code_of(node.func) in _NAMES
