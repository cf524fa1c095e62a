"""What names a finding from run to run, and its file, in reports for other machines."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from urllib.parse import quote

from flake8_wsthreads.cli.report import Reported


def relative_path(path: str) -> str:
    """The path from the working directory with plain slashes; an absolute one where the file stands elsewhere."""
    relative = os.path.relpath(path) if os.path.isabs(path) else os.path.normpath(path)
    return path if relative.startswith("..") else relative.replace(os.sep, "/")


def uri_of(path: str) -> str:
    """The same as a URI."""
    relative = relative_path(path)
    return Path(relative).as_uri() if os.path.isabs(relative) else quote(os.fsencode(relative))


def fingerprint(reported: Reported, seen: dict[str, int]) -> str:
    """The same for a finding as long as its line stays as it is, wherever the line moves.

    ``seen`` counts the equal ones of a report: each has a fingerprint of its own.
    """
    line = reported.lines[reported.row - 1].strip() if 0 < reported.row <= len(reported.lines) else ""
    text = f"{relative_path(reported.path)}\0{reported.finding.code}\0{line}"
    seen[text] = seen.get(text, 0) + 1
    return hashlib.sha256(f"{text}\0{seen[text]}".encode(errors="surrogateescape")).hexdigest()
