"""Refreshes the table of released versions of websockets from the package index: ``python docs/releases.py``.

The releases are those that pip knows, without pre-releases, from the first with the synchronous client on.
"""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

from flake8_wsthreads.target import RELEASES, parse_release

TABLE = Path(__file__).parent.parent / "flake8_wsthreads" / "target" / "releases.py"
_ROWS = re.compile(r"(?<=^RELEASES: tuple\[str, \.\.\.\] = \(\n).*?(?=^\)  # fmt: skip)", re.MULTILINE | re.DOTALL)
_WIDTH = 116


def released() -> list[str]:
    """The releases that the index has, oldest first. Raises ``CalledProcessError`` where pip cannot ask it."""
    options = ["--disable-pip-version-check", "--ignore-requires-python"]
    command = [sys.executable, "-m", "pip", "index", "versions", "websockets", *options]
    printed = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    found = re.search(r"^Available versions: (.*)$", printed, re.MULTILINE)
    versions = found[1].split(", ") if found is not None else []
    first = parse_release(RELEASES[0])
    return sorted((version for version in versions if parse_release(version) >= first), key=parse_release)


def written(table: str, releases: list[str]) -> str:
    """The text of the module with these releases in its table."""
    lines = [""]
    for release in releases:
        part = f'"{release}",'
        if len(lines[-1]) + len(part) + 1 > _WIDTH:
            lines.append("")
        lines[-1] = f"{lines[-1]} {part}".strip()
    rows = "".join(f"    {line}\n" for line in lines)
    return _ROWS.sub(lambda _: rows, table)


if __name__ == "__main__":
    TABLE.write_text(written(TABLE.read_text(encoding="utf-8"), released()), encoding="utf-8")
