"""What each command holds in memory on a campaign to very many: on files, and on a server.

A made-up sheet with a key and a mailbox of its own for each row is imported, and imported again;
then the other commands look at it, and a part is sent, to Postfix's `smtp-sink` on loopback.
`command` is the peak of the command itself, `worker` that of the largest process that it starts.

    python -m tests.bench.large [--rows N] [--sent N] [--on files|server|both] [--steps STEP…]
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
from collections.abc import Collection, Iterator
from contextlib import ExitStack
from pathlib import Path

from merge.errors import ExitCode
from tests.bench.costs import WATCHED_HEAD, Watched, watched
from tests.bench.mail import MANY, NO_LOGIN, Bench, made, write_people
from tests.bench.smtpsink import smtp_sink
from tests.servers.postgres import real_postgres

BAR_MB = 250
STEPS = ("import", "again", "status", "check", "send", "really", "log")
KEYED = ("--map", "key=Numéro")


def measured(
    bench: Bench, sheet: Path, rows: int, sent: int, port: int, chosen: Collection[str]
) -> Iterator[str]:
    """Each command in turn, on one campaign."""
    nobody = bench.folder / "nobody.csv"
    write_people(nobody, 1)
    campaign = bench.prepared(nobody, 1, port=port, connections=MANY, options=KEYED)
    inside = [sys.executable, "-m", "merge", "-C", str(campaign)]
    send = [*inside, "send", "--really", "--yes", "--untested", "--limit", str(sent)]
    steps = (
        ("import", [*inside, "import", str(sheet), *KEYED], ExitCode.DONE),
        ("again", [*inside, "import", str(sheet), *KEYED], ExitCode.DONE),
        ("status", [*inside, "status"], ExitCode.DONE),
        ("check", [*inside, "check"], ExitCode.DONE),
        ("send", [*inside, "send"], ExitCode.DONE),
        ("really", send, ExitCode.STOPPED),  # by its limit
        ("status", [*inside, "status"], ExitCode.DONE),
        ("log", [*inside, "log", "--format", "csv"], ExitCode.DONE),
    )
    for step, command, expected in steps:
        if step in chosen:
            spent = watched(sent if expected else rows, command, expected)
            yield f"{step:16}{spent.line()}{_verdict(spent)}"


def _verdict(spent: Watched) -> str:
    held = max(spent.command_mb, spent.worker_mb) <= BAR_MB
    return f"   bar {BAR_MB}   {'held' if held else 'MISSED'}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--sent", type=int, default=100_000)
    parser.add_argument("--on", choices=("files", "server", "both"), default="both")
    parser.add_argument("--steps", nargs="+", choices=STEPS, default=STEPS)
    chosen = parser.parse_args()
    print(f"{'':16}{WATCHED_HEAD}")
    with made(letters=1, rounds=1, many=0, trip_ms=0) as bench, ExitStack() as stack:
        sheet = bench.folder / "many.csv"
        write_people(sheet, chosen.rows)
        port = stack.enter_context(smtp_sink(*NO_LOGIN))
        for on in ("files", "server"):
            if chosen.on not in (on, "both"):
                continue
            if on == "server":
                server = stack.enter_context(real_postgres(durable=True))
                os.environ["PUBLIPOSTAGE_DATABASE"] = server.make_database()
            print(f"on {on}", flush=True)
            for line in measured(bench, sheet, chosen.rows, chosen.sent, port, chosen.steps):
                print(line, flush=True)
            shutil.rmtree(bench.folder / "campaign", ignore_errors=True)


if __name__ == "__main__":
    main()
