"""Writes the pages of the rules in ``docs/rules/`` from the rules themselves: ``python docs/pages.py``.

Each page shows the rows of ``docs/reality.md`` in which flake8 reports the rule: what the programs did on the releases.
A test compares the pages with the files.
"""

from __future__ import annotations

from pathlib import Path

from flake8_wsthreads.cli.rule import releases
from flake8_wsthreads.rules import RULES
from flake8_wsthreads.rules.rule import Example, Rule

FOLDER = Path(__file__).parent / "rules"
_REALITY = Path(__file__).parent / "reality.md"
_MOST_ROWS = 8


def pages() -> dict[str, str]:
    """The name of each file with its text."""
    reality = _REALITY.read_text(encoding="utf-8").splitlines()
    written = {f"{rule.code}.md": page(rule, reality) for rule in RULES}
    return {"README.md": index(), **written}


def index() -> str:
    """The list of all pages."""
    rows = [f"| [{rule.code}]({rule.code}.md) | {rule.name} | {_escaped(rule.summary)} |\n" for rule in RULES]
    return "".join(["# The rules\n\n", "| code | name | what happens |\n", "|---|---|---|\n", *rows])


def page(rule: Rule, reality: list[str]) -> str:
    """The page of one rule. ``reality`` are the lines of the table of what was seen."""
    default = "" if rule.on_by_default else " Off by default: `extend-select = " + rule.code + "` turns it on."
    parts = [
        f"# {rule.code} {rule.name}",
        f"{_escaped(rule.summary[0].upper() + rule.summary[1:])}.",
        f"Releases of websockets: {releases(rule)}.{default}",
        "## Why",
        _escaped(rule.why.strip()),
        "## What to do",
        _escaped(rule.fix.strip()),
        "## What `--fix` does",
        _escaped(rule.fix_safety.strip()),
        "## Bad",
        *(_example(example) for example in rule.bad),
        "## Good",
        *(_example(example) for example in rule.good),
    ]
    rows = _rows(rule, reality)
    if rows:
        seen = "What programs with this finding did on each release ([all of them](../reality.md))."
        parts += ["## Seen", seen, rows]
    return "\n\n".join(parts) + "\n"


def _example(example: Example) -> str:
    allowed = f" (with `websockets{example.websockets}`)" if example.websockets else ""
    title = f"{example.title[0].upper()}{example.title[1:]}{allowed}:"
    return f"{_escaped(title)}\n\n```python\n{example.source.rstrip()}\n```"


def _rows(rule: Rule, reality: list[str]) -> str:
    """The head of the table and the first rows whose last column has the code."""
    table = [line for line in reality if line.startswith("|")]
    rows = [line for line in table[2:] if rule.code in line.rsplit("|", 2)[1].split()]
    shown = [line.replace("](../tests/", "](../../tests/") for line in rows[:_MOST_ROWS]]
    return "\n".join([*table[:2], *shown]) if rows else ""


def _escaped(text: str) -> str:
    """Outside of code, Markdown would set what stands between two double underscores in bold."""
    parts = text.split("`")
    return "`".join(part if number % 2 else part.replace("__", r"\_\_") for number, part in enumerate(parts))


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    for name, text in pages().items():
        (FOLDER / name).write_text(text, encoding="utf-8")
