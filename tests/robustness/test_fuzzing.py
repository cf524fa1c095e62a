"""Fuzzing finds what it is there to find, and modules made from the grammar alone break nothing."""

from __future__ import annotations

import ast

import hypothesmith
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from flake8_wsthreads.names import variables
from flake8_wsthreads.names.scope_tree import ScopeTree
from flake8_wsthreads.names.scopes import Scope

from .fuzzing import generated, look_at, look_at_all, programs
from .mutations import Mutator

SEEDS = range(5_000_000, 5_010_000)


def test_ten_thousand_programs_that_nobody_wrote_give_findings_or_silence() -> None:
    faults = {looked.fault: looked.text for looked in look_at_all(SEEDS, jobs=2) if looked.fault}
    assert not faults, "\n\n".join(f"{fault}\n{text}" for fault, text in faults.items())


@settings(
    max_examples=300,
    deadline=None,
    database=None,
    derandomize=True,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)
@given(text=hypothesmith.from_node(), seed=st.integers(0, 1_000_000))
def test_modules_made_from_the_grammar_with_openings_in_them_give_findings_or_silence(text: str, seed: int) -> None:
    try:
        program = Mutator(seed, programs()).with_openings(ast.parse(text))
    except (SyntaxError, ValueError, RecursionError):
        return
    looked = look_at(program)
    assert looked is None or not looked.fault, f"{looked}"


def test_the_same_seed_gives_the_same_program() -> None:
    assert [generated(seed) for seed in range(100)] == [generated(seed) for seed in range(100)]


def test_programs_differ_and_most_are_analysed() -> None:
    texts = [generated(seed) for seed in range(500)]
    assert len(set(texts)) > 490
    looked = [look_at(text) for text in texts]
    assert sum(each is not None for each in looked) > 450
    assert len({each.digest for each in looked if each is not None}) > 150


def test_a_fault_of_the_kind_that_was_mended_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """Names that no binding of the file shows ended in an exception once."""

    def careless(name: str, scope: Scope, module: Scope) -> Scope | None:
        found = variables.owner_of(name, scope, module)
        declared = any(name in outer.read().global_names for outer in scope.enclosing())
        return module if found is None and declared else found

    monkeypatch.setattr("flake8_wsthreads.names.evaluate.owner_of", careless)
    faults = {looked.fault for looked in look_at_all(range(3000), jobs=1) if looked.fault}
    assert any(fault.startswith("KeyError") for fault in faults)


def test_a_word_on_stderr_is_a_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    read = ScopeTree._read_function

    def loud(tree: ScopeTree, function: Scope) -> None:
        print("here")
        read(tree, function)

    monkeypatch.setattr(ScopeTree, "_read_function", loud)
    program = "from websockets.sync.client import connect\ndef main():\n    ws = connect('')\n    ws.recv()\n"
    looked = look_at(program)
    assert looked is not None
    assert looked.fault.startswith("prints: here")
