"""Runs one program on one release as a child in a session of its own, watches it, and leaves nothing of it behind."""

from __future__ import annotations

import ast
import contextlib
import os
import select
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from .observation import Ending, Observation, Program
from .releases import CannotStartThreads, LaboratoryError, folder_of
from .server import Server

ADDRESS = "ws://localhost:8765"
OBSERVER = Path(__file__).with_name("observer")
SHUTTING_DOWN = 12.0
"""Seconds for the interpreter to end after its last exit handler; a close gives up after 10. It needs milliseconds."""
AT_MOST = 60.0
"""Seconds for a program as a whole; only one whose own watch does not run any more comes near this."""


@dataclass
class Reports:
    """What the observer in the program has told so far."""

    pending: bytes = b""
    events: list[tuple[int, str, tuple[object, ...]]] = field(default_factory=list)
    exiting_since: float | None = None
    main_done: bool = False
    """Whether the main thread of some process is done: from then on the program waits, and costs nothing."""

    def add(self, data: bytes) -> None:
        """Take what came through the pipe."""
        *lines, self.pending = (self.pending + data).split(b"\n")
        for line in lines:
            process, event, *details = ast.literal_eval(line.decode())
            self.events.append((process, event, tuple(details)))
            self.main_done = self.main_done or event == "main done"
            if event == "exiting":
                self.exiting_since = time.monotonic()

    def details(self, event: str) -> list[tuple[object, ...]]:
        """The details of each such event."""
        return [details for _, name, details in self.events if name == event]

    def texts(self, event: str) -> tuple[str, ...]:
        """The first detail of each such event, sorted."""
        return tuple(sorted(str(details[0]) for details in self.details(event)))

    @property
    def stuck(self) -> Ending | None:
        """Where a process of the program does not go on; None as far as it does."""
        for why, _ in self.details("stuck"):
            return Ending.HANG_AT_EXIT if why == "at exit" else Ending.HANG_IN_MAIN
        return None

    @property
    def unfinished_children(self) -> int:
        """How many child processes did not come to their end."""
        done = Counter(process for process, event, _ in self.events if event == "main done")
        return sum(1 for process, event, _ in self.events if event == "child" and not done[process])


class Room:
    """Room on the cores of the machine for one program, until it is done with its work."""

    def __init__(self, rooms: threading.Semaphore) -> None:
        """Wait until there is room."""
        self._rooms = rooms
        self._taken = rooms.acquire()

    def leave(self) -> None:
        """Make room for the next one. It may be called again."""
        if self._taken:
            self._taken = False
            self._rooms.release()


def run(
    program: Program,
    release: str,
    server: Server,
    name: str,
    place: Path,
    guard: Callable[[int, bool], None],
    room: Room,
    patience: int = 1,
) -> Observation:
    """Run the program, and say what was seen. ``name`` is unique; ``guard`` hears of each group that starts and ends.

    The program gets a folder of its own in ``place``. The caller has made ``room`` for it, and leaves it afterwards.
    ``patience`` multiplies the time after which a program is said to hang. Raises ``NotRun`` where this Python
    cannot run it on the release.
    """
    release_folder = folder_of(release)
    with tempfile.TemporaryDirectory(dir=place) as temporary:
        folder = Path(temporary)
        path = folder / "program.py"
        path.write_text(program.source.replace(ADDRESS, server.address(program.server, name)), encoding="utf-8")
        reading, writing = os.pipe()
        environment = {
            **{key: value for key, value in os.environ.items() if not key.startswith("PYTHON")},
            "PYTHONPATH": os.pathsep.join([str(OBSERVER), str(release_folder)]),
            "PYTHONUNBUFFERED": "1",
            "REALITY_PIPE": str(writing),
            "REALITY_PORTS": str(server.port(program.server)),
            "REALITY_PATIENCE": str(patience),
            **({"REALITY_USES": "1"} if program.watch_uses else {}),
        }
        with (folder / "output").open("wb") as output, (folder / "errors").open("wb") as errors:
            process = subprocess.Popen(
                [sys.executable, str(path), *program.arguments],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=errors,
                env=environment,
                cwd=folder,
                pass_fds=(writing,),
                start_new_session=True,
            )
        guard(process.pid, True)
        try:
            os.close(writing)
            reports = Reports()
            ending = watch(process, reading, reports, room, patience)
            if elsewhere := reports.texts("elsewhere"):
                raise LaboratoryError(f"the program leaves the loopback interface: {elsewhere}")
            if why := reports.texts("no threads"):
                raise CannotStartThreads(f"{why[0]}: not run")
            opened = len(reports.details("opened"))
            hangs = ending is not Ending.EXIT
            if not server.wait_for(name, opened, closed=not hangs, seconds=20.0 * patience):
                raise LaboratoryError(f"{opened} connections opened, the server saw {server.close_codes(name)}")
            codes = server.close_codes(name)
        finally:
            kill(process.pid)
            process.wait()
            os.close(reading)
            guard(process.pid, False)
        stacks = "\n".join(str(details[1]) for details in reports.details("stuck"))
        return Observation(
            ending=ending,
            status=None if hangs else process.returncode,
            uncaught=reports.texts("uncaught"),
            warnings=reports.texts("deprecated"),
            close_codes=codes,
            opened_on_daemon=tuple(bool(details[0]) for details in reports.details("opened")),
            cut_off=tuple(sorted(set(reports.texts("cut off")))),
            unfinished_children=reports.unfinished_children,
            users=tuple(sorted(set(reports.texts("used")))),
            output=(folder / "output").read_text(encoding="utf-8", errors="replace"),
            errors=(folder / "errors").read_text(encoding="utf-8", errors="replace") + stacks,
        )


def watch(process: subprocess.Popen[bytes], pipe: int, reports: Reports, room: Room, patience: int) -> Ending:
    """Read what the program tells until it ends, or until it is clear that it does not."""
    deadline = time.monotonic() + AT_MOST * patience
    pipe_open = True
    while True:
        # Asked before the pipe is looked at: a program may tell its last between the two, and end.
        ended = process.poll() is not None
        ready = select.select([pipe], [], [], 0.05)[0] if pipe_open else []
        if ready:
            data = os.read(pipe, 65536)
            pipe_open = bool(data)
            reports.add(data)
        elif ended:
            return Ending.EXIT
        elif not pipe_open:
            # Every process of the program has closed its end, so it is ending at this moment.
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(1.0)
        if reports.main_done:
            room.leave()
        if reports.stuck is not None:
            return reports.stuck
        now = time.monotonic()
        if reports.exiting_since is not None and now - reports.exiting_since > SHUTTING_DOWN * patience:
            return Ending.HANG_IN_FINALIZATION
        if now > deadline:
            return Ending.HANG_IN_MAIN


def kill(group: int) -> None:
    """End a whole group of processes: the program and its children."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(group, signal.SIGKILL)
