"""What one process took, measured from its start to its end."""

from __future__ import annotations

import compileall
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace

from merge.errors import ExitCode
from tests.house import ROOT

HEAD = f"{'':34}{'n':>9}{'CPU s':>9}{'wall s':>9}{'ms each':>10}{'per CPU s':>11}{'peak MB':>9}"


@dataclass(frozen=True, kw_only=True)
class Cost:
    """What one process took. `n` is how many things it made."""

    step: str
    n: int
    cpu_s: float
    wall_s: float
    memory_mb: float

    def line(self) -> str:
        each_ms = 1000 * self.cpu_s / self.n
        return (
            f"{self.step:34}{self.n:9,}{self.cpu_s:9.2f}{self.wall_s:9.2f}"
            f"{each_ms:10.3f}{self.n / self.cpu_s:11,.0f}{self.memory_mb:9.0f}"
        )


def cost(step: str, n: int, command: list[str], expected: int = ExitCode.DONE) -> Cost:
    """Run a command and measure it. What it says is shown when it fails."""
    start = time.perf_counter()
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) as process:
        assert process.stderr is not None
        talk = process.stderr.read()
        _pid, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != expected:
        sys.exit(f"{' '.join(command)}\n{talk.decode()}exit code {process.returncode}")
    return Cost(
        step=step,
        n=n,
        cpu_s=usage.ru_utime + usage.ru_stime,
        wall_s=time.perf_counter() - start,
        memory_mb=usage.ru_maxrss / 1024,
    )


def median(step: str, costs: Sequence[Cost]) -> Cost:
    """The medians of several runs of one step."""
    return replace(
        costs[0],
        step=step,
        cpu_s=statistics.median(each.cpu_s for each in costs),
        wall_s=statistics.median(each.wall_s for each in costs),
        memory_mb=statistics.median(each.memory_mb for each in costs),
    )


def as_installed() -> None:
    """Let the program have its bytecode, as every library that is installed has it.

    In a clone, and where Python is told to write none, each process would compile it anew.
    """
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    for folder in ("merge", "tests"):
        compileall.compile_dir(ROOT / folder, quiet=1)
