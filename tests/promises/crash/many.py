"""`make crash-many`: several machines send one campaign that is kept on a PostgreSQL server.

python -m tests.promises.crash.many [--recipients N] [--kills N] [--machines N] [--seed N]

A person types `send` on the first; the others are workers without a folder. Each has a user and a
link to the server of its own, and shares nothing else. Whoever sends is killed at any instant,
links are cut, the server is killed and started again, one clock is an hour fast. Meanwhile
no minute may see more letters granted than the account's cap.

The two controls are what people write for this: rows of a table, taken by SKIP LOCKED. One marks a
row when its letter is gone, in the same transaction, the other before.
"""

from __future__ import annotations

import argparse
import os
import random
import shlex
import smtplib
import subprocess
import sys
import time
from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import psycopg

from merge.cli import main as publipostage
from merge.errors import ExitCode
from merge.ledger.driver.addresses import SHARED, ServerPlace
from tests.both import sql
from tests.desk import Desk, a_user
from tests.promises.crash.__main__ import table
from tests.promises.crash.candidates import SEND, Publipostage
from tests.promises.crash.clock import lying_clock
from tests.promises.crash.controls import MARKS, SENDER, Control, a_mailbox
from tests.promises.crash.trial import Figures, Plan, at_once, run
from tests.servers.link import Link, link
from tests.servers.postgres import Postgres, real_postgres
from tests.servers.sink import sink
from tests.sharing import agree, campaign_id

PERSON, FASTEST = 0, 1  # the machine where `send` is typed, and the one with a fast clock
FAST = "AN_HOUR_FAST"  # in the environment of its processes
OUT_OF_REACH = 1_000_000  # letters a minute


@dataclass(kw_only=True)
class Machines(Publipostage):
    """The program on several machines."""

    server: Postgres
    links: Sequence[Link]
    restarts: int
    seed: int
    a_minute: int = OUT_OF_REACH
    longest_cut_s: float = 60
    persons: int = 1  # the first machines
    name: str = "many machines"
    cut: int = 0
    restarted: int = 0
    granted: int = 0
    """The most in any minute, by what the quota counted."""
    _chance: random.Random = field(init=False)
    _environs: list[Mapping[str, str]] = field(default_factory=list)

    def prepare(self, folder: Path, addresses: Sequence[str], port: int) -> None:
        self._chance = random.Random(self.seed)  # noqa: S311 - not for secrets
        url = self.server.make_database()
        for number, each in enumerate(self.links):
            near = url.replace(f":{self.server.port}/", f":{each.port}/")
            user = a_user(folder / f"machine-{number}") | {"PUBLIPOSTAGE_DATABASE": near}
            self._environs.append(user)
        os.environ |= self._environs[PERSON]
        super().prepare(folder, addresses, port)
        settings = self.folder / "campaign.toml"
        cap = f"[account]\nper_minute = {self.a_minute}\n"
        text = settings.read_text("utf-8").replace("[account]\n", cap, 1)
        settings.write_text(text, "utf-8")
        for environ in self._environs[1 : self.persons]:
            os.environ |= environ
            Desk(self.folder).ok("adopt", "--yes")
        agree(Desk(self.folder))
        for environ in reversed(self._environs):  # the person's stays
            os.environ |= environ
            Desk(self.folder).approve()

    def command(self, sender: int) -> Sequence[str]:
        environ = dict(self._environs[sender]) | ({FAST: "yes"} if sender == FASTEST else {})
        works = ["worker", campaign_id(Desk(self.folder)), "--yes"]
        words = ["-C", str(self.folder), *SEND] if sender < self.persons else works
        module = "tests.promises.crash.many" if sender == FASTEST else "merge"
        said = (f"{name}={value}" for name, value in environ.items())
        command = ["env", *said, sys.executable, "-m", module, *words]
        if self.persons > 1 or sender != PERSON:
            return command
        # Where it is refused, for no machine knows what a killed server was about to say, a person
        # reads what `adopt` says. It would want another yes where steps are missed.
        adopt = ["env", *said, sys.executable, "-m", "merge", *words[:2], "adopt", "--yes"]
        return ["sh", "-c", f"{shlex.join(command)} || [ $? != 3 ] || {shlex.join(adopt)}"]

    def finish(self, run: int) -> bool:
        if run == 0:  # before the time is another one
            url = self._environs[PERSON]["PUBLIPOSTAGE_DATABASE"]
            query = "SELECT extract(epoch FROM at), total FROM sends ORDER BY id"
            rows = [(float(at), total) for at, total in sql(ServerPlace(url, SHARED), query)]
            befores = [0, *(total for _, total in rows)]
            each = (
                at for (at, total), n in zip(rows, befores, strict=False) for _ in range(total - n)
            )
            self.granted = most_in_a_minute(each)
            Desk(self.folder).run("adopt", "--yes")
        return super().finish(run)

    def disturb(self, number: int, of: int) -> None:
        """Between two kills: a link is cut for a while, or the server is killed."""
        if self.restarted < self.restarts and number * self.restarts >= self.restarted * of:
            self.restarted += 1
            self.server.kill()
            time.sleep(self._chance.uniform(0, 2))  # so long nobody is there
            self.server.start()
        else:
            self.cut += 1
            longest_s = self._chance.choice([5, self.longest_cut_s])
            self._chance.choice(self.links).cut(self._chance.uniform(1, longest_s))


