"""Rows for decorators: what they make of a function or class, and which leave its name standing for it."""

from __future__ import annotations

from flake8_wsthreads.library.behaviour import Behaviour, Decorates, rows, united

_KEEP_MEANING: dict[str, Behaviour] = rows(
    Behaviour(keeps_meaning=True),
    (
        "builtins.staticmethod", "builtins.classmethod", "builtins.property", "functools.cached_property",
        "contextlib.contextmanager", "contextlib.asynccontextmanager", "functools.wraps", "functools.lru_cache",
        "functools.cache", "abc.abstractmethod", "typing.override", "typing_extensions.override", "typing.overload",
        "typing.final", "typing.no_type_check", "pytest.fixture", "pytest_asyncio.fixture", "unittest.skip",
        "unittest.skipIf", "unittest.skipUnless", "unittest.mock.patch", "unittest.mock.patch.object",
        "unittest.expectedFailure", "click.command", "click.group", "click.option", "click.argument",
        "click.pass_context", "atexit.register", "dataclasses.dataclass", "warnings.deprecated",
        "typing_extensions.deprecated", "contextlib.ContextDecorator",
        "click.version_option", "click.pass_obj", "click.password_option", "typer.Typer.command",
        "typer.Typer.callback", "tenacity.retry", "backoff.on_exception", "backoff.on_predicate", "retry.retry",
        "retrying.retry", "stamina.retry",
    ),
)  # fmt: skip

ROWS = united(
    _KEEP_MEANING,
    rows(
        Behaviour(decorates=Decorates.CONTEXT_MANAGER),
        ("contextlib.contextmanager", "contextlib.asynccontextmanager"),
    ),
    rows(Behaviour(decorates=Decorates.CACHE), ("functools.cache", "functools.lru_cache")),
    rows(Behaviour(decorates=Decorates.FIXTURE), ("pytest.fixture", "pytest_asyncio.fixture")),
    rows(
        Behaviour(decorates=Decorates.FIELDS),
        (
            "dataclasses.dataclass", "attr.s", "attr.define", "attrs.define", "attr.frozen", "attrs.frozen",
        ),
    ),
    rows(Behaviour(fills_field=True), ("dataclasses.field", "attr.ib", "attr.field", "attrs.field")),
)  # fmt: skip
