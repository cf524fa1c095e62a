"""Rows for what only says something: loggers, which report their own errors and go on, and what prints.

``logging.Handler.handleError`` prints an error of a handler and goes on; Loguru's sinks do so unless they are added
with ``catch=False``. Nobody closes a connection for fear that a line cannot be printed.
"""

from __future__ import annotations

from flake8_wsthreads.library.behaviour import Behaviour, Raises, rows

LOGGER_METHODS = frozenset({"debug", "info", "warning", "warn", "error", "exception", "critical", "fatal"})
_LOGGER = Behaviour(gives_logger=True)
_REPORTS = Behaviour(reports=True)

ROWS: dict[str, Behaviour] = {
    **rows(_LOGGER, ("logging",)),
    **rows(Behaviour(raises=Raises.NEVER, gives_logger=True), ("logging.getLogger",)),
    **rows(
        _REPORTS,
        (
            "traceback.print_exc", "traceback.print_exception", "traceback.print_stack", "traceback.format_exc",
            "sys.stderr.write", "sys.stderr.flush", "sys.stdout.write", "sys.stdout.flush", "warnings.warn",
        ),
    ),
    # Loguru
    **rows(_LOGGER, ("loguru.logger",)),
    **rows(_REPORTS, ("loguru.logger.trace", "loguru.logger.success")),
    # structlog
    **rows(
        Behaviour(raises=Raises.NEVER, gives_logger=True),
        ("structlog.get_logger", "structlog.getLogger", "structlog.stdlib.get_logger"),
    ),
    # Rich
    **rows(
        _REPORTS,
        ("rich.print", "rich.console.Console.print", "rich.console.Console.log", "rich.console.Console.rule"),
    ),
    # Typer and Click
    **rows(_REPORTS, ("typer.echo", "typer.secho", "click.echo", "click.secho")),
    # tqdm
    **rows(_REPORTS, ("tqdm.tqdm.write", "tqdm.write")),
}  # fmt: skip
