"""The real files: the standard library with its tests, and what is installed beside the plugin."""

from __future__ import annotations

import sysconfig
import zlib
from collections.abc import Iterator
from pathlib import Path

STANDARD_LIBRARY = Path(sysconfig.get_path("stdlib"))
SITE_PACKAGES = Path(sysconfig.get_path("purelib"))

_INSTALLED = {"site-packages", "dist-packages"}


def standard_library() -> list[Path]:
    """The modules of the standard library, its own tests included where they are installed."""
    paths = STANDARD_LIBRARY.rglob("*.py")
    return sorted(path for path in paths if _INSTALLED.isdisjoint(path.relative_to(STANDARD_LIBRARY).parts))


def site_packages() -> list[Path]:
    """All modules of all packages of the environment that runs the tests."""
    return sorted(SITE_PACKAGES.rglob("*.py"))


def share(paths: list[Path], one_in: int) -> Iterator[Path]:
    """Every so-manieth file, chosen by its name: the same files on each run, whatever else is installed."""
    for path in paths:
        if zlib.crc32(f"{path.parent.name}/{path.name}".encode()) % one_in == 0:
            yield path
