"""A finding points at the call that opens the connection, in characters, whatever stands before it."""

from __future__ import annotations

import io

import pytest

from flake8_wsthreads.finding import Finding
from tests.door import findings

IMPORT = "from websockets.sync.client import connect\n"

# Each opens one connection that nothing closes, by the text between « and », which are taken out.
PROGRAMS = {
    "nothing before it": "«connect('ws://localhost')»\n",
    "an accented letter": "é = «connect('')»\n",
    "letters outside of Latin": "連接 = «connect('')»\n",
    "an emoji": "text, ws = '🔌🙂', «connect('')»\n",
    "an emoji of several characters": "text, ws = '👩‍👩‍👧', «connect('')»\n",
    "combining characters": "text, ws = 'e\u0301o\u0308', «connect('')»\n",
    "letters from right to left": "text, ws = 'שלום', «connect('')»\n",
    "tabs": "if True:\n\t\tws = «connect('')»\n",
    "a tab after an accent": "text =\t'é';\tws =\t«connect('')»\n",
    "a form feed": "\x0cws = «connect('')»\n",
    "another statement on the line": "größe = 1; ws = «connect('')»\n",
    "accents inside of the call": "ws = «connect('ws://größe', origin='é')»\n",
    "several lines": "ws = «connect(\n    'é',\n    origin='größe',\n)»\n",
    "several lines, the first with an accent": "é = («connect(\n    'ü',\n)»)\n",
    "a line that goes on": "é = \\\n    «connect('')»\n",
    "a string of several lines before it": "text, ws = '''é\nü ''', «connect('')»\n",
    "a decorator": "@größe('é')\ndef öffne():\n    é = «connect('')»\n    é.send('')\n",
    "the argument of a decorator": "@größe('é', «connect('')».recv())\ndef öffne():\n    pass\n",
    "an f-string": "text = f'é{1}'; ws = «connect(f\"ü{text}\")»\n",
    "a method": "class Größe:\n    def run(self):\n        é = «connect('')»\n        é.send('')\n\n\nGröße().run()\n",
}


def between(source: str, found: Finding) -> str:
    """The text of the range that a finding points at."""
    place = found.location
    lines = io.StringIO(source).readlines()[place.line - 1 : place.end_line]
    lines[-1] = lines[-1][: place.end_column]
    lines[0] = lines[0][place.column :]
    return "".join(lines)


@pytest.mark.parametrize("program", PROGRAMS.values(), ids=PROGRAMS.keys())
def test_a_finding_points_at_the_call(program: str) -> None:
    source = IMPORT + program.replace("«", "").replace("»", "")
    call = program[program.index("«") + 1 : program.index("»")]
    found = findings(source)
    assert "WST301" in {finding.code for finding in found}
    assert {between(source, finding) for finding in found} == {call}


@pytest.mark.parametrize("program", PROGRAMS.values(), ids=PROGRAMS.keys())
def test_the_steps_of_a_trace_lie_in_the_file(program: str) -> None:
    source = IMPORT + program.replace("«", "").replace("»", "")
    lines = io.StringIO(source).readlines()
    for finding in findings(source):
        for step in finding.trace:
            place = step.location
            assert 1 <= place.line <= place.end_line <= len(lines)
            assert 0 <= place.column <= len(lines[place.line - 1])
            assert 0 <= place.end_column <= len(lines[place.end_line - 1])
