"""What flake8 prints and decides with the plugin installed."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest
from pytest_flake8_path import Flake8Path

from flake8_wsthreads import plugin
from flake8_wsthreads.plugin import OptInPlugin, Plugin, may_hold_connections

NEVER_CLOSED = """\
from websockets.sync.client import connect

ws = connect("ws://localhost:8765")
ws.send("hello")
"""

# Nothing is wrong with it, but an opt-in rule reports every connection of the main thread.
CLOSED = """\
from websockets.sync.client import connect

with connect("ws://localhost:8765") as ws:
    ws.send("hello")
"""

NOTHING = frozenset[str]()


def run(checker: type[Plugin] | type[OptInPlugin], source: str) -> list[tuple[int, int, str]]:
    """The line, the column and the code of each finding."""
    findings = checker(ast.parse(source), "program.py", source.splitlines(keepends=True)).run()
    return [(line, column, text.split()[0]) for line, column, text, _ in findings]


def codes(lines: list[str]) -> list[str]:
    return [line.split()[1] for line in lines]


def test_findings_have_the_form_that_flake8_expects() -> None:
    checker = Plugin(ast.parse(NEVER_CLOSED), "program.py", NEVER_CLOSED.splitlines(keepends=True))
    line, column, text, origin = next(checker.run())
    assert (line, column, origin) == (3, 5, Plugin)
    assert text.startswith("WST101 ")
    assert text == text.strip()


def test_each_plugin_runs_its_own_rules() -> None:
    assert run(Plugin, NEVER_CLOSED) == [(3, 5, "WST101"), (3, 5, "WST301")]
    assert run(OptInPlugin, NEVER_CLOSED) == [(3, 5, "WST901")]


def test_the_tree_that_plugins_share_stays_as_it_was() -> None:
    tree = ast.parse(NEVER_CLOSED)
    before = ast.dump(tree, include_attributes=True)
    for checker in (Plugin, OptInPlugin):
        list(checker(tree, "program.py", NEVER_CLOSED.splitlines(keepends=True)).run())
    assert ast.dump(tree, include_attributes=True) == before
    # Some plugins leave marks on nodes: fields that ast.dump does not show.
    assert {field for node in ast.walk(tree) for field in vars(node)} == {
        field for node in ast.walk(ast.parse(NEVER_CLOSED)) for field in vars(node)
    }


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
    assert may_hold_connections(text.splitlines(keepends=True), NOTHING)


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
    assert not may_hold_connections(text.splitlines(keepends=True), NOTHING)


def test_a_file_that_names_a_factory_of_the_user_is_read() -> None:
    lines = ["from feeds import open_feed\n", "open_feed()\n"]
    assert may_hold_connections(lines, frozenset({"feeds.open_feed"}))
    assert not may_hold_connections(lines, frozenset({"feeds.connect"}))


def test_a_file_that_is_not_read_costs_no_analysis(monkeypatch: pytest.MonkeyPatch) -> None:
    # None in the table of modules makes an import fail.
    monkeypatch.setitem(sys.modules, "flake8_wsthreads.model", None)
    monkeypatch.setitem(sys.modules, "flake8_wsthreads.rules", None)
    assert run(Plugin, "import socket\n\nsocket.create_connection(('localhost', 1))\n") == []
    with pytest.raises(ImportError):
        run(Plugin, NEVER_CLOSED)


def test_the_analysis_itself_finds_nothing_in_a_file_without_websockets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plugin, "may_hold_connections", lambda lines, factories: True)
    for source in ("", "\n", "import socket\n\nsocket.create_connection(('localhost', 1))\n"):
        assert run(Plugin, source) == []
        assert run(OptInPlugin, source) == []


def test_flake8_prints_one_line_for_each_finding(flake8_path: Flake8Path) -> None:
    (flake8_path / "chat.py").write_text(NEVER_CLOSED)
    result = flake8_path.run_flake8()
    assert (result.exit_code, result.err) == (1, "")
    assert [line.split()[0] for line in result.out_lines] == ["./chat.py:3:6:"] * 2
    assert codes(result.out_lines) == ["WST101", "WST301"]


def test_noqa_silences_a_finding(flake8_path: Flake8Path) -> None:
    (flake8_path / "chat.py").write_text(NEVER_CLOSED.replace("8765\")", "8765\")  # noqa: WST301"))
    assert codes(flake8_path.run_flake8().out_lines) == ["WST101"]


def test_a_finding_behind_letters_of_more_bytes_points_at_its_character(flake8_path: Flake8Path) -> None:
    source = NEVER_CLOSED.replace("ws = ", "größe, ws = 'é', ")
    (flake8_path / "chat.py").write_text(source, encoding="utf-8")
    assert {line.split()[0] for line in flake8_path.run_flake8().out_lines} == {"./chat.py:3:18:"}


@pytest.mark.parametrize("content", [b"", b"\n", b"\xef\xbb\xbf", b"\x0c\n", b"# websockets sync"])
def test_files_without_code_are_fine(flake8_path: Flake8Path, content: bytes) -> None:
    (flake8_path / "empty.py").write_bytes(content)
    result = flake8_path.run_flake8(["--select=WST"])
    assert (result.out, result.err, result.exit_code) == ("", "", 0)


def test_several_processes_find_what_one_finds(flake8_path: Flake8Path) -> None:
    for number in range(4):
        (flake8_path / f"chat{number}.py").write_text(NEVER_CLOSED)
    arguments = ["--websockets-version", ">=13"]
    alone = flake8_path.run_flake8(arguments).out_lines
    assert codes(alone) == ["WST301"] * 4
    assert flake8_path.run_flake8([*arguments, "--jobs", "2"]).out_lines == alone


SELECTIONS = {
    "nothing configured": "",
    "select": "select = WST",
    "select with the letter of warnings": "select = E,F,W",
    "select with the opt-in codes": "select = WST,WST9",
    "extend-select": "extend-select = WST",
    "an ignore of one's own": "ignore = W503",
    "extend-ignore": "extend-ignore = W503",
    "select and ignore": "select = WST\nignore = W503",
}


@pytest.mark.parametrize("configuration", SELECTIONS.values(), ids=SELECTIONS.keys())
def test_opt_in_rules_stay_off_whatever_is_selected(flake8_path: Flake8Path, configuration: str) -> None:
    (flake8_path / "setup.cfg").write_text(f"[flake8]\n{configuration}\n")
    (flake8_path / "chat.py").write_text(NEVER_CLOSED)
    assert codes(flake8_path.run_flake8().out_lines) == ["WST101", "WST301"]


@pytest.mark.parametrize("configuration", SELECTIONS.values(), ids=SELECTIONS.keys())
@pytest.mark.parametrize("enabled_by", ["the configuration", "the command line"])
def test_opt_in_rules_come_on_when_their_plugin_is_enabled(
    flake8_path: Flake8Path, configuration: str, enabled_by: str
) -> None:
    enable = "enable-extensions = WST9" if enabled_by == "the configuration" else ""
    (flake8_path / "setup.cfg").write_text(f"[flake8]\n{configuration}\n{enable}\n")
    (flake8_path / "chat.py").write_text(CLOSED)
    arguments = ["--enable-extensions=WST9"] if enabled_by == "the command line" else []
    assert codes(flake8_path.run_flake8(arguments).out_lines) == ["WST901"]


def test_opt_in_rules_obey_the_configuration_under_the_selection_of_the_hook(flake8_path: Flake8Path) -> None:
    (flake8_path / "chat.py").write_text(CLOSED)
    assert flake8_path.run_flake8(["--select=WST"]).out_lines == []
    (flake8_path / "setup.cfg").write_text("[flake8]\nenable-extensions = WST9\n")
    assert codes(flake8_path.run_flake8(["--select=WST"]).out_lines) == ["WST901"]


def test_opt_in_rules_follow_the_options(flake8_path: Flake8Path) -> None:
    (flake8_path / "chat.py").write_text("from feeds import open_feed\n\nwith open_feed() as ws:\n    ws.send('')\n")
    arguments = ["--enable-extensions=WST9", "--websockets-factories=feeds.open_feed", "--websockets-version=17"]
    assert codes(flake8_path.run_flake8(arguments).out_lines) == ["WST901"]


def test_a_select_without_wst_needs_extend_select(flake8_path: Flake8Path) -> None:
    (flake8_path / "chat.py").write_text(NEVER_CLOSED)
    (flake8_path / "setup.cfg").write_text("[flake8]\nselect = E,F\n")
    assert flake8_path.run_flake8().out_lines == []
    (flake8_path / "setup.cfg").write_text("[flake8]\nselect = E,F\nextend-select = WST\n")
    assert codes(flake8_path.run_flake8().out_lines) == ["WST101", "WST301"]


def test_the_codes_begin_with_the_letter_of_warnings(flake8_path: Flake8Path) -> None:
    (flake8_path / "chat.py").write_text(NEVER_CLOSED)
    (flake8_path / "setup.cfg").write_text("[flake8]\nselect = E,F,W\n")
    assert codes(flake8_path.run_flake8().out_lines) == ["WST101", "WST301"]
    (flake8_path / "setup.cfg").write_text("[flake8]\nignore = W\n")
    assert flake8_path.run_flake8().out_lines == []
    (flake8_path / "setup.cfg").write_text("[flake8]\nignore = W\nextend-select = WST\n")
    assert codes(flake8_path.run_flake8().out_lines) == ["WST101", "WST301"]


def test_one_rule_can_be_ignored(flake8_path: Flake8Path) -> None:
    (flake8_path / "chat.py").write_text(NEVER_CLOSED)
    (flake8_path / "setup.cfg").write_text("[flake8]\nextend-ignore = WST101\n")
    assert codes(flake8_path.run_flake8().out_lines) == ["WST301"]
    assert codes(flake8_path.run_flake8(["--select=WST"]).out_lines) == ["WST301"]


@pytest.mark.parametrize("display_name", [[], ["--stdin-display-name", "nowhere/chat.py"]])
def test_standard_input_is_linted(tmp_path: Path, display_name: list[str]) -> None:
    command = [sys.executable, "-m", "flake8", "--isolated", *display_name, "-"]
    result = subprocess.run(command, cwd=tmp_path, input=NEVER_CLOSED, capture_output=True, text=True, check=False)
    assert result.stderr == ""
    assert codes(result.stdout.splitlines()) == ["WST101", "WST301"]
