"""The server process, seen from the laboratory: where it listens, and how it saw each connection end."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections import defaultdict
from pathlib import Path

from .releases import LaboratoryError, folder_of, newest_installed

SCRIPT = Path(__file__).with_name("echo_server.py")


class Server:
    """A running echo server. ``close()`` ends it; it also ends when this process does."""

    def __init__(self) -> None:
        """Start the server with the newest release that this Python can install, and wait until it listens."""
        environment = {**os.environ, "PYTHONPATH": str(folder_of(newest_installed()))}
        self._process = subprocess.Popen(
            [sys.executable, str(SCRIPT)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=environment,
            text=True,
            # A keyboard interrupt is for the suite: the server has to see the programs end.
            start_new_session=True,
        )
        assert self._process.stdout is not None
        words = self._process.stdout.readline().split()
        if words[:1] != ["listening"]:
            self._process.kill()
            raise LaboratoryError(f"the server does not start: it said {words}")
        self._port, self._deaf_port = map(int, words[1:])
        self._changed = threading.Condition()
        self._codes: defaultdict[str, dict[int, int | None]] = defaultdict(dict)
        self._reader = threading.Thread(target=self._read, name="reality-server", daemon=True)
        self._reader.start()

    def address(self, kind: str, run: str) -> str:
        """The address for a run; ``kind`` says how the server shall behave."""
        return f"ws://127.0.0.1:{self.port(kind)}/{kind}/{run}"

    def port(self, kind: str) -> int:
        """The port on which the server behaves as ``kind`` says."""
        return self._deaf_port if kind == "deaf" else self._port

    def close_codes(self, run: str) -> tuple[int | None, ...]:
        """For each connection of the run, in the order of their opening, the close code; None while it is open."""
        with self._changed:
            return tuple(code for _, code in sorted(self._codes[run].items()))

    def wait_for(self, run: str, opened: int, closed: bool, seconds: float) -> bool:
        """Wait until the server saw so many connections open, and all of them close; whether that came in time."""
        deadline = time.monotonic() + seconds

        def seen() -> bool:
            codes = self._codes[run]
            return len(codes) >= opened and not (closed and None in codes.values())

        with self._changed:
            while not seen():
                if self._process.poll() is not None:
                    raise LaboratoryError("the server has died")
                if not self._changed.wait(min(1.0, max(0.0, deadline - time.monotonic()))):
                    if time.monotonic() >= deadline:
                        return False
            return True

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            event, run, number, *code = line.split()
            with self._changed:
                self._codes[run][int(number)] = int(code[0]) if event == "close" and code[0] != "None" else None
                self._changed.notify_all()

    def close(self) -> None:
        """End the server and wait until it is gone."""
        assert self._process.stdin is not None and self._process.stdout is not None
        self._process.stdin.close()
        self._process.wait()
        self._reader.join()
        self._process.stdout.close()

    @property
    def process_id(self) -> int:
        """The server's process."""
        return self._process.pid
