"""The archive gives back the exact bytes, or says that it cannot."""

from __future__ import annotations

import sqlite3
from base64 import encodebytes
from contextlib import closing
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import literal, select
from sqlalchemy.dialects.sqlite import dialect

from merge.errors import LedgerError
from merge.ledger import archive as archive_room
from merge.ledger.archive import CUT_FROM, VERSION, Archive, compress
from merge.ledger.driver.addresses import Place, ServerPlace
from merge.ledger.driver.places import beside
from merge.mail.message import MailComposer
from merge.model import Channel, Enclosure, Letter, Message
from tests.both import sql, statements

pytest_plugins = ["tests.servers.fixtures"]

LETTER = b"Subject: VSA\r\n\r\nMonsieur le Maire du Havre,\r\n" * 40


@pytest.fixture
def place(each_database: str, tmp_path: Path) -> Place:
    """Of the archive of a campaign, on each database."""
    return ServerPlace(each_database, "archive") if each_database else tmp_path / "archive.db"


ROTTEN = [
    *(b"", b"nothing at all", b"x\x9c\x03\x00\x00\x00\x00\x01", b"\x28\xb5\x2f\xfd\x20"),
    *(compress(b"another letter"), compress(LETTER)[:-1], compress(LETTER)[:-9] + b"damaged!!"),
]


def test_a_message_is_kept_once_and_found_without_a_look_at_the_others(tmp_path: Path) -> None:
    with closing(Archive(tmp_path / "archive.db")) as archive:
        digest, _other = archive.put([LETTER, LETTER + b"Nice"])
        archive.put([LETTER + b"Y", LETTER, LETTER + b"Y"])
    found = select(archive_room._messages.c.id).where(archive_room._has(literal(digest)))
    sql = found.compile(dialect=dialect(), compile_kwargs={"literal_binds": True})
    with closing(sqlite3.connect(tmp_path / "archive.db")) as handle:
        assert handle.execute("SELECT COUNT(*) FROM messages").fetchone() == (3,)
        assert handle.execute(str(sql)).fetchall() == [(1,)]
        ((*_where, how),) = handle.execute(f"EXPLAIN QUERY PLAN {sql}").fetchall()
    assert "USING INDEX messages_by_digest" in how


def test_what_is_not_there_is_said_to_be_missing(tmp_path: Path) -> None:
    (tmp_path / "emptied.db").touch()
    with (
        closing(Archive(tmp_path / "emptied.db")) as emptied,
        pytest.raises(LedgerError, match="archive-missing"),
    ):
        emptied.get("0" * 64)
    with closing(Archive(tmp_path / "archive.db")) as archive:
        with pytest.raises(LedgerError, match="archive-missing"):
            archive.get("0" * 64)
        assert [*archive.messages(but=())] == []
        assert not [*tmp_path.glob("archive.db*")]  # who looks for one makes none
        for kept in ((), {"0" * 64}):
            assert archive.erase(but=kept) == 0
        archive.put([LETTER])[0]
        with pytest.raises(LedgerError, match="archive-missing"):
            archive.get("0" * 64)


def test_bytes_that_rotted_are_never_given_out(tmp_path: Path) -> None:
    place = tmp_path / "archive.db"
    with closing(Archive(place)) as archive:
        digest = archive.put([LETTER])[0]
    for data in ROTTEN:
        sql(place, "UPDATE messages SET data = :data", data=data)
        with (
            closing(Archive(place)) as archive,
            pytest.raises(LedgerError, match="archive-damaged"),
        ):
            archive.get(digest)


def test_what_a_killed_erasure_left_comes_into_no_archive(place: Place) -> None:
    other = LETTER + b"\r\n"
    with closing(Archive(beside(place, "making"))) as left:
        left.put([other])
    with closing(Archive(place)) as archive:
        kept, erased = archive.put([LETTER, other])
        assert archive.erase(but={kept}) == 0
        assert archive.get(kept) == LETTER
        with pytest.raises(LedgerError, match="archive-missing"):
            archive.get(erased)