def most_in_a_minute(times: Iterable[float]) -> int:
    """Of these seconds, how many lie within any sixty, the first excluded."""
    latest, most = deque[float](), 0
    for at in sorted(times):
        latest.append(at)
        while latest[0] <= at - 60:
            latest.popleft()
        most = max(most, len(latest))
    return most


@dataclass(kw_only=True)
class TableControl(Control):
    """A table of addresses on the server, and SKIP LOCKED."""

    url: str

    @property
    def name(self) -> str:
        return f"table, {self.marks}"

    def prepare(self, folder: Path, addresses: Sequence[str], port: int) -> None:
        super().prepare(folder, addresses, port)
        with psycopg.connect(self.url) as session:
            session.execute("CREATE TABLE letters (address text PRIMARY KEY, sent boolean)")
            rows = [(each,) for each in addresses]
            session.cursor().executemany("INSERT INTO letters VALUES (%s, false)", rows)

    def command(self, sender: int) -> Sequence[str]:
        return [
            sys.executable,
            "-m",
            "tests.promises.crash.many",
            self.marks,
            self.url,
            str(self._port),
        ]

    def standing(self) -> Mapping[str, str]:
        with psycopg.connect(self.url) as session:
            rows = session.execute("SELECT address, sent FROM letters").fetchall()
        return {address: "sent" if sent else "queued" for address, sent in rows}


def send_from_a_table(marks: str, url: str, port: int) -> int:
    """0 when nobody is left."""
    take = "SELECT address FROM letters WHERE NOT sent LIMIT 1 FOR UPDATE SKIP LOCKED"
    with psycopg.connect(url) as session, a_mailbox(port) as mailbox:
        while (row := session.execute(take).fetchone()) is not None:
            (address,) = row
            session.execute("UPDATE letters SET sent = true WHERE address = %s", [address])
            if marks == "before":
                session.commit()
            try:
                if mailbox.sock is None:
                    mailbox.connect("127.0.0.1", port)
                mailbox.sendmail(SENDER, [address], f"Message-ID: <{address}>\r\n\r\nBonjour\r\n")
                session.commit()
            except (smtplib.SMTPException, OSError):
                session.rollback()
    return 0


def prove(
    plan: Plan,
    folder: Path,
    *,
    restarts: int,
    a_minute: int = OUT_OF_REACH,
    longest_cut_s: float = 60,
) -> tuple[Machines, Figures]:
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
            a_minute=a_minute,
            longest_cut_s=longest_cut_s,
        )
        return machines, run(machines, plan, folder)


def controls(plan: Plan, folder: Path) -> Iterator[Figures]:
    """What the two controls come to, with nothing but the kills."""
    with real_postgres(durable=True) as server:
        for marks in MARKS:
            where = folder / marks
            where.mkdir()
            yield run(TableControl(marks=marks, url=server.make_database()), plan, where)


LOSSES = {"a copy put back": (), "a standby promoted": ("-R",)}
"""What comes in the place of a server, and how `pg_basebackup` makes it."""


