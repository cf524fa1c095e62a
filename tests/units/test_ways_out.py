"""The line that a message names as the way out is the last one of the user's that runs on it."""

from __future__ import annotations

import pytest

from tests.door import findings


def messages(source: str, code: str) -> list[str]:
    """What the rule with this code says of a program."""
    return [finding.message for finding in findings(source) if finding.code == code]


A_CONDITION = """\
from websockets.sync.client import connect


def speak(verbose):
    ws = connect("ws://localhost:8765")
    ws.send("hello")
    if verbose:
        ws.close()
"""

A_LOOP = """\
from websockets.sync.client import connect


def send(words):
    ws = connect("ws://localhost:8765")
    for word in words:
        if not word:
            ws.close()
            break
"""

A_BRANCH = """\
from websockets.sync.client import connect


def speak(verbose):
    ws = connect("ws://localhost:8765")
    if verbose:
        ws.close()
    else:
        mood = "quiet"
"""

AN_EMPTY_HANDLER = """\
from websockets.sync.client import connect

ws = connect("ws://localhost:8765")
try:
    ws.send("hello")
    ws.close()
except ValueError as error:
    pass
"""

A_RETURN = """\
from websockets.sync.client import connect


def ask(question):
    ws = connect("ws://localhost:8765")
    if not question:
        return None
    ws.close()
"""


@pytest.mark.parametrize(
    ("source", "line"),
    [
        pytest.param(A_CONDITION, 7, id="the condition that is false at the end"),
        pytest.param(A_LOOP, 6, id="the loop that comes to its end"),
        pytest.param(A_BRANCH, 9, id="the last assignment"),
        pytest.param(AN_EMPTY_HANDLER, 7, id="the handler that does nothing"),
        pytest.param(A_RETURN, 7, id="the return"),
    ],
)
def test_the_message_names_the_last_line_that_runs(source: str, line: int) -> None:
    [message] = messages(source, "WST302")
    assert message.startswith(f"connection stays open on the way out at line {line}: ")


def test_an_exception_that_some_handler_closes_after_only_may_leave_it_open() -> None:
    source = """\
from websockets.sync.client import connect

ws = connect("ws://localhost:8765")
try:
    while True:
        print(ws.recv())
except KeyboardInterrupt:
    ws.close()
"""
    [message] = messages(source, "WST303")
    assert message.startswith("connection may stay open if line 6 raises: ")
