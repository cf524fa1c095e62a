"""The laboratory itself: it sees what it should, it leaves nothing behind, and it says when it could not run."""

from __future__ import annotations

import contextlib
import functools
import os
import select
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from . import releases
from .laboratory import Laboratory
from .observation import Ending, Program
from .releases import CACHE_VARIABLE, CannotInstall, LaboratoryError, installed
from .runner import Reports, Room, watch

CONNECT = 'from websockets.sync.client import connect\nws = connect("ws://localhost:8765")\n'
HANGS = Program(CONNECT)
"""Hangs on 12.0 for good."""
CLOSES = Program(CONNECT + "ws.close()\n")
HANGS_IN_MAIN = Program(CONNECT + "ws.recv()\n")
CLOSES_SLOWLY = Program(CONNECT + 'ws.send("unread")\nimport time\ntime.sleep(0.2)\nws.close()\n')
"""Up to 13.1 a close waits 10 seconds while a message is unread."""
LEAVES = Program("import socket\nsocket.socket(socket.AF_INET, socket.SOCK_DGRAM).connect(('192.0.2.1', 9))\n")
"""Sends nothing, but would send it to another machine."""
RAISES = Program("import threading\nthreading.Thread(target=lambda: 1 / 0).start()\nint('no')\n")
HANGS_IN_FINALIZATION = Program("""\
import ctypes
import time


class Endless:
    def __del__(self):
        time.sleep(1000)


endless = Endless()
""")

# Runs a laboratory to its end, and looks for what it left: processes, groups of them, threads, open files, folders.
COMPLETE = """
import os
import tempfile
import threading
import time
from pathlib import Path
from tests.laboratory.laboratory import Laboratory
from tests.laboratory.observation import Program
from tests.laboratory.test_laboratory import CLOSES, HANGS, alive


def open_files():
    return sorted(os.readlink(entry) for entry in Path("/proc/self/fd").iterdir() if entry.exists())


files, threads = open_files(), set(threading.enumerate())
forks = Program("import os, time\\nif os.fork() == 0:\\n    time.sleep(1000)\\ntime.sleep(0.5)\\n")
groups = set()
with Laboratory() as laboratory:
    orders = [laboratory.order(program, "12.0") for program in (HANGS, CLOSES, forks)]
    helpers = laboratory.helpers
    while not all(order.done() for order in orders):
        groups |= laboratory.groups
        time.sleep(0.001)
    assert [order.result().hangs for order in orders] == [True, False, False]
assert len(groups) == 3
assert [alive(group) for group in (*groups, *helpers)] == 5 * [[]]
assert open_files() == files
assert set(threading.enumerate()) == threads
assert list(Path(tempfile.gettempdir()).iterdir()) == []
"""


