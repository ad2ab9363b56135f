"""Erasing: after it no byte of a name is found in any file, and what can be counted is left."""

from __future__ import annotations

import csv
import io
import json
import os
import re
import shutil
import sys
from collections.abc import Iterator, Sequence
from contextlib import closing
from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import psycopg
import pytest

from merge.app import backup, campaigns, purge, shared_files
from merge.app.opening import now, open_campaign, users_accounts
from merge.errors import Busy, ExitCode, Refused
from merge.job import Consent
from merge.ledger.archive import Archive
from merge.ledger.driver.places import database_at
from merge.ledger.opening import archive_place, ledger_place
from tests import mails
from tests.both import on_each_database, on_server, sql
from tests.cameback import came_back, drop, refers_to
from tests.desk import HAVRE, NICE, Desk, Y, a_user
from tests.dying import deleted, dies
from tests.servers.capture import CaptureServer
from tests.servers.certificates import Authority
from tests.servers.postgres import Postgres, work_of

pytest_plugins = ["tests.servers.fixtures"]

DINAN = "22050;Dinan;F;Élise;MARTIN;;1 rue Haute;22100;Dinan"
OF_NICE = ("Étienne", "ÇELIK", "Çelik", "nice@example.org", "5 rue de l", "duchemin", "DUCHEMIN")
OF_HAVRE = ("Goff", "GOFF", "1517 place", "1517 PLACE", "76084")
_HASH = re.compile(rb"[0-9a-f]{32,}")
OF_Y = ("Claude", "den Berg", "DEN BERG", "y@example.org")
DOCUMENT = b"%PDF-1.7 Mme DUCHEMIN, Mme LE GOFF"
EVERYBODY = (*OF_NICE, *OF_HAVRE, *OF_Y)


def is_over(desk: Desk, server: CaptureServer) -> Desk:
    """A campaign that is over, with all that can be kept of people in it."""
    desk.make()
    desk.ok("import", str(desk.sheet(NICE, HAVRE, Y)))
    desk.connect(server)
    desk.ok("send")  # a rehearsal leaves its e-mails in a folder
    desk.ok("send", "--really", "--yes", "--untested")
    desk.ok("print", "--separate")
    desk.ok("print", "--posted", "1")
    answer = mails.answer(
        refers=refers_to(desk, "06088"),
        sender="Paule DUCHEMIN <nice@example.org>",
        body="D'accord. Paule Duchemin, mairie de Nice. Merci de ne plus nous écrire.",
    )
    open_question = mails.answer(
        refers="", sender="Mairie d'Y <claude.den.berg@example.com>", own_id="<2@x>"
    )
    desk.ok("replies", "--from", drop(desk, answer, open_question), "--yes")
    said = ("--note", "Mme Duchemin, par duchemin@example.com", "--evidence", "mail")
    desk.ok("answer", "Nice", "yes", *said, "--address", "https://example.org/duchemin.pdf")
    document = desk.folder.parent / "deliberation.pdf"  # of both towns
    document.write_bytes(DOCUMENT)
    desk.ok("answer", "Nice", "yes", "--evidence", str(document))
    desk.ok("answer", "Le Havre", "conditions", "--evidence", str(document), "--publish")
    desk.ok("suppress", "nice@example.org", "--reason", "Mme Duchemin a écrit: stop")
    return desk


@pytest.fixture(scope="module")
def over(tmp_path_factory: pytest.TempPathFactory, authority: Authority) -> Path:
    """One of them in files, and its user's home."""
    place = tmp_path_factory.mktemp("over")
    server = CaptureServer(folder=tmp_path_factory.mktemp("captured"), authority=authority)
    with pytest.MonkeyPatch.context() as patch, server.running():
        for name, value in a_user(place).items():
            patch.setenv(name, value)
        is_over(Desk(place / "campaign"), server)
    return place


