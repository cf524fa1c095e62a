"""The laboratory: a server, a guardian, and programs that run side by side on the cores of the machine."""

from __future__ import annotations

import itertools
import os
import subprocess
import sys
import tempfile
import threading
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from types import TracebackType

from .observation import Observation, Program
from .runner import Room, kill, run
from .server import Server

GUARDIAN = Path(__file__).with_name("guardian.py")
WATCHED = 5
"""For each program that works so many are watched, most of them to see whether they hang."""
PATIENCE = 4
"""How many times longer the second run of a surprising program may take before it is said to hang."""


def programs_at_once() -> int:
    """How many programs work side by side: half of them sleep, or wait for the server."""
    return 2 * len(os.sched_getaffinity(0)) + 1


class Laboratory:
    """Runs programs, each at most once for a release, and remembers what was seen. A context manager."""

    def __init__(self, jobs: int = 0) -> None:
        """Start the server and the guardian; ``jobs`` programs work at once, by default as many as fit the machine."""
        self.server = Server()
        # It only has to read two words and to kill: without site, its start costs nothing.
        self._folder = Path(tempfile.mkdtemp(prefix="reality-"))
        command = [sys.executable, "-I", "-S", str(GUARDIAN), str(self._folder)]
        self._guardian = subprocess.Popen(command, stdin=subprocess.PIPE, start_new_session=True, text=True)
        jobs = jobs or programs_at_once()
        self._rooms = threading.Semaphore(jobs)
        # A program that hangs is watched for a while, but it does not work: others take its room.
        self._pool = ThreadPoolExecutor(WATCHED * jobs, thread_name_prefix="reality")
        self._seen: dict[tuple[Program, str], Future[Observation]] = {}
        self._names = map(str, itertools.count())
        self._lock = threading.Lock()
        self._ends = False
        self.groups: set[int] = set()
        """The groups of processes that run at this moment."""

    def observe(self, program: Program, release: str) -> Observation:
        """What is seen of the program on the release. Raises ``NotRun`` where this Python cannot run it."""
        return self.order(program, release).result()

    def order(self, program: Program, release: str) -> Future[Observation]:
        """Let the program run as soon as there is room; the same program and release run once."""
        with self._lock:
            future = self._seen.get((program, release))
            if future is None:
                future = self._pool.submit(self._run, program, release, 1)
                self._seen[program, release] = future
            return future

    def observe_again(self, program: Program, release: str) -> Observation:
        """Run the program once more, and wait much longer before it is said to hang; this is what counts from then."""
        again = self._run(program, release, PATIENCE)
        with self._lock:
            self._seen[program, release] = future = Future[Observation]()
            future.set_result(again)
        return again

    def _run(self, program: Program, release: str, patience: int) -> Observation:
        room = Room(self._rooms)
        try:
            return run(program, release, self.server, next(self._names), self._folder, self._guard, room, patience)
        finally:
            room.leave()

    def _guard(self, group: int, starts: bool) -> None:
        assert self._guardian.stdin is not None
        with self._lock:
            if starts:
                self.groups.add(group)
                if self._ends:
                    kill(group)
            else:
                self.groups.discard(group)
            self._guardian.stdin.write(f"{'+' if starts else '-'}{group}\n")
            self._guardian.stdin.flush()

    @property
    def helpers(self) -> tuple[int, int]:
        """The processes of the server and of the guardian."""
        return self.server.process_id, self._guardian.pid

    def close(self) -> None:
        """Kill what runs, forget what has not begun, and end the helpers."""
        self._pool.shutdown(wait=False, cancel_futures=True)
        with self._lock:
            self._ends = True
            for group in self.groups:
                kill(group)
        # Nobody has to wait for what the server saw of those.
        self.server.close()
        self._pool.shutdown()
        assert self._guardian.stdin is not None
        self._guardian.stdin.close()
        self._guardian.wait()

    def __enter__(self) -> Laboratory:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
