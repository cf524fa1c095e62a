"""What the rules say about a program on one release, in the terms of what a run can show; and what a run has shown."""

from __future__ import annotations

import ast
import functools
import re
from collections.abc import Iterable
from enum import Enum

from flake8_wsthreads import rules
from flake8_wsthreads.analysis import build_model
from flake8_wsthreads.facts import Model
from flake8_wsthreads.finding import Finding
from flake8_wsthreads.rules.rule import Rule
from flake8_wsthreads.target import Target

from .observation import Ending, Observation


class Fault(Enum):
    """What a program does when the claim of a rule is true."""

    HANG = "does not exit"
    CONCURRENT_RECEIVE = "a thread that receives gets an error, as another one receives"
    CUT_OFF = "a thread uses a connection that another one has closed"
    OTHER_PROCESS = "a connection fails in another process"
    LEFT_OPEN = "a connection is never closed, or drops without a goodbye"
    DEPRECATED = "the library warns that this use is deprecated"
    NOT_ON_DAEMON = "a thread that is no daemon opens a connection"
    SHARED = "more than one thread or process uses a connection"


# A new rule shows what its family shows, unless it is named here.
_FAULT_OF_FAMILY = {"1": Fault.HANG, "2": Fault.HANG, "3": Fault.LEFT_OPEN, "4": Fault.HANG}
_FAULT_OF_RULE = {
    "WST202": Fault.CONCURRENT_RECEIVE,
    "WST203": Fault.CUT_OFF,
    "WST204": Fault.OTHER_PROCESS,
    "WST305": Fault.DEPRECATED,
    "WST901": Fault.NOT_ON_DAEMON,
    "WST902": Fault.SHARED,
}
# Up to 13.0 the library has no exception of its own for it.
_CONCURRENCY_ERRORS = frozenset({"ConcurrencyError", "RuntimeError"})
# A child process of multiprocessing prints what reaches its top, and calls no hook.
_CONCURRENT_IN_CHILD = re.compile(r"ConcurrencyError: |RuntimeError: cannot call recv")
_CLOSED_ERRORS = frozenset({"ConnectionClosed", "ConnectionClosedOK", "ConnectionClosedError"})
_CANNOT_PICKLE = frozenset({"TypeError", "PicklingError"})


def fault_of(rule: Rule) -> Fault:
    """What a program shows when it has the fault that the rule speaks of."""
    return _FAULT_OF_RULE.get(rule.code) or _FAULT_OF_FAMILY[rule.code[3]]


@functools.lru_cache(maxsize=1024)
def _model(source: str) -> Model:
    return build_model(ast.parse(source), source.splitlines(keepends=True))


def findings(source: str, release: str, chosen: Iterable[Rule]) -> list[Finding]:
    """What flake8 says of the program in a project that allows this one release, with the given rules."""
    return rules.find(_model(source), Target(frozenset({release})), chosen)


def default_rules(*opt_in: Rule) -> list[Rule]:
    """The rules that are on by default, and those that a project opts in to."""
    return [rule for rule in rules.RULES if rule.on_by_default or rule in opt_in]


def claims(source: str, release: str, chosen: Iterable[Rule]) -> frozenset[Fault]:
    """What the rules say that a run on the release can show."""
    codes = {finding.code for finding in findings(source, release, chosen)}
    return frozenset(fault_of(rule) for rule in rules.RULES if rule.code in codes)


def shown(observation: Observation) -> frozenset[Fault]:
    """What the run has shown."""
    evidence = {
        Fault.HANG: observation.hangs,
        Fault.CONCURRENT_RECEIVE: not _CONCURRENCY_ERRORS.isdisjoint(observation.uncaught)
        or _CONCURRENT_IN_CHILD.search(observation.errors) is not None,
        Fault.CUT_OFF: bool(observation.cut_off),
        Fault.OTHER_PROCESS: observation.unfinished_children > 0
        or (not _CANNOT_PICKLE.isdisjoint(observation.uncaught) and "pickle" in observation.errors),
        Fault.LEFT_OPEN: any(code in {None, 1006} for code in observation.close_codes),
        Fault.DEPRECATED: observation.deprecated,
        Fault.NOT_ON_DAEMON: not all(observation.opened_on_daemon),
        Fault.SHARED: len(observation.users) > 1,
    }
    return frozenset(fault for fault, is_shown in evidence.items() if is_shown)


def unsaid(observation: Observation, said: frozenset[Fault]) -> frozenset[Fault]:
    """What the run has shown and the rules should have said; a fault that follows from a greater one counts with it."""
    faults = set(shown(observation) - said - {Fault.NOT_ON_DAEMON, Fault.SHARED})
    # A thread may end because its connection is closed; only one that falls with an error is at fault, and not where
    # an exception has left the block that closes it.
    fell = not _CLOSED_ERRORS.isdisjoint(observation.uncaught)
    if not fell or 1011 in observation.close_codes or Fault.CONCURRENT_RECEIVE in said:
        faults.discard(Fault.CUT_OFF)
    # The program that hangs has not closed, and what is killed says no goodbye.
    if observation.hangs and not said.isdisjoint({Fault.HANG, Fault.OTHER_PROCESS}):
        faults.discard(Fault.LEFT_OPEN)
    # The parent of a process that waits for ever waits for ever, too.
    if Fault.OTHER_PROCESS in said and observation.ending is Ending.HANG_IN_MAIN:
        faults.discard(Fault.HANG)
    # A connection has one finding of its family: that it stays open says more than how it was used.
    # So does a close in __del__ that never returns.
    never_returns = observation.ending is Ending.HANG_IN_FINALIZATION and Fault.HANG in said
    if Fault.LEFT_OPEN in said or never_returns:
        faults.discard(Fault.DEPRECATED)
    return frozenset(faults)
