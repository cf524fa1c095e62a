"""Rows for decorators that leave the name of a function standing for it: they call it, or note it somewhere."""

from __future__ import annotations

from flake8_wsthreads.library.behaviour import Behaviour, rows

ROWS: dict[str, Behaviour] = rows(
    Behaviour(keeps_meaning=True),
    (
        "builtins.staticmethod", "builtins.classmethod", "builtins.property", "functools.cached_property",
        "contextlib.contextmanager", "contextlib.asynccontextmanager", "functools.wraps", "functools.lru_cache",
        "functools.cache", "abc.abstractmethod", "typing.override", "typing_extensions.override", "typing.overload",
        "typing.final", "typing.no_type_check", "pytest.fixture", "pytest_asyncio.fixture", "unittest.skip",
        "unittest.skipIf", "unittest.skipUnless", "unittest.mock.patch", "unittest.mock.patch.object",
        "unittest.expectedFailure", "click.command", "click.group", "click.option", "click.argument",
        "click.pass_context", "atexit.register", "dataclasses.dataclass", "warnings.deprecated",
        "typing_extensions.deprecated", "functools.singledispatch", "contextlib.ContextDecorator",
        "click.version_option", "click.pass_obj", "click.password_option", "typer.Typer.command",
        "typer.Typer.callback", "tenacity.retry", "backoff.on_exception", "backoff.on_predicate", "retry.retry",
        "retrying.retry", "stamina.retry",
    ),
)  # fmt: skip
