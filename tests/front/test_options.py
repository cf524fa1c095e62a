"""The options of the plugin, on flake8's command line and in its configuration."""

from __future__ import annotations

import datetime
from argparse import Namespace

import pytest
from flake8.exceptions import ExecutionError

from flake8_wsthreads.check import OnFailure, Settings
from flake8_wsthreads.plugin import OptIn, Plugin, read_settings
from flake8_wsthreads.target import RELEASES, Target
from tests.programs import NEVER_CLOSED
from tests.workspace import Workspace

FACTORY = """\
from feeds import open_feed

feed = open_feed()
feed.send("hello")
"""


def options(version: object = "", factories: object = (), debug: bool = False) -> Namespace:
    """What flake8 hands over; a tuple of factories stands for the list that it makes of its command line."""
    return Namespace(
        websockets_version=version,
        websockets_factories=list(factories) if isinstance(factories, tuple) else factories,
        websockets_debug=debug,
        select=None,
        extend_select=None,
    )


def test_without_options_every_release_is_allowed_and_no_factory_is_known() -> None:
    assert read_settings(options()) == Settings(Target(frozenset(RELEASES)), frozenset())


def test_options_are_read() -> None:
    settings = read_settings(options("12.0", ("shop.feeds.open_feed", "shop.connect"), debug=True))
    factories = frozenset({"shop.feeds.open_feed", "shop.connect"})
    assert settings == Settings(Target(frozenset({"12.0"})), factories, on_failure=OnFailure.SHOW)


@pytest.mark.parametrize("version", ["latest", "10.4", ">=14,<13"])
def test_a_version_that_cannot_be_used_stops_flake8(version: str) -> None:
    with pytest.raises(ExecutionError, match=f"^option websockets-version: '{version}' "):
        read_settings(options(version))


def test_a_list_of_specifiers_is_one_set() -> None:
    assert read_settings(options([">=13.0", "<16"])) == read_settings(options(">=13.0,<16"))
    assert read_settings(options(["12.0"])) == read_settings(options("12.0"))
    assert read_settings(options([])) == read_settings(options())


ODD_VALUES = [None, True, 13, 13.1, {"since": "13.0"}, ["13.0", 14], [["13.0"]], datetime.date(2024, 8, 20)]


@pytest.mark.parametrize("value", ODD_VALUES, ids=repr)
def test_a_version_of_any_other_type_stops_flake8_with_a_sentence(value: object) -> None:
    with pytest.raises(ExecutionError, match=r"^option websockets-version: .* is neither a text .* nor a list of "):
        read_settings(options(value))


@pytest.mark.parametrize("value", ODD_VALUES, ids=repr)
def test_factories_of_any_other_type_stop_flake8_with_a_sentence(value: object) -> None:
    with pytest.raises(ExecutionError, match="^option websockets-factories: .* is not a (list|qualified name)"):
        read_settings(options(factories=value))


@pytest.mark.parametrize("factory", ["open_feed", "feeds.", ".open_feed", "feeds..open_feed", "feeds.open-feed", "3.x"])
def test_a_factory_that_is_no_qualified_name_stops_flake8(factory: str) -> None:
    with pytest.raises(ExecutionError, match=f"^option websockets-factories: '{factory}' is not a qualified name"):
        read_settings(options(factories=("shop.connect", factory)))


def test_a_factory_is_known_by_the_name_that_python_reads() -> None:
    assert read_settings(options(factories=("shop.ｏpen",))).factories == {"shop.open"}


def test_the_plugin_keeps_the_settings_of_the_last_run(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Plugin, "settings", Settings())
    Plugin.parse_options(options("12.0"))
    OptIn.parse_options(options("12.0"))
    Plugin.parse_options(options("13.1"))
    assert Plugin.settings == read_settings(options("13.1"))


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
    workspace: Workspace, key: str, version: str, expected: list[str]
) -> None:
    workspace.write("chat.py", NEVER_CLOSED)
    workspace.configure(f"{key} = {version}")
    assert workspace.flake8().codes == expected


def test_the_command_line_wins_over_the_configuration(workspace: Workspace) -> None:
    workspace.write("chat.py", NEVER_CLOSED)
    workspace.configure("websockets-version = 12.0")
    assert workspace.flake8("--websockets-version", ">=13").codes == ["WST301"]


