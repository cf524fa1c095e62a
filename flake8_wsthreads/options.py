"""From flake8's options to the settings of a run, or one clear sentence about the value that cannot be used.

flake8 itself checks what stands on its command line. What a configuration hands over can be of any type: the plugin
Flake8-pyproject passes on what TOML has.
"""

from __future__ import annotations

import unicodedata
from argparse import Namespace

from flake8.exceptions import ExecutionError

from flake8_wsthreads.check import OnFailure, Settings
from flake8_wsthreads.target import Projects, Target, TargetError

OPT_IN = "WST9"
"""What the codes of the rules that are off by default begin with."""


ANY = "any"
"""The value of ``websockets-version`` that allows every release, whatever the project says."""


def read_settings(options: Namespace, projects: Projects | None = None) -> Settings:
    """The settings in flake8's options. Raises ``ExecutionError`` for a value that cannot be used.

    ``projects`` is asked for the releases that a file's project allows where the user does not name any.
    """
    stated = _target(options.websockets_version)
    return Settings(
        stated or Target(),
        _factories(options.websockets_factories),
        _opt_in(options),
        OnFailure.SHOW if options.websockets_debug else OnFailure.GO_ON,
        projects if stated is None else None,
    )


def _target(value: object) -> Target | None:
    """The releases that the user names; None where the option is not set."""
    option = "option websockets-version"
    if isinstance(value, list) and all(isinstance(part, str) for part in value):
        value = ",".join(value)
    if not isinstance(value, str):
        raise ExecutionError(f'{option}: {value!r} is neither a text such as ">=13.0,<16" nor a list of texts')
    if not value.strip():
        return None
    if value.strip().lower() == ANY:
        return Target()
    # Imported here, so that flake8 starts without packaging when the option is not set.
    from flake8_wsthreads.target.specifier import read_specifier

    try:
        return read_specifier(value)
    except TargetError as error:
        raise ExecutionError(f"{option}: {error}") from None


def _factories(value: object) -> frozenset[str]:
    option = "option websockets-factories"
    if isinstance(value, str):
        value = [value] if value else []
    if not isinstance(value, list):
        raise ExecutionError(f"{option}: {value!r} is not a list of qualified names")
    return frozenset(_qualified_name(option, name) for name in value)


def _qualified_name(option: str, name: object) -> str:
    # Python reads names in this form: the syntax tree has no other.
    text = unicodedata.normalize("NFKC", name) if isinstance(name, str) else ""
    module, _, function = text.rpartition(".")
    if not (module and all(part.isidentifier() for part in (*module.split("."), function))):
        raise ExecutionError(f"{option}: {name!r} is not a qualified name such as mypackage.feeds.open_feed")
    return text


def _opt_in(options: Namespace) -> frozenset[str]:
    """The codes of opt-in rules that the user names in ``select`` or ``extend-select``.

    A code that covers other rules as well, ``WST`` or ``W``, turns none of them on.
    """
    named = [*(options.select or ()), *(options.extend_select or ())]
    return frozenset(code for code in named if isinstance(code, str) and code.startswith(OPT_IN))
