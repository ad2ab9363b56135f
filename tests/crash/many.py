"""`make crash-many`: several machines send one campaign that is kept on a PostgreSQL server.

python -m tests.crash.many [--paper] [--recipients N] [--kills N] [--machines N] [--seed N]

Each machine has a user, a folder and a link to the server of its own, and shares nothing else. Its
sender is killed at any instant, its link is cut, the server is killed and started again, and one
machine's clock is an hour fast. With --paper they print it: see `many_paper`.
"""

from __future__ import annotations

import argparse
import os
import random
import shutil
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from merge.cli import main as publipostage
from tests.crash import many_paper
from tests.crash.__main__ import table
from tests.crash.candidates import SEND, Publipostage
from tests.crash.clock import lying_clock
from tests.crash.trial import Figures, Plan, run
from tests.desk import Desk, a_user
from tests.servers.link import Link, link
from tests.servers.postgres import Postgres, real_postgres

AN_HOUR = timedelta(hours=1)
FASTEST = 1  # the machine whose clock is an hour fast


@dataclass(kw_only=True)
class Machines(Publipostage):
    """The program on several machines; number 0 is also where a person sits."""

    server: Postgres
    links: Sequence[Link]
    restarts: int
    seed: int
    name: str = "many machines"
    cut: int = 0
    restarted: int = 0
    _chance: random.Random = field(init=False)
    _environs: list[Mapping[str, str]] = field(default_factory=list)

    def prepare(self, folder: Path, addresses: Sequence[str], port: int) -> None:
        self._chance = random.Random(self.seed)  # noqa: S311 - not for secrets
        url = self.server.make_database()
        for number, each in enumerate(self.links):
            near = url.replace(f":{self.server.port}/", f":{each.port}/")
            user = a_user(folder / f"machine-{number}") | {"PUBLIPOSTAGE_DATABASE": near}
            self._environs.append(user)
        os.environ |= self._environs[0]
        super().prepare(folder, addresses, port)
        for number in range(1, len(self.links)):
            shutil.copytree(self.folder, self._folder(number))
            os.environ |= self._environs[number]
            Desk(self._folder(number)).approve()
        os.environ |= self._environs[0]

    def command(self, sender: int) -> Sequence[str]:
        environ = (f"{name}={value}" for name, value in self._environs[sender].items())
        words = ["-C", str(self._folder(sender)), *SEND]
        ahead = ["tests.crash.many", "an-hour-fast"] if sender == FASTEST else ["merge"]
        return ["env", *environ, sys.executable, "-m", *ahead, *words]

    def disturb(self, number: int, of: int) -> None:
        """Between two kills: a link is cut for a while, or the server is killed."""
        if self.restarted < self.restarts and number * self.restarts >= self.restarted * of:
            self.restarted += 1
            self.server.kill()
            time.sleep(self._chance.uniform(0, 2))  # so long nobody is there
            self.server.start()
        else:
            self.cut += 1
            seconds = self._chance.choice([self._chance.uniform(1, 5), self._chance.uniform(5, 60)])
            self._chance.choice(self.links).cut(seconds)

    def _folder(self, machine: int) -> Path:
        return self.folder.with_name(f"campaign-{machine}") if machine else self.folder


def prove(plan: Plan, restarts: int, folder: Path) -> tuple[Machines, Figures]:
    """All of it in an empty folder."""
    with ExitStack() as stack:
        server = stack.enter_context(real_postgres(durable=True))
        links = [stack.enter_context(link(server.port)) for _ in range(plan.senders)]
        machines = Machines(
            connections=plan.connections,
            server=server,
            links=links,
            restarts=restarts,
            seed=plan.seed,
        )
        return machines, run(machines, plan, folder)


def print_many(plan: many_paper.Plan) -> int:
    """The same on paper."""
    with TemporaryDirectory() as folder:
        figures = many_paper.prove(plan, Path(folder))
    print(figures.table())
    print(f"many machines, on paper: {', '.join(figures.broken) or 'nothing broken'}")
    return 1 if figures.broken else 0


def main() -> int:
    parser = argparse.ArgumentParser(prog="make crash-many", description=__doc__.partition("\n")[0])
    parser.add_argument("--paper", action="store_true", help="print 10,000 letters instead")
    parser.add_argument("--recipients", type=int)
    parser.add_argument("--kills", type=int, default=30)
    parser.add_argument("--restarts", type=int, default=5, help="of the database's server")
    parser.add_argument("--machines", type=int, default=4)
    parser.add_argument("--connections", type=int, default=4, help="of each")
    parser.add_argument("--seed", type=int, default=20261129)
    chosen = parser.parse_args()
    if chosen.paper:
        return print_many(
            many_paper.Plan(
                letters=chosen.recipients or 10_000,
                per_lot=250,
                workers=chosen.machines,
                kills=chosen.kills,
                restarts=chosen.restarts,
                seed=chosen.seed,
            )
        )
    plan = Plan(
        recipients=chosen.recipients or 20_000,
        kills=chosen.kills,
        connections=chosen.connections,
        seed=chosen.seed,
        senders=chosen.machines,
    )
    with TemporaryDirectory() as folder:
        started = time.monotonic()
        machines, figures = prove(plan, chosen.restarts, Path(folder))
        print(f"{machines.name}: {time.monotonic() - started:.0f} s", file=sys.stderr)
    print(table([figures]))
    print(f"{'links cut':38}{machines.cut:16,}")
    print(f"{'restarts of the database':38}{machines.restarted:16,}")
    print(f"{figures.name}: {', '.join(figures.broken) or 'nothing broken'}")
    return 1 if figures.broken else 0


if __name__ == "__main__":
    if sys.argv[1:2] == ["an-hour-fast"]:
        with lying_clock(ahead=AN_HOUR):
            sys.argv = ["publipostage", *sys.argv[2:]]
            publipostage()
    sys.exit(main())
