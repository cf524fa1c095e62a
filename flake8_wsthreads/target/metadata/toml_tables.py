"""TOML as plain data, and careful ways into it: a file may have anything at any place."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import Any

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

Table = Mapping[str, Any]


def parse(text: str) -> Table:
    """The data of a TOML document; an empty table for what is none."""
    try:
        return tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError):
        return {}


def table(data: object, *keys: str) -> Table:
    """The table under these keys; an empty one where there is none."""
    for key in keys:
        data = data.get(key) if isinstance(data, dict) else None
    return data if isinstance(data, dict) else {}


def texts(value: object) -> list[str]:
    """The texts in an array; none where there is no array."""
    return [part for part in value if isinstance(part, str)] if isinstance(value, list) else []
