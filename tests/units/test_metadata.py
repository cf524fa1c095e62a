"""What each metadata format says of websockets, and where it says it."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent

import pytest

from flake8_wsthreads.target import RELEASES, Projects, Target
from flake8_wsthreads.target.discovery import Discovery
from flake8_wsthreads.target.projects import described

EVERY = "every release"
# name of the case: (file, its text, a specifier set by hand, the line that says so)
STATED: dict[str, tuple[str, str, str, int]] = {
    "dependencies of a project": (
        "pyproject.toml",
        """\
        [project]
        name = "shop"
        dependencies = [
            "requests>=2",
            "websockets>=12,<15",  # feeds
        ]
        """,
        ">=12,<15",
        5,
    ),
    "an extra, under a marker, in another spelling": (
        "pyproject.toml",
        """\
        [project]
        name = "shop"
        dependencies = []
        [project.optional-dependencies]
        feeds = ['WebSockets[speedups] >= 13.1 ; python_version >= "3.9"']
        """,
        ">=13.1",
        5,
    ),
    "no bound": ("pyproject.toml", '[project]\nname = "shop"\ndependencies = ["websockets"]\n', EVERY, 3),
    "a repository": (
        "pyproject.toml",
        '[project]\nname = "s"\ndependencies = ["websockets @ git+https://example.com/websockets.git"]\n',
        EVERY,
        3,
    ),
    "an exact text": ("pyproject.toml", '[project]\nname = "s"\ndependencies = ["websockets===13.1"]\n', "==13.1", 3),
    "a pre-release": ("pyproject.toml", '[project]\nname = "s"\ndependencies = ["websockets==13.0rc1"]\n', "==13.0", 3),
    "a release that nobody knows yet": (
        "pyproject.toml",
        '[project]\nname = "s"\ndependencies = ["websockets>=99"]\n',
        f"=={RELEASES[-1]}",
        3,
    ),
    "dependency groups, one in another": (
        "pyproject.toml",
        """\
        [dependency-groups]
        feeds = ["websockets~=13.0"]
        dev = ["pytest", { include-group = "feeds" }]
        """,
        ">=13.0,<14",
        2,
    ),
    "poetry, caret": (
        "pyproject.toml",
        '[tool.poetry.dependencies]\npython = "^3.10"\nwebsockets = "^13.0"\n',
        ">=13.0,<14",
        3,
    ),
    "poetry, tilde": ("pyproject.toml", '[tool.poetry.dependencies]\nwebsockets = "~13.0"\n', ">=13.0,<13.1", 2),
    "poetry, alternatives": (
        "pyproject.toml",
        '[tool.poetry.dependencies]\nwebsockets = "^12.0 || ^14.0"\n',
        ">=12,<15,!=13.0,!=13.0.1,!=13.1",
        2,
    ),
    "poetry, a wildcard": ("pyproject.toml", '[tool.poetry.dependencies]\nwebsockets = "13.*"\n', "==13.*", 2),
    "poetry, anything": ("pyproject.toml", '[tool.poetry.dependencies]\nwebsockets = "*"\n', EVERY, 2),
    "poetry, a bare version": ("pyproject.toml", '[tool.poetry.dependencies]\nwebsockets = "13.1"\n', "==13.1", 2),
    "poetry, a table in a group": (
        "pyproject.toml",
        '[tool.poetry.group.feeds.dependencies]\nwebsockets = { version = ">=13,<16", optional = true }\n',
        ">=13,<16",
        2,
    ),
    "poetry, several constraints": (
        "pyproject.toml",
        """\
        [tool.poetry.dependencies]
        websockets = [
            { version = "^12.0", python = "<3.9" },
            { version = "^15.0", python = ">=3.9" },
        ]
        """,
        ">=12,<16,!=13.0,!=13.0.1,!=13.1,!=14.0,!=14.1,!=14.2",
        2,
    ),
    "poetry, a repository": (
        "pyproject.toml",
        '[tool.poetry.dependencies]\nwebsockets = { git = "https://example.com/websockets.git" }\n',
        EVERY,
        2,
    ),
    "poetry, a table of its own": (
        "pyproject.toml",
        '[tool.poetry.dependencies.websockets]\nversion = "^13.0"\nextras = []\n',
        ">=13.0,<14",
        1,
    ),
    "pdm": ("pyproject.toml", '[tool.pdm.dev-dependencies]\nfeeds = ["websockets<14,>=13"]\n', ">=13,<14", 2),
    "uv": ("pyproject.toml", '[tool.uv]\ndev-dependencies = ["websockets>=14"]\n', ">=14", 2),
    "uv, a constraint": (
        "pyproject.toml",
        """\
        [project]
        name = "shop"
        dependencies = ["websockets"]
        [tool.uv]
        constraint-dependencies = ["websockets>=13"]
        """,
        ">=13",
        3,
    ),
    "hatch": ("pyproject.toml", '[tool.hatch.envs.default]\ndependencies = ["websockets==15.0.1"]\n', "==15.0.1", 2),
    "hatch, a file of its own": ("hatch.toml", '[envs.test]\nextra-dependencies = ["websockets>=15"]\n', ">=15", 2),
    "pixi": ("pyproject.toml", '[tool.pixi.pypi-dependencies]\nwebsockets = ">=13,<17"\n', ">=13,<17", 2),
    "pixi, a file of its own": ("pixi.toml", '[feature.feeds.dependencies]\nwebsockets = "13.*"\n', "==13.*", 2),
    "setup.cfg": (
        "setup.cfg",
        "[options]\ninstall_requires =\n    requests\n    websockets>=12;python_version>'3'\n",
        ">=12",
        4,
    ),
    "setup.cfg, an extra": ("setup.cfg", "[options.extras_require]\nfeeds = six; websockets>=13,<15\n", ">=13,<15", 2),
    "setup.py": (
        "setup.py",
        """\
        from setuptools import setup
        REQUIRES = ["requests", "websockets>=11,<13"]
        raise SystemExit("nobody runs this")
        setup(name="shop", install_requires=REQUIRES + [])
        """,
        ">=11,<13",
        2,
    ),
    "setup.py, an extra": (
        "setup.py",
        'import setuptools\nsetuptools.setup(extras_require={"feeds": ["websockets>=16"]})\n',
        ">=16",
        2,
    ),
    "requirements, with hashes": (
        "requirements.txt",
        """\
        # feeds
        websockets==13.1 \\
            --hash=sha256:00 \\
            --hash=sha256:11
            # via shop
        """,
        "==13.1",
        2,
    ),
    "requirements of another name": ("requirements-dev.in", "pytest\nwebsockets >= 14  # feeds\n", ">=14", 2),
    "an egg": ("requirements.txt", "git+https://example.com/websockets.git#egg=websockets\n", EVERY, 1),
    "Pipfile": ("Pipfile", '[packages]\nwebsockets = "~=13.0"\n', ">=13.0,<14", 2),
    "Pipfile, a table": ("Pipfile", '[dev-packages]\nwebsockets = {version = "==12.0"}\n', "==12.0", 2),
    "environment.yml": (
        "environment.yml",
        "dependencies:\n  - python=3.12\n  - pip\n  - pip:\n    - websockets>=13,<15  # feeds\n",
        ">=13,<15",
        5,
    ),
    "environment.yml, from conda": ("environment.yml", "dependencies:\n  - websockets=13.1\n", "==13.1.*", 2),
}


def releases(specifier: str) -> frozenset[str]:
    """The releases of a specifier set by hand, by another way than the readers go: one release after the other."""
    from packaging.specifiers import SpecifierSet

    return frozenset(RELEASES if specifier == EVERY else SpecifierSet(specifier).filter(RELEASES))


def project(directory: Path, files: dict[str, str]) -> Path:
    """A repository with these files."""
    (directory / ".git").mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        (directory / name).parent.mkdir(parents=True, exist_ok=True)
        (directory / name).write_text(dedent(text), encoding="utf-8")
    return directory


def target(directory: Path) -> Target:
    """What a new process says of a directory."""
    return Discovery().target_of(str(directory))


@pytest.mark.parametrize(("file", "text", "by_hand", "line"), STATED.values(), ids=STATED.keys())
def test_a_file_says_which_releases_are_allowed_and_where(
    file: str, text: str, by_hand: str, line: int, tmp_path: Path
) -> None:
    found = target(project(tmp_path, {file: text}))
    assert found.releases == releases(by_hand)
    assert found.origin is not None
    assert (found.origin.path, found.origin.line) == (str(tmp_path / file), line)


def test_a_project_that_says_nothing_allows_every_release(tmp_path: Path) -> None:
    assert target(project(tmp_path, {"pyproject.toml": '[project]\nname = "websockets-shop"\n'})) == Target()


def test_statements_of_one_project_unite(tmp_path: Path) -> None:
    files = {
        "pyproject.toml": '[project]\nname = "s"\ndependencies = ["websockets>=15"]\n',
        "requirements/dev.txt": "websockets==12.0\n",
    }
    found = target(project(tmp_path, files))
    assert found.releases == releases(">=15") | {"12.0"}
    assert found.origin is not None and found.origin.path.endswith("dev.txt"), "what lets in an old one is named"


def test_the_nearest_project_that_names_the_package_decides(tmp_path: Path) -> None:
    project(tmp_path, {"pyproject.toml": '[project]\nname = "all"\ndependencies = ["websockets<13"]\n'})
    inner = tmp_path / "feeds" / "src"
    inner.mkdir(parents=True)
    (tmp_path / "feeds" / "pyproject.toml").write_text('[project]\nname = "f"\ndependencies = ["websockets>=13"]\n')
    (inner / "pyproject.toml").write_text('[project]\nname = "no word of it"\n')
    assert target(inner).releases == releases(">=13")
    assert target(tmp_path / "other" / "not there").releases == releases("<13")


def test_a_declaration_comes_before_a_lock_file_wherever_the_two_stand(tmp_path: Path) -> None:
    lock = '[[package]]\nname = "websockets"\nversion = "13.1"\n'
    project(tmp_path, {"requirements.txt": "websockets\n", "app/uv.lock": lock})
    assert target(tmp_path / "app").releases == frozenset(RELEASES)
    (tmp_path / "requirements.txt").unlink()
    found = target(tmp_path / "app")
    assert found.releases == {"13.1"}
    assert found.origin is not None and found.origin.pinned and found.origin.line == 3


def test_nothing_above_the_root_of_the_repository_is_read(tmp_path: Path) -> None:
    (tmp_path / "requirements.txt").write_text("websockets<13\n")
    inner = project(tmp_path / "repository", {"requirements.txt": "-r ../requirements.txt\n"})
    assert target(inner) == Target()


def test_requirements_lead_to_other_files_once(tmp_path: Path) -> None:
    files = {
        "requirements.txt": "-r requirements/base.txt\n-c constraints.txt\n",
        "requirements/base.txt": "-r ../requirements.txt\nwebsockets\n",
        "constraints.txt": "websockets>=13\n",
    }
    assert target(project(tmp_path, files)).releases == releases(">=13")


def test_dynamic_dependencies_stand_in_their_own_files(tmp_path: Path) -> None:
    files = {
        "pyproject.toml": '[tool.setuptools.dynamic]\ndependencies = { file = ["deps/run.txt"] }\n',
        "deps/run.txt": "websockets>=14\n",
    }
    found = target(project(tmp_path, files))
    assert found.releases == releases(">=14")


def test_setup_cfg_names_other_files_too(tmp_path: Path) -> None:
    files = {"setup.cfg": "[options]\ninstall_requires = file: deps/run.txt\n", "deps/run.txt": "websockets>=14\n"}
    assert target(project(tmp_path, files)).releases == releases(">=14")


BLOCK = '# /// script\n# requires-python = ">=3.10"\n# dependencies = ["websockets>=13"]\n# ///\n'


def test_a_block_of_metadata_in_the_script_comes_first(tmp_path: Path) -> None:
    project(tmp_path, {"requirements.txt": "websockets<13\n"})
    found = Projects().target_of(str(tmp_path / "script.py"), f"{BLOCK}import websockets\n".splitlines(keepends=True))
    assert found.releases == releases(">=13")
    assert found.origin is not None and (found.origin.path, found.origin.line) == ("", 3)


def test_two_blocks_are_none(tmp_path: Path) -> None:
    project(tmp_path, {"requirements.txt": "websockets<13\n"})
    found = Projects().target_of(str(tmp_path / "script.py"), f"{BLOCK}\n{BLOCK}".splitlines(keepends=True))
    assert found.releases == releases("<13")


def test_the_answer_can_be_printed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(project(tmp_path, {"requirements.txt": "websockets>=12,<13.1\n"}))
    assert described(target(tmp_path)) == (
        "websockets: 12.0, 13.0, 13.0.1 (requirements.txt line 1: websockets>=12,<13.1)"
    )
    assert described(Target()) == "websockets: every release"
