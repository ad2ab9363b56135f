"""`make bench-many`: what a campaign costs that is kept on a PostgreSQL server, beside files.

The letters of `make bench-mail` to Postfix's `smtp-sink` on loopback, over 16 connections a
machine. A machine is a user and a folder of their own; the server syncs its disk, as in life. They
go in turns; the medians of the rounds are shown, then the ratios. The server's CPU is that of all
its processes. "Sending" is from the first letter to the last: before, each machine makes all of
them once, to see that they are right.

    python -m tests.bench.many [--letters N] [--rounds N] [--trip-ms N]
"""

from __future__ import annotations

import argparse
import os
import shutil
import statistics
import sys
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from tests.bench.costs import cost, verdict
from tests.bench.mail import MANY, NO_LOGIN, Bench, made
from tests.bench.smtpsink import smtp_sink
from tests.desk import Desk, a_user
from tests.servers.link import link
from tests.servers.postgres import Postgres, real_postgres

FILES, SERVER = "files, 1 machine", "server, {n} machine{s}"
BARS = ((1.6, "the sender alone"), (2.5, "with the server"))
A_SECOND_BAR, FAR_BAR = 1_000, 1.7
MACHINES = (1, 2, 4)
FAR_MACHINES = (1, 2)


@dataclass(frozen=True, kw_only=True)
class Sending:
    """One campaign sent: CPU seconds of the senders and of the server, and how long it took, of
    which from the first letter to the last.
    """

    n: int
    senders_s: float
    server_s: float
    wall_s: float
    sending_s: float

    def line(self, name: str) -> str:
        total = self.senders_s + self.server_s
        return (
            f"{name:34}{self.n:9,}{self.senders_s:9.2f}{self.server_s:9.2f}{self.wall_s:9.2f}"
            f"{self.sending_s:11.2f}{1000 * total / self.n:10.3f}{self.n / self.wall_s:11,.0f}"
        )


HEAD = (
    f"{'':34}{'n':>9}{'CPU s':>9}{'server s':>9}{'wall s':>9}{'sending s':>11}"
    f"{'ms each':>10}{'a second':>11}"
)


def cpu_of(server: Postgres) -> float:
    """CPU seconds of the server's processes, those that have ended included."""
    ticks = os.sysconf("SC_CLK_TCK")
    spent = 0
    for pid in server.processes:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        own, of_ended = fields[11:13], fields[13:15] if pid == server.pid else ()
        spent += sum(map(int, (*own, *of_ended)))
    return spent / ticks


def send(bench: Bench, server: Postgres, url: str, machines: int, port: int) -> Sending:
    """The campaign of a new database, from so many machines at once."""
    home = bench.folder / "person"
    shutil.rmtree(bench.folder / "machines", ignore_errors=True)
    os.environ |= a_user(home) | {"PUBLIPOSTAGE_DATABASE": url}
    shutil.rmtree(home, ignore_errors=True)
    campaign = bench.prepared(bench.sheet, bench.letters, port=port, connections=MANY)
    environs = []
    for number in range(machines):
        folder = bench.folder / "machines" / str(number)
        machine = Desk(shutil.copytree(campaign, folder / "campaign"))
        environs.append(os.environ | a_user(folder))
        os.environ |= environs[-1]
        machine.ok("adopt", "--yes")
        machine.approve()
    before, started = cpu_of(server), time.perf_counter()

    def one(environ: dict[str, str]) -> float:
        folder = Path(environ["PUBLIPOSTAGE_HOME"]).with_name("campaign")
        words = ["-C", str(folder), "send", "--really", "--yes", "--untested"]
        said = [f"{name}={value}" for name, value in environ.items()]
        return cost("", 1, ["env", "-i", *said, sys.executable, "-m", "merge", *words]).cpu_s

    with ThreadPoolExecutor(machines) as pool:
        spent = sum(pool.map(one, environs))
    took = time.perf_counter() - started
    return Sending(
        n=bench.letters,
        senders_s=spent,
        server_s=cpu_of(server) - before,
        wall_s=took,
        sending_s=sending_s(campaign),
    )


def on_files(bench: Bench, port: int) -> Sending:
    """The same by files."""
    os.environ.pop("PUBLIPOSTAGE_DATABASE", None)
    os.environ |= a_user(bench.folder / "person")
    spent = bench.ours(bench.sheet, bench.letters, port=port, connections=MANY)
    return Sending(
        n=spent.n,
        senders_s=spent.cpu_s,
        server_s=0.0,
        wall_s=spent.wall_s,
        sending_s=sending_s(bench.folder / "campaign"),
    )


def sending_s(campaign: Path) -> float:
    """From the outcome of its first letter to that of its last."""
    ((first, last),) = Desk(campaign).sql("SELECT min(at), max(at) FROM attempts")
    began, ended = (datetime.fromisoformat(str(each)) for each in (first, last))
    return (ended - began).total_seconds()


def median(of: Sequence[Sending]) -> Sending:
    figures = ("senders_s", "server_s", "wall_s", "sending_s")
    middle = {name: statistics.median(getattr(each, name) for each in of) for name in figures}
    return replace(of[0], **middle)


def compared(bench: Bench) -> Iterator[str]:
    """All of it, in turns."""
    found: dict[str, list[Sending]] = {}
    with ExitStack() as stack:
        port = stack.enter_context(smtp_sink(*NO_LOGIN))
        server = stack.enter_context(real_postgres(durable=True))
        far = stack.enter_context(link(server.port, trip_ms=bench.trip_ms)).port
        for _round in range(bench.rounds):
            found.setdefault(FILES, []).append(on_files(bench, port))
            for n in MACHINES:
                url = server.make_database()
                found.setdefault(named(n), []).append(send(bench, server, url, n, port))
            for n in FAR_MACHINES:
                url = server.make_database().replace(f":{server.port}/", f":{far}/")
                name = f"{named(n)}, {bench.trip_ms} ms"
                found.setdefault(name, []).append(send(bench, server, url, n, port))
    medians = {name: median(spent) for name, spent in found.items()}
    yield from (each.line(name) for name, each in medians.items())
    files, one = medians[FILES], medians[named(1)]
    costs = one.senders_s, one.senders_s + one.server_s
    for spent, (bar, what) in zip(costs, BARS, strict=True):
        yield verdict(f"CPU, {what} / files", spent / files.senders_s, bar, at_most=True)
    shared = [each for each in medians.values() if each.server_s]
    fastest = max(each.n / each.wall_s for each in shared)
    yield verdict("letters a second, the most", fastest, A_SECOND_BAR)
    fastest = max(each.n / each.sending_s for each in shared)
    yield verdict("letters a second, the most while they send", fastest, A_SECOND_BAR)
    alone, both = (medians[f"{named(n)}, {bench.trip_ms} ms"] for n in FAR_MACHINES)
    away = f"2 machines / 1, {bench.trip_ms} ms away"
    yield verdict(away, alone.wall_s / both.wall_s, FAR_BAR)
    yield verdict(f"{away}, while they send", alone.sending_s / both.sending_s, FAR_BAR)


def named(n: int) -> str:
    return SERVER.format(n=n, s="s" * (n > 1))


def main() -> None:
    parser = argparse.ArgumentParser(prog="make bench-many", description=__doc__.partition("\n")[0])
    parser.add_argument("--letters", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=3, help="of which the median is shown")
    parser.add_argument("--trip-ms", type=int, default=30, help="to the server, there and back")
    chosen = vars(parser.parse_args())
    print(HEAD)
    with made(**chosen) as bench:
        for line in compared(bench):
            print(line, flush=True)


if __name__ == "__main__":
    main()
