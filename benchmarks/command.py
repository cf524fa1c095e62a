"""Measures the command ``check`` beside what it is to keep pace with: ``python -m benchmarks.command [TREE]``.

On a tree that does not use websockets (the standard library, if no other is named) beside ruff with one rule, and
beside a bare loop that reads every file; on the sources of the field study that name websockets, beside flake8.
Prints the median of several runs in seconds, each command in turn.
"""

from __future__ import annotations

import shutil
import statistics
import subprocess
import sys
import sysconfig
import tempfile
import time
from pathlib import Path

from benchmarks.download import CACHE, fetch

_RUNS = 7
_LOOP = """\
import os, sys
for folder, folders, names in os.walk(sys.argv[1]):
    for name in names:
        if name.endswith(".py"):
            with open(os.path.join(folder, name), "rb") as file:
                file.read()
"""


def medians(commands: dict[str, list[str]], directory: Path) -> dict[str, float]:
    """The median time of each command, one run of each after the other, so that a busy machine slows all alike."""
    times: dict[str, list[float]] = {name: [] for name in commands}
    for _ in range(_RUNS):
        for name, command in commands.items():
            start = time.perf_counter()
            subprocess.run(command, cwd=directory, capture_output=True, check=False)
            times[name].append(time.perf_counter() - start)
    return {name: statistics.median(taken) for name, taken in times.items()}


def without_websockets(tree: Path, directory: Path) -> Path:
    """A copy of the Python files of a tree that do not name websockets."""
    for file in tree.rglob("*.py"):
        if "site-packages" not in file.parts and b"websockets" not in file.read_bytes():
            copy = directory / file.relative_to(tree)
            copy.parent.mkdir(parents=True, exist_ok=True)
            copy.write_bytes(file.read_bytes())
    return directory


def with_websockets(directory: Path) -> Path:
    """A copy of the sources of the field study that name it."""
    sources = fetch(CACHE)
    for file in sources.rglob("*.py"):
        if b"websockets" in file.read_bytes():
            copy = directory / file.relative_to(sources)
            copy.parent.mkdir(parents=True, exist_ok=True)
            copy.write_bytes(file.read_bytes())
    return directory


def main() -> None:
    """Print both tables."""
    tree = Path(sys.argv[1] if len(sys.argv) > 1 else sysconfig.get_paths()["stdlib"])
    check = [sys.executable, "-m", "flake8_wsthreads", "check", "--output-format=concise", "."]
    flake8 = [sys.executable, "-m", "flake8", "--isolated", "--select=WST", "."]
    ruff = shutil.which("ruff")
    with tempfile.TemporaryDirectory() as plain, tempfile.TemporaryDirectory() as using:
        commands = {"check": check, "a loop that reads": [sys.executable, "-c", _LOOP, "."]}
        if ruff is not None:
            commands["ruff, one rule"] = [ruff, "check", "--no-cache", "--isolated", "--select", "SIM115", "."]
        for title, directory, chosen in (
            ("a tree without websockets", without_websockets(tree, Path(plain)), commands),
            ("a tree with websockets", with_websockets(Path(using)), {"check": check, "flake8": flake8}),
        ):
            files = sum(1 for _ in directory.rglob("*.py"))
            print(f"{title}: {files} files")
            for name, taken in medians(chosen, directory).items():
                print(f"  {taken:7.3f} s  {name}")


if __name__ == "__main__":
    main()
