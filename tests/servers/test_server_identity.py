"""A database that was put back, failed over with commits lost, or copied sends nothing again."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from merge.errors import LedgerError
from merge.ledger.accounts import CAMPAIGNS, Accounts
from merge.ledger.driver.postgres import engine_of
from merge.ledger.opening import ON_SERVER, adopt, adoption_risk, create_ledger, witness
from merge.ledger.records import QuotaLimits
from merge.model import Status
from tests.both import sql
from tests.ledger_desk import Desk, desk_on
from tests.ledger_hands import NOON, claim, intent, settled
from tests.servers.postgres import Postgres

pytest_plugins = ["tests.servers.fixtures"]

EVERYBODY = None
COUNTED = ("me@host", QuotaLimits(), NOON)


@pytest.fixture
def desk(own_postgres: Postgres, tmp_path: Path) -> Iterator[Desk]:
    """A campaign of four towns, on a server whose data a test may put back."""
    with desk_on(own_postgres, tmp_path, towns=4) as made:
        yield made


def send_one(desk: Desk) -> str:
    with desk.open("share", "send") as opened:
        (one,) = claim(opened.ledger, EVERYBODY, 1, NOON)
        assert opened.ledger.commit([], [intent(one)], *COUNTED).leaving == [one.id]
        opened.ledger.commit([settled(one)], [], *COUNTED)
        return one.key


def a_worker(desk: Desk, home: Path) -> Desk:
    """On another machine, as far as it has a folder."""
    fetched = home / CAMPAIGNS / "id" / "version"
    fetched.mkdir(parents=True)
    shutil.copy(desk.folder / ON_SERVER, fetched)
    return Desk(fetched, Accounts(home / "accounts.db", server=desk.accounts.server))


def test_commits_that_a_server_has_lost_stop_everybody_until_a_person_adopts_it(
    desk: Desk, own_postgres: Postgres
) -> None:
    first = send_one(desk)
    own_postgres.put_back(own_postgres.base_backup())
    with desk.open("share"):  # nothing has left since
        pass
    copy = own_postgres.base_backup()
    second = send_one(desk)
    own_postgres.put_back(copy)
    with pytest.raises(LedgerError) as caught, desk.open("share"):
        pass
    assert caught.value.code == "ledger-behind"
    assert (caught.value.facts["counter"], caught.value.facts["counter_known"]) == (1, 2)
    adoption = adopt(desk.folder, accounts=desk.accounts)
    assert (adoption.code, adoption.behind, adoption.waiting) == ("ledger-behind", 1, 3)
    with desk.open("share") as opened:
        stands = {each.key: each.status for each in opened.ledger.deliveries()}
    assert (stands[first], stands[second]) == (Status.SENT, Status.QUEUED)  # as adopt has told


@pytest.mark.parametrize("how", [(), ("-R",)], ids=["a copy put back", "a standby promoted"])
def test_who_was_off_sends_nothing_on_a_server_that_has_lost_commits(
    desk: Desk, own_postgres: Postgres, tmp_path: Path, how: Sequence[str]
) -> None:
    off, exact = a_worker(desk, tmp_path / "off"), a_worker(desk, tmp_path / "exact")
    send_one(off)
    send_one(exact)
    copy = own_postgres.base_backup(*how)
    send_one(desk)
    own_postgres.put_back(copy)
    assert off.refusal() == "ledger-restarted"
    with exact.open("share", "send") as opened:  # as far as it knows, nothing is missing
        commands = opened.ledger.commands
        number = commands.begin("send", {}, [], NOON, "")
        off.accounts.close()
        with off.open("share"):
            pass
        assert desk.refusal() == "ledger-behind"
        assert commands.look(number, NOON)[0]  # who is at work is asked to end
    assert (exact.refusal(), off.refusal()) == ("ledger-behind", "ledger-behind")
    assert adoption_risk(off.folder, accounts=off.accounts).behind == 1
    adopt(desk.folder, accounts=desk.accounts)
    for each in (off, exact, desk):
        with each.open("share"):
            pass


def test_a_sender_commits_no_intent_on_a_server_that_was_started_again(
    desk: Desk, own_postgres: Postgres
) -> None:
    with desk.open("share", "send") as opened:
        one, two = claim(opened.ledger, EVERYBODY, 2, NOON)
        opened.ledger.commit([], [intent(one)], *COUNTED)
        own_postgres.put_back(own_postgres.base_backup())
        codes = []
        for _ in ("the session that has ended", "another one"):
            with pytest.raises(LedgerError) as caught:
                opened.ledger.commit([], [intent(two)], *COUNTED)
            codes.append(caught.value.code)
        opened.ledger.commit([settled(one)], [], *COUNTED)  # what was heard is written all the same
    assert codes == ["database-unreachable", "ledger-restarted"]


def test_a_worker_that_lives_witnesses_what_others_have_sent(
    desk: Desk, own_postgres: Postgres, tmp_path: Path
) -> None:
    worker = a_worker(desk, tmp_path / "worker")
    with worker.open("share"):
        pass
    send_one(desk)
    campaign_id = (desk.folder / ON_SERVER).read_text().strip()
    witness(campaign_id, worker.accounts)
    desk.accounts.close()
    own_postgres.put_back(own_postgres.base_backup())
    with worker.open("share"):
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
