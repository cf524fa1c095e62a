"""Programs that start threads are executed: of no daemon thread may the plugin say that it keeps the program alive."""

from __future__ import annotations

import builtins
import threading
import time
import warnings
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from tests.case_documents import programs
from tests.door import findings

PREFACE = """\
import _thread, concurrent.futures, functools, threading
from websockets.sync.client import connect
URL = "ws://localhost:8765"
def work():
    ws = connect(URL)
    ws.recv()
"""
NOT_TOLD = " (not told)"
PROGRAMS = [
    pytest.param(heading, PREFACE + text, id=heading)
    for heading, _, text in programs(Path(__file__).with_name("threads.md"))
]
PATIENCE = 10.0
"""Seconds until a thread must have opened its connection."""


def opened_on(program: str) -> list[bool]:
    """Run a program; returns for each connection that it opens whether its thread is a daemon thread."""
    daemon: list[bool] = []

    def connect(_: str) -> SimpleNamespace:
        daemon.append(threading.current_thread().daemon)
        return SimpleNamespace(recv=lambda: "")

    def imported(name: str, *more: Any) -> Any:
        return SimpleNamespace(connect=connect) if name.startswith("websockets") else __import__(name, *more)

    before = set(threading.enumerate())
    namespace = {"__name__": "program", "__builtins__": {**vars(builtins), "__import__": imported}}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # setDaemon() is old
        exec(compile(program, "<program>", "exec"), namespace)  # noqa: S102 - that is what this is for
    deadline = time.monotonic() + PATIENCE
    while not daemon and time.monotonic() < deadline:
        time.sleep(0.001)
    for thread in set(threading.enumerate()) - before:
        if not isinstance(thread, threading._DummyThread):  # a raw thread, which cannot be joined
            thread.join(PATIENCE)
    return daemon


@pytest.mark.parametrize(("heading", "program"), PROGRAMS)
def test_a_daemon_thread_is_not_said_to_keep_the_program_alive(heading: str, program: str) -> None:
    said = any(found.code in ("WST101", "WST102") for found in findings(program))
    keeps_alive = not all(opened_on(program))
    assert said is (keeps_alive and not heading.endswith(NOT_TOLD))
    assert keeps_alive or not heading.endswith(NOT_TOLD)
