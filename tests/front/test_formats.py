"""The forms for other machines: valid, complete, and read by what reads them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from functools import cache
from pathlib import Path
from xml.etree import ElementTree

import jsonschema
import pytest
from sarif import loader

from flake8_wsthreads.rules import RULES

ROOT = Path(__file__).parents[2]
SCHEMA = json.loads((ROOT / "tests" / "schemas" / "sarif-schema-2.1.0.json").read_text(encoding="utf-8"))
PROGRAM = """\
from threading import Thread
from websockets.sync.client import connect

def read(ws):
    for message in ws:
        print("ü", message)

ws = connect("ws://localhost:8765")
thread = Thread(target=read, args=(ws,))
thread.start()
ws.send("hello")
"""


@pytest.fixture(scope="module")
def directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A repository whose files have findings with steps in them."""
    folder = tmp_path_factory.mktemp("formats")
    (folder / ".git").mkdir()
    (folder / "a b").mkdir()
    (folder / "a b" / "ünd.py").write_text(PROGRAM, encoding="utf-8")
    (folder / "twice.py").write_text(PROGRAM + 'ws = connect("ws://localhost:8765")\n' * 2, encoding="utf-8")
    return folder


@cache
def printed(directory: Path, form: str, path: str = ".") -> str:
    command = [sys.executable, "-m", "flake8_wsthreads", "check", f"--output-format={form}", path]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "utf-8"}
    result = subprocess.run(command, cwd=directory, env=environment, capture_output=True, check=False)
    assert result.stderr == b""
    return result.stdout.decode("utf-8")


def test_sarif_is_valid_and_its_flows_name_the_right_lines(directory: Path) -> None:
    document = json.loads(printed(directory, "sarif"))
    jsonschema.validate(document, SCHEMA)
    (run,) = document["runs"]
    assert [rule["id"] for rule in run["tool"]["driver"]["rules"]] == [rule.code for rule in RULES]
    assert all(rule["help"]["markdown"] and rule["helpUri"].endswith(".md") for rule in run["tool"]["driver"]["rules"])
    found = json.loads(printed(directory, "json"))
    assert len(run["results"]) == len(found) > 4
    for result, entry in zip(run["results"], found, strict=True):
        assert run["tool"]["driver"]["rules"][result["ruleIndex"]]["id"] == result["ruleId"] == entry["code"]
        flow = result["codeFlows"][0]["threadFlows"][0]["locations"]
        lines = [step["location"]["physicalLocation"]["region"]["startLine"] for step in flow]
        assert lines == [step["location"]["row"] for step in entry["trace"]]
    prints = [result["partialFingerprints"]["lineAndCode/v1"] for result in run["results"]]
    assert len(set(prints)) == len(prints)


def test_sarif_has_relative_uris(directory: Path) -> None:
    results = json.loads(printed(directory, "sarif"))["runs"][0]["results"]
    uris = {result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] for result in results}
    assert uris == {"a%20b/%C3%BCnd.py", "twice.py"}


def test_a_viewer_reads_the_sarif(directory: Path, tmp_path: Path) -> None:
    (tmp_path / "report.sarif").write_text(printed(directory, "sarif"), encoding="utf-8")
    file = loader.load_sarif_file(str(tmp_path / "report.sarif"))
    records = file.get_records()
    found = json.loads(printed(directory, "json"))
    assert file.get_distinct_tool_names() == ["flake8-wsthreads"]
    assert [record["Line"] for record in records] == [entry["location"]["row"] for entry in found]
    assert {record["Severity"] for record in records} == {"warning"}


def test_a_run_without_findings_is_a_valid_report(directory: Path, tmp_path: Path) -> None:
    (tmp_path / "plain.py").write_text("print()\n")
    jsonschema.validate(json.loads(printed(tmp_path, "sarif")), SCHEMA)
    assert json.loads(printed(tmp_path, "json")) == json.loads(printed(tmp_path, "gitlab")) == []
    assert ElementTree.fromstring(printed(tmp_path, "junit")).find("testsuite/testcase/failure") is None


def test_gitlab_gets_what_its_widget_asks_for(directory: Path) -> None:
    entries = json.loads(printed(directory, "gitlab"))
    for entry in entries:
        assert set(entry) == {"description", "check_name", "fingerprint", "severity", "location"}
        assert entry["severity"] in ("info", "minor", "major", "critical", "blocker")
        assert not entry["location"]["path"].startswith("./") and entry["location"]["lines"]["begin"] > 0
    assert len({entry["fingerprint"] for entry in entries}) == len(entries)


def test_junit_counts_and_names_each_finding(directory: Path) -> None:
    root = ElementTree.fromstring(printed(directory, "junit"))
    failures = root.findall("testsuite/testcase/failure")
    assert int(root.attrib["failures"]) == len(failures) == len(json.loads(printed(directory, "json")))
    assert failures[0].attrib["type"].startswith("WST") and "line " in (failures[0].text or "")
