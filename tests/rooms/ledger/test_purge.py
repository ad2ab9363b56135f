"""Erasing: after it no byte of a name is found in any file, and what can be counted is left."""

from __future__ import annotations

import csv
import io
import json
import os
import re
import sys
from collections.abc import Iterator, Sequence
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg
import pytest
from procrastinate.exceptions import ConnectorException
from procrastinate.manager import JobManager

from merge.app import purge, send
from merge.app.opening import open_campaign, users_accounts
from merge.errors import ExitCode, LedgerError
from merge.job import Consent
from merge.ledger.archive import Archive
from merge.ledger.driver.places import database_at
from merge.ledger.opening import archive_place, ledger_place
from merge.ledger.work import due
from tests import mails
from tests.both import on_each_database, on_server, sql
from tests.cameback import came_back, drop, refers_to
from tests.desk import HAVRE, NICE, Desk, Y
from tests.dying import dies
from tests.servers.capture import CaptureServer
from tests.servers.postgres import Postgres, work_of

pytest_plugins = ["tests.servers.fixtures"]
pytestmark = on_each_database

OF_NICE = ("Étienne", "ÇELIK", "Çelik", "nice@example.org", "5 rue de l", "duchemin", "DUCHEMIN")
OF_HAVRE = ("Goff", "GOFF", "1517 place", "1517 PLACE", "76084")
_HASH = re.compile(rb"[0-9a-f]{32,}")
OF_Y = ("Claude", "den Berg", "DEN BERG", "y@example.org")
EVERYBODY = (*OF_NICE, *OF_HAVRE, *OF_Y)


@pytest.fixture
def desk(tmp_path: Path, capture_server: CaptureServer, monkeypatch: pytest.MonkeyPatch) -> Desk:
    """A campaign that is over, with all that can be kept of people in it."""
    monkeypatch.setenv("PUBLIPOSTAGE_PASSWORD", capture_server.password)
    desk = Desk(tmp_path / "campaign")
    desk.make()
    desk.ok("import", str(desk.sheet(NICE, HAVRE, Y)))
    desk.connect(capture_server)
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
    desk.ok("answer", "Nice", "yes", "--note", "Mme Duchemin, par duchemin@example.com")
    desk.ok("suppress", "nice@example.org", "--reason", "Mme Duchemin a écrit: stop")
    return desk


def files_with(desk: Desk, names: Sequence[str]) -> dict[str, list[str]]:
    """Each name, in any encoding that a file of ours has, and the files whose bytes hold it."""
    found: dict[str, list[str]] = {}
    home = Path(os.environ["PUBLIPOSTAGE_HOME"])
    for path in [*desk.folder.rglob("*"), *home.rglob("*")]:
        data = path.read_bytes() if path.is_file() else b""
        data = _HASH.sub(b" ", data)  # the digits of a postcode may stand in one by chance
        for name in names:
            forms = {name.encode(), name.encode("utf-16-le"), json.dumps(name)[1:-1].encode()}
            if any(form in data for form in forms):
                found.setdefault(name, []).append(path.name)
    rows = list(rows_on_server())
    for name in names:
        if any(name.encode() in row for row in rows):
            found.setdefault(name, []).append("database")
    return found


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
                yield _HASH.sub(b" ", row.encode())


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


def test_after_a_purge_no_byte_of_a_name_is_left_in_any_file(desk: Desk) -> None:
    two = NICE.replace("nice@example.org", "nice@example.org, duchemin@example.org")
    desk.ok("import", str(desk.sheet(two, HAVRE, Y)))
    report = came_back(desk, "80829", "y@example.org", "5.1.1", "smtp; 550 no y@example.org here")
    desk.ok("replies", "--from", drop(desk, report), "--yes")
    before = desk.figures()
    assert "\nFrom: " in desk.ok("show", "Nice").out
    kept = {"Étienne", "nice@example.org", "1517 place", "1517 PLACE", "y@example.org"}
    assert kept <= set(files_with(desk, EVERYBODY))
    said = desk.ok("purge", "--really", "--yes")
    assert "Erased." in said.err
    assert files_with(desk, EVERYBODY) == {}
    assert not (desk.folder / "outbox").exists()
    assert not (desk.folder / "archive.db").exists()
    assert desk.figures() == before
    told = desk.ok("report").out
    assert "2 recipients written to, 1 has answered, 1 has agreed" in told
    rows = list(csv.DictReader(io.StringIO(desk.ok("report", "--csv").out)))
    assert [(row["commune"], row["channel"], row["answer"]) for row in rows] == [
        ("Nice", "email", "yes"),
        ("Le Havre", "paper", ""),
    ]
    assert desk.run("show", "Nice", "--eml").code == 2
    assert "\nFrom:" not in desk.ok("show", "Nice").out  # the row, which would be 0
    assert desk.run("import", "--undo").code == 3
    desk.ok("purge", "--really", "--yes")  # again changes nothing


