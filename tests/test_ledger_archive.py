"""The archive gives back the exact bytes, or says that it cannot."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from hashlib import sha256
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from merge.errors import LedgerError
from merge.ledger.archive import Archive

LETTER = b"Subject: VSA\r\n\r\nMonsieur le Maire du Havre,\r\n" * 40


def test_the_exact_bytes_come_back_in_another_process_life(tmp_path: Path) -> None:
    with closing(Archive(tmp_path / "archive.db")) as archive:
        digest = archive.put(LETTER)
    assert digest == sha256(LETTER).hexdigest()
    with closing(Archive(tmp_path / "archive.db", read_only=True)) as archive:
        assert archive.get(digest) == LETTER


@given(messages=st.lists(st.binary(max_size=300), max_size=6))
def test_whatever_is_put_comes_back(
    tmp_path_factory: pytest.TempPathFactory, messages: list[bytes]
) -> None:
    with closing(Archive(tmp_path_factory.mktemp("archive") / "archive.db")) as archive:
        digests = archive.put_many(messages)
        assert [archive.get(digest) for digest in digests] == messages
        assert archive.put_many(messages) == digests


def test_letters_that_are_alike_take_little_room(tmp_path: Path) -> None:
    letters = [bytes(range(256)) * 8 + f"Commune {number}".encode() for number in range(100)]
    with closing(Archive(tmp_path / "archive.db")) as archive:
        archive.put_many(letters)
    assert sum(map(len, letters)) > 200_000
    assert (tmp_path / "archive.db").stat().st_size < 60_000


def test_what_is_not_there_is_said_to_be_missing(tmp_path: Path) -> None:
    with closing(Archive(tmp_path / "archive.db")) as archive:
        with pytest.raises(LedgerError, match="archive-missing"):
            archive.get("0" * 64)
        archive.put(LETTER)
        with pytest.raises(LedgerError, match="archive-missing"):
            archive.get("0" * 64)


@pytest.mark.parametrize("data", [b"no zlib at all", b"x\x9c\x03\x00\x00\x00\x00\x01"])
def test_bytes_that_rotted_are_never_given_out(tmp_path: Path, data: bytes) -> None:
    with closing(Archive(tmp_path / "archive.db")) as archive:
        digest = archive.put(LETTER)
    with closing(sqlite3.connect(tmp_path / "archive.db")) as handle:
        handle.execute("UPDATE messages SET data = ?", [data])
        handle.commit()
    with (
        closing(Archive(tmp_path / "archive.db")) as archive,
        pytest.raises(LedgerError, match="archive-damaged"),
    ):
        archive.get(digest)
