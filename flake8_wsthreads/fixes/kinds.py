"""Which kinds of fixes a rule about a connection has, the best first."""

from __future__ import annotations

from flake8_wsthreads.fixes.closing_manager import without_closing
from flake8_wsthreads.fixes.closing_method import add_closing_method, enter_on_own_stack
from flake8_wsthreads.fixes.daemon_thread import end_with_program, make_daemon
from flake8_wsthreads.fixes.enter_later import enter_after
from flake8_wsthreads.fixes.exit_stack import enter_on_stack_around, enter_where_registered, stack_in_block
from flake8_wsthreads.fixes.legacy import pass_legacy
from flake8_wsthreads.fixes.nameless import around_statement
from flake8_wsthreads.fixes.opening_in_run import open_in_run
from flake8_wsthreads.fixes.site import Kind
from flake8_wsthreads.fixes.with_block import into_with_block

_INTO_BLOCK: tuple[Kind, ...] = (
    without_closing,
    enter_where_registered,
    stack_in_block,
    into_with_block,
    around_statement,
    enter_after,
    enter_on_stack_around,
)

KINDS: dict[str, tuple[Kind, ...]] = {
    "WST101": _INTO_BLOCK,
    "WST102": (*_INTO_BLOCK, make_daemon),
    "WST301": _INTO_BLOCK,
    "WST302": _INTO_BLOCK,
    "WST303": _INTO_BLOCK,
    "WST103": (open_in_run,),
    "WST104": (end_with_program,),
    "WST105": (into_with_block, add_closing_method),
    "WST304": (add_closing_method,),
    "WST305": (*_INTO_BLOCK, enter_on_own_stack, pass_legacy),
}
