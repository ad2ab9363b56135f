"""What commands take on a list of very many: on files, and on a server.

The list is imported, imported again and checked (`tests.bench.lists`); then other commands look at
it, and a part is sent, to Postfix's `smtp-sink` on loopback.

    python -m tests.bench.large [--rows N] [--rounds N] [--sent N] [--on files|server|both]
"""

from __future__ import annotations

import argparse
import os
import tempfile
from contextlib import ExitStack
from pathlib import Path

from merge.errors import ExitCode
from tests.bench import lists
from tests.bench.costs import HEAD, PROGRAM, as_installed, cost, verdict, with_account
from tests.bench.mail import MANY, NO_LOGIN
from tests.bench.smtpsink import smtp_sink
from tests.desk import a_user
from tests.promises.crash.candidates import allow
from tests.servers.postgres import real_postgres

BAR_MB = 250


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rows", type=int, default=lists.MANY)
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--sent", type=int, default=100_000)
    parser.add_argument("--on", choices=("files", "server", "both"), default="both")
    chosen = parser.parse_args()
    as_installed()
    print(HEAD)
    with tempfile.TemporaryDirectory() as name, ExitStack() as stack:
        folder = Path(name)
        os.environ |= a_user(folder)
        sheet = lists.people(folder, chosen.rows)
        port = stack.enter_context(smtp_sink(*NO_LOGIN))
        for on in ("files", "server"):
            if chosen.on not in (on, "both"):
                continue
            if on == "server":
                server = stack.enter_context(real_postgres(durable=True))
                os.environ["PUBLIPOSTAGE_DATABASE"] = server.make_database()
            print(f"on {on}", flush=True)
            for line in lists.measure(folder, [sheet], chosen.rounds):
                print(line, flush=True)
            campaign = folder / "campaign"
            with_account(campaign, port, "--tls", "none")
            allow(campaign / "campaign.toml", MANY)
            really = ("--really", "--yes", "--untested", "--limit", str(chosen.sent))
            for n, words, code in (
                (chosen.rows, ("status",), ExitCode.DONE),
                (chosen.rows, ("send",), ExitCode.DONE),
                (chosen.sent, ("send", *really), ExitCode.STOPPED),  # by its limit
                (chosen.rows, ("log", "--format", "csv"), ExitCode.DONE),
            ):
                command = [*PROGRAM, "-C", str(campaign), *words]
                spent = cost(" ".join(words[:2]), n, command, code)
                print(spent.line())
                print(verdict("MB", spent.memory_mb, BAR_MB, at_most=True), flush=True)


if __name__ == "__main__":
    main()
