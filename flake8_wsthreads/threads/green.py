"""Libraries that put their own threads in the place of the interpreter's."""

from __future__ import annotations

from flake8_wsthreads.library import REPLACERS, behaviour_of
from flake8_wsthreads.names.evaluate import Names
from flake8_wsthreads.names.mentions import SourceIndex
from flake8_wsthreads.names.values import Constant


def replaces_threads(names: Names, source: SourceIndex) -> bool:
    """Whether the file has gevent or eventlet replace the threads: ``threading.Thread`` starts none of the kind then.

    Nothing waits for such threads at exit, those of the `websockets` library included.
    """
    for function in sorted({name for package, name in REPLACERS if source.may_import(package)}):
        for reference in source.references(function):
            call = reference.call
            if call is None:
                continue
            if not behaviour_of(names.qualified_name(call.func, reference.scope)).replaces_threads:
                continue
            # patch_all(thread=False)
            kept = (names.evaluate(given.value, reference.scope) for given in call.keywords if given.arg == "thread")
            if Constant(False) not in kept:
                return True
    return False