@on_server
@pytest.mark.parametrize(
    ("whom", "names"), [((), EVERYBODY), (("Nice",), OF_NICE)], ids=["all", "one"]
)
def test_after_a_purge_no_name_is_left_in_what_a_server_keeps_beside_the_rows(
    desk: Desk, real_postgres: Postgres, whom: Sequence[str], names: Sequence[str]
) -> None:
    url = os.environ["PUBLIPOSTAGE_DATABASE"]
    with psycopg.connect(url) as connection:
        connection.execute("ANALYZE")  # as the server does by itself in time
    names = [*names, "Duchemin"]
    kept = server_has(real_postgres, url, names)
    assert "nice@example.org" in kept["statistics"] & kept["files"]
    desk.ok("purge", *whom, "--really", "--yes")
    assert server_has(real_postgres, url, names) == {"statistics": set(), "files": set()}


def server_has(server: Postgres, url: str, names: Sequence[str]) -> dict[str, set[str]]:
    """Which of these names stand in the statistics of a database, and in its files."""
    with psycopg.connect(url) as connection:
        told = connection.execute("SELECT pg_stats::text FROM pg_stats").fetchall()
    found = {"statistics": " ".join(row for (row,) in told).encode(), "files": server.bytes_of(url)}
    return {where: {n for n in names if n.encode() in data} for where, data in found.items()}


@on_server
def test_work_that_waits_for_a_worker_names_nobody(desk: Desk) -> None:
    url = os.environ["PUBLIPOSTAGE_DATABASE"]
    assert not work_of(url)  # the sending of that evening is over
    with open_campaign(desk.folder, access="exclusive", command="send") as campaign:
        send.ask_for_hands(campaign, 1, [2])
    assert work_of(url) == [{"run": 1}] * send.HANDS
    desk.ok("purge", "--really", "--yes")
    assert desk.sql("SELECT 1 FROM facts WHERE name = 'agreed_to'") == []


