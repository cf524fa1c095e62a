"""The pin in metadata files: the bound rises, the rest stays, and what cannot be raised is left alone."""

from __future__ import annotations

import pytest

from flake8_wsthreads.fixes.engine import mend_metadata
from flake8_wsthreads.rules.requirements import findings_in_metadata

PROJECT = '[project]\nname = "shop"\ndependencies = [\n  "rich",\n  "{}",  # sync\n]\n'
POETRY = '[tool.poetry.dependencies]\npython = "^3.10"\nwebsockets = {}  # sync\n'
SETUP_CFG = "[options]\ninstall_requires =\n    rich\n    {}\n"
SETUP_PY = "from setuptools import setup\n\nsetup(install_requires=['rich', '{}'])\n"

RAISED = [
    pytest.param("pyproject.toml", PROJECT, "websockets", "websockets>=13.0", id="no bound"),
    pytest.param("pyproject.toml", PROJECT, "websockets>=12,<16", "websockets>=13.0,<16", id="an upper bound"),
    pytest.param("pyproject.toml", PROJECT, "WebSockets <16", "WebSockets >=13.0,<16", id="an upper bound alone"),
    pytest.param("pyproject.toml", PROJECT, "websockets>11, !=14.1", "websockets>=13.0, !=14.1", id="a hole"),
    pytest.param(
        "pyproject.toml",
        PROJECT,
        "websockets [speed] >= 12 ; python_version < '3.13'",
        "websockets [speed] >= 13.0 ; python_version < '3.13'",
        id="extras, spaces and a marker",
    ),
    pytest.param("pyproject.toml", POETRY, '">=12,<17"', '">=13.0,<17"', id="Poetry"),
    pytest.param("pyproject.toml", POETRY, '"*"', '">=13.0"', id="Poetry, anything"),
    pytest.param(
        "pyproject.toml",
        POETRY,
        '{version = ">=11", optional = true}',
        '{version = ">=13.0", optional = true}',
        id="Poetry, a table",
    ),
    pytest.param("setup.cfg", SETUP_CFG, "websockets>=12.0 ; x", "", id="no requirement"),
    pytest.param("setup.cfg", SETUP_CFG, "websockets >=11.0.3", "websockets >=13.0", id="setup.cfg"),
    pytest.param("setup.py", SETUP_PY, "websockets>=12", "websockets>=13.0", id="setup.py"),
    pytest.param("requirements.txt", "rich\n{}  # sync\n", "websockets>=12", "websockets>=13.0", id="requirements"),
    pytest.param("Pipfile", '[packages]\nwebsockets = {}\n', '"*"', '">=13.0"', id="Pipfile"),
    pytest.param("environment.yml", "dependencies:\n  - pip:\n    - {}\n", "websockets", "websockets>=13.0", id="pip"),
]  # fmt: skip
PINNED = [
    pytest.param("pyproject.toml", PROJECT, "websockets==12.0", "websockets>=13.0", id="a release"),
    pytest.param("pyproject.toml", PROJECT, "websockets~=12.0", "websockets>=13.0", id="a series"),
    pytest.param("pyproject.toml", PROJECT, "websockets>=11,<13", "websockets>=13.0", id="a bound below"),
    pytest.param("pyproject.toml", POETRY, '"^12.0"', '">=13.0"', id="Poetry, a caret"),
    pytest.param("pyproject.toml", POETRY, '"12.0"', '">=13.0"', id="Poetry, a release"),
    pytest.param("requirements.txt", "{}\n", "websockets==12.0.*", "websockets>=13.0", id="a wildcard"),
]
LEFT_ALONE = [
    pytest.param(
        "requirements.txt", "{}", "websockets==12.0 \\\n    --hash=sha256:00\n", "", id="a hash belongs to its release"
    ),
    pytest.param("requirements.txt", "{}\n", "websockets==12.0 --hash=sha256:00", "", id="a hash on the line"),
    pytest.param("requirements.txt", "{}\n", "websockets @ https://example.com/websockets.zip", "", id="a URL"),
    pytest.param("environment.yml", "dependencies:\n  - {}\n", "websockets=12", "", id="conda"),
    pytest.param("pyproject.toml", POETRY, '"^11 || ^12"', "", id="alternatives"),
    pytest.param("pyproject.toml", PROJECT, "other-websockets>=1", "", id="another package"),
]


@pytest.mark.parametrize(("name", "frame", "before", "after"), RAISED)
def test_a_bound_rises(name: str, frame: str, before: str, after: str) -> None:
    assert pinned(name, frame, before, unsafe=False) == (after or before)


@pytest.mark.parametrize(("name", "frame", "before", "after"), PINNED)
def test_a_pin_changes_only_when_somebody_asks(name: str, frame: str, before: str, after: str) -> None:
    assert pinned(name, frame, before, unsafe=False) == before
    assert pinned(name, frame, before, unsafe=True) == after


@pytest.mark.parametrize(("name", "frame", "before", "after"), LEFT_ALONE)
def test_what_cannot_be_raised_is_left_alone(name: str, frame: str, before: str, after: str) -> None:
    assert pinned(name, frame, before, unsafe=True) == before


def test_each_of_several_requirements_rises() -> None:
    text = '[project]\nname = "shop"\ndependencies = ["websockets"]\n[dependency-groups]\ntest = ["websockets>=12"]\n'
    findings = findings_in_metadata("pyproject.toml", text)
    mended = mend_metadata(text, findings, "pyproject.toml")
    assert mended.text == text.replace('"websockets>=12"', '"websockets"').replace("websockets", "websockets>=13.0")
    assert mend_metadata(text, findings[:1], "pyproject.toml").text.count(">=13.0") == 1, "the other is ignored"


def pinned(name: str, frame: str, requirement: str, unsafe: bool) -> str:
    """The requirement after its fix; all around it must be as it was."""
    head, tail = frame.split("{}")
    text = f"{head}{requirement}{tail}"
    findings = findings_in_metadata(name, text)
    mended = mend_metadata(text, findings, name, unsafe).text
    assert mended.startswith(head) and mended.endswith(tail)
    return mended[len(head) : len(mended) - len(tail)]
