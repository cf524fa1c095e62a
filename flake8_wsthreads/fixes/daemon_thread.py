"""``daemon=True``: the thread that opens the connection, or receives from it, no longer keeps the program alive."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import libcst as cst

from flake8_wsthreads.fixes.arguments import with_argument
from flake8_wsthreads.fixes.fix import Change
from flake8_wsthreads.fixes.parsed import Parsed
from flake8_wsthreads.fixes.rewrite import Rewrite
from flake8_wsthreads.fixes.site import Site

DOES = "Make the thread a daemon thread"
# Each candidate costs an analysis of the file.
_MOST_CANDIDATES = 12
_CONSTRUCTORS = frozenset({"Thread", "threading.Thread"})


def make_daemon(site: Site) -> Iterator[Change]:
    """The flag at one constructor of a thread, then at another, until one helps; at the end at all of them.

    Which thread runs what is found out by the analysis, which looks at each proposal.
    """
    parsed = site.parsed
    calls = [call for call in parsed.calls() if _starts_thread(parsed, call)]
    name = site.connection.function_name.rpartition(".")[2]
    calls.sort(key=lambda call: not _mentions(call, name))
    calls = calls[:_MOST_CANDIDATES]
    for chosen in (*([call] for call in calls), *([calls] if len(calls) > 1 else [])):
        yield Change(_with_flag(parsed, chosen), is_safe=False, does=DOES)


def end_with_program(site: Site) -> Iterator[Change]:
    """The same for a thread that never ends; nothing where the file waits for the end of one: that wait never ends."""
    if not any(_waits_for_end(call) for call in site.parsed.calls()):
        yield from make_daemon(site)


def _waits_for_end(call: cst.Call) -> bool:
    """``thread.join()``; with a timeout it comes back, and the ``join`` of a text has an argument."""
    return isinstance(call.func, cst.Attribute) and call.func.attr.value == "join" and not call.args


def _with_flag(parsed: Parsed, calls: Sequence[cst.Call]) -> str:
    rewrite = Rewrite(parsed)
    for call in calls:
        rewrite.replace(call, _as_daemon)
    return rewrite.text()


def _starts_thread(parsed: Parsed, call: cst.Call) -> bool:
    """``Thread(...)``, ``super().__init__()`` in a class, and the constructor of a class without one of its own."""
    is_daemon = any(parsed.text_of(argument) == "daemon=True" for argument in call.args)
    if is_daemon or any(argument.star for argument in call.args):
        return False
    name = parsed.text_of(call.func)
    if name in _CONSTRUCTORS:
        return len(call.args) < 6
    if name in ("super().__init__", "Thread.__init__", "threading.Thread.__init__"):
        owner = parsed.class_around(call)
        return owner is not None and _is_thread_class(parsed, owner)
    classes = parsed.classes_named(name)
    return len(classes) == 1 and _is_thread_class(parsed, classes[0]) and not _has_constructor(classes[0])


def _is_thread_class(parsed: Parsed, owner: cst.ClassDef) -> bool:
    return any(parsed.text_of(base.value) in _CONSTRUCTORS for base in owner.bases)


def _has_constructor(owner: cst.ClassDef) -> bool:
    return any(isinstance(part, cst.FunctionDef) and part.name.value == "__init__" for part in owner.body.body)


def _as_daemon(call: cst.CSTNode) -> cst.CSTNode:
    assert isinstance(call, cst.Call)
    arguments = [argument for argument in call.args if not (argument.keyword and argument.keyword.value == "daemon")]
    return with_argument(call.with_changes(args=arguments), "daemon", cst.Name("True"))


def _mentions(call: cst.Call, name: str) -> bool:
    pending: list[cst.CSTNode] = [call]
    for node in pending:
        if isinstance(node, cst.Name) and node.value == name:
            return True
        pending.extend(node.children)
    return False
