"""A few seconds of fuzzing in every run of the fast tests; ``python -m tests.robustness.fuzzing`` goes on from here."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

PROGRAMS = 1000


def test_programs_that_nobody_wrote_give_findings_or_silence_whatever_order_sets_have(project: Path) -> None:
    command = [sys.executable, "-m", "tests.robustness.fuzzing", f"--programs={PROGRAMS}"]
    runs = [
        subprocess.Popen(
            command,
            cwd=project,
            env={**os.environ, "PYTHONHASHSEED": seed},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        for seed in ("1", "2")
    ]
    outputs = [run.communicate()[0] for run in runs]
    assert [run.returncode for run in runs] == [0, 0], "\n".join(outputs)
    first, second = (output.splitlines()[-1] for output in outputs)
    assert first == second
    assert first.startswith("digest of the findings: ")
