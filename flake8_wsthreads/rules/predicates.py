"""Questions about one connection that several rules ask."""

from __future__ import annotations

from collections.abc import Iterator

from flake8_wsthreads.facts import Connection, Context, LateCloser, Model, Owner, OwnerKind
from flake8_wsthreads.finding import Location

# Before websockets 13.0 the library's own thread inherits the daemon flag of the thread that opens the connection:
# opened on one of these, an open connection keeps the interpreter waiting.
WAITED_FOR_AT_EXIT = frozenset({Context.MAIN, Context.NON_DAEMON, Context.CHILD_PROCESS})


def followed_connections(model: Model) -> Iterator[Connection]:
    """The connections of the file whose paths are all known: those that it opens, and those that it borrows."""
    for connection in model.connections:
        if not connection.paths.undecided:
            yield connection


def opened_connections(model: Model) -> Iterator[Connection]:
    """The followed connections that this file opens. One that it borrows, as a parameter, is not its to close."""
    for connection in followed_connections(model):
        if not connection.borrowed:
            yield connection


def owned_connections(model: Model) -> Iterator[Connection]:
    """The connections that this file opens, and those of the objects that its functions make and have to close."""
    yield from opened_connections(model)
    yield from model.objects


def opened_outside_daemon(connection: Connection) -> bool:
    """Whether the connection is known to be opened on a thread that is not a daemon."""
    return not connection.contexts.isdisjoint(WAITED_FOR_AT_EXIT)


def function_leaks(connection: Connection) -> bool:
    """Whether some path out of the function that opened it, by an exception or not, leaves it open and unheld."""
    paths = connection.paths
    return any(leak is not None for leak in (paths.leaks_normally, paths.leaks_on_error, paths.overwritten))


def leaking_owner(connection: Connection) -> Owner | None:
    """The attribute or variable that keeps the connection while nothing closes it, not even late; None without one."""
    owner = connection.owner
    if owner is None or owner.handed_out or owner.closed is not None:
        return None
    if owner.late_close is not None or connection.paths.late_close is not None:
        return None
    return owner


def too_late_close(connection: Connection) -> tuple[LateCloser, Location] | None:
    """The only close of the connection, where it runs at interpreter exit and not before; None without one.

    ``atexit`` always runs at exit. ``__del__`` and ``weakref.finalize`` run when their object dies, so they are too
    late only for an object that lives to the exit.
    """
    paths, owner = connection.paths, connection.owner
    if paths.closed is not None or paths.given_away is not None:
        return None
    if owner is not None and (owner.closed is not None or owner.handed_out):
        return None
    holder = paths if owner is None or owner.late_close is None else owner
    closer, close = holder.late_closer, holder.late_close
    if closer is None or close is None:
        return None
    lives_to_exit = owner.lives_to_exit if owner is not None else connection.function_name == "<module>"
    if closer is not LateCloser.ATEXIT and not lives_to_exit:
        return None
    return closer, close


def close_never_returns(connection: Connection, model: Model) -> bool:
    """Whether the only close is one in ``__del__`` that hangs from 15.0 on: then nothing is closed on these releases.

    A daemon thread keeps the globals of its module alive, so that nobody calls it.
    """
    late = too_late_close(connection)
    called = opened_outside_daemon(connection) and not model.daemon_threads
    return late is not None and late[0] is LateCloser.DEL and called


def may_stay_open(connection: Connection) -> bool:
    """Whether the program may come to its end while the connection is open."""
    if function_leaks(connection):
        return True
    return leaking_owner(connection) is not None or too_late_close(connection) is not None


def never_closed(connection: Connection) -> bool:
    """Whether no path closes a connection that is a variable of a function, or its variable is overwritten first.

    Where every way out but an exception is the peer's own end, there is nothing left to close on those ways.
    """
    paths = connection.paths
    if paths.overwritten is not None:
        return True
    owner = leaking_owner(connection)
    if owner is not None:
        return owner.kind is OwnerKind.CLOSURE
    if connection.owner is not None or not function_leaks(connection):
        return False
    # for message in ws: handle(message)
    if paths.closed_by_peer and paths.leaks_normally is None:
        return False
    ends = (paths.closed, paths.given_away, paths.late_close, paths.unreachable_close)
    return all(end is None for end in ends)


def closed_at_all(connection: Connection) -> bool:
    """Whether something in the file closes the connection, be it late, or the peer does on every way that goes on."""
    paths, owner = connection.paths, connection.owner
    if paths.closed is not None or paths.late_close is not None:
        return True
    # for message in ws: print(message)
    if paths.closed_by_peer and paths.given_away is None and not may_stay_open(connection):
        return True
    return owner is not None and (owner.closed is not None or owner.late_close is not None)
