"""The words that the messages of several rules share. Each is true for the releases that the project allows."""

from __future__ import annotations

from collections.abc import Sequence

from flake8_wsthreads.facts import BlockRoom, Connection, KeepingObject, Owner
from flake8_wsthreads.target import RELEASES, ReleaseRange, Target
from flake8_wsthreads.target.projects import shown_path

# A longer name would push the advice off the line.
LONGEST_QUOTED_CALL = len("client.connect")
LONGEST_QUOTED_CLASS = 12
ON_STACK = "use ExitStack.enter_context()"
"""The advice for a connection that no block of its function can hold: an exit stack enters it, and closes it later."""

LEAVE_STACK = 'use "with ExitStack() as stack"'
"""The advice for a connection on an exit stack that nothing leaves on every way out."""


def use_with(connection: Connection) -> str:
    """The advice to open the connection in a ``with`` block, in the user's own words where they are short.

    Only a callable that is named as the library names its own is quoted: an opener of the file may return a tuple.
    Where no block can hold every use, what can be done instead.
    """
    if any(hand_over.closed for hand_over in connection.hand_overs):
        return 'use "with" in the thread that closes it'
    if connection.stacked:
        return LEAVE_STACK
    if connection.gathered:
        return ON_STACK
    if connection.room is BlockRoom.USED_LATER:
        return "close it when its last user is done"
    if connection.room is BlockRoom.USED_ELSEWHERE:
        return 'close it in a "finally" around all its uses'
    call = _quoted_call(connection)
    return f'use "with {call}"' if call else 'use a "with" block'


def outlives_function(connection: Connection) -> bool:
    """Whether a ``with`` block in the function that opens it would end too early: others use the connection after."""
    return connection.owner is not None or connection.paths.given_away is not None or connection.returned


def _quoted_call(connection: Connection) -> str:
    name = connection.opened_by
    short = len(name) <= LONGEST_QUOTED_CALL
    return f"{name}(...)" if short and name.rpartition(".")[2] in ("connect", "unix_connect") else ""


def subject(connection: Connection) -> str:
    """What a message speaks of: the connection, or the object that keeps it."""
    keeper = connection.kept_by
    return f"this {_class_name(keeper) or 'object'}" if keeper is not None else "connection"


def _class_name(keeper: KeepingObject) -> str:
    return keeper.class_name if len(keeper.class_name) <= LONGEST_QUOTED_CLASS else ""


def close_it(connection: Connection) -> str:
    """The advice that closes the connection on every way out, for what this file does with it."""
    owner, keeper = connection.owner, connection.kept_by
    if keeper is not None and keeper.is_manager:
        return f'use "with {_class_name(keeper)}(...)"' if _class_name(keeper) else 'use a "with" block'
    if keeper is not None:
        return f'call {keeper.closer}() in "finally"'
    if owner is not None and owner.closed is None and not owner.handed_out:
        return close_owned(owner)
    # Whoever gets it closes it; only what comes before that, or instead of it, is ours to handle.
    if not outlives_function(connection):
        return use_with(connection)
    if connection.paths.leaks_normally is not None:
        return "close it on every other way out"
    return "close it on errors as well"


def close_owned(owner: Owner) -> str:
    """The advice to close what an attribute or a variable keeps: a list has no ``close()``, what is in it has."""
    return f"close every connection in {owner.name}" if owner.is_container else f"close {owner.name} when done"


def pin(target: Target) -> str:
    """The advice to require the first release whose own threads are daemon threads; a target may exclude it so far."""
    return "require websockets>=13.0" if target.admits_any([ReleaseRange(since="13.0")]) else "move to websockets>=13.0"


def or_pin(advice: str, target: Target) -> str:
    """An advice, or to require another release.

    Where the project says which releases it allows, the place is named that lets in an older one.
    """
    if target.origin is None:
        return f"{advice} or {pin(target)}"
    before = ReleaseRange(before="13.0")
    older = [release for release in RELEASES if release in target.releases and before.admits(release)]
    place = f"{shown_path(target.origin)} line {target.origin.line}"
    says = "pins" if target.origin.pinned else "allows"
    return f"{advice}; {place} {says} websockets {older[-1]}, {pin(target)}"


def never_exits(target: Target, affected: Sequence[ReleaseRange], verb: str = "never") -> str:
    """What happens at the end of the program, and with which releases, where the target has others as well."""
    if target.admits_only(affected):
        return f"the program {verb} exit" if verb != "never" else "the program never exits"
    bounds = [
        f">={range_.since}" if range_.before is None else f"<{range_.before}"
        for range_ in affected
        if target.admits_any([range_])
    ]
    return f"programs with websockets{' or '.join(bounds)} {verb} exit"


def origin(connection: Connection) -> str:
    """Where the connection comes from, for a message that stands at another place."""
    return f"{'declared' if connection.borrowed else 'opened'} on line {connection.location.line}"


def concurrency_error(target: Target) -> str:
    """The exception that a second receiver gets: it has a name where the project allows only one of the two."""
    if not target.admits_any([ReleaseRange(before="13.1")]):
        return "a ConcurrencyError"
    if not target.admits_any([ReleaseRange(since="13.1")]):
        return "a RuntimeError"
    return "an error"
