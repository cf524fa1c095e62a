"""``await asyncio.to_thread(connect, url)``: a worker opens the connection, and who waits for the result gets it."""

from __future__ import annotations

import ast

from flake8_wsthreads.cfg.builder import Builder
from flake8_wsthreads.cfg.instruction import Arguments, Open
from flake8_wsthreads.cfg.lowering import lower, lower_all
from flake8_wsthreads.cfg.operand import Operand
from flake8_wsthreads.cfg.own_calls import emit_call
from flake8_wsthreads.facts import Spawner
from flake8_wsthreads.names.values import Function
from flake8_wsthreads.names.websockets import is_opener
from flake8_wsthreads.threads.starts import recognise


def opened_by_worker(builder: Builder, call: ast.expr) -> Operand | None:
    """The connection that a worker of a pool opens and that the caller waits for; None for every other call.

    ``pool.submit(connect, url)`` where ``.result()`` follows at once, ``loop.run_in_executor(None, connect, url)``
    where ``await`` stands before it.
    """
    start = recognise(builder.names, call, builder.scope) if isinstance(call, ast.Call) else None
    if start is None or start.spawner is not Spawner.POOL or start.target is None or start.each or start.spread:
        return None
    target = builder.temporary()
    keywords = [ast.keyword(name, value) for name, value in start.keywords]
    if is_opener(builder.names, start.target, keywords, builder.scope, builder.factories):
        lower_all(builder, [*start.arguments, *(value for _, value in start.keywords)])
        builder.raises(start.call)
        builder.emit(Open(target, start=start), start.call)
        return target
    value = builder.names.evaluate(start.target, builder.scope)
    if not isinstance(value, Function) or not builder.rest.may_return_connection(value.scope):
        return None
    receiver = lower(builder, start.target.value) if isinstance(start.target, ast.Attribute) else None
    arguments = Arguments(
        lower_all(builder, list(start.arguments)), tuple((name, lower(builder, part)) for name, part in start.keywords)
    )
    builder.raises(start.call)
    by_object = receiver if value.receiver is not None else None
    emit_call(builder, start.call, value.scope, by_object, arguments, target, start)
    return target
