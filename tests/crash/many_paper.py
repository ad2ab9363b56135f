"""`make crash-many ARGS=--paper`: several machines print one campaign that is kept on a server.

A person prints; each worker has a user and a link to the PostgreSQL server of its own, and no
folder. Whoever is at work is killed at any instant, its processes too, and started again; links are
cut, the server is killed and started again. Then each letter must be in exactly one lot, and the
bytes of the lots must be those that one machine makes of the same sheet, with its ledger in a file.
"""

from __future__ import annotations

import os
import random
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from itertools import combinations
from pathlib import Path
from unittest.mock import patch

from merge.app.signals import Signals
from merge.errors import LedgerError
from merge.french.communes import reference
from merge.ledger.driver.addresses import ServerPlace
from merge.paper.binding import bookmarks
from tests.both import sql
from tests.crash.trial import ProcessTree
from tests.desk import Desk, a_user
from tests.servers.link import Link, link
from tests.servers.postgres import Postgres, real_postgres

PERSON = 0  # the machine where somebody types `print`; the others are workers
A_MOMENT_S = 2.0  # of a kill behind the lot it is aimed at, at most
LONGEST_CUT_S = 30.0
PATIENCE_S = 180.0


@dataclass(frozen=True, kw_only=True)
class Plan:
    """How large, and how rough."""

    letters: int
    per_lot: int
    workers: int
    kills: int
    restarts: int  # of the database's server
    seed: int

    @property
    def lots(self) -> int:
        return -(-self.letters // self.per_lot)


@dataclass(kw_only=True)
class Figures:
    """What the ledger and the files say together."""

    plan: Plan
    killed: int = 0  # process trees
    cut: int = 0  # links
    restarted: int = 0
    by_workers: int = 0  # lots
    letters: int = 0  # that the ledger has in lots
    twice: int = 0
    """Letters that lie in files more than once."""
    lost: int = 0
    """Letters that lie in no file, or are in no lot of the ledger."""
    otherwise: int = 0
    """Lots whose file is not what the ledger says, or that one machine makes otherwise."""
    missing: int = 0
    """Lots that one of both sides has not."""
    seconds: float = 0
    alone_s: float = 0
    """How long one machine took, that nobody killed."""

    @property
    def broken(self) -> list[str]:
        found = {
            "letters twice": self.twice,
            "letters lost": self.lost,
            "lots otherwise": self.otherwise,
            "lots missing": self.missing,
        }
        return [f"{count} {name}" for name, count in found.items() if count]

    def table(self) -> str:
        rows = {
            "letters": self.plan.letters,
            "in lots": self.letters,
            "lots": self.plan.lots,
            "of them by workers": self.by_workers,
            "workers": self.plan.workers,
            "killed": self.killed,
            "links cut": self.cut,
            "restarts of the database": self.restarted,
            "LETTERS TWICE": self.twice,
            "LETTERS LOST": self.lost,
            "lots whose bytes are one machine's": self.plan.lots - self.otherwise - self.missing,
            "seconds": round(self.seconds),
            "seconds of one machine, not killed": round(self.alone_s),
        }
        return "\n".join(f"{name:38}{figure:16,}" for name, figure in rows.items())


def campaign(folder: Path, plan: Plan) -> Desk:
    """Towns without an e-mail."""
    desk = Desk(folder)
    desk.make()
    settings = folder / "campaign.toml"
    text = settings.read_text("utf-8")
    assert "per_lot = 250\n" in text
    settings.write_text(text.replace("per_lot = 250\n", f"per_lot = {plan.per_lot}\n"), "utf-8")
    towns = list(reference().values())[: plan.letters]
    rows = [
        f"{c.insee};{c.name};{'MF'[n % 2]};Anne;LE GOFF;;{n} rue de la Mairie;{n % 95 + 1:02}000;V"
        for n, c in enumerate(towns)
    ]
    desk.ok("import", str(desk.sheet(*rows)))
    return desk


@dataclass(kw_only=True)
class _Machine(ProcessTree):
    """One that is started again and again, with a log."""

    command: Sequence[str]
    environ: Mapping[str, str]
    log: Path

    def __post_init__(self) -> None:
        self.start()

    def start(self) -> None:
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "merge", *self.command],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                env={**os.environ, **self.environ},
            )