@pytest.fixture
def desk(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, over: Path
) -> Desk:
    """Such a campaign: a copy, or one of its own on the server of `each_database`."""
    monkeypatch.setenv("PUBLIPOSTAGE_PASSWORD", "secret")
    desk = Desk(tmp_path / "campaign")
    if os.environ.get("PUBLIPOSTAGE_DATABASE"):
        return is_over(desk, request.getfixturevalue("capture_server"))
    shutil.copytree(over, tmp_path, dirs_exist_ok=True)
    monkeypatch.setenv("PUBLIPOSTAGE_HOME", str(tmp_path / "home"))
    desk.ok("adopt", "--yes")
    return desk


def files_with(desk: Desk, names: Sequence[str]) -> dict[str, list[str]]:
    """Each name, in any encoding that a file of ours has, and the files whose bytes hold it."""
    found: dict[str, list[str]] = {}
    home = Path(os.environ["PUBLIPOSTAGE_HOME"])
    for path in [*desk.folder.rglob("*"), *home.rglob("*")]:
        data = path.read_bytes() if path.is_file() else b""
        for name in names:
            forms = {name.encode(), name.encode("utf-16-le"), json.dumps(name)[1:-1].encode()}
            if any(form in _but_hashes(data, name) for form in forms):
                found.setdefault(name, []).append(path.name)
    rows = list(rows_on_server())
    for name in names:
        if any(name.encode() in _but_hashes(row, name) for row in rows):
            found.setdefault(name, []).append("database")
    return found


def _but_hashes(data: bytes, name: str) -> bytes:
    """The digits of a postcode may stand in one by chance."""
    return data if _HASH.fullmatch(name.encode()) else _HASH.sub(b" ", data)


def rows_on_server() -> Iterator[bytes]:
    """Every row of the database, where the campaign is in one."""
    if not (url := os.environ.get("PUBLIPOSTAGE_DATABASE")):
        return
    tables = (
        "SELECT format('%I.%I', schemaname, tablename) FROM pg_tables"
        " WHERE schemaname NOT IN ('pg_catalog', 'information_schema')"
    )
    with psycopg.connect(url) as connection:
        for (table,) in connection.execute(tables).fetchall():
            rows = f"SELECT each::text FROM {table} AS each"  # noqa: S608 its own name for it
            for (row,) in connection.execute(rows.encode()):
                yield row.encode()


def archive(desk: Desk) -> Archive:
    with closing(users_accounts()) as accounts:
        return Archive(archive_place(desk.folder, accounts))


def archive_sql(desk: Desk, statement: str, **values: object) -> Sequence[Any]:
    with closing(users_accounts()) as accounts:
        return sql(archive_place(desk.folder, accounts), statement, **values)


def compact() -> str:
    """The method that leaves nothing of what was erased."""
    if os.environ.get("PUBLIPOSTAGE_DATABASE"):
        return "merge.ledger.driver.postgres:PostgresDatabase.compact"
    return "merge.ledger.driver.sqlite:SqliteDatabase.compact"


def unpacked(desk: Desk) -> list[bytes]:
    """Every message of the archive: packed, a name would not be found."""
    digests = [digest for (digest,) in archive_sql(desk, "SELECT sha256 FROM messages")]
    with closing(archive(desk)) as opened:
        return [opened.get(digest) for digest in digests]