def alive(group: int) -> list[int]:
    """The processes of a group that run; one that has ended and waits for its parent to notice does not."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            state, _, its_group = stat.read_text(encoding="utf-8").rpartition(")")[2].split()[:3]
        except OSError:
            continue
        if int(its_group) == group and state != "Z":
            found.append(int(stat.parent.name))
    return found


def in_environment(temporary: Path) -> list[int]:
    """The processes that have this folder for temporary files in their environment: a suite and all that it starts."""
    found = []
    for environment in Path("/proc").glob("[0-9]*/environ"):
        with contextlib.suppress(OSError):
            if f"TMPDIR={temporary}".encode() in environment.read_bytes().split(b"\0"):
                found.append(int(environment.parent.name))
    return found


@pytest.mark.runs(CLOSES, "12.0")
def test_a_program_that_closes_exits_and_the_server_sees_code_1000(laboratory: Laboratory) -> None:
    seen = laboratory.observe(CLOSES, "12.0")

    assert (seen.ending, seen.status, seen.close_codes, seen.uncaught) == (Ending.EXIT, 0, (1000,), ())


@pytest.mark.runs(HANGS, "12.0")
def test_a_program_that_hangs_is_seen_with_its_connection_open(laboratory: Laboratory) -> None:
    seen = laboratory.observe(HANGS, "12.0")

    assert (seen.ending, seen.status, seen.close_codes) == (Ending.HANG_AT_EXIT, None, (None,))
    assert "recv_events" in seen.errors


@pytest.mark.runs(HANGS_IN_FINALIZATION, "12.0")
def test_a_hang_after_the_last_exit_handler_is_seen(laboratory: Laboratory) -> None:
    assert laboratory.observe(HANGS_IN_FINALIZATION, "12.0").ending is Ending.HANG_IN_FINALIZATION


@pytest.mark.runs(HANGS_IN_MAIN, "13.1")
def test_an_endless_main_thread_is_a_hang(laboratory: Laboratory) -> None:
    assert laboratory.observe(HANGS_IN_MAIN, "13.1").ending is Ending.HANG_IN_MAIN


@pytest.mark.runs(CLOSES_SLOWLY, "12.0")
def test_a_close_that_takes_its_whole_timeout_is_no_hang(laboratory: Laboratory) -> None:
    assert laboratory.observe(CLOSES_SLOWLY, "12.0").ending is Ending.EXIT


@pytest.mark.runs(RAISES, "12.0")
def test_exceptions_of_every_thread_are_seen_by_type(laboratory: Laboratory) -> None:
    assert laboratory.observe(RAISES, "12.0").uncaught == ("ValueError", "ZeroDivisionError")


@pytest.mark.parametrize(("release", "deprecated"), [("13.1", False), ("17.4", True)])
def test_the_deprecation_of_direct_use_is_seen_where_the_release_has_it(
    release: str, deprecated: bool, laboratory: Laboratory
) -> None:
    assert laboratory.observe(CLOSES, release).deprecated is deprecated


@pytest.mark.runs(LEAVES, "12.0")
def test_a_program_that_leaves_the_loopback_interface_is_refused(laboratory: Laboratory) -> None:
    with pytest.raises(LaboratoryError, match=r"leaves the loopback interface: .*192\.0\.2\.1"):
        laboratory.observe(LEAVES, "12.0")


def test_what_a_program_tells_as_it_ends_is_heard(monkeypatch: pytest.MonkeyPatch) -> None:
    reading, writing = os.pipe()
    telling = [sys.executable, "-c", f"import os, sys; sys.stdin.read(); os.write({writing}, b'(1, \"told\")\\n')"]
    look = select.select
    with subprocess.Popen(telling, stdin=subprocess.PIPE, pass_fds=(writing,)) as process:
        os.close(writing)

        def looks_too_early(*arguments: Any) -> Any:
            found = look(*arguments)
            if process.stdin and not process.stdin.closed:
                # Between this look and what is done with it, the program tells its last and ends.
                process.stdin.close()
                process.wait()
            return found

        monkeypatch.setattr(select, "select", looks_too_early)
        reports = Reports()
        ending = watch(process, reading, reports, Room(threading.Semaphore()), patience=1)
    os.close(reading)

    assert (ending, [event for _, event, _ in reports.events]) == (Ending.EXIT, ["told"])


def test_the_server_listens_on_the_loopback_interface_alone(laboratory: Laboratory) -> None:
    ports = {laboratory.server.port(kind) for kind in ("echo", "deaf")}
    sockets = [line.split() for line in Path("/proc/net/tcp").read_text(encoding="ascii").splitlines()[1:]]
    listening = [local.split(":") for _, local, _, state, *_ in sockets if state == "0A"]

    assert sorted(address for address, port in listening if int(port, 16) in ports) == 2 * ["0100007F"]


def test_a_program_runs_once_for_each_release(laboratory: Laboratory) -> None:
    assert laboratory.order(CLOSES, "12.0") is laboratory.order(CLOSES, "12.0")
    assert laboratory.order(CLOSES, "12.0") is not laboratory.order(CLOSES, "13.0")


def test_nothing_is_left_behind(project: Path, tmp_path: Path) -> None:
    environment = {**os.environ, "TMPDIR": str(tmp_path)}
    subprocess.run([sys.executable, "-c", COMPLETE], cwd=project, env=environment, check=True)


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGINT, signal.SIGTERM], ids=lambda how: how.name)
def test_nothing_is_left_behind_when_the_suite_is_interrupted(
    how: signal.Signals, project: Path, tmp_path: Path
) -> None:
    command = [sys.executable, "-m", "pytest", "-v", "-p", "no:cacheprovider", "-k", "WST101", "tests/laboratory"]
    environment = {**os.environ, "TMPDIR": str(tmp_path)}
    with subprocess.Popen(
        command,
        cwd=project,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        # who runs the tests in the background of a shell ignores Control-C, and hands that on
        preexec_fn=functools.partial(signal.signal, signal.SIGINT, signal.SIG_DFL),
    ) as suite:
        assert suite.stdout is not None
        # When the first trial is done, others are at work.
        assert any("PASSED" in line for line in suite.stdout)
        # The suite, its server, its guardian, and programs.
        assert len(in_environment(tmp_path)) >= 4
        suite.send_signal(how)
        deadline = time.monotonic() + 20
        while in_environment(tmp_path) or any(tmp_path.iterdir()):
            assert time.monotonic() < deadline
            time.sleep(0.05)


def test_a_release_that_excludes_this_python_cannot_be_installed(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    answer = "ERROR: Ignored the following versions that require a different python version: 17.4 Requires-Python >=9"
    failure = subprocess.CompletedProcess[str]([], 1, stdout="", stderr=answer)
    monkeypatch.setattr(subprocess, "run", lambda *_, **__: failure)
    monkeypatch.setenv(CACHE_VARIABLE, str(tmp_path))

    with pytest.raises(CannotInstall, match=r"websockets 17\.4 is not for Python"):
        installed("17.4")
    with pytest.raises(LaboratoryError, match="pip cannot install websockets 16.0"):
        installed("16.0")
    assert list((tmp_path / releases.python_name()).iterdir()) == []


def test_two_may_install_the_same_release_at_once(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv(CACHE_VARIABLE, str(tmp_path))
    with ThreadPoolExecutor(2) as pool:
        first, second = pool.map(installed, ["12.0", "12.0"])

    assert first == second == tmp_path / releases.python_name() / "12.0"
    assert (first / "websockets" / "sync" / "client.py").is_file()
    assert [folder.name for folder in first.parent.iterdir()] == ["12.0"]
