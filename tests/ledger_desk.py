"""A campaign to try the ledger on: a folder, this user's accounts, and a few towns."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from merge.errors import Refused
from merge.ledger.accounts import Accounts
from merge.ledger.driver.postgres import engine_of
from merge.ledger.identity import place_of
from merge.ledger.ledger import Ledger
from merge.ledger.opening import Access, Opened, create_ledger, ledger_place, open_ledger
from merge.ledger.records import ImportChange
from merge.model import Recipient
from tests.both import sql
from tests.fakes import town
from tests.ledger_hands import NOON
from tests.servers.postgres import Postgres


@dataclass
class Desk:
    """One campaign on disk."""

    folder: Path
    accounts: Accounts

    @property
    def ledger(self) -> Path:
        return self.folder / "ledger.db"

    def open(self, access: Access, command: str = "test") -> AbstractContextManager[Opened]:
        return open_ledger(
            self.folder, access=access, command=command, accounts=self.accounts, now=lambda: NOON
        )

    def sql(self, statement: str, **values: object) -> Sequence[Any]:
        """As another program's hand: see `both.sql`."""
        return sql(ledger_place(self.folder, self.accounts), statement, **values)

    def import_towns(self, towns: Sequence[Recipient]) -> ImportChange:
        with self.open("exclusive", "import") as opened:
            return store(opened.ledger, towns)

    def refusal(self, access: Access = "share") -> str:
        """The code with which opening is refused; fails the test when it is not."""
        with pytest.raises(Refused) as caught, self.open(access):
            pass
        return caught.value.code


def store(ledger: Ledger, towns: Sequence[Recipient]) -> ImportChange:
    with ledger.importing(NOON) as intake:
        intake.take(towns)
        intake.keep([("towns.csv", "0" * 64)])
        return intake.change()


def new_desk(place: Path, towns: int = 0) -> Desk:
    """A campaign in `place`/campaign with so many towns, all with an e-mail."""
    desk = Desk(place / "campaign", Accounts(place / "user" / "accounts.db"))
    create_ledger(desk.folder, accounts=desk.accounts, now=lambda: NOON)
    if towns:
        desk.import_towns([town(number) for number in range(1, towns + 1)])
    return desk


@contextmanager
def desk_on(server: Postgres, place: Path, towns: int) -> Iterator[Desk]:
    """The same, in a database of this server."""
    url = server.make_database()
    with closing(Accounts(place / "user" / "accounts.db", server=url)) as accounts:
        desk = Desk(place / "campaign", accounts)
        create_ledger(desk.folder, accounts=accounts, now=lambda: NOON)
        desk.import_towns([town(number) for number in range(1, towns + 1)])
        yield desk
    engine_of(url).dispose()


def desk_from_dump(place: Path, dump: Path) -> Desk:
    """The campaign whose ledger was frozen in `dump`, at home on this machine."""
    desk = Desk(place / "campaign", Accounts(place / "user" / "accounts.db"))
    desk.folder.mkdir()
    with closing(sqlite3.connect(desk.ledger)) as ledger:
        ledger.executescript(dump.read_text(encoding="utf-8"))
        ledger.execute("UPDATE campaign SET install = ?", [desk.accounts.install_id])
        ledger.commit()
        ((campaign_id, counter),) = ledger.execute("SELECT uuid, counter FROM campaign")
    desk.accounts.register(campaign_id, place_of(desk.ledger, counter=counter))
    return desk
