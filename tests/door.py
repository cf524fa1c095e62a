"""How the tests come to the analysis: through the door that every front end uses, with the crash net off."""

from __future__ import annotations

import ast
import io
from dataclasses import replace

from flake8_wsthreads.check import OnFailure, Settings, check_file
from flake8_wsthreads.finding import Finding

DEFAULT_RULES = Settings(on_failure=OnFailure.RAISE)
ALL_RULES = replace(DEFAULT_RULES, opt_in=frozenset({"WST9"}))


def findings(source: str, settings: Settings = ALL_RULES) -> list[Finding]:
    """The findings in a program: of all rules, the opt-in ones included, on every release, unless told otherwise."""
    return check_file(ast.parse(source), io.StringIO(source).readlines(), settings)