def lose(
    how: Sequence[str], plan: Plan, folder: Path, watched_s: float = 20
) -> tuple[list[int], int]:
    """Two persons send, with workers; the server is lost but for what it was when the first had
    stopped and the other had not. Then all try again, the first before the other. The exit codes of
    the persons, and how many letters somebody got beyond the first, also in the time for
    which all of them are watched together.
    """
    addresses = [f"mairie-{number:05}@example.org" for number in range(plan.recipients)]
    persons, workers = (0, 1), range(2, plan.senders)
    with ExitStack() as stack:
        server = stack.enter_context(real_postgres())
        post = stack.enter_context(sink(log=folder / "sink.jsonl"))
        links = [stack.enter_context(link(server.port)) for _ in range(plan.senders)]
        machines = Machines(
            connections=plan.connections,
            server=server,
            links=links,
            restarts=0,
            seed=plan.seed,
            persons=len(persons),
        )
        machines.prepare(folder, addresses, post.port)

        def send(who: int, *more: str) -> int:
            return subprocess.run([*machines.command(who), *more], check=False).returncode

        some = ("--limit", str(plan.recipients // 4))
        with at_once(workers, machines, post):
            began = [send(who, *some) for who in persons]
            copy = server.base_backup(*how)
            began.append(send(persons[1], *some))
        assert began == [ExitCode.STOPPED] * 3, began
        server.put_back(copy)
        codes = [send(who) for who in (*persons, persons[0])]
        before = post.count("accepted")
        with at_once((*persons, *workers), machines, post):
            post.wait_for(lambda: post.count("accepted") > before, watched_s)
        arrived = [event.to for event in post.events if event.what == "accepted"]
    return codes, len(arrived) - len({*arrived})


def main() -> int:
    parser = argparse.ArgumentParser(prog="make crash-many", description=__doc__.partition("\n")[0])
    parser.add_argument("--recipients", type=int, default=20_000)
    parser.add_argument("--kills", type=int, default=30)
    parser.add_argument("--restarts", type=int, default=5, help="of the database's server")
    parser.add_argument("--machines", type=int, default=5, help="a person's and workers")
    parser.add_argument("--a-minute", type=int, default=1_500, help="the cap of the account")
    parser.add_argument("--connections", type=int, default=4, help="of each")
    parser.add_argument("--seed", type=int, default=20261129)
    chosen = parser.parse_args()
    plan = Plan(
        recipients=chosen.recipients,
        kills=chosen.kills,
        connections=chosen.connections,
        seed=chosen.seed,
        senders=chosen.machines,
        workers=chosen.machines - 1,
        patience_s=600,
    )
    with TemporaryDirectory() as folder:
        started = time.monotonic()
        machines, figures = prove(
            plan, Path(folder), restarts=chosen.restarts, a_minute=chosen.a_minute
        )
        print(f"{machines.name}: {time.monotonic() - started:.0f} s", file=sys.stderr)
    with TemporaryDirectory() as folder:
        of_control = replace(plan, recipients=600, kills=6, senders=2, workers=0, connections=1)
        failing = list(controls(of_control, Path(folder)))
    print(table([figures, *failing]))
    print(f"{'links cut':38}{machines.cut:16,}")
    print(f"{'restarts of the database':38}{machines.restarted:16,}")
    print(f"{'granted, the most in any minute':38}{machines.granted:16,}")
    print(f"{'cap of the account, a minute':38}{chosen.a_minute:16,}")
    broken = figures.broken + (["cap passed"] if machines.granted > chosen.a_minute else [])
    broken += [f"{each.name} passes" for each in failing if not each.broken]
    for name, how in LOSSES.items():
        with TemporaryDirectory() as folder:
            codes, copies = lose(how, replace(plan, recipients=1_000, senders=4), Path(folder))
        print(f"{f'second copies, {name}':38}{copies:16,}")
        if copies or {*codes} != {ExitCode.REFUSED}:
            broken.append(f"{name}: {copies} second copies, exit codes {codes}")
    print(f"{figures.name}: {', '.join(broken) or 'nothing broken'}")
    return 1 if broken else 0


if FAST in os.environ:  # also in the processes that this one starts
    _lie = lying_clock(ahead=timedelta(hours=1))
    _lie.__enter__()

if __name__ == "__main__":
    if FAST in os.environ:
        sys.exit(publipostage())
    elif sys.argv[1:2] and sys.argv[1] in MARKS:
        sys.exit(send_from_a_table(sys.argv[1], sys.argv[2], int(sys.argv[3])))
    sys.exit(main())
