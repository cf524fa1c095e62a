"""Which ``websockets`` releases a project allows.

``specifier`` is not imported here: it needs packaging, and most runs of flake8 do not need it.
"""

from flake8_wsthreads.target.projects import Projects
from flake8_wsthreads.target.releases import RELEASES, ReleaseRange, parse_release
from flake8_wsthreads.target.target import Origin, Target, TargetError

__all__ = ["RELEASES", "Origin", "Projects", "ReleaseRange", "Target", "TargetError", "parse_release"]
