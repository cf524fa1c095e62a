"""The releases of websockets that the laboratory runs, each in a folder of its own."""

from __future__ import annotations

import contextlib
import functools
import os
import re
import shutil
import subprocess
import sys
import sysconfig
import tempfile
import threading
from pathlib import Path

RELEASES: tuple[str, ...] = ("11.0.3", "12.0", "13.0", "13.1", "14.2", "15.0.1", "16.0", "17.4")
_LOCKS = {release: threading.Lock() for release in RELEASES}
CACHE_VARIABLE = "WSTHREADS_RELEASES"
"""The environment variable that names another folder for the releases."""


class NotRun(Exception):
    """This Python cannot run the program on the release, so nothing is known; never taken for an agreement."""


class CannotInstall(NotRun):
    """The release says that it is not for this Python."""


class CannotStartThreads(NotRun):
    """The program connects when its main thread is done, and this Python starts no thread from then on.

    A fault of Python 3.12.0 and 3.12.1 only, mended in 3.12.2: https://github.com/python/cpython/issues/113964.
    """


class LaboratoryError(Exception):
    """Something of the laboratory itself does not work; nothing is known about any program."""


def cache() -> Path:
    """The folder that holds one folder for each Python and release."""
    named = os.environ.get(CACHE_VARIABLE)
    if named:
        return Path(named).absolute()
    user_cache = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(user_cache) / "flake8-wsthreads" / "releases"


def python_name() -> str:
    """This interpreter as a part of a path: compiled releases fit no other one."""
    return f"{sys.implementation.cache_tag}-{sysconfig.get_platform()}"


def folder_of(release: str) -> Path:
    """The folder to put on ``PYTHONPATH`` for a release, installed from the package index when it is not there yet.

    Raises ``CannotInstall`` when the release excludes this Python, ``LaboratoryError`` when pip fails otherwise.
    """
    with _LOCKS[release]:
        answer = _asked_once(release)
    if isinstance(answer, Path):
        return answer
    raise type(answer)(*answer.args)


@functools.cache
def _asked_once(release: str) -> Path | CannotInstall | LaboratoryError:
    """The folder, or why there is none: pip takes seconds for either answer, and hundreds of tests ask."""
    try:
        return installed(release)
    except (CannotInstall, LaboratoryError) as error:
        return error


def installed(release: str) -> Path:
    """The folder as ``folder_of`` describes it, looked up anew."""
    folder = cache() / python_name() / release
    if not folder.is_dir():
        _install(release, folder)
    return folder


def can_install(release: str) -> bool:
    """Whether the release is for this Python. Raises ``LaboratoryError`` when pip fails."""
    try:
        folder_of(release)
    except CannotInstall:
        return False
    return True


def newest_installed() -> str:
    """The newest of the releases that this Python can install."""
    return next(release for release in reversed(RELEASES) if can_install(release))


def _install(release: str, folder: Path) -> None:
    folder.parent.mkdir(parents=True, exist_ok=True)
    # Somebody else may install the same release at this moment: only a complete folder gets the name.
    unfinished = Path(tempfile.mkdtemp(prefix=f".{release}-", dir=folder.parent))
    try:
        _pip_install(release, unfinished)
        with contextlib.suppress(OSError):
            unfinished.rename(folder)
        if not folder.is_dir():
            raise LaboratoryError(f"cannot rename {unfinished} to {folder}")
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)


def _pip_install(release: str, folder: Path) -> None:
    options = ["--quiet", "--disable-pip-version-check", "--no-input", "--no-deps", "--target", str(folder)]
    command = [sys.executable, "-m", "pip", "install", *options, f"websockets=={release}"]
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    result = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if result.returncode == 0:
        return
    if re.search(rf"\b{re.escape(release)} Requires-Python|requires a different Python", result.stderr):
        version = ".".join(map(str, sys.version_info[:2]))
        raise CannotInstall(f"websockets {release} is not for Python {version}: not run")
    raise LaboratoryError(f"pip cannot install websockets {release}:\n{result.stderr}")
