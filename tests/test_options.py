"""The options of the plugin, on flake8's command line and in its configuration."""

from __future__ import annotations

from argparse import Namespace

import pytest
from flake8.exceptions import ExecutionError
from pytest_flake8_path import Flake8Path

from flake8_wsthreads.plugin import OptInPlugin, Plugin, Settings, read_settings
from flake8_wsthreads.target import RELEASES, Target

NEVER_CLOSED = """\
from websockets.sync.client import connect

ws = connect("ws://localhost:8765")
ws.send("hello")
"""

FACTORY = """\
from feeds import open_feed

feed = open_feed()
feed.send("hello")
"""


def options(version: str = "", factories: tuple[str, ...] = ()) -> Namespace:
    return Namespace(websockets_version=version, websockets_factories=list(factories))


def codes(lines: list[str]) -> list[str]:
    return [line.split()[1] for line in lines]


def test_without_options_every_release_is_allowed_and_no_factory_is_known() -> None:
    assert read_settings(options()) == Settings(Target(frozenset(RELEASES)), frozenset())


def test_options_are_read() -> None:
    settings = read_settings(options("12.0", ("shop.feeds.open_feed", "shop.connect")))
    assert settings == Settings(Target(frozenset({"12.0"})), frozenset({"shop.feeds.open_feed", "shop.connect"}))


@pytest.mark.parametrize("version", ["latest", "10.4", ">=14,<13"])
def test_a_version_that_cannot_be_used_stops_flake8(version: str) -> None:
    with pytest.raises(ExecutionError, match=f"^option websockets-version: '{version}' "):
        read_settings(options(version))


@pytest.mark.parametrize("factory", ["open_feed", "feeds.", ".open_feed", "feeds..open_feed", "feeds.open-feed", "3.x"])
def test_a_factory_that_is_no_qualified_name_stops_flake8(factory: str) -> None:
    with pytest.raises(ExecutionError, match=f"^option websockets-factories: '{factory}' is not a qualified name"):
        read_settings(options(factories=("shop.connect", factory)))


def test_each_plugin_keeps_the_settings_of_the_last_run(monkeypatch: pytest.MonkeyPatch) -> None:
    for plugin in (Plugin, OptInPlugin):
        monkeypatch.setattr(plugin, "settings", Settings())
        plugin.parse_options(options("12.0"))
        plugin.parse_options(options("13.1"))
        assert plugin.settings == read_settings(options("13.1"))


@pytest.mark.parametrize(
    ("version", "expected"),
    [
        ("", ["WST101", "WST301"]),
        ("12.0", ["WST101", "WST301"]),
        (">=12,<14", ["WST101", "WST301"]),
        ("13", ["WST301"]),
    ],
)
@pytest.mark.parametrize("key", ["websockets-version", "websockets_version"])
def test_the_version_in_the_configuration_chooses_the_rules(
    flake8_path: Flake8Path, key: str, version: str, expected: list[str]
) -> None:
    (flake8_path / "chat.py").write_text(NEVER_CLOSED)
    (flake8_path / "setup.cfg").write_text(f"[flake8]\n{key} = {version}\n")
    assert codes(flake8_path.run_flake8().out_lines) == expected


def test_the_command_line_wins_over_the_configuration(flake8_path: Flake8Path) -> None:
    (flake8_path / "chat.py").write_text(NEVER_CLOSED)
    (flake8_path / "setup.cfg").write_text("[flake8]\nwebsockets-version = 12.0\n")
    assert codes(flake8_path.run_flake8(["--websockets-version", ">=13"]).out_lines) == ["WST301"]


@pytest.mark.parametrize("value", ["feeds.open_feed", "shop.connect,\n    feeds.open_feed"])
def test_a_factory_in_the_configuration_opens_connections(flake8_path: Flake8Path, value: str) -> None:
    (flake8_path / "prices.py").write_text(FACTORY)
    assert flake8_path.run_flake8().out_lines == []
    (flake8_path / "setup.cfg").write_text(f"[flake8]\nwebsockets-factories = {value}\n")
    assert codes(flake8_path.run_flake8().out_lines) == ["WST101", "WST301"]


@pytest.mark.parametrize(
    ("option", "sentence"),
    [
        ("websockets-version = soon", "option websockets-version: 'soon' is neither a version such as 13.0 nor "),
        ("websockets-version = 10.4", "option websockets-version: '10.4' admits no release of websockets "),
        ("websockets-factories = connect", "option websockets-factories: 'connect' is not a qualified name such as "),
    ],
)
@pytest.mark.parametrize("jobs", ["1", "2"])
def test_a_wrong_value_is_one_clear_sentence_without_a_traceback(
    flake8_path: Flake8Path, option: str, sentence: str, jobs: str
) -> None:
    for name in ("chat.py", "prices.py"):
        (flake8_path / name).write_text(NEVER_CLOSED)
    (flake8_path / "setup.cfg").write_text(f"[flake8]\n{option}\n")
    result = flake8_path.run_flake8(["--jobs", jobs])
    assert result.exit_code == 1
    assert result.err == ""
    headline, message = result.out.splitlines()
    assert headline == "There was a critical error during execution of Flake8:"
    assert message.startswith(sentence)


def test_help_explains_the_options(flake8_path: Flake8Path) -> None:
    shown = flake8_path.run_flake8(["--help"]).out
    assert "--websockets-version VERSION" in shown
    assert "--websockets-factories NAMES" in shown
