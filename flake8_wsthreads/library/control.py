"""Rows for what decides how often code runs, whether it is to fail, and where a program begins."""

from __future__ import annotations

from flake8_wsthreads.library.behaviour import Behaviour, rows

ROWS: dict[str, Behaviour] = {
    **rows(
        Behaviour(gives_attempts=True), ("tenacity.Retrying", "tenacity.AsyncRetrying", "stamina.retry_context")
    ),
    **rows(Behaviour(expects_error=True), ("pytest.raises", "unittest.TestCase.assertRaises")),
    **rows(
        Behaviour(runs_program=True),
        (
            "threading.Thread", "typer.run", "fire.Fire", "tyro.cli", "absl.app.run", "unittest.main", "anyio.run",
            "trio.run",
        ),
    ),
}  # fmt: skip
