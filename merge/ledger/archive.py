"""archive.db: the exact bytes of every message, by SHA-256, compressed and durable.

The letters of a campaign are alike, so each is compressed with the archive's first message as
the dictionary: a tenth of the room, and no slower. Orphans are harmless.
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from typing import Any

from sqlalchemy import (
    Column,
    Connection,
    ForeignKey,
    Integer,
    LargeBinary,
    MetaData,
    Row,
    String,
    Table,
    func,
    insert,
    select,
)

from merge.errors import LedgerError
from merge.ledger.database import Database, make_private_file, reaching
from merge.ledger.reading import chunks

_metadata = MetaData()

_messages = Table(
    "messages",
    _metadata,
    Column("id", Integer, primary_key=True),
    Column("sha256", String(64), nullable=False, unique=True),
    Column("size", Integer, nullable=False),
    Column("dictionary", ForeignKey("messages.id")),  # None: compressed without one
    Column("data", LargeBinary, nullable=False),
)


class Archive:
    """Fills `merge.campaign.ports.Archive`. The file is made by the first `put`."""

    def __init__(self, path: Path, *, read_only: bool = False) -> None:
        self._path = path
        self._database = Database(path, read_only=read_only)
        self._is_ready = False
        self._dictionaries: dict[int, bytes] = {}

    def put(self, data: bytes) -> str:
        """Durable when it returns. The SHA-256 in hex."""
        return self.put_many([data])[0]

    def put_many(self, messages: Sequence[bytes]) -> list[str]:
        """Several in one commit, which costs little more than one."""
        digests = [sha256(data).hexdigest() for data in messages]
        missing = dict(zip(digests, messages, strict=True))
        self._make_ready()
        with self._database.writing() as tx:
            for some in chunks(digests):
                there = select(_messages.c.sha256).where(_messages.c.sha256.in_(some))
                for digest in tx.execute(there).scalars():
                    missing.pop(digest, None)
            first = tx.execute(select(func.min(_messages.c.id))).scalar_one()
            if first is None and missing:
                digest = next(iter(missing))
                row = _row(digest, missing.pop(digest), None, b"")
                first = tx.execute(
                    insert(_messages).values(row).returning(_messages.c.id)
                ).scalar_one()
            if missing:
                dictionary = self._dictionary(tx, first)
                rows = [_row(digest, data, first, dictionary) for digest, data in missing.items()]
                tx.execute(insert(_messages), rows)
        return digests

    def get(self, digest: str) -> bytes:
        """The bytes of this SHA-256 (hex), checked.

        LedgerError("archive-missing") when they are not there, ("archive-damaged") when what
        is there is something else.
        """
        if not self._path.exists():
            raise LedgerError("archive-missing", path=str(self._path), sha256=digest)
        with self._database.reading() as tx:
            query = select(_messages).where(_messages.c.sha256 == digest)
            row = tx.execute(query).one_or_none()
            if row is None:
                raise LedgerError("archive-missing", path=str(self._path), sha256=digest)
            try:
                data = self._unpacked(tx, row)
            except zlib.error:
                data = b""
        if sha256(data).hexdigest() != digest:
            raise LedgerError("archive-damaged", path=str(self._path), sha256=digest)
        return data

    def close(self) -> None:
        """Close the file."""
        self._database.close()

    def _make_ready(self) -> None:
        """The file and its table, made once; two senders may come at the same time."""
        if self._is_ready:
            return
        with reaching(self._path), suppress(FileExistsError):
            make_private_file(self._path)
        with self._database.writing() as tx:
            _metadata.create_all(tx)
        self._is_ready = True

    def _dictionary(self, tx: Connection, number: int) -> bytes:
        if number not in self._dictionaries:
            row = tx.execute(select(_messages).where(_messages.c.id == number)).one()
            self._dictionaries[number] = zlib.decompress(row.data)
        return self._dictionaries[number]

    def _unpacked(self, tx: Connection, row: Row[Any]) -> bytes:
        if row.dictionary is None:
            return zlib.decompress(row.data)
        return zlib.decompressobj(zdict=self._dictionary(tx, row.dictionary)).decompress(row.data)


def _row(digest: str, data: bytes, number: int | None, dictionary: bytes) -> dict[str, object]:
    squeeze = zlib.compressobj(zdict=dictionary) if number is not None else zlib.compressobj()
    return {
        "sha256": digest,
        "size": len(data),
        "dictionary": number,
        "data": squeeze.compress(data) + squeeze.flush(),
    }
