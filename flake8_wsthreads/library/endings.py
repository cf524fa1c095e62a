"""Rows for what never returns."""

from __future__ import annotations

from flake8_wsthreads.library.behaviour import Behaviour, Ends, rows

ROWS: dict[str, Behaviour] = {
    **rows(Behaviour(ends=Ends.PROCESS), ("os._exit", "os.abort")),
    **rows(Behaviour(ends=Ends.PROGRAM), ("sys.exit", "builtins.exit", "builtins.quit", "_sitebuiltins.Quitter")),
    **rows(Behaviour(ends=Ends.TEST), ("pytest.skip", "pytest.exit")),
    **rows(Behaviour(ends=Ends.FAILED_TEST), ("pytest.fail",)),
}
