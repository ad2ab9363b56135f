"""A database that was put back, failed over with commits lost, or copied sends nothing again."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from merge.errors import LedgerError
from merge.ledger.accounts import CAMPAIGNS, Accounts
from merge.ledger.driver.postgres import engine_of
from merge.ledger.opening import ON_SERVER, adopt, create_ledger
from merge.ledger.records import QuotaLimits
from merge.model import Status
from tests.both import sql
from tests.crash.ledger_desk import Desk
from tests.crash.ledger_hands import NOON, claim, intent, settled
from tests.fakes import town
from tests.servers.postgres import Postgres

pytest_plugins = ["tests.servers.fixtures"]

EVERYBODY = None
COUNTED = ("me@host", QuotaLimits(), NOON)


@pytest.fixture
def desk(own_postgres: Postgres, tmp_path: Path) -> Iterator[Desk]:
    """A campaign of four towns, on a server whose data a test may put back."""
    url = own_postgres.make_database()
    with closing(Accounts(tmp_path / "user" / "accounts.db", server=url)) as accounts:
        made = Desk(tmp_path / "campaign", accounts)
        create_ledger(made.folder, accounts=accounts, now=lambda: NOON)
        made.import_towns([town(number) for number in range(1, 5)])
        yield made
    engine_of(url).dispose()


def send_one(desk: Desk) -> str:
    with desk.open("share", "send") as opened:
        (one,) = claim(opened.ledger, EVERYBODY, 1, NOON)
        assert opened.ledger.commit([], [intent(one)], *COUNTED).leaving == [one.id]
        opened.ledger.commit([settled(one)], [], *COUNTED)
        return one.key


def saved(server: Postgres) -> Path:
    """A copy of its data as they are now; it goes on."""
    copy = server.root / "saved"
    server.stop()
    shutil.copytree(server.root / "data", copy)
    server.start()
    return copy


def put_back(server: Postgres, copy: Path) -> None:
    """As after a failover to a standby that had not got the last commits, or from a backup."""
    server.stop()
    data = server.root / "data"
    owner = data.stat()
    shutil.rmtree(data)
    shutil.move(copy, data)
    for path in (data, *data.rglob("*")):
        shutil.chown(path, owner.st_uid, owner.st_gid)
    server.start()


def test_commits_that_a_server_has_lost_stop_everybody_until_a_person_adopts_it(
    desk: Desk, own_postgres: Postgres
) -> None:
    first = send_one(desk)
    copy = saved(own_postgres)
    second = send_one(desk)
    put_back(own_postgres, copy)
    with pytest.raises(LedgerError) as caught, desk.open("share"):
        pass
    assert caught.value.code == "ledger-behind"
    assert (caught.value.facts["counter"], caught.value.facts["counter_known"]) == (1, 2)
    adoption = adopt(desk.folder, accounts=desk.accounts)
    assert (adoption.code, adoption.behind, adoption.waiting) == ("ledger-behind", 1, 3)
    with desk.open("share") as opened:
        stands = {each.key: each.status for each in opened.ledger.deliveries()}
    assert (stands[first], stands[second]) == (Status.SENT, Status.QUEUED)  # as adopt has told


def test_what_is_put_back_is_accepted_where_nothing_has_left_since(
    desk: Desk, own_postgres: Postgres
) -> None:
    send_one(desk)
    copy = saved(own_postgres)
    put_back(own_postgres, copy)
    with desk.open("share"):
        pass


def test_a_copy_of_the_database_is_refused_beside_the_one_it_was_made_of(
    desk: Desk, own_postgres: Postgres
) -> None:
    send_one(desk)
    engine_of(desk.accounts.server).dispose()
    desk.accounts.close()
    name = desk.accounts.server.rpartition("/")[2]
    copy = own_postgres.make_database(f"TEMPLATE {name}")
    with closing(Accounts(desk.accounts.path, server=copy)) as accounts:
        assert replace(desk, accounts=accounts).refusal() == "ledger-copied"
    engine_of(copy).dispose()
    with desk.open("share"):
        pass


def test_a_folder_that_nobody_said_is_the_campaigns_is_refused_until_a_person_adopts_it(
    desk: Desk, tmp_path: Path
) -> None:
    send_one(desk)
    folder = shutil.copytree(desk.folder, tmp_path / "elsewhere" / "campaign")
    assert replace(desk, folder=folder).refusal() == "ledger-copied"
    own = Accounts(tmp_path / "other" / "accounts.db", server=desk.accounts.server)
    with closing(own) as accounts:
        colleague = Desk(folder, accounts)
        assert colleague.refusal() == "ledger-foreign"
        adopt(folder, accounts=accounts)
        with colleague.open("share") as opened:
            assert opened.ledger.counts().email[Status.SENT] == 1
    with desk.open("share"):
        pass
    moved = desk.folder.rename(tmp_path / "moved")
    with replace(desk, folder=moved).open("share"):
        pass


def test_what_a_worker_has_fetched_is_the_campaigns_and_takes_no_folder_from_a_person(
    desk: Desk, tmp_path: Path
) -> None:
    below = Path(CAMPAIGNS) / "id" / "version"
    fetched = desk.accounts.path.parent / below
    fetched.mkdir(parents=True)
    shutil.copy(desk.folder / ON_SERVER, fetched)
    for folder in (fetched, desk.folder, fetched, desk.folder):
        with replace(desk, folder=folder).open("share"):
            pass
    own = Accounts(tmp_path / "other" / "accounts.db", server=desk.accounts.server)
    with closing(own) as accounts:
        elsewhere = shutil.copytree(fetched, tmp_path / "campaigns" / "id" / "version")
        assert Desk(elsewhere, accounts).refusal() == "ledger-foreign"
        with Desk(shutil.copytree(fetched, own.path.parent / below), accounts).open("share"):
            pass


def test_a_note_that_names_another_campaign_than_the_ledger_is_refused(desk: Desk) -> None:
    (desk.folder / "other").mkdir()
    other = create_ledger(desk.folder / "other", accounts=desk.accounts, now=lambda: NOON)
    place = desk.accounts.site_of(other)
    sql(place, "UPDATE campaign SET uuid = :uuid", uuid="00000000-0000-4000-8000-000000000000")
    assert replace(desk, folder=desk.folder / "other").refusal() == "ledger-damaged"
