"""The rules, in the order of their codes, and the one way to run them."""

from __future__ import annotations

from collections.abc import Iterable

from flake8_wsthreads.facts import Model
from flake8_wsthreads.finding import Finding, Location
from flake8_wsthreads.rules.rule import Rule
from flake8_wsthreads.rules.wst101_connection_outside_daemon_thread import RULE as WST101
from flake8_wsthreads.rules.wst102_connection_in_non_daemon_thread import RULE as WST102
from flake8_wsthreads.rules.wst103_connection_in_thread_constructor import RULE as WST103
from flake8_wsthreads.rules.wst104_endless_receive_in_non_daemon_thread import RULE as WST104
from flake8_wsthreads.rules.wst105_connection_closed_too_late import RULE as WST105
from flake8_wsthreads.rules.wst106_stop_unseen_while_receiving import RULE as WST106
from flake8_wsthreads.rules.wst201_connection_passed_to_thread import RULE as WST201
from flake8_wsthreads.rules.wst202_concurrent_receive import RULE as WST202
from flake8_wsthreads.rules.wst203_thread_outlives_connection import RULE as WST203
from flake8_wsthreads.rules.wst204_connection_passed_to_process import RULE as WST204
from flake8_wsthreads.rules.wst301_connection_never_closed import RULE as WST301
from flake8_wsthreads.rules.wst302_connection_not_closed_on_every_path import RULE as WST302
from flake8_wsthreads.rules.wst303_connection_not_closed_on_error import RULE as WST303
from flake8_wsthreads.rules.wst304_connection_attribute_never_closed import RULE as WST304
from flake8_wsthreads.rules.wst305_connect_without_context_manager import RULE as WST305
from flake8_wsthreads.rules.wst401_requirement_allows_exit_hang import RULE as WST401
from flake8_wsthreads.rules.wst901_any_connection_outside_daemon_thread import RULE as WST901
from flake8_wsthreads.rules.wst902_any_connection_across_threads import RULE as WST902
from flake8_wsthreads.target import Target

__all__ = ["RULES", "WST401", "find"]

RULES: tuple[Rule, ...] = (
    WST101,
    WST102,
    WST103,
    WST104,
    WST105,
    WST106,
    WST201,
    WST202,
    WST203,
    WST204,
    WST301,
    WST302,
    WST303,
    WST304,
    WST305,
    WST401,
    WST901,
    WST902,
)

# Within a family the rule that names the cause most closely speaks first, and alone.
PRECEDENCE: tuple[str, ...] = tuple(
    rule.code
    for rule in (
        *(WST103, WST105, WST104, WST106, WST102, WST101),
        *(WST204, WST202, WST203, WST201),
        *(WST304, WST301, WST302, WST303, WST305),
        WST401,
        *(WST901, WST902),
    )
)


def find(model: Model, target: Target, rules: Iterable[Rule]) -> list[Finding]:
    """The findings of the given rules in one file, sorted by line, column and code.

    A rule is asked only when the target admits a release that it affects. A place has at most one finding of each
    family: the first in the order of ``PRECEDENCE``.
    """
    first: dict[tuple[Location, str], Finding] = {}
    for rule in sorted(rules, key=lambda rule: PRECEDENCE.index(rule.code)):
        if not target.admits_any(rule.affects):
            continue
        for finding in rule.check(model, target):
            first.setdefault((finding.location, rule.family), finding)
    return sorted(first.values(), key=lambda finding: (finding.location.line, finding.location.column, finding.code))
