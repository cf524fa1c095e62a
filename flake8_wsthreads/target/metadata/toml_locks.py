"""Lock files in TOML: uv.lock, poetry.lock, pdm.lock, pylock.toml (PEP 751).

They are big, and each writes the name and then the version of a package on lines of their own. So they are searched,
not parsed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from flake8_wsthreads.target.metadata.text_file import TextFile
from flake8_wsthreads.target.statement import Stated

_PACKAGE = re.compile(
    r"""^[ \t]*name[ \t]*=[ \t]*["']websockets["'][ \t]*\n"""
    r"""(?:(?![ \t]*\[\[)[^\n]*\n)*?"""
    r"""[ \t]*version[ \t]*=[ \t]*["']([^"'\n]+)["']""",
    re.MULTILINE | re.IGNORECASE,
)


def read(file: TextFile) -> Iterator[Stated]:
    """The versions that are locked: one, or one for each kind of machine."""
    for found in _PACKAGE.finditer(file.text):
        version = found[1]
        place = file.location_of(found.start(1), found.end(1))
        yield Stated(version, f"=={version}", place, pinned=True)
