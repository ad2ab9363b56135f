"""`make crash`: the large crash test, and two senders that must fail it.

python -m tests.promises.crash [--recipients N] [--kills N] [--connections N] [--seed N] [--tokens]
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.desk import a_user
from tests.promises.crash.candidates import Publipostage, SignedIn, real_login
from tests.promises.crash.controls import Control
from tests.promises.crash.trial import Candidate, Figures, Plan, run
from tests.servers.authorization import authorization_server

TOKEN_LASTS_S = 2

_ROWS: Mapping[str, Callable[[Figures], int]] = {
    "recipients": lambda f: f.plan.recipients,
    "senders at once": lambda f: f.plan.senders,
    "connections of each": lambda f: f.plan.connections,
    "kills": lambda f: f.plan.kills,
    "process trees killed": lambda f: f.killed,
    "accepted by the server": lambda f: f.accepted,
    "of them without a word to the client": lambda f: f.unanswered,
    "cut within the body": lambda f: f.cut,
    "refused for now (4xx, 421)": lambda f: f.refused,
    "refused for the login's sake (530)": lambda f: f.logged_out,
    "stand as sent": lambda f: f.sent,
    "stand as unknown": lambda f: f.unknown,
    "DUPLICATES": lambda f: f.duplicates,
    "LOST": lambda f: f.lost,
    "IN DOUBT, NOT SAID TO BE": lambda f: f.untold,
    "unknown beyond the server's faults": lambda f: f.more_unknown,
    "allowed: 1 a connection and kill": lambda f: f.allowed,
}


def table(all_figures: Sequence[Figures]) -> str:
    """A column for each candidate, a row for each figure."""
    lines = [f"{'':38}" + "".join(f"{each.name:>16}" for each in all_figures)]
    for name, figure in _ROWS.items():
        lines.append(f"{name:38}" + "".join(f"{figure(each):16,}" for each in all_figures))
    verdicts = ("FAILS" if each.broken else "holds" for each in all_figures)
    lines.append(f"{'the promises of the ledger':38}" + "".join(f"{v:>16}" for v in verdicts))
    return "\n".join(lines)


def signed_in(plan: Plan) -> int:
    """The proof with tokens. Where there is a Dovecot, it lets people in, and has the copies."""
    with (
        TemporaryDirectory() as name,
        authorization_server() as provider,
        real_login(provider) as dovecot,
    ):
        os.environ |= a_user(Path(name))
        provider.lifetime_s = TOKEN_LASTS_S
        plan = replace(plan, tokens=provider.introspection)
        if dovecot:
            plan = replace(plan, login_port=dovecot.smtp_port, login_ca=str(dovecot.ca_file))
        campaign = SignedIn(
            connections=plan.connections,
            provider=provider,
            revoked_at=plan.kills // 2,
            dovecot=dovecot,
        )
        started = time.monotonic()
        figures = run(campaign, plan, Path(name))
        print(f"{campaign.name}: {time.monotonic() - started:.0f} s", file=sys.stderr)
        copies = dovecot.copies if dovecot else 0
    print(table([figures]))
    print(f"{'copies in the mailbox, by Dovecot':38}{copies:16,}")
    print(f"{'sign-ins of a person':38}{campaign.sign_ins:16,}")
    print(f"{'tokens given':38}{len(provider.by_access_token):16,}")
    print(f"{figures.name}: {', '.join(figures.broken) or 'nothing broken'}")
    return 1 if figures.broken else 0


def main() -> int:
    parser = argparse.ArgumentParser(prog="make crash", description=__doc__.partition("\n")[0])
    parser.add_argument("--recipients", type=int, default=3000)
    parser.add_argument("--kills", type=int, default=30)
    parser.add_argument("--connections", type=int, default=4, help="of each sender")
    parser.add_argument("--slowest-ms", type=int, default=30, help="a reply, times the connections")
    parser.add_argument("--seed", type=int, default=20261124)
    parser.add_argument(
        "--tokens",
        action="store_true",
        help=f"the program alone, signed in: tokens of {TOKEN_LASTS_S} s, taken back half-way",
    )
    chosen = vars(parser.parse_args())
    if chosen.pop("tokens"):
        return signed_in(Plan(**chosen))
    plan = Plan(**chosen)
    candidates: list[Candidate] = [
        Publipostage(connections=plan.connections),
        Control(marks="after"),
        Control(marks="before"),
    ]
    all_figures: list[Figures] = []
    with TemporaryDirectory() as name:
        os.environ |= a_user(Path(name))
        for candidate in candidates:
            folder = Path(name) / candidate.name.replace(" ", "-")
            folder.mkdir()
            started = time.monotonic()
            its_plan = replace(plan, connections=candidate.connections)
            all_figures.append(run(candidate, its_plan, folder))
            print(f"{candidate.name}: {time.monotonic() - started:.0f} s", file=sys.stderr)
    print(table(all_figures))
    ours, *controls = all_figures
    for each in all_figures:
        print(f"{each.name}: {', '.join(each.broken) or 'nothing broken'}")
    return 0 if not ours.broken and all(each.broken for each in controls) else 1


if __name__ == "__main__":
    sys.exit(main())
