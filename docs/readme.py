"""Writes the parts of README.md that come from the rules and from flake8: ``python docs/readme.py``.

They are the table of rules, and what flake8 prints for the example programs. A test compares them with the file.
"""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
from pathlib import Path

from flake8_wsthreads.cli.rule import releases
from flake8_wsthreads.rules import RULES
from flake8_wsthreads.rules.rule import Rule

README = Path(__file__).parent.parent / "README.md"
TABLE = re.compile(r"(?<=<!-- rules:begin -->\n).*?(?=<!-- rules:end -->)", re.DOTALL)
PROGRAM = re.compile(r"```python\n(# (\w+\.py)\n.*?)```", re.DOTALL)
OUTPUT = re.compile(r"(?<=```console\n)\$ (flake8 --select=WST (\w+\.py))\n.*?(?=```)", re.DOTALL)


def written(readme: str) -> str:
    """The text of the README with every part in it that is not written by hand."""
    programs = {name: program for program, name in PROGRAM.findall(readme)}
    readme = TABLE.sub(lambda _: rules_table(), readme)
    return OUTPUT.sub(lambda block: f"$ {block[1]}\n{flake8_output(block[2], programs[block[2]])}", readme)


def rules_table() -> str:
    """The table of all rules, as Markdown."""
    rows = [
        f"| [{rule.code}](docs/rules/{rule.code}.md) | {rule.name} | {rule.summary} | {_releases(rule)} |\n"
        for rule in RULES
    ]
    table = "".join(["| code | name | what happens | releases |\n", "|---|---|---|---|\n", *rows])
    # Markdown would set what stands between two double underscores in bold.
    return table.replace("__", r"\_\_")


def _releases(rule: Rule) -> str:
    return releases(rule) if rule.on_by_default else f"{releases(rule)}, off by default"


def flake8_output(name: str, program: str) -> str:
    """What ``flake8 --select=WST`` prints for a program, in an empty directory."""
    with tempfile.TemporaryDirectory() as directory:
        Path(directory, name).write_text(program, encoding="utf-8")
        command = [sys.executable, "-m", "flake8", "--isolated", "--select=WST", name]
        return subprocess.run(command, cwd=directory, check=False, capture_output=True, text=True).stdout


if __name__ == "__main__":
    README.write_text(written(README.read_text(encoding="utf-8")), encoding="utf-8")
