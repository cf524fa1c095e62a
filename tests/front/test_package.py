"""The package as a whole: what it costs to import, and texts that must agree."""

from __future__ import annotations

import configparser
import importlib.metadata
import re
import subprocess
import sys
from pathlib import Path

import pytest
from packaging.requirements import Requirement

import flake8_wsthreads

# Imports what flake8 has imported when it loads its plugins, then prints what the plugin adds to that.
NEW_MODULES = """
import sys
import flake8.main.application
before = set(sys.modules)
import flake8_wsthreads.plugin
print(*sorted(set(sys.modules) - before))
"""


@pytest.fixture(scope="module")
def setup_cfg(project: Path) -> configparser.ConfigParser:
    parser = configparser.ConfigParser(interpolation=None)
    parser.read(project / "setup.cfg", encoding="utf-8")
    return parser


def command_lines(text: str) -> list[str]:
    """The lines that begin by creating the virtual environment."""
    return [line.strip() for line in text.splitlines() if line.strip().startswith("python3 -m venv ")]


def test_importing_the_plugin_loads_no_library_and_no_analysis(tmp_path: Path) -> None:
    command = [sys.executable, "-c", NEW_MODULES]
    output = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True).stdout
    new = output.split()
    assert "flake8_wsthreads.plugin" in new
    assert {name.partition(".")[0] for name in new}.isdisjoint({"libcst", "packaging", "tomllib", "tomli", "rich"})
    ours = {name for name in new if name.startswith("flake8_wsthreads.")}
    assert {name.split(".")[1] for name in ours} == {"check", "finding", "plugin", "target"}
    assert "flake8_wsthreads.target.specifier" not in ours


def test_the_version_is_the_same_everywhere(project: Path, setup_cfg: configparser.ConfigParser) -> None:
    version = setup_cfg["metadata"]["version"]
    assert flake8_wsthreads.__version__ == version
    assert importlib.metadata.version("flake8-wsthreads") == version
    newest = re.search(r"^## (\S+)", (project / "CHANGELOG.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert newest is not None
    assert newest[1] == version


def test_flake8_finds_the_plugin_and_the_switches_of_the_opt_in_rules() -> None:
    points = importlib.metadata.distribution("flake8-wsthreads").entry_points.select(group="flake8.extension")
    assert {point.name: point.load().__name__ for point in points} == {
        "WST": "Plugin",
        "WST9": "OptIn",
        "WST901": "OptInConnections",
        "WST902": "OptInThreads",
    }


def test_the_package_tells_type_checkers_that_it_is_typed() -> None:
    assert Path(flake8_wsthreads.__file__).with_name("py.typed").is_file()


def test_the_readme_names_the_python_and_flake8_that_are_needed(
    project: Path, setup_cfg: configparser.ConfigParser
) -> None:
    readme = (project / "README.md").read_text(encoding="utf-8")
    (python,) = Requirement(f"python{setup_cfg['options']['python_requires']}").specifier
    (flake8,) = next(
        requirement.specifier
        for requirement in map(Requirement, setup_cfg["options"]["install_requires"].strip().splitlines())
        if requirement.name == "flake8"
    )
    assert f"Python {python.version} or later and flake8 {flake8.version} or later" in readme


def test_ci_runs_the_commands_of_the_readme(project: Path) -> None:
    in_readme = command_lines((project / "README.md").read_text(encoding="utf-8"))
    assert command_lines((project / ".ci" / "run").read_text(encoding="utf-8")) == in_readme
    lint, test = in_readme
    assert lint.endswith("/flake8 --select=WST examples/")
    assert test.endswith("/pytest")
