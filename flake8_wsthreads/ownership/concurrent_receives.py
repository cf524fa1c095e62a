"""All pairs of receives that may run at once from a connection which is kept in one place."""

from __future__ import annotations

from flake8_wsthreads.cfg.graph import OwnerReference
from flake8_wsthreads.facts import ConcurrentReceive
from flake8_wsthreads.finding import Location
from flake8_wsthreads.names.scopes import Scope
from flake8_wsthreads.ownership.calls_after_start import receives_after_start
from flake8_wsthreads.ownership.file_analyses import FileAnalyses
from flake8_wsthreads.ownership.receives import concurrent_in_owner
from flake8_wsthreads.ownership.started_twice import receives_of_one_target


def add_concurrent(
    file: FileAnalyses, reference: OwnerReference, function: Scope, location: Location, found: list[ConcurrentReceive]
) -> None:
    """Add the receives that may run at once from a connection which is kept in one place, each pair once.

    ``function`` puts it there; ``location`` is where the connection comes from.
    """
    events = file.owners.events(reference, False)
    for entry in concurrent_in_owner(file, reference, function, events):
        if not any(entry.location == known.location for known in found):
            found.append(entry)
    for entry in (
        *receives_after_start(file, reference, events, location),
        *receives_of_one_target(file, reference, events),
    ):
        if not any(entry.location == known.location or entry.first == known.first for known in found):
            found.append(entry)