@on_each_database
def test_after_a_purge_no_byte_of_a_name_is_left_in_any_file(desk: Desk) -> None:
    two = NICE.replace("nice@example.org", "nice@example.org, duchemin@example.org")
    desk.ok("import", str(desk.sheet(two, HAVRE, Y)))
    report = came_back(desk, "80829", "y@example.org", "5.1.1", "smtp; 550 no y@example.org here")
    desk.ok("replies", "--from", drop(desk, report), "--yes")
    before = desk.figures()
    assert "\nFrom: " in desk.ok("show", "Nice").out
    kept = {"Étienne", "nice@example.org", "1517 place", "1517 PLACE", "y@example.org"}
    digests = [digest for (digest,) in desk.sql("SELECT DISTINCT evidence FROM answers")]
    assert {*kept, *digests} <= set(files_with(desk, [*EVERYBODY, *digests]))
    desk.ok("purge", "--really", "--yes")
    assert files_with(desk, [*EVERYBODY, *digests]) == {}
    assert desk.sql("SELECT DISTINCT address, evidence, published FROM answers") == [("", "", 0)]
    assert not (desk.folder / "outbox").exists()
    assert not (desk.folder / "archive.db").exists()
    assert desk.figures() == before
    rows = list(csv.DictReader(io.StringIO(desk.ok("report", "--csv").out)))
    assert [(row["commune"], row["channel"], row["state"]) for row in rows] == [
        ("Nice", "email", "engaged"),
        ("Le Havre", "paper", "engaged-with-conditions"),
        ("Y", "email", "not-reached"),
    ]
    assert desk.run("show", "Nice", "--eml").code == 2
    assert "\nFrom:" not in desk.ok("show", "Nice").out  # the row, which would be 0
    assert desk.run("import", "--undo").code == 3
    desk.ok("purge", "--really", "--yes")  # again changes nothing


@on_server
@on_each_database
def test_after_a_purge_no_name_is_left_in_what_a_server_keeps_beside_the_rows(
    desk: Desk, real_postgres: Postgres
) -> None:
    url = os.environ["PUBLIPOSTAGE_DATABASE"]
    with psycopg.connect(url) as connection:
        connection.execute("ANALYZE")  # as the server does by itself in time
    kept = server_has(real_postgres, url, EVERYBODY)
    assert "nice@example.org" in kept["statistics"] & kept["files"]
    for whom, names in ((["Nice"], OF_NICE), ([], EVERYBODY)):
        desk.ok("purge", *whom, "--really", "--yes")
        found = server_has(real_postgres, url, [*names, "Duchemin"])
        assert found == {"statistics": set(), "files": set()}


def server_has(server: Postgres, url: str, names: Sequence[str]) -> dict[str, set[str]]:
    """Which of these names stand in the statistics of a database, and in its files."""
    with psycopg.connect(url) as connection:
        told = connection.execute("SELECT pg_stats::text FROM pg_stats").fetchall()
    found = {"statistics": " ".join(row for (row,) in told).encode(), "files": server.bytes_of(url)}
    return {where: {n for n in names if n.encode() in data} for where, data in found.items()}


@on_server
@on_each_database
def test_work_that_waits_for_a_worker_names_nobody(desk: Desk) -> None:
    url = os.environ["PUBLIPOSTAGE_DATABASE"]
    assert not work_of(url)  # the sending of that evening is over
    with open_campaign(desk.folder, access="exclusive", command="send") as campaign:
        shared_files.ask_for_hands(campaign, 1, [2])
    assert work_of(url) == [{"run": 1}] * shared_files.HANDS
    desk.ok("purge", "--really", "--yes")
    assert desk.sql("SELECT 1 FROM facts WHERE name = 'agreed_to'") == []


@on_each_database
def test_whoever_asked_to_stop_keeps_it_though_nobody_can_read_who_that_is(
    desk: Desk, tmp_path: Path
) -> None:
    desk.ok("purge", "--really", "--yes")
    assert "nice@" not in desk.ok("suppress").out
    other = Desk(tmp_path / "other")
    other.make()
    other.ok("import", str(desk.sheet(NICE, HAVRE, Y)))
    other.ok("print", "--all")
    assert other.figures()["email"]["suppressed"] == 1


