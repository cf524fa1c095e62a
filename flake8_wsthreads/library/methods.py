"""Rows for methods by their names alone, where the file does not tell the class of the object.

``stack.enter_context(…)`` is believed to be one of an exit stack, of a test case or of a fixture request. A word that
is common for other things has no row.
"""

from __future__ import annotations

from flake8_wsthreads.library.behaviour import Behaviour, CallsBack, Registers, Thread, Waits, rows, united

_BY_CALLER = CallsBack(Thread.CALLER)

METHODS = united(
    rows(
        Behaviour(registers=Registers.ENTERED),
        ("enter_context", "enterContext", "enterClassContext", "enterModuleContext"),
    ),
    rows(
        Behaviour(registers=Registers.CALLED),
        ("push", "callback", "addCleanup", "addClassCleanup", "addModuleCleanup", "addfinalizer"),
    ),
    rows(Behaviour(expects_error=True), ("assertRaises", "assertRaisesRegex")),
    rows(
        Behaviour(calls_back=_BY_CALLER),
        (
            "callback", "addCleanup", "addfinalizer", "run_until_complete", "create_task", "assertRaises", "mainloop",
            "push", "enter_context", "enterContext",
        ),
    ),
    rows(
        Behaviour(waits=Waits.NEVER),
        (
            "start", "send", "ping", "pong", "append", "add", "put", "put_nowait", "set", "info", "debug", "warning",
            "error", "format", "encode", "decode", "update", "clear", "is_set", "is_alive", "setDaemon", "getName",
            "setName", "write", "submit", "add_done_callback",
        ),
    ),
    rows(Behaviour(waits=Waits.FOR_ANOTHER_THREAD), ("wait", "wait_for", "acquire", "join", "result")),
    rows(Behaviour(waits_for_end=True), ("join", "shutdown", "terminate", "result")),
)  # fmt: skip
