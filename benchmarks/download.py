"""Fetches the packages that are measured."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

LIST = Path(__file__).with_name("packages.txt")
CACHE = Path(__file__).parent.parent / ".benchmarks"
"""Where downloads are kept."""


def packages() -> list[str]:
    """The packages of the list, as ``name==version``."""
    lines = (line.partition("#")[0].strip() for line in LIST.read_text(encoding="utf-8").splitlines())
    return [line for line in lines if line]


def fetch(cache: Path) -> Path:
    """Download and unpack what the cache lacks; return the directory of the sources.

    Raises ``CalledProcessError`` where pip cannot download a package.
    """
    sources = cache / "sources"
    for package in packages():
        target = sources / package.replace("==", "-")
        if target.exists():
            continue
        archives = cache / "archives" / package
        # They are read and never run, so it does not matter for which Python they are.
        options = ["--quiet", "--no-deps", "--ignore-requires-python", "--disable-pip-version-check"]
        command = [sys.executable, "-m", "pip", "download", *options, "--dest", str(archives), package]
        subprocess.run(command, check=True)
        # A download that is interrupted leaves no half of a package in place of the whole.
        partial = target.with_name(f"{target.name}.partial")
        shutil.rmtree(partial, ignore_errors=True)
        for archive in archives.iterdir():
            _unpack(archive, partial)
        partial.rename(target)
    return sources


def _unpack(archive: Path, target: Path) -> None:
    """Unpack the Python files of a wheel or a source archive."""
    if archive.suffix == ".whl":
        with zipfile.ZipFile(archive) as wheel:
            wheel.extractall(target, [name for name in wheel.namelist() if name.endswith(".py")])
    else:
        with tarfile.open(archive) as source:
            source.extractall(target, [entry for entry in source.getmembers() if entry.name.endswith(".py")])