class Trial:
    """The whole proof in `folder`, an empty one."""

    def __init__(self, plan: Plan, server: Postgres, links: Sequence[Link], folder: Path) -> None:
        self.figures = Figures(plan=plan)
        self._plan = plan
        self._server = server
        self._links = links
        self._folder = folder
        self._chance = random.Random(plan.seed)  # noqa: S311 - not for secrets
        self._url = server.make_database()

    def run(self) -> Figures:
        with _environ(self._user(PERSON)):
            self._desk = campaign(self._folder / "campaign", self._plan)
        noted = (self._desk.folder / "ledger.id").read_text().strip().replace("-", "")
        self._place = ServerPlace(self._url, f"campaign_{noted}")
        started = time.monotonic()
        self._kill_again_and_again()
        self.figures.seconds = time.monotonic() - started
        self._compare()
        return self.figures

    def _user(self, machine: int) -> Mapping[str, str]:
        near = self._url.replace(f":{self._server.port}/", f":{self._links[machine].port}/")
        user = a_user(self._folder / f"machine-{machine}")
        return user | {"PUBLIPOSTAGE_DATABASE": near}

    @contextmanager
    def _machines(self) -> Iterator[list[_Machine]]:
        person, worker = ["-C", str(self._desk.folder), "print"], ["worker"]
        commands = [person, *[worker] * self._plan.workers]
        machines = [
            _Machine(
                command=command,
                environ=self._user(number),
                log=self._folder / f"log-{number}",
            )
            for number, command in enumerate(commands)
        ]
        try:
            yield machines
        finally:
            for each in machines:
                each.kill()

    def _kill_again_and_again(self) -> None:
        plan, chance = self._plan, self._chance
        every = range(plan.workers + 1)
        some = [list(them) for n in every for them in combinations(every, n + 1)]
        aims = sorted(chance.choices(range(plan.lots), k=plan.kills))
        with self._machines() as machines:
            for number, aim in enumerate(aims):
                self._reach(aim, machines)
                time.sleep(chance.uniform(0, A_MOMENT_S))
                self._disturb(number)
                for victim in chance.choice(some):
                    self.figures.killed += not machines[victim].has_ended
                    machines[victim].kill()
                    machines[victim].start()
            self._reach(plan.lots, machines)
            person = machines[PERSON]
            while person.process.wait(PATIENCE_S) != 0:
                person.start()

    def _disturb(self, number: int) -> None:
        """Beside each kill: a link is cut for a while or, so often, the server is killed."""
        restarts, kills = self._plan.restarts, self._plan.kills
        if (
            self.figures.restarted < restarts
            and number * restarts >= self.figures.restarted * kills
        ):
            self.figures.restarted += 1
            self._server.kill()
            time.sleep(self._chance.uniform(0, 2))
            self._server.start()
        elif number % 3 == 0:
            self.figures.cut += 1
            self._chance.choice(self._links).cut(self._chance.uniform(1, LONGEST_CUT_S))

    def _reach(self, aim: int, machines: Sequence[_Machine]) -> None:
        """Wait for so many lots; who stops meanwhile because the server is away starts again."""
        give_up, before = time.monotonic() + PATIENCE_S, -1
        while (made := self._count()) < aim:
            if made > before:
                give_up, before = time.monotonic() + PATIENCE_S, made
            assert time.monotonic() < give_up, f"no lot after {made}: {self._folder}"
            for each in machines:
                if each.has_ended:
                    each.start()
            time.sleep(0.1)

    def _count(self) -> int:
        with suppress(LedgerError):
            return int(sql(self._place, "SELECT count(*) FROM lots")[0][0])
        return 0

    def _compare(self) -> None:
        figures, plan = self.figures, self._plan
        columns = "number, at, path, sha256, letters"
        lots = {row.number: row for row in sql(self._place, f"SELECT {columns} FROM lots")}  # noqa: S608 our own names
        places = sql(self._place, "SELECT recipient, lot, position FROM deliveries ORDER BY 2, 3")
        in_ledger = Counter(key for key, lot, _position in places if lot is not None)
        figures.letters = in_ledger.total()
        helped = sql(
            self._place, "SELECT result FROM commands WHERE options LIKE '%helps%'"
        )  # of those that came to their end
        figures.by_workers = sum(row.result.count(",") + 1 for row in helped if "[" in row.result)
        here = self._desk.folder / "outbox" / "lots"
        in_files, digests = Counter[str](), dict[int, str]()
        for number, lot in lots.items():
            path = here / f"lot-{number:04}.pdf"
            labels = [each.label.split(" ")[0] for each in bookmarks(path)]
            in_files.update(labels)
            digests[number] = sha256(path.read_bytes()).hexdigest()
            figures.otherwise += digests[number] != lot.sha256 or labels != [
                key for key, at, _position in places if at == number
            ]
        every = {c.insee for c in list(reference().values())[: plan.letters]}
        figures.twice = (in_files - Counter(in_files.keys())).total()
        figures.lost = len(every - (in_files.keys() & in_ledger.keys()))
        alone = self._alone({number: lot.at for number, lot in lots.items()})
        figures.otherwise += sum(digests[n] != alone[n] for n in digests.keys() & alone.keys())
        figures.missing = len(digests.keys() ^ alone.keys())

    def _alone(self, at: Mapping[int, object]) -> Mapping[int, str]:
        """The same sheet on one machine, each lot at the time when the others made it."""
        times = {number: _utc(when) for number, when in at.items()}
        with _environ(a_user(self._folder / "alone") | {"PUBLIPOSTAGE_DATABASE": ""}):
            desk = campaign(self._folder / "campaign-alone", self._plan)

            def now(_watch: Signals) -> datetime:
                ((made,),) = desk.sql("SELECT count(*) FROM lots")
                return times.get(made + 1, datetime.now(UTC))

            started = time.monotonic()
            with patch.object(Signals, "now", now):
                desk.ok("print")
            self.figures.alone_s = time.monotonic() - started
            found = desk.sql("SELECT number, sha256 FROM lots")
        return {row.number: row.sha256 for row in found}


def prove(plan: Plan, folder: Path) -> Figures:
    """All of it in an empty folder."""
    with ExitStack() as stack:
        server = stack.enter_context(real_postgres(durable=True))
        links = [stack.enter_context(link(server.port)) for _ in range(plan.workers + 1)]
        return Trial(plan, server, links, folder).run()


@contextmanager
def _environ(said: Mapping[str, str]) -> Iterator[None]:
    with patch.dict(os.environ, said):
        yield


def _utc(when: object) -> datetime:
    assert isinstance(when, datetime | str)
    found = when if isinstance(when, datetime) else datetime.fromisoformat(when)
    return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