def test_a_rehearsal_erases_nothing_and_says_what_would_go(desk: Desk) -> None:
    (desk.folder / "liste.csv").write_text("Paule DUCHEMIN", encoding="utf-8")
    before = {path: path.read_bytes() for path in desk.folder.glob("outbox/**/*.pdf")}
    assert "liste.csv" in desk.ok("purge").err
    assert {path: path.read_bytes() for path in desk.folder.glob("outbox/**/*.pdf")} == before
    assert "Étienne" in files_with(desk, OF_NICE)
    assert desk.run("purge", "--really", typed="n\n").code != 0
    assert "Étienne" in files_with(desk, OF_NICE)


@on_each_database
def test_one_recipient_is_erased_and_the_others_are_as_they_were(desk: Desk) -> None:
    letter = desk.ok("show", "Y", "--eml").out
    kept = unpacked(desk)
    proved = "SELECT grade, address, evidence, published FROM answers ORDER BY number"
    assert desk.sql(proved)[-1][2:] == (sha256(DOCUMENT).hexdigest(), 1)
    desk.ok("purge", "Nice", "--really", "--yes")
    # The document of Le Havre names somebody of Nice, too.
    assert desk.sql(proved) == [("deliberation", "", "", 0), *[("", "", "", 0)] * 2]
    assert files_with(desk, OF_NICE) == {}
    assert len(kept) == 5
    assert len(unpacked(desk)) == 2  # Y's letter, and the mail that nobody has decided on
    assert not [name for name in OF_NICE for data in unpacked(desk) if name.encode() in data]
    assert desk.ok("show", "Y", "--eml").out == letter
    assert "Claude" in desk.ok("show", "Y").out
    assert desk.run("show", "Nice", "--eml").code == 2
    assert list(desk.folder.glob("outbox/lots/*.pdf"))
    assert desk.figures()["email"]["sent"] == 2
    assert "claude.den.berg" in desk.ok("replies", "--all").out


def test_whatever_else_lies_there_of_somebody_goes_with_them(
    desk: Desk, capture_server: CaptureServer
) -> None:
    """An address that another has replaced, letters made again, what a kill left of a lot, of a
    backup or of a purge.
    """
    unknown = came_back(desk, "80829", "y@example.org", "5.1.1", "smtp; 550 5.1.1 unknown")
    desk.ok("replies", "--from", drop(desk, unknown), "--yes")
    desk.ok("edit", "Y", "email=neuf@example.org")
    desk.connect(capture_server)
    desk.ok("send", "--really", "--yes", "--untested")
    assert "y@example.org" in desk.ok("suppress").out
    desk.ok("print", "--lot", "1", "--from", "1", "--to", "1", "--yes")
    lots = desk.folder / "outbox" / "lots"
    left = (".backup-abc/ledger.db", "archive.db.making", "archive.db.making-wal")
    for name in (*left, "outbox/lots/.cutting-abc/part.pdf"):
        (desk.folder / name).parent.mkdir(exist_ok=True)
        (desk.folder / name).write_bytes(b"Anne LE GOFF, Mme DUCHEMIN")
    desk.ok("purge", "Le Havre", "--really", "--yes")
    assert [path for path in lots.rglob("*") if path.is_file()] == []
    assert files_with(desk, OF_HAVRE) == {}
    desk.ok("purge", "Y", "--really", "--yes")
    assert files_with(desk, (*OF_Y, "neuf@example.org")) == {}
    for name in left:
        (desk.folder / name).parent.mkdir(exist_ok=True)
        (desk.folder / name).write_bytes(b"Mme DUCHEMIN")
    desk.ok("purge", "--really", "--yes")
    assert files_with(desk, EVERYBODY) == {}


