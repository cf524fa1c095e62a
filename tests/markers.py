"""Comments in example programs that announce the findings of their line: ``ws = connect(URL)  # WST101 WST301``."""

from __future__ import annotations

import re

_MARKER = re.compile(r"#((?: WST\d{3})+)$")


def marked_lines(source: str) -> list[tuple[int, str]]:
    """The line and the code of each finding that the comments of a program announce, sorted."""
    return [
        (number, code)
        for number, line in enumerate(source.splitlines(), start=1)
        if (marker := _MARKER.search(line))
        for code in sorted(marker[1].split())
    ]
