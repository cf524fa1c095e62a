"""The steps that lead to a fault, as a front end can show them one by one."""

from __future__ import annotations

from flake8_wsthreads.facts import Connection, Context, HandOver, Spawner
from flake8_wsthreads.finding import Location, TraceStep


def opening_steps(connection: Connection) -> tuple[TraceStep, ...]:
    """Where the connection is opened and on which threads, and what keeps it."""
    if connection.borrowed:
        return (TraceStep(connection.location, "a connection that other code opened comes in here"),)
    threads = [context.value for context in Context if context in connection.contexts]
    kept_by = connection.kept_by
    opened = "opened here on " if kept_by is None else f"opened in a {kept_by.class_name} here on "
    steps = [TraceStep(connection.location, opened + " or ".join(threads))]
    if connection.owner is not None:
        steps.append(TraceStep(connection.owner.stored, f"kept in {connection.owner.name}"))
    return tuple(steps)


def leaving_steps(connection: Connection) -> tuple[TraceStep, ...]:
    """Where the function that opened the connection leaves it open."""
    paths = connection.paths
    described: tuple[tuple[Location | None, str], ...] = (
        (paths.overwritten, "overwritten here while it is open"),
        (paths.leaks_normally, "left open here"),
        (paths.leaks_on_error, "an exception here may leave it open"),
    )
    return tuple(TraceStep(location, text) for location, text in described if location is not None)


def hand_over_steps(hand_over: HandOver) -> tuple[TraceStep, ...]:
    """Where the connection goes to another thread or process, and where it is used there."""
    place = "process" if hand_over.spawner is Spawner.PROCESS else "thread"
    steps = [TraceStep(hand_over.location, f"handed over to another {place}, which runs {hand_over.target_name}")]
    if hand_over.received is not None:
        steps.append(TraceStep(hand_over.received, "received from there"))
    elif hand_over.used is not None:
        steps.append(TraceStep(hand_over.used, "used there"))
    return tuple(steps)