@pytest.mark.parametrize("name", ["outbox", "outbox/discarded", "outbox/discarded/more"])
def test_what_lies_behind_a_link_is_somebody_s_own(desk: Desk, name: str, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    if name == "outbox":
        (desk.folder / name).rename(elsewhere)
    (elsewhere / "discarded").mkdir(parents=True)
    (elsewhere / "discarded" / "own.txt").write_text("mine", encoding="utf-8")
    (desk.folder / name).parent.mkdir(parents=True, exist_ok=True)
    (desk.folder / name).symlink_to(elsewhere if name == "outbox" else elsewhere / "discarded")
    for whom in ([], ["Nice"]):
        assert desk.run("purge", *whom, "--really", "--yes").code == 3
    assert (elsewhere / "discarded" / "own.txt").read_text(encoding="utf-8") == "mine"
    assert "Étienne" in files_with(desk, OF_NICE)


def test_the_lot_that_holds_an_erased_letter_goes_and_so_does_a_mail_that_may_be_theirs(
    desk: Desk,
) -> None:
    desk.ok("purge", "Le Havre", "--really", "--yes")
    assert files_with(desk, OF_HAVRE) == {}
    assert not list(desk.folder.glob("outbox/lots/**/*.pdf"))
    assert any(b"claude.den.berg@example.com" in data for data in unpacked(desk))
    desk.ok("purge", "Y", "--really", "--yes")
    assert not any(b"claude.den.berg@example.com" in data for data in unpacked(desk))
    assert files_with(desk, (*OF_Y, "claude.den.berg")) == {}


def posted_without_insee(folder: Path, key_and_name: str) -> Desk:
    """A campaign whose one letter is posted, to somebody who has a key of their own."""
    other = Desk(folder / "sans-code")
    other.make()
    header = "Dossier;Commune;Courriel;Adresse;Code postal;Ville"
    sheet = other.sheet(f"{key_and_name};;1 rue X;75001;Paris", header=header)
    other.ok("import", str(sheet), "--map", "key=Dossier")
    other.ok("print")
    other.ok("print", "--posted", "1")
    return other


def test_a_recipient_without_an_insee_code_loses_key_and_name(tmp_path: Path) -> None:
    other = posted_without_insee(tmp_path, "DUCHEMIN-7;Association Duchemin")
    other.ok("answer", "DUCHEMIN-7", "no")
    other.ok("purge", "--really", "--yes")
    assert files_with(other, ("DUCHEMIN-7", "Duchemin", "DUCHEMIN")) == {}
    assert other.figures()["paper"]["posted"] == 1
    with closing(users_accounts()) as accounts:
        assert database_at(ledger_place(other.folder, accounts)).is_sound()
    ((key, named),) = other.sql("SELECT recipient, (SELECT key FROM recipients) FROM answers")
    assert key == named
    assert key.startswith("~")


def test_nothing_is_erased_while_something_is_on_its_way_or_in_doubt(desk: Desk) -> None:
    for status in ("unknown", "sending"):  # whose sender has died
        desk.sql("UPDATE deliveries SET status = :status WHERE recipient = '80829'", status=status)
        assert desk.run("purge", "--really", "--yes").code == 3
        assert "Étienne" in files_with(desk, OF_NICE)
    desk.ok("purge", "Nice", "--really", "--yes")  # of whom nothing waits


def test_whoever_is_still_to_be_written_to_is_suppressed_before_they_are_erased(
    desk: Desk,
) -> None:
    for status in ("queued", "deferred"):
        desk.sql("UPDATE deliveries SET status = :status WHERE recipient = '80829'", status=status)
        assert desk.run("purge", "Y", "--really", "--yes").code == 3
        assert "Claude" in desk.ok("show", "Y").out
    desk.ok("purge", "Nice", "--really", "--yes")  # of whom nothing waits


@pytest.mark.parametrize("status", ["queued", "held"])
def test_a_campaign_that_is_given_up_is_erased_and_what_has_left_stays_counted(
    desk: Desk, status: str
) -> None:
    desk.sql("UPDATE deliveries SET status = :status WHERE recipient = '80829'", status=status)
    desk.ok("purge", "--really", "--yes")
    assert files_with(desk, OF_NICE) == {}
    after = desk.figures()
    assert (after["email"]["sent"], after["paper"]["posted"], after["unreachable"]) == (1, 1, 1)
    assert after["email"][status] == 0
    desk.ok("send", "--really", "--yes", "--untested")


def test_a_yes_to_another_purge_erases_nothing(desk: Desk) -> None:
    whole = sorted(desk.folder.rglob("*.pdf"))
    with purge.open(desk.folder, lambda event: None, really=True) as campaign:
        agreed = Consent(code="erase", facts={"recipients": 1, "messages": 0})
        result = purge.run(campaign, None, [agreed])
        assert (result.code, result.wants) == (ExitCode.REFUSED, purge.plan(campaign, None).wants)
    assert sorted(desk.folder.rglob("*.pdf")) == whole
    assert desk.ok("show", "Y", "--eml").out


def test_an_edit_of_an_import_that_was_undone_is_erased_with_its_campaign(tmp_path: Path) -> None:
    desk = Desk(tmp_path / "campaign")
    desk.make()
    desk.ok("import", str(desk.sheet(NICE)))
    desk.ok("edit", "Nice", "nom=Duchemin")
    desk.ok("import", "--undo")
    assert files_with(desk, ["Duchemin"])
    desk.ok("purge", "--really", "--yes")
    assert files_with(desk, ["Duchemin"]) == {}


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGKILL")
@on_each_database
def test_a_purge_that_is_killed_at_any_instant_is_finished_by_the_next(desk: Desk) -> None:
    """And that of one takes nothing from the others."""
    before, letter = desk.figures(), desk.ok("show", "Y", "--eml").out
    for point, when in (
        ("merge.ledger.archive:Archive.put", "after"),  # in the middle of the archive made anew
        ("merge.ledger.archive:Archive.erase", "after"),
        (compact(), "before"),
    ):
        dies(desk, point, when, "purge", "Nice", "--really", "--yes")
        assert desk.ok("show", "Y", "--eml").out == letter
    desk.ok("purge", "Nice", "--really", "--yes")
    assert files_with(desk, OF_NICE) == {}
    assert not [data for data in unpacked(desk) if b"nice@" in data]
    assert desk.ok("show", "Y", "--eml").out == letter
    for point, when in (
        ("shutil:rmtree", "after"),
        ("merge.ledger.archive:Archive.erase", "before"),
        ("merge.ledger.archive:Archive.erase", "after"),
        ("merge.ledger.suppression:SuppressionList.forget", "after"),
        ("merge.ledger.purging:_erase", "after"),
        (compact(), "before"),
    ):
        dies(desk, point, when, "purge", "--really", "--yes")
    desk.ok("purge", "--really", "--yes")
    assert files_with(desk, EVERYBODY) == {}
    assert desk.figures() == before


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGKILL")
@on_each_database
def test_an_answer_that_is_killed_names_no_document_that_is_not_there(desk: Desk) -> None:
    """And what no answer names goes with the next purge."""
    document = desk.folder.parent / "letter.pdf"
    document.write_bytes(b"%PDF-1.7 M. den Berg")
    before = desk.sql("SELECT evidence FROM answers")
    for point, when, kept in (
        ("merge.ledger.archive:Archive.put", "before", 5),
        ("merge.ledger.archive:Archive.put", "after", 6),
        ("merge.ledger.replies:TownAnswers.add", "before", 6),
    ):
        dies(desk, point, when, "answer", "Y", "yes", "--evidence", str(document))
        assert desk.sql("SELECT evidence FROM answers") == before
        assert len(unpacked(desk)) == kept
    dies(
        desk,
        "merge.ledger.replies:TownAnswers.add",
        "after",
        *("answer", "Y", "yes"),
        "--evidence",
        str(document),
    )
    assert desk.sql("SELECT evidence FROM answers WHERE recipient = '80829'") == [
        (sha256(document.read_bytes()).hexdigest(),)
    ]
    assert document.read_bytes() in unpacked(desk)
    desk.ok("purge", "Y", "--really", "--yes")
    assert document.read_bytes() not in unpacked(desk)


# The whole campaign


@on_each_database
def test_of_a_deleted_campaign_nothing_is_left_but_who_must_not_be_written_to(desk: Desk) -> None:
    desk.ok("backup", str(desk.folder.parent / "out.zip"))
    assert deleted(desk.folder).code == ExitCode.DONE
    assert not desk.folder.exists()
    assert files_with(desk, (*EVERYBODY, "out.zip")) == {}
    assert campaigns.campaigns() == []
    with closing(users_accounts()) as accounts:
        assert accounts.suppression.lines()


def test_what_somebody_put_into_the_folder_stays_when_the_campaign_is_deleted(desk: Desk) -> None:
    theirs = {"mayors.xlsx", "signature.png", "photos/street.jpg", "attachments/plan.pdf"}
    for name in theirs:
        (desk.folder / name).parent.mkdir(exist_ok=True)
        (desk.folder / name).write_bytes(b"mine")
    (desk.folder / "letter.before.md").write_text("what the program keeps", "utf-8")
    assert set(purge.deletion(desk.folder).left) == theirs
    deleted(desk.folder)
    left = [path for path in desk.folder.rglob("*") if path.is_file()]
    assert {path.relative_to(desk.folder).as_posix() for path in left} == theirs


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGKILL")
@on_each_database
def test_a_deletion_that_is_killed_at_any_instant_is_finished_by_the_next(desk: Desk) -> None:
    """What opens in between is whole."""
    for point, when in (
        ("shutil:rmtree", "after"),
        ("merge.ledger.archive:Archive.erase", "before"),
        ("merge.ledger.purging:_erase", "after"),
        ("merge.app.purge:run", "after"),
        *[("pathlib:Path.unlink", "after")] * 3,
        ("merge.ledger.accounts:Accounts.unregister", "before"),
    ):
        dies(desk, point, when, "delete")
        (known,) = campaigns.campaigns()
        if known.trouble is None:
            whole = {"letter.md", "letter.css", "campaign.toml"}
            assert whole <= {path.name for path in desk.folder.iterdir()}
            assert desk.figures()["recipients"] == 3
        else:
            assert files_with(desk, EVERYBODY) == {}
    deleted(desk.folder)
    assert not desk.folder.exists()
    assert campaigns.campaigns() == []


def test_a_deleted_campaign_that_comes_back_writes_to_nobody_before_it_is_adopted(
    desk: Desk,
) -> None:
    """How far it had come is still known, and so how many steps an older copy has missed."""
    older = shutil.copytree(desk.folder, desk.folder.parent / "older")
    desk.ok("import", str(desk.sheet(NICE, HAVRE, Y, DINAN)))
    desk.ok("print")
    desk.ok("print", "--posted", "2")
    deleted(desk.folder)
    shutil.move(older, desk.folder)
    assert desk.run("send", "--really", "--yes", "--untested").code == 3
    assert backup.adoption(desk.folder).risk.behind > 0


def test_nothing_is_deleted_while_a_sending_is_at_work(desk: Desk) -> None:
    with open_campaign(desk.folder, access="share", command="send"), pytest.raises(Busy):
        deleted(desk.folder)
    assert desk.ok("show", "Y", "--eml").out


def test_nothing_is_deleted_while_a_sending_waits_for_its_time(desk: Desk) -> None:
    with closing(users_accounts()) as accounts, accounts.living("send") as waiter:
        with open_campaign(desk.folder, access="share", command="send") as sending:
            commands = sending.ledger.commands
            number = commands.begin("send", {}, (), now(), "")
            commands.wait(number, now() + timedelta(hours=1), now(), waiter.token)
        with pytest.raises(Refused, match="delete-sending"):
            deleted(desk.folder)
    assert desk.ok("show", "Y", "--eml").out
