"""``legacy=True`` for a project that has only releases from 17.1 on: the connection stays as it is, without warning."""

from __future__ import annotations

from collections.abc import Iterator

import libcst as cst

from flake8_wsthreads.fixes.arguments import with_argument
from flake8_wsthreads.fixes.fix import Change
from flake8_wsthreads.fixes.rewrite import Rewrite
from flake8_wsthreads.fixes.site import Site
from flake8_wsthreads.rules.wst305_connect_without_context_manager import KNOWS_NO_LEGACY

DOES = "Pass legacy=True, which websockets knows from 17.1 on"


def pass_legacy(site: Site) -> Iterator[Change]:
    """The argument at the call of ``connect()`` itself; an opener of the file does not know it."""
    parsed, call = site.parsed, site.call
    is_connect = site.connection.opened_by.rpartition(".")[2] in ("connect", "unix_connect")
    if not is_connect or site.target.admits_any([KNOWS_NO_LEGACY]):
        return
    rewrite = Rewrite(parsed)
    rewrite.replace(call, _with_legacy)
    yield Change(rewrite.text(), is_safe=False, does=DOES)


def _with_legacy(call: cst.CSTNode) -> cst.CSTNode:
    assert isinstance(call, cst.Call)
    return with_argument(call, "legacy", cst.Name("True"))