@pytest.mark.parametrize("value", ["feeds.open_feed", "shop.connect,\n    feeds.open_feed"])
def test_a_factory_in_the_configuration_opens_connections(workspace: Workspace, value: str) -> None:
    workspace.write("prices.py", FACTORY)
    assert workspace.flake8().out_lines == []
    workspace.configure(f"websockets-factories = {value}")
    assert workspace.flake8().codes == ["WST101", "WST301"]


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
    workspace: Workspace, option: str, sentence: str, jobs: str
) -> None:
    for name in ("chat.py", "prices.py"):
        workspace.write(name, NEVER_CLOSED)
    workspace.configure(option)
    run = workspace.flake8("--jobs", jobs)
    assert run.exit_code == 1
    assert run.err == ""
    headline, message = run.out_lines
    assert headline == "There was a critical error during execution of Flake8:"
    assert message.startswith(sentence)


# What Flake8-pyproject hands over: numbers and truth values as texts, all else as TOML has it.
IN_TOML = {
    'websockets-version = [">=13.0", "<16"]': ["WST301"],
    'websockets-version = ">=13.0"': ["WST301"],
    "websockets-version = 13.1": ["WST301"],
    "websockets-version = 13": ["WST301"],
    "websockets-version = []": ["WST101", "WST301"],
    'websockets-factories = ["feeds.open_feed"]': ["WST101", "WST301"],
    'websockets-factories = "feeds.open_feed, shop.connect"': ["WST101", "WST301"],
    "websockets-debug = true": ["WST101", "WST301"],
}

WRONG_IN_TOML = {
    "websockets-version = [13.0]": "option websockets-version: [13.0] is neither a text ",
    "websockets-version = true": "option websockets-version: 'True' is neither a version ",
    'websockets-version = {since = "13.0"}': "option websockets-version: {'since': '13.0'} is neither a text ",
    "websockets-version = 2024-08-20": "option websockets-version: datetime.date(2024, 8, 20) is neither a text ",
    "websockets-factories = 3": "option websockets-factories: '3' is not a qualified name ",
    "websockets-factories = [3]": "option websockets-factories: 3 is not a qualified name ",
    "websockets-factories = {feeds = 1}": "option websockets-factories: {'feeds': 1} is not a list ",
}


@pytest.fixture
def with_pyproject(monkeypatch: pytest.MonkeyPatch) -> None:
    """Flake8-pyproject puts functions of its own in place of flake8's, for the rest of the process."""
    import flake8.options.aggregator
    import flake8.options.config

    for module, name in ((flake8.options.aggregator, "aggregate_options"), (flake8.options.config, "parse_config")):
        monkeypatch.setattr(module, name, getattr(module, name))


@pytest.mark.usefixtures("with_pyproject")
@pytest.mark.parametrize(("line", "expected"), IN_TOML.items(), ids=IN_TOML)
def test_pyproject_toml_hands_options_over_in_its_own_types(
    workspace: Workspace, line: str, expected: list[str]
) -> None:
    workspace.write("chat.py", NEVER_CLOSED)
    workspace.write("pyproject.toml", f"[tool.flake8]\n{line}\n")
    run = workspace.flake8()
    assert (run.codes, run.err) == (expected, "")


@pytest.mark.usefixtures("with_pyproject")
@pytest.mark.parametrize(("line", "sentence"), WRONG_IN_TOML.items(), ids=WRONG_IN_TOML)
def test_a_wrong_value_in_pyproject_toml_is_one_clear_sentence(
    workspace: Workspace, line: str, sentence: str
) -> None:
    workspace.write("chat.py", NEVER_CLOSED)
    workspace.write("pyproject.toml", f"[tool.flake8]\n{line}\n")
    run = workspace.flake8()
    assert run.exit_code == 1
    assert run.err == ""
    assert run.out_lines[1].startswith(sentence)


def test_help_explains_the_options(workspace: Workspace) -> None:
    with pytest.raises(SystemExit):
        workspace.flake8("--help")
    shown = workspace.capture.readouterr().out
    assert "--websockets-version VERSION" in shown
    assert "--websockets-factories NAMES" in shown
    assert "--websockets-debug" in shown
