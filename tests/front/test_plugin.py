"""What flake8 prints and decides with the plugin installed."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

from flake8_wsthreads.plugin import OptIn, Plugin
from tests.programs import CLOSED, NEVER_CLOSED
from tests.workspace import Workspace


def test_findings_have_the_form_that_flake8_expects() -> None:
    checker = Plugin(ast.parse(NEVER_CLOSED), "program.py", NEVER_CLOSED.splitlines(keepends=True))
    line, column, text, origin = next(checker.run())
    assert (line, column, origin) == (3, 5, Plugin)
    assert text.startswith("WST101 ")
    assert text == text.strip()


def test_the_plugin_that_turns_rules_on_reports_nothing_itself() -> None:
    assert list(OptIn(ast.parse(NEVER_CLOSED)).run()) == []


def test_the_tree_that_plugins_share_stays_as_it_was() -> None:
    tree = ast.parse(NEVER_CLOSED)
    before = ast.dump(tree, include_attributes=True)
    list(Plugin(tree, "program.py", NEVER_CLOSED.splitlines(keepends=True)).run())
    assert ast.dump(tree, include_attributes=True) == before
    # Some plugins leave marks on nodes: fields that ast.dump does not show.
    assert {field for node in ast.walk(tree) for field in vars(node)} == {
        field for node in ast.walk(ast.parse(NEVER_CLOSED)) for field in vars(node)
    }


def test_flake8_prints_one_line_for_each_finding(workspace: Workspace) -> None:
    workspace.write("chat.py", NEVER_CLOSED)
    run = workspace.flake8()
    assert (run.exit_code, run.err) == (1, "")
    assert [line.split()[0] for line in run.out_lines] == ["./chat.py:3:6:"] * 2
    assert run.codes == ["WST101", "WST301"]


def test_noqa_silences_a_finding(workspace: Workspace) -> None:
    workspace.write("chat.py", NEVER_CLOSED.replace("8765\")", "8765\")  # noqa: WST301"))
    assert workspace.flake8().codes == ["WST101"]


def test_a_finding_behind_letters_of_more_bytes_points_at_its_character(workspace: Workspace) -> None:
    workspace.write("chat.py", NEVER_CLOSED.replace("ws = ", "größe, ws = 'é', "))
    assert {line.split()[0] for line in workspace.flake8().out_lines} == {"./chat.py:3:18:"}


@pytest.mark.parametrize("content", [b"", b"\n", b"\xef\xbb\xbf", b"\x0c\n", b"# websockets sync"])
def test_files_without_code_are_fine(workspace: Workspace, content: bytes) -> None:
    (workspace.path / "empty.py").write_bytes(content)
    run = workspace.flake8("--select=WST")
    assert (run.out, run.err, run.exit_code) == ("", "", 0)


def test_several_processes_find_what_one_finds(workspace: Workspace) -> None:
    for number in range(4):
        workspace.write(f"chat{number}.py", NEVER_CLOSED)
    arguments = ("--websockets-version", ">=13")
    alone = workspace.flake8(*arguments)
    assert alone.codes == ["WST301"] * 4
    assert workspace.flake8(*arguments, "--jobs=2").out_lines == alone.out_lines


def test_opt_in_rules_follow_the_options(workspace: Workspace) -> None:
    workspace.write("chat.py", "from feeds import open_feed\n\nwith open_feed() as ws:\n    ws.send('')\n")
    arguments = ("--enable-extensions=WST9", "--websockets-factories=feeds.open_feed", "--websockets-version=17")
    assert workspace.flake8(*arguments).codes == ["WST901"]


def test_a_select_without_wst_needs_extend_select(workspace: Workspace) -> None:
    workspace.write("chat.py", NEVER_CLOSED)
    workspace.configure("select = E,F")
    assert workspace.flake8().out_lines == []
    workspace.configure("select = E,F", "extend-select = WST")
    assert workspace.flake8().codes == ["WST101", "WST301"]


def test_the_codes_begin_with_the_letter_of_warnings(workspace: Workspace) -> None:
    workspace.write("chat.py", NEVER_CLOSED)
    workspace.configure("select = E,F,W")
    assert workspace.flake8().codes == ["WST101", "WST301"]
    workspace.configure("ignore = W")
    assert workspace.flake8().out_lines == []
    workspace.configure("ignore = W", "extend-select = WST")
    assert workspace.flake8().codes == ["WST101", "WST301"]


def test_one_rule_can_be_ignored(workspace: Workspace) -> None:
    workspace.write("chat.py", NEVER_CLOSED)
    workspace.configure("extend-ignore = WST101")
    assert workspace.flake8().codes == ["WST301"]
    assert workspace.flake8("--select=WST").codes == ["WST301"]


def test_settings_of_one_run_do_not_reach_the_next_one_in_the_same_process(workspace: Workspace) -> None:
    workspace.write("chat.py", CLOSED)
    assert workspace.flake8("--enable-extensions=WST9").codes == ["WST901"]
    assert workspace.flake8().codes == []


@pytest.mark.parametrize("display_name", [[], ["--stdin-display-name", "nowhere/chat.py"]])
def test_standard_input_is_linted(tmp_path: Path, display_name: list[str]) -> None:
    command = [sys.executable, "-m", "flake8", "--isolated", *display_name, "-"]
    result = subprocess.run(command, cwd=tmp_path, input=NEVER_CLOSED, capture_output=True, text=True, check=False)
    assert result.stderr == ""
    assert [line.split()[1] for line in result.stdout.splitlines()] == ["WST101", "WST301"]
