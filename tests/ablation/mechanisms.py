"""What can be switched off: each mechanism by its name, with what stands in for it."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from unittest import mock

from flake8_wsthreads.cfg.operand import UNKNOWN, Operand, ValueKind
from flake8_wsthreads.cfg.raised import ANY_EXCEPTION
from flake8_wsthreads.cfg.tracked import Tracked
from flake8_wsthreads.dataflow import comparisons, transfer_connection, transfer_threads, value
from flake8_wsthreads.dataflow.interpreter import Interpreter
from flake8_wsthreads.dataflow.summaries import _ANYTHING
from flake8_wsthreads.dataflow.summary import Summary
from flake8_wsthreads.dataflow.value import AbstractValue, Environment
from flake8_wsthreads.names import wrappers
from flake8_wsthreads.ownership.block_obstacles import NO_OBSTACLES
from flake8_wsthreads.ownership.late_closes import Finalizer
from flake8_wsthreads.threads.daemon_flags import DaemonFlag

Off = Callable[[], AbstractContextManager[object]]
"""Switches a mechanism off, as long as its block runs."""
_ROOT = "flake8_wsthreads."
_ANY_NUMBER = comparisons._Range(comparisons._NO_LEAST, comparisons._NO_MOST, frozenset(), is_whole=True, is_told=False)
_SIBLINGS = frozenset({ValueKind.SIBLING, ValueKind.ONE_SIBLING, ValueKind.SIBLINGS})


def without(*places: str, instead: object) -> Off:
    """Something else in these places, dotted names below the package."""

    def off() -> AbstractContextManager[object]:
        stack = contextlib.ExitStack()
        for place in places:
            stack.enter_context(mock.patch(_ROOT + place, instead))
        return stack

    return off


def gives(value: object) -> Callable[..., object]:
    """A function that gives this, whatever it is asked."""
    return lambda *_arguments, **_options: value


def binding(change: Callable[[AbstractValue], AbstractValue]) -> Off:
    """What variables are bound to is changed on the way."""
    bound = Interpreter.bound

    def changed(
        self: Interpreter, environment: Environment, place: Tracked | None, value: AbstractValue
    ) -> Environment:
        return bound(self, environment, place, change(value))

    return lambda: mock.patch.object(Interpreter, "bound", changed)


@contextlib.contextmanager
def _nothing_raises_somehow(*_: object) -> Iterator[None]:
    yield


def _told(_exploration: object, current: object, _function: str = "") -> object:
    return current


def _unpacked() -> AbstractContextManager[object]:
    """A literal tuple or list is a container of unknown elements."""
    packed = value._packed

    def changed(items: tuple[Operand, ...], keys: tuple[str, ...], environment: Environment) -> AbstractValue:
        made = packed(items, keys, environment)
        return value.PackedAt(made.position, made.length) if isinstance(made, value.PackedAt) else made

    return mock.patch.object(value, "_packed", changed)


MECHANISMS: dict[str, Off] = {
    "threads on other objects": without(
        "dataflow.left_on_objects.LeftOnObjects.from_calls_on", instead=gives(Summary())
    ),
    "objects with threads under way": without("ownership.concurrent_receives._after_calls", instead=gives(())),
    "constructors that call their base class": without(
        "ownership.concurrent_receives.overriding_constructors", "ownership.objects.overriding_constructors",
        instead=gives([]),
    ),
    "objects that keep a connection": without("analysis.objects_keeping", instead=gives(())),
    "exit stacks of objects": without("dataflow.opening_sites.OpeningSites.onto_stack", instead=gives(Summary())),
    "objects of modules that others import": without("ownership.objects._keeps_to_itself", instead=gives(True)),
    "functions that return objects": without("ownership.objects._calls_of_factory", instead=gives(())),
    "objects in variables of the same name": without("ownership.object_mentions._is_another", instead=gives(False)),
    "objects that let others know them": without("ownership.objects.own_object_escapes", instead=gives(False)),
    "objects found among the variables": without("ownership.objects._LOOKING_AROUND", instead=()),
    "classes that make no new object": without("ownership.keeping_classes._is_no_plain_class", instead=gives(False)),
    "objects that close themselves": without("ownership.keeping_classes._closes_by_itself", instead=gives(False)),
    "methods that may open none": without("ownership.objects._always_comes_to", instead=gives(True)),
    "methods of the object's own class": without("ownership.objects._runs_other_methods", instead=gives(False)),
    "objects that are asked": without("ownership.objects._asks_state", instead=gives(False)),
    "what goes wrong in a close": without("ownership.objects._closing", instead=gives(())),
    "fields of an object of one's own": without("dataflow.left_on_objects._fields_of", instead=gives(())),
    "methods of a subclass": without(
        "dataflow.dispatch.Dispatch.redefines", instead=gives(False)
    ),
    "the end of threads": without(
        "dataflow.transfer_calls.threads_may_have_ended", instead=lambda _interpreter, current: current
    ),
    "objects that others get": without(
        "dataflow.transfer_calls.let_others_end_threads", "dataflow.transfer_connection.let_others_end_threads",
        instead=lambda _interpreter, _given, current: current,
    ),
    "whose turn it is": without("dataflow.summaries.outside_questions", instead=gives(frozenset())),
    "conditions about the object": without("dataflow.transfer_conditions.asks_keeper", instead=gives(False)),
    "managers that return themselves": without("cfg.with_blocks._returns_itself", instead=gives(False)),
    "which thread is started": without(
        "dataflow.transfer_connection.started",
        instead=lambda interpreter, current, _thread: transfer_threads.started(interpreter, current, None),
    ),
    "closers that are handed on": without("ownership.opened.used_and_closed_later", instead=gives(None)),
    "what no block allows": without("ownership.opened.block_obstacles", instead=gives(NO_OBSTACLES)),
    "tests that replace the opener": without("ownership.opened.replaces_opener", instead=gives(False)),
    "other names of ConnectionClosed": without("dataflow.transfer_control.may_tell_of_close", instead=gives(False)),
    "exceptions of the file's own": without("cfg.graphs.FunctionGraphs.is_own", instead=gives(False)),
    "exceptions that are asked about": without(
        "dataflow.transfer_conditions.may_be_closed_error", instead=gives(False)
    ),
    "classes of exceptions that say nothing": without("cfg.guards._asks_for_other_classes", instead=gives(False)),
    "loops in which more than a receive waits": without("cfg.loop_signals._spoils", instead=gives(False)),
    "flags that a function makes itself": without("cfg.loop_signals._is_from_outside", instead=gives(True)),
    "turns that do not receive": without(
        "cfg.graphs.on_every_path", instead=lambda graph, first, last, inside=None: range(len(graph.nodes))
    ),
    "loops that open a connection at each turn": without(
        "cfg.graphs.FunctionGraphs._openings", instead=lambda self, graph: frozenset()
    ),
    "one connection for each call of a pool": without("dataflow.transfer_threads._gets_one_each", instead=gives(False)),
    "threads that tell themselves to stop": without("ownership.unseen_stops._sets_by_itself", instead=gives(False)),
    "what is said before a join": without("ownership.unseen_stops._says_something", instead=gives(False)),
    "exceptions that are asked for": without("cfg.guards.is_for_closed", instead=gives(False)),
    "results that tell of a close": without(
        "dataflow.transfer_calls._told_by_result", instead=lambda _interpreter, _does, state, _effect: [state]
    ),
    "what tells whether it is open": without(
        "dataflow.value.is_state", "dataflow.transfer_conditions.is_state", instead=gives(False)
    ),
    "objects in lists": without(
        "threads.starts.element_named", "threads.edges.element_named", instead=gives(None)
    ),
    "green threads": without("threads.contexts.replaces_threads", instead=gives(False)),
    "signals to stop": without(
        "dataflow.transfer_control.told_to_stop", "dataflow.transfer_connection.told_to_stop", instead=_told
    ),
    "errors that nobody hears": without("cfg.loops.quiet_errors", "cfg.try_blocks.quiet_errors", instead=gives(())),
    "raising somehow": without("cfg.builder.Builder.raising_somehow", instead=_nothing_raises_somehow),
    "blocks that expect an exception": without("cfg.managers._expects_exception", instead=gives(False)),
    "suppressed errors": without("cfg.with_blocks.suppressed", instead=gives(())),
    "what may be a lock": without("cfg.locks._may_be_lock", instead=gives(False)),
    "managers of the file that hold locks": without("cfg.locks._takes_lock", instead=gives(False)),
    "locks by name": without("cfg.locks._is_named_lock", instead=gives(False)),
    "held locks": without("cfg.with_blocks.holds_lock", instead=gives(False)),
    "safe constructions": without("cfg.own_calls._constructed_safely", instead=gives(False)),
    "partial applications": without("cfg.calls.bound_arguments", instead=gives(None)),
    "functions that never return": without("cfg.calls.never_returns", instead=gives(False)),
    "functions that may end loops": without("cfg.loop_ends.may_end_loops", instead=gives(False)),
    "errors that stay in a loop": without("cfg.loop_ends._is_caught", instead=gives(False)),
    "loops that only the peer ends": without("cfg.loop_ends.is_for_closed", instead=gives(False)),
    "effects without a function": without("dataflow.summaries.Summaries.without", instead=gives(_ANYTHING)),
    "classes that inherit from object": without(
        "names.classes.Classes.inherits_from_object", instead=gives(False)
    ),
    "constructors that call": without("ownership.opened._constructors_calling", instead=gives([])),
    "rounds of recursion": without("dataflow.fixpoint._MOST_TIMES", instead=1),
    "siblings": binding(lambda value: ValueKind.UNKNOWN if value in _SIBLINGS else value),
    "one sibling": binding(lambda value: ValueKind.SIBLINGS if value is ValueKind.ONE_SIBLING else value),
    "literal containers": _unpacked,
    "as many numbers as elements": without("cfg.library_calls._counted", instead=gives(None)),
    "conditions on which something is bound": without("names.inputs.Inputs._conditions_of", instead=gives([])),
    "functions that only give something": without("names.inputs.Inputs._returned_by", instead=gives(None)),
    "what a path knows otherwise": without(
        "dataflow.doubts.Doubts.by_what_is_known", instead=gives((False, False))
    ),
    "what tells of a container": without("dataflow.doubts.Doubts._is_told_by", instead=gives(False)),
    "keys of methods": without("cfg.calls._key", instead=gives(None)),
    "errors of an opening": lambda: mock.patch.object(transfer_connection, "OPENING_ERROR", ANY_EXCEPTION),
    "exceptions below one that is raised again": without("cfg.raised._may_be_below", instead=gives(False)),
    "other names of exceptions": without("cfg.exceptions.ALIASES", instead={}),
    "an older connection that was closed": without(
        "dataflow.opening_sites.before_opening", instead=lambda raised: raised
    ),
    "finalizers": without(
        "ownership.opened.finalizer", "ownership.owner_facts.finalizer", instead=gives(Finalizer.LEFT_ALONE)
    ),
    "attributes read by name": without("ownership.owner_facts._reads_attributes_by_name", instead=gives(False)),
    "attributes bound again": without("ownership.owner_facts._is_bound_again", instead=gives(False)),
    "what is local to a thread": without("ownership.opened.is_thread_local", instead=gives(False)),
    "what no other thread reaches": without("ownership.opened.out_of_reach", instead=gives(False)),
    "pools of one worker": without("threads.starts.has_one_worker", instead=gives(False)),
    "initializers of workers": without("threads.references.initializer_of_workers", instead=gives(None)),
    "flags that functions give": without(
        "threads.daemon_flags.DaemonFlags._given_by", instead=gives(DaemonFlag.INHERITED)
    ),
    "writes of the daemon flag": without("threads.daemon_flags.flag_writes", instead=gives([])),
    "closes that no path reaches": without("ownership.opened._first_closes", instead=gives({})),
    "functions off the main thread": without("threads.contexts.Contexts.off_main", instead=gives(False)),
    "methods that do not raise": without("cfg.calls.METHOD_NAMES", instead=frozenset()),
    "special methods that do not raise": without(
        "cfg.expressions.never_fails", "cfg.library_calls.never_fails", "cfg.targets.never_fails", instead=gives(False)
    ),
    "containers that are gone through": without(
        "cfg.library_calls.iterates_quietly", "cfg.targets.iterates_quietly",
        instead=gives(False),
    ),
    "tuples of a known length": without(
        "cfg.expressions.length_of", "cfg.targets.length_of", instead=gives(0)
    ),
    "numbers up to a length": without("cfg.library_calls._turns_of", instead=gives(None)),
    "the class of a literal": without(
        "names.evaluate.of_class", "names.plain_values.of_class", instead=lambda value: value
    ),
    "declarations without a value": without("names.variables._binds_nothing", instead=gives(False)),
    "what is computed of numbers": without("cfg.safe_calls.is_number", instead=gives(False)),
    "what is made of texts and numbers": without("cfg.safe_calls.is_literal", instead=gives(False)),
    "connections that failed": without(
        "dataflow.transfer_connection.is_end_of_connection", instead=gives(False)
    ),
    "containers that others know": without("dataflow.transfer_connection.is_of_this_file", instead=gives(True)),
    "methods of local classes": without("dataflow.transfer_calls.methods_take", instead=gives(False)),
    "attributes of the same name": without(
        "ownership.owners.Owners._rebinds",
        instead=lambda owners, graph, place, owner: owners._matches(graph, place, owner),
    ),
    "what an exception carries": without("cfg.statements._is_carried", instead=gives(False)),
    "loops that close their connection": without(
        "cfg.loop_ends.LoopEnds._closes_its_connection", instead=gives(False)
    ),
    "functions that close for a loop": without("cfg.loop_ends.LoopEnds._may_close", instead=gives(False)),
    "equal comparisons": without("cfg.comparisons.equality", "cfg.statements.equality", instead=gives(None)),
    "literals that nobody asks about again": without("dataflow.liveness.truth", instead=gives(None)),
    "one of several literals": without("cfg.conditions.spelled_out", instead=lambda builder, node: node),
    "the order of numbers": without("dataflow.comparisons._range", instead=gives(_ANY_NUMBER)),
    "what comparisons tell of the truth": without(
        "dataflow.transfer_conditions.told", instead=gives(ValueKind.UNKNOWN)
    ),
    "objects that others know": without("dataflow.summaries.steps_sharing_object", instead=gives(frozenset())),
    "objects lost by their constructor": without(
        "dataflow.transfer_calls._is_lost_when_it_fails", instead=gives(False)
    ),
    "statements of many alternatives": without("cfg.builder._MOST_ALTERNATIVES", instead=100),
    "answers that are asked for once": without("cfg.build._asked_once", instead=gives(())),
    "one answer under two names": without("cfg.build._copies", instead=gives(frozenset())),
    "questions that the file does not answer": without("cfg.conditions.uncertain_question", instead=gives(None)),
    "conditions that hang together": without(
        "dataflow.transfer_conditions._unless_doubted", instead=lambda interpreter, node, true, false: (true, false)
    ),
    "what is computed from literals": without("names.inputs.Inputs.of", instead=gives(frozenset({"untold"}))),
    "each turn opens one": without("dataflow.doubts.Doubts._is_each_turn", instead=gives(False)),
    "what depends on a condition": without("dataflow.doubts.Doubts._decides", instead=gives(True)),
    "where something is found": without("dataflow.transfer_connection._finds_something", instead=gives(False)),
    "comparisons as values": without("cfg.expressions.answer", instead=gives(UNKNOWN)),
    "flags that others change": without("cfg.conditions._others_may_change", instead=gives(False)),
    "flags that callbacks set": without(
        "dataflow.forgetting.changed_at_any_time",
        "dataflow.transfer_threads.changed_at_any_time",
        instead=lambda interpreter, functions, state: state,
    ),
    "attributes that others may bind": without(
        "dataflow.transfer_calls.if_others_changed", "dataflow.transfer_connection.if_others_changed", instead=gives([])
    ),
    "what a callee changes": without(
        "dataflow.transfer_calls.after_call", instead=lambda interpreter, does, state: state
    ),
    "what a callee leaves as it is": without(
        "names.changes.Changes.changes_attribute", instead=gives(True)
    ),
    "methods called by names that are made up": without(
        "names.changes.Changes._calls_by_name", instead=gives(False)
    ),
    "texts and numbers as arguments": without("dataflow.reach._told_by_literals", instead=gives(())),
    "lists that others know": without(
        "dataflow.interpreter.Interpreter.shared", instead=lambda interpreter, operands, state: state
    ),
    "lists with one thing more": without("dataflow.transfer_containers.FILLING", instead=frozenset()),
    "lengths and truth": without("cfg.comparisons._counted", instead=gives(None)),
    "interruptions": without("dataflow.transfer_control._interrupted", instead=gives([])),
    "private openers": without("ownership.owner_facts._is_for_this_file", instead=gives(False)),
    "other names of what an attribute holds": without(
        "dataflow.flow_insensitive.FlowInsensitive._moved", instead=gives(())
    ),
    "what is no way to close": without(
        "ownership.owners.is_way_to_close", "ownership.place_events.is_way_to_close", instead=value.holds
    ),
    "decorators that do more": without("names.wrappers._passes_on", instead=wrappers._returns_result),
    "decorated methods that close": without("ownership.keeping_classes._is_called_by_name", instead=gives(True)),
    "functions run by their wrapper": without("threads.edges.calls_its_function", instead=wrappers.is_plain_wrapper),
    "decorators that only wrap": without("cfg.statements.calls_its_function", instead=gives(False)),
    "managers of the file that swallow errors": without("cfg.swallowing._may_return_true", instead=gives(False)),
    "states that are no connection's": without("cfg.guards._is_state_of_file", instead=gives(False)),
    "connections or None": without("cfg.build.optional_connections", instead=gives(frozenset())),
    "suppressors on exit stacks": without("cfg.with_blocks.swallowed_by_stack", instead=gives(())),
    "variables that stand for something": without(
        "cfg.exceptions.bound_once",
        "cfg.swallowing.bound_once",
        instead=lambda _names, node, scope: (node, scope),
    ),
    "generators that swallow errors as managers": without("cfg.swallowing._swallowed_by_generator", instead=gives(())),
    "decorators that swallow errors": without("cfg.calls.keeps_errors", instead=gives(False)),
    "methods that fail before they bind": without("names.changes.Changes.binds_last", instead=gives(False)),
    "functions that fail before they fill": without("names.changes.Changes.fills_last", instead=gives(False)),
    "returns that fail": without("names.changes._only_returns", instead=gives(True)),
    "what a method always binds last": without("cfg.calls.note_bound_by", instead=gives(None)),
    "generators of the file": without(
        "cfg.targets.run_for_each", "cfg.expressions.run_for_each", "cfg.mapped_calls.run_for_each", instead=gives(None)
    ),
    "how many elements a generator gives": without(
        "dataflow.transfer_control.MOST_COUNTED", "dataflow.transfer_containers.MOST_COUNTED", instead=0
    ),
    "objects that keep it by an error alone": without("ownership.opened._keeps_it_by_an_error", instead=gives(False)),
    "methods that may be overridden": without(
        "names.overriding.may_be_another",
        "cfg.calls.may_be_another",
        "cfg.run_for_each.may_be_another",
        "cfg.expressions.may_be_another",
        instead=gives(False),
    ),
    "objects that are made here": without("names.overriding._is_made", instead=gives(False)),
    "methods that subclasses have to define": without("names.overriding._is_abstract", instead=gives(False)),
    "objects of the file that are called": without("cfg.calls._called_object", instead=gives(None)),
    "methods that Python calls": without("threads.edges._is_run_by_syntax", instead=gives(False)),
    "functions that are found by name": without(
        "threads.unmentioned.Unmentioned.is_found_by_name", instead=gives(False)
    ),
    "objects whose methods others may call": without(
        "threads.unmentioned.Unmentioned.is_handed_on", instead=gives(False)
    ),
    "properties with decorators that do more": without("cfg.expressions._is_itself", instead=gives(True)),
    "classes that are related": without("ownership.owners.Owners._related", instead=lambda _, one, other: one is other),
}
