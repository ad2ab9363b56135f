"""What one process took, measured from its start to its end; campaigns to measure, and tables."""

from __future__ import annotations

import compileall
import csv
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

from merge.errors import ExitCode
from tests.house import ROOT

PROGRAM = (sys.executable, "-m", "merge")
PLACE, GROUP, ADDRESS = "Rennes", "Collectif d'exemple", "contact@example.org"
HEAD = (
    f"{'':34}{'n':>9}{'CPU s':>9}{'workers':>9}{'wall s':>9}{'ms each':>10}"
    f"{'command MB':>12}{'worker MB':>11}"
)
_LOOK_EVERY_S = 0.05


@dataclass(frozen=True, kw_only=True)
class Cost:
    """What one command took with its workers, making `n` things.

    `workers_s` is the share of those that worked at its end; the peaks are those of the command and
    of its largest worker.
    """

    step: str
    n: int
    cpu_s: float
    workers_s: float
    wall_s: float
    command_mb: float
    worker_mb: float

    @property
    def memory_mb(self) -> float:
        """The peak of its largest process."""
        return max(self.command_mb, self.worker_mb)

    def line(self) -> str:
        return (
            f"{self.step:34}{self.n:9,}{self.cpu_s:9.2f}{self.workers_s:9.2f}{self.wall_s:9.2f}"
            f"{1000 * self.cpu_s / self.n:10.3f}{self.command_mb:12.0f}{self.worker_mb:11.0f}"
        )


def cost(step: str, n: int, command: list[str], expected: int = ExitCode.DONE) -> Cost:
    """Run a command and look at it meanwhile. What it says is shown when it fails.

    What the system tells of memory at its end will not do: a worker is told to have needed what the
    command had when it began, and a command what its largest worker had. Linux keeps the peak of
    each process by itself for as long as it lives.
    """
    start = time.perf_counter()
    with tempfile.TemporaryFile() as talk:
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=talk)
        peaks, spent = dict[int, float](), dict[int, float]()
        while not (ended := os.wait4(process.pid, os.WNOHANG))[0]:
            for pid in (process.pid, *children(process.pid)):
                peaks[pid] = max(peak_mb(pid), peaks.get(pid, 0))
                spent[pid] = max(cpu_of(pid), spent.get(pid, 0))
            time.sleep(_LOOK_EVERY_S)
        _pid, status, usage = ended
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode != expected:
            talk.seek(0)
            said = talk.read().decode()
            sys.exit(f"{' '.join(command)}\n{said}exit code {process.returncode}")
    command_mb = peaks.pop(process.pid, 0)
    spent.pop(process.pid, None)
    return Cost(
        step=step,
        n=n,
        cpu_s=usage.ru_utime + usage.ru_stime,
        workers_s=sum(spent.values()),
        wall_s=time.perf_counter() - start,
        command_mb=command_mb,
        worker_mb=max(peaks.values(), default=0),
    )


def children(pid: int) -> list[int]:
    """The processes that any thread of this one has started, and those that these have."""
    found: list[int] = []
    for listed in Path(f"/proc/{pid}/task").glob("*/children"):
        with suppress(OSError):  # the thread is over
            found += map(int, listed.read_text().split())
    return found + [each for child in found for each in children(child)]


def cpu_of(pid: int) -> float:
    """CPU seconds of a process; 0 for one that is over."""
    with suppress(OSError):
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        return sum(map(int, fields[11:13])) / os.sysconf("SC_CLK_TCK")
    return 0


def peak_mb(pid: int) -> float:
    """0 for a process that is over."""
    with suppress(OSError):
        for line in Path(f"/proc/{pid}/status").read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) / 1024
    return 0


def median(step: str, costs: Sequence[Cost]) -> Cost:
    """The medians of several runs of one step."""
    figures = ("cpu_s", "workers_s", "wall_s", "command_mb", "worker_mb")
    middle = {name: statistics.median(getattr(each, name) for each in costs) for name in figures}
    return replace(costs[0], step=step, **middle)


def as_installed() -> None:
    """Let the program have its bytecode, as every library that is installed has it.

    In a clone, and where Python is told to write none, each process would compile it anew.
    """
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    for folder in ("merge", "tests"):
        compileall.compile_dir(ROOT / folder, quiet=1)


def new(campaign: Path, *options: str) -> Cost:
    """A new campaign in that folder, made by the command."""
    said = ("--name", "Bench", "--group", GROUP, "--contact", ADDRESS, "--from", ADDRESS)
    command = [*PROGRAM, "new", str(campaign), *said, "--place", PLACE, *options]
    return cost("new", 1, command)


def with_account(campaign: Path, port: int, *options: str) -> Cost:
    """Its mailbox is on a server of this machine."""
    said = ("account", "set", "--no-test", "--host", "localhost", "--port", str(port))
    return cost("account set", 1, [*PROGRAM, "-C", str(campaign), *said, *options])


def write_table(
    path: Path, columns: Iterable[str], rows: Iterable[Iterable[object]], *, by: str = ";"
) -> None:
    """A sheet as a group would have it."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, delimiter=by)
        writer.writerow(columns)
        writer.writerows(rows)


def verdict(what: str, found: float, bar: float, *, at_most: bool = False) -> str:
    """Whether a bar is held."""
    held = found <= bar if at_most else found >= bar
    return f"  {what:44}{found:9.2f}   bar {bar:7,.5g}   {'held' if held else 'MISSED'}"