def test_an_erasure_keeps_what_it_is_told_and_not_a_byte_of_all_else(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(archive_room, "_COPIED_AT_ONCE", 2)
    messages = [letter_with(SCAN, number) for number in range(6)]
    with closing(Archive(place)) as archive:
        digests = archive.put(messages)
        sql(
            place,
            "UPDATE messages SET data = :zero WHERE sha256 = :rotten",
            zero=bytes(1),
            rotten=digests[4],
        )
        assert archive.erase(but=digests[1:]) == 1  # the damaged one went, too
        assert list(archive.messages(but=())) == [messages[n] for n in (1, 2, 3, 5)]
        # The attachment went with the file: it is there for what comes.
        assert archive.get(archive.put([letter_with(SCAN, 7)])[0]) == letter_with(SCAN, 7)
        assert parts_in(place) == 1
        assert archive.erase(but={"0" * 64}) == 0
        if isinstance(place, Path):
            assert not [*place.parent.iterdir()]
        else:
            schemas = "SELECT nspname FROM pg_namespace WHERE nspname LIKE 'archive%'"
            assert sql(place, schemas) == []
        assert archive.get(archive.put([messages[0]])[0]) == messages[0]


def test_an_erasure_in_an_archive_that_cannot_be_read_erases_nothing(place: Place) -> None:
    with closing(Archive(place)) as archive:
        kept, _other = archive.put([LETTER, LETTER * 2])
        sql(place, "ALTER TABLE parts RENAME TO elsewhere")
        sql(place, "UPDATE messages SET parts = '[[0, \"a\"]]'")
        with pytest.raises(LedgerError, match="ledger-error"):
            archive.erase(but={kept})
        assert sql(place, "SELECT count(*) FROM messages") == [(2,)]


# --- attachments ----------------------------------------------------------------------------------

SCAN = b"".join(sha256(str(i).encode()).digest() for i in range(10_000))  # not to be compressed


def letter_with(scan: bytes, number: int) -> bytes:
    """An e-mail of the program with an attachment, to one of many."""
    composer = MailComposer(
        from_name="Collectif",
        from_address="groupe@example.org",
        campaign_id="c1",
        files=lambda path: scan,
    )
    letter = Letter(
        key=str(number),
        channel=Channel.EMAIL,
        reference="",
        subject=f"Commune {number}",
        text=f"À la commune {number}.\n",
        html=f"<p>À la commune {number}.</p>\n",
        enclosures=(Enclosure(path="scan.pdf", media_type="application/pdf"),),
    )
    at = datetime(2026, 11, 24, tzinfo=UTC)
    one = composer.compose(letter, to="mairie@example.org", wave=1, date=at)
    assert isinstance(one, Message)
    return one.data


def parts_in(place: Place) -> int:
    ((count,),) = sql(place, "SELECT count(*) FROM parts")
    return int(count)


def test_all_messages_but_some_are_read_and_one_that_rotted_is_passed_over(tmp_path: Path) -> None:
    path = tmp_path / "archive.db"
    with closing(Archive(path)) as archive:
        assert list(archive.messages(but=())) == []
        path.touch()  # a kill before its tables were made
        assert list(archive.messages(but=())) == []
        first, _second, third = archive.put([LETTER, LETTER * 2, LETTER * 3])
        with closing(sqlite3.connect(path)) as file:
            file.execute("UPDATE messages SET data = x'00' WHERE sha256 = ?", [third])
            file.commit()
        assert list(archive.messages(but={first})) == [LETTER * 2]


def test_many_messages_are_read_in_one_look(tmp_path: Path) -> None:
    """A purge reads all of a campaign's, and copies those of all others where one asks for it."""
    with closing(Archive(tmp_path / "archive.db")) as archive:
        digests = archive.put([LETTER * n for n in range(1, 101)])
        with statements() as asked:
            assert len(list(archive.messages(but=digests[:1]))) == 99
            assert archive.erase(but=digests[1:]) == 0
    assert asked.count("BEGIN") == 2


def test_what_everybody_is_sent_is_kept_once(tmp_path: Path) -> None:
    path, messages = tmp_path / "archive.db", [letter_with(SCAN, number) for number in range(40)]
    with closing(Archive(path)) as archive:
        digests = [*archive.put(messages[:1]), *archive.put(messages[1:20])]
    with closing(Archive(path)) as archive:  # which has not seen the attachment
        digests += archive.put(messages[20:])
    assert sum(map(len, messages)) > 16_000_000
    assert path.stat().st_size < 500_000
    assert parts_in(path) == 1
    with closing(Archive(path, read_only=True)) as archive:
        assert [archive.get(digest) for digest in digests] == messages


def test_a_part_of_a_commit_that_failed_is_written_by_the_next(tmp_path: Path) -> None:
    path = tmp_path / "archive.db"
    with closing(Archive(path)) as archive, closing(sqlite3.connect(path)) as handle:
        archive.put([LETTER])[0]
        handle.execute("CREATE UNIQUE INDEX fault ON messages (id > 0)")  # no second one
        with pytest.raises(LedgerError):
            archive.put([letter_with(SCAN, 1)])[0]
        handle.execute("DROP INDEX fault")
        handle.commit()
        assert parts_in(path) == 0
        assert archive.get(archive.put([letter_with(SCAN, 1)])[0]) == letter_with(SCAN, 1)


PIECES = st.sampled_from(
    [
        b"Content-Transfer-Encoding: base64\r\n",
        b"\r\n",
        b"\r\n\r\n",
        b"\r\n--",
        encodebytes(bytes(CUT_FROM)).replace(b"\n", b"\r\n"),
        b"x" * CUT_FROM,
        b"",
    ]
)


@settings(max_examples=40)
@given(st.lists(st.lists(PIECES | st.binary(max_size=20), max_size=9).map(b"".join), max_size=4))
def test_whatever_looks_like_an_attachment_comes_back(
    tmp_path_factory: pytest.TempPathFactory, messages: list[bytes]
) -> None:
    with closing(Archive(tmp_path_factory.mktemp("archive") / "archive.db")) as archive:
        digests = archive.put(messages)
        assert [archive.get(digest) for digest in digests] == messages


def test_a_part_that_is_gone_is_damage_and_never_left_out(tmp_path: Path) -> None:
    place = tmp_path / "archive.db"
    with closing(Archive(place)) as archive:
        digest = archive.put([letter_with(SCAN, 1)])[0]
    sql(place, "DELETE FROM parts")
    with (
        closing(Archive(place)) as archive,
        pytest.raises(LedgerError, match="archive-damaged"),
    ):
        archive.get(digest)


def test_an_archive_of_another_program_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "archive.db"
    with closing(Archive(path)) as archive:
        digest = archive.put([LETTER])[0]
    for version, code in ((VERSION + 1, "newer"), (VERSION - 1, "too-old")):
        with closing(sqlite3.connect(path)) as handle:
            handle.execute(f"PRAGMA user_version = {version}")
        with closing(Archive(path)) as archive:
            for use in (lambda: archive.put([LETTER])[0], lambda: archive.get(digest)):
                with pytest.raises(LedgerError, match=f"ledger-{code}"):
                    use()
