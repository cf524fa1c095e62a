"""The one door: which files are looked at, and what happens when the analysis fails."""

from __future__ import annotations

import ast
import sys

import pytest

from flake8_wsthreads import check
from flake8_wsthreads.check import OnFailure, Settings, check_file, may_hold_connections
from tests.door import DEFAULT_RULES, findings

NOTHING = frozenset[str]()
NEVER_CLOSED = "from websockets.sync.client import connect\n\nws = connect('ws://localhost')\nws.send('hello')\n"


@pytest.mark.parametrize(
    "text",
    [
        "from websockets.sync.client import connect\n",
        "import websockets.sync.client as websockets_sync_client\n",
        "from websockets import (\n    sync,\n)\n",
        "from websockets.sync import *\n",
        "import websockets\nwebsockets.sync.client.connect('ws://localhost')\n",
    ],
)
def test_a_file_that_names_the_synchronous_client_is_read(text: str) -> None:
    assert may_hold_connections(text, NOTHING)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "\n",
        "import socket\n",
        "import websockets\n\nasync def main():\n    pass\n",
        "import aiohttp  # in sync\n",
    ],
)
def test_a_file_that_does_not_name_it_is_not_read(text: str) -> None:
    assert not may_hold_connections(text, NOTHING)


def test_a_file_that_names_a_factory_of_the_user_is_read() -> None:
    text = "from feeds import open_feed\nopen_feed()\n"
    assert may_hold_connections(text, frozenset({"feeds.open_feed"}))
    assert not may_hold_connections(text, frozenset({"feeds.connect"}))


def test_a_file_that_is_not_read_costs_no_analysis(monkeypatch: pytest.MonkeyPatch) -> None:
    # None in the table of modules makes an import fail.
    monkeypatch.setitem(sys.modules, "flake8_wsthreads.analysis", None)
    monkeypatch.setitem(sys.modules, "flake8_wsthreads.rules", None)
    assert findings("import socket\n\nsocket.create_connection(('localhost', 1))\n") == []
    with pytest.raises(ImportError):
        findings(NEVER_CLOSED)


@pytest.mark.parametrize("source", ["", "\n", "import socket\n\nsocket.create_connection(('localhost', 1))\n"])
def test_the_analysis_itself_finds_nothing_in_a_file_without_websockets(
    monkeypatch: pytest.MonkeyPatch, source: str
) -> None:
    monkeypatch.setattr(check, "may_hold_connections", lambda lines, factories: True)
    assert findings(source) == []


def test_the_rules_that_are_off_by_default_run_where_their_codes_are_asked_for() -> None:
    for opt_in, extra in ((NOTHING, []), (frozenset({"WST9"}), ["WST901"]), (frozenset({"WST902"}), [])):
        found = findings(NEVER_CLOSED, Settings(opt_in=opt_in, on_failure=OnFailure.RAISE))
        assert [finding.code for finding in found] == ["WST101", "WST301", *extra]


@pytest.fixture
def planted_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    """An engine that fails on every file."""

    def fail(*arguments: object) -> None:
        raise KeyError("planted")

    monkeypatch.setattr("flake8_wsthreads.analysis.build_model", fail)


def fail_on(settings: Settings) -> list[object]:
    lines = NEVER_CLOSED.splitlines(keepends=True)
    return list(check_file(ast.parse(NEVER_CLOSED), lines, settings, "app/chat.py"))


@pytest.mark.usefixtures("planted_fault")
def test_a_file_on_which_the_analysis_fails_has_no_findings(capsys: pytest.CaptureFixture[str]) -> None:
    assert fail_on(Settings()) == []
    assert capsys.readouterr() == ("", "")


@pytest.mark.usefixtures("planted_fault")
def test_the_failure_is_shown_to_whoever_asks(capsys: pytest.CaptureFixture[str]) -> None:
    assert fail_on(Settings(on_failure=OnFailure.SHOW)) == []
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("flake8-wsthreads failed on app/chat.py and reports nothing about it:\nTraceback ")
    assert err.endswith("KeyError: 'planted'\n")


@pytest.mark.usefixtures("planted_fault")
def test_the_net_can_be_switched_off() -> None:
    with pytest.raises(KeyError, match="planted"):
        fail_on(DEFAULT_RULES)