@on_server
def test_a_server_that_goes_while_the_queue_is_read_is_a_reason(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    def goes(*_what: object, **_how: object) -> None:
        raise ConnectorException from psycopg.OperationalError("server closed the connection")

    monkeypatch.setattr(JobManager, "list_jobs", goes)
    with pytest.raises(LedgerError) as raised:
        due(os.environ["PUBLIPOSTAGE_DATABASE"], "of any", datetime.now(UTC))
    assert raised.value.code == "database-unreachable"


def test_after_a_purge_nobody_is_asked_for_another_address(desk: Desk) -> None:
    desk.ok("print", "--returned", "76351")
    assert "another address for those whose letter came back" in desk.ok("status").out
    desk.ok("purge", "--really", "--yes")
    assert "another address" not in desk.ok("status").out


def test_whoever_asked_to_stop_keeps_it_though_nobody_can_read_who_that_is(
    desk: Desk, tmp_path: Path
) -> None:
    desk.ok("purge", "--really", "--yes")
    listed = desk.ok("suppress").out
    assert "(erased; still kept)" in listed
    assert "nice@" not in listed
    other = Desk(tmp_path / "other")
    other.make()
    other.ok("import", str(desk.sheet(NICE, HAVRE, Y)))
    assert "1 letter does not leave" in other.ok("print", "--all").err
    assert other.figures()["email"]["suppressed"] == 1


def test_a_rehearsal_erases_nothing_and_says_what_would_go(desk: Desk) -> None:
    (desk.folder / "liste.csv").write_text("Paule DUCHEMIN", encoding="utf-8")
    before = {path: path.read_bytes() for path in desk.folder.glob("outbox/**/*.pdf")}
    said = desk.ok("purge")
    assert "Of 3 recipients: names, addresses, " in said.err
    assert "liste.csv" in said.err
    assert "A rehearsal: nothing is erased. To erase it: publipostage purge --really" in said.err
    assert {path: path.read_bytes() for path in desk.folder.glob("outbox/**/*.pdf")} == before
    assert "Étienne" in files_with(desk, OF_NICE)
    assert desk.run("purge", "--really", typed="n\n").code != 0
    assert "Étienne" in files_with(desk, OF_NICE)


def test_one_recipient_is_erased_and_the_others_are_as_they_were(desk: Desk) -> None:
    letter = desk.ok("show", "Y", "--eml").out
    kept = unpacked(desk)
    desk.ok("purge", "Nice", "--really", "--yes")
    assert files_with(desk, OF_NICE) == {}
    assert len(kept) == 4
    assert len(unpacked(desk)) == 2  # Y's letter, and the mail that nobody has decided on
    assert not [name for name in OF_NICE for data in unpacked(desk) if name.encode() in data]
    assert desk.ok("show", "Y", "--eml").out == letter
    assert "Claude" in desk.ok("show", "Y").out
    assert desk.run("show", "Nice", "--eml").code == 2
    assert list(desk.folder.glob("outbox/lots/*.pdf"))
    assert desk.figures()["email"]["sent"] == 2
    assert "claude.den.berg" in desk.ok("replies", "--all").out


@pytest.mark.parametrize("whom", [["Y"], []])
def test_who_wrote_and_was_not_read_yet_still_counts_as_having_answered(
    desk: Desk, whom: list[str]
) -> None:
    wrote = mails.answer(
        refers=refers_to(desk, "80829"), sender="Claude <y@example.org>", own_id="<3@x>"
    )
    desk.ok("replies", "--from", drop(desk, wrote), "--yes")
    assert "2 have answered, 1 has agreed, 1 to be read" in desk.ok("report").out
    desk.ok("purge", *whom, "--really", "--yes")
    assert files_with(desk, OF_Y) == {}
    told = desk.ok("report").out.strip()
    assert told.endswith("2 have answered, 1 has agreed")  # nobody can read it any more
    assert "To do: read" not in desk.ok("status").out
    (row,) = (
        each
        for each in csv.DictReader(io.StringIO(desk.ok("report", "--csv").out))
        if each["commune"] == "Y"
    )
    assert (row["answer"], row["answered_by"]) == ("", "email")
    assert "Y" not in desk.ok("replies", "--all").out


def test_an_address_that_another_has_replaced_is_erased_from_the_list_of_the_dead_too(
    desk: Desk,
) -> None:
    came_back = mails.report(
        "failed",
        "5.1.1",
        "smtp; 550 5.1.1 unknown",
        returned="Content-Type: text/rfc822-headers\n\nTo: y@example.org\n"
        f"Message-ID: {refers_to(desk, '80829')}\n",
        to="y@example.org",
    )
    desk.ok("replies", "--from", drop(desk, came_back), "--yes")
    desk.ok("edit", "Y", "email=neuf@example.org")
    desk.ok("send", "--really", "--yes", "--untested")
    assert "y@example.org" in desk.ok("suppress").out
    desk.ok("purge", "Y", "--really", "--yes")
    assert files_with(desk, (*OF_Y, "neuf@example.org")) == {}
    listed = desk.ok("suppress").out
    assert "nice@example.org" in listed
    assert listed.count("(erased; still kept)") == 1


def test_whoever_wrote_from_an_address_of_the_list_is_erased_from_it_too(desk: Desk) -> None:
    desk.ok("suppress", "claude.den.berg@example.com", "--reason", "asked")
    desk.ok("purge", "Y", "--really", "--yes")
    assert files_with(desk, (*OF_Y, "claude.den.berg")) == {}


def test_letters_made_again_and_what_a_kill_has_left_of_them_go_with_their_lot(desk: Desk) -> None:
    desk.ok("print", "--lot", "1", "--from", "1", "--to", "1", "--yes")
    lots = desk.folder / "outbox" / "lots"
    (lots / ".cutting-abc").mkdir()
    (lots / ".cutting-abc" / "part.pdf").write_bytes(b"Anne LE GOFF")
    desk.ok("purge", "Le Havre", "--really", "--yes")
    assert [path for path in lots.rglob("*") if path.is_file()] == []


@pytest.mark.parametrize("whom", [["Nice"], []])
@pytest.mark.parametrize("name", ["outbox", "outbox/discarded", "outbox/discarded/more"])
def test_what_lies_behind_a_link_is_somebody_s_own(
    desk: Desk, whom: list[str], name: str, tmp_path: Path
) -> None:
    elsewhere = tmp_path / "elsewhere"
    if name == "outbox":
        (desk.folder / name).rename(elsewhere)
    (elsewhere / "discarded").mkdir(parents=True)
    (elsewhere / "discarded" / "own.txt").write_text("mine", encoding="utf-8")
    (desk.folder / name).parent.mkdir(parents=True, exist_ok=True)
    (desk.folder / name).symlink_to(elsewhere if name == "outbox" else elsewhere / "discarded")
    for words in (["--really", "--yes"], []):
        said = desk.run("purge", *whom, *words)
        assert said.code == 3
        assert f"This is a link, which leads to {elsewhere}" in said.err
    assert (elsewhere / "discarded" / "own.txt").read_text(encoding="utf-8") == "mine"
    assert "Étienne" in files_with(desk, OF_NICE)


def test_copies_of_the_whole_campaign_that_still_hold_the_one_are_named(desk: Desk) -> None:
    names = ("outbox/backup/a.zip", "outbox/backup/b.zip")
    for name in names:
        (desk.folder / name).parent.mkdir(parents=True, exist_ok=True)
        (desk.folder / name).write_bytes(b"Mme DUCHEMIN")
    for words in ([], ["--really", "--yes"]):
        said = desk.ok("purge", "Nice", *words)
        assert "still hold this recipient: " + ", ".join(names) in said.err
    assert all((desk.folder / name).exists() for name in names)
    said = desk.ok("purge", "--really", "--yes")
    assert "still hold" not in said.err
    assert not any((desk.folder / name).exists() for name in names)


@pytest.mark.parametrize("whom", [["Nice"], []])
def test_what_a_backup_or_a_purge_that_was_killed_has_left_is_erased_too(
    desk: Desk, whom: list[str]
) -> None:
    (desk.folder / ".backup-abc").mkdir()
    for left in (".backup-abc/ledger.db", "archive.db.making", "archive.db.making-wal"):
        (desk.folder / left).write_bytes(b"Mme DUCHEMIN")
    desk.ok("purge", *whom, "--really", "--yes")
    assert files_with(desk, OF_NICE) == {}


def test_a_damaged_message_of_another_keeps_nobody_s_names(desk: Desk) -> None:
    (letter,) = [
        row["sha256"]
        for row in csv.DictReader(io.StringIO(desk.ok("log", "--format", "csv").out))
        if row["commune"] == "Y"
    ]
    rotten = "UPDATE messages SET data = :zero WHERE sha256 = :letter RETURNING id"
    assert len(archive_sql(desk, rotten, zero=bytes(1), letter=letter)) == 1
    said = desk.ok("purge", "Nice", "--really", "--yes")
    assert "1 letter or mail of another was damaged in archive.db" in said.err
    assert files_with(desk, OF_NICE) == {}
    assert len(unpacked(desk)) == 1
    assert "is not in the archive" in desk.run("show", "Y", "--eml").err


def test_letters_that_no_row_names_any_more_go_with_whoever_is_erased(desk: Desk) -> None:
    with closing(archive(desk)) as opened:
        opened.put([b"To: nice@example.org\r\n\r\nwhat was made and never left\r\n"])
    desk.ok("purge", "Nice", "--really", "--yes")
    assert not [data for data in unpacked(desk) if b"nice@" in data]
    assert len(unpacked(desk)) == 2


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


def test_a_key_of_two_words_stands_in_the_command_as_a_shell_takes_it(tmp_path: Path) -> None:
    other = posted_without_insee(tmp_path, "Duchemin Paule;Association")
    said = other.ok("purge", "Duchemin Paule").err
    assert 'To erase it: publipostage purge "Duchemin Paule" --really' in said


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


@pytest.mark.parametrize(
    ("status", "why"),
    [
        ("unknown", "in doubt or not yet posted"),
        ("sending", "in doubt or not yet posted"),
    ],
)
def test_nothing_is_erased_while_something_is_on_its_way_or_in_doubt(
    desk: Desk, status: str, why: str
) -> None:
    desk.sql("UPDATE deliveries SET status = :status WHERE recipient = '80829'", status=status)
    said = desk.run("purge", "--really", "--yes")
    assert said.code == 3
    assert why in said.err
    assert ("Warning: " in said.err) is (status == "sending")  # whose sender had died
    assert "Étienne" in files_with(desk, OF_NICE)
    desk.ok("purge", "Nice", "--really", "--yes")  # of whom nothing waits


@pytest.mark.parametrize("status", ["queued", "deferred"])
def test_whoever_is_still_to_be_written_to_is_suppressed_before_they_are_erased(
    desk: Desk, status: str
) -> None:
    desk.sql("UPDATE deliveries SET status = :status WHERE recipient = '80829'", status=status)
    said = desk.run("purge", "Y", "--really", "--yes")
    assert (said.code, "still wait to leave" in said.err) == (3, True)
    assert "Claude" in desk.ok("show", "Y").out
    desk.ok("purge", "Nice", "--really", "--yes")  # of whom nothing waits


@pytest.mark.parametrize("status", ["queued", "deferred", "held"])
def test_a_campaign_that_is_given_up_is_erased_and_what_has_left_stays_counted(
    desk: Desk, status: str
) -> None:
    desk.sql("UPDATE deliveries SET status = :status WHERE recipient = '80829'", status=status)
    waits = status != "held"
    assert ("1 letter has not left yet: it will not" in desk.ok("purge").err) is waits
    before = desk.figures()
    desk.ok("purge", "--really", "--yes")
    assert files_with(desk, OF_NICE) == {}
    after = desk.figures()
    assert (after["email"]["sent"], after["paper"]["posted"], after["unreachable"]) == (1, 1, 1)
    assert (before["email"][status], after["email"][status]) == (1, 0)
    assert desk.ok("send", "--really", "--yes", "--untested").code == 0


def test_a_campaign_of_which_nothing_has_left_is_erased_also_after_a_lot_was_given_back(
    desk: Desk, tmp_path: Path
) -> None:
    other = Desk(tmp_path / "given-up")
    other.make()
    other.ok("import", str(desk.sheet(HAVRE, Y)))
    other.ok("print")
    assert "ready to print" in other.run("purge", "--really", "--yes").err
    other.ok("print", "--discard", "1", "--yes")
    other.ok("purge", "--really", "--yes")
    assert not [each for each in files_with(other, OF_HAVRE).values() if "ledger.db" in each]
    assert other.figures()["unreachable"] == 2


def test_a_lot_that_is_not_in_the_post_is_not_erased(desk: Desk, tmp_path: Path) -> None:
    other = Desk(tmp_path / "lot")
    other.make()
    other.ok("import", str(desk.sheet(HAVRE)))
    other.ok("print")
    said = other.run("purge", "--really", "--yes")
    assert said.code == 3
    assert "ready to print" in said.err


def test_what_is_known_of_somebody_is_handed_out_as_json(desk: Desk) -> None:
    record = json.loads(desk.ok("show", "Nice", "--json").out)
    assert record["recipient"]["surname"] == "Çelik"
    assert record["letters"][0]["status"] == "sent"
    assert record["attempts"][0]["code"] == 250
    assert "Paule Duchemin" in record["replies"][0]["text"]
    assert record["answers"][0]["note"] == "Mme Duchemin, par duchemin@example.com"
    assert record["must_not_be_written_to"] is True


def test_status_reminds_when_the_day_has_come(desk: Desk) -> None:
    settings = desk.folder / "campaign.toml"
    text = settings.read_text(encoding="utf-8")
    for day, reminds in (("2020-01-31", True), ("2999-01-31", False)):
        line = f"[campaign]\nretain_until = {day}\n"
        settings.write_text(text.replace("[campaign]\n", line), encoding="utf-8")
        assert ("To erase it: publipostage purge" in desk.ok("status").out) is reminds


def test_a_yes_to_another_purge_erases_nothing(desk: Desk) -> None:
    whole = sorted(desk.folder.rglob("*.pdf"))
    with purge.open(desk.folder, None, lambda event: None, really=True) as job:
        agreed = Consent(code="erase", facts={"recipients": 1, "messages": 0})
        result = job.run([agreed])
        assert (result.code, result.wants) == (ExitCode.REFUSED, job.plan().wants)
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
def test_a_purge_that_is_killed_at_any_instant_is_finished_by_the_next(desk: Desk) -> None:
    before = desk.figures()
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
def test_a_purge_of_one_that_is_killed_takes_nothing_from_the_others(desk: Desk) -> None:
    letter = desk.ok("show", "Y", "--eml").out
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
