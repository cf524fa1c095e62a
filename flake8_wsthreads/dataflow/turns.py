"""Whether a function receives whenever it is called, or only when what others may change says that it is its turn.

``if self.reader is None: return self.ws.recv()`` receives only where no thread does. So a receive that some path of a
called function passes by after such a question is none that runs beside the receives of other threads, as far as the
file tells.
"""

from __future__ import annotations

from flake8_wsthreads.cfg.asked import Test
from flake8_wsthreads.cfg.graph import Graph
from flake8_wsthreads.cfg.instruction import Branch
from flake8_wsthreads.cfg.operand import place_of
from flake8_wsthreads.cfg.place import Place
from flake8_wsthreads.cfg.tracked import Question, subject_of
from flake8_wsthreads.dataflow.value import Environment, in_objects
from flake8_wsthreads.names.scopes import BindingKind


def outside_questions(graph: Graph) -> frozenset[int]:
    """The conditions of a function, but those of loops, that ask what its caller or others may know.

    They ask about a parameter, an attribute, or a variable of another scope. Each by the number of its step.
    """
    return frozenset(
        node.index
        for node, does in graph.steps(Branch)
        if not does.test.in_loop and any(_is_outside(place, graph) for place in _asked(does.test))
    )


def asks_keeper(test: Test, environment: Environment) -> bool:
    """Whether a condition asks about an object that keeps the connection: it may tell whether a thread runs there."""
    asked = {place.whole for place in _asked(test)}
    return any(place.whole in asked for place in in_objects(environment))


def _asked(test: Test) -> set[Place]:
    asked = {place for operand in (test.operand, *test.mentions) if (place := place_of(operand)) is not None}
    subject = subject_of(test.key) if test.key is not None else None
    return asked | subject.mentions if isinstance(subject, Question) and subject.is_steady else asked


def _is_outside(place: Place, graph: Graph) -> bool:
    variable = place.variable
    if variable is None:
        return False
    if place.fields or variable.scope is not graph.scope:
        return True
    return any(binding.kind is BindingKind.PARAMETER for binding in variable.scope.bindings.get(variable.name, ()))
