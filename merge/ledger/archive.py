"""archive.db: the exact bytes of every message, by SHA-256, compressed and durable.

Each message is compressed by itself. What is attached is kept once, as a part by its own SHA-256,
and cut out of the messages that carry it: an attachment that everybody gets would fill a disk
otherwise. Orphans are harmless.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from functools import cache, partial
from hashlib import sha256
from typing import Any

from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Row,
    Select,
    String,
    Table,
    Text,
    and_,
    bindparam,
    delete,
    func,
    insert,
    inspect,
    literal_column,
    select,
)
from sqlalchemy.exc import NoResultFound

from merge.errors import LedgerError
from merge.ledger import schema
from merge.ledger.copying import copy_rows
from merge.ledger.driver.addresses import Place
from merge.ledger.driver.database import Database, format_of, insert_new, set_format
from merge.ledger.driver.expressions import LIST, each_listed, listed
from merge.ledger.driver.places import beside, database_at

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd


class NotCompressedError(ValueError):
    """These bytes are nothing that `compress` made."""


_compressor = zstd.ZstdCompressor()  # one for all: to make it takes as long as to compress a letter


def compress(data: bytes) -> bytes:
    return _compressor.compress(data, zstd.ZstdCompressor.FLUSH_FRAME)


def decompress(data: bytes) -> bytes:
    """The bytes again. NotCompressedError for what was damaged."""
    decompressor = zstd.ZstdDecompressor()
    try:
        whole = decompressor.decompress(data)
    except zstd.ZstdError as error:
        raise NotCompressedError(str(error)) from error
    if not decompressor.eof:
        raise NotCompressedError("cut off")
    return whole


VERSION = 4
"""Of the file (`driver.database.format_of`); those before are of campaigns that are not opened."""

CUT_FROM = 4_096
"""Bytes, encoded, from which an attachment is a part."""

_COPIED_AT_ONCE = 64
_ENCODED = b"\r\nContent-Transfer-Encoding: base64\r\n"
_PARTS_REMEMBERED = 10_000  # by their SHA-256, so that they are not written again

_metadata = MetaData()

_messages = Table(
    "messages",
    _metadata,
    Column("id", Integer, primary_key=True),
    Column("sha256", String(64), nullable=False),
    Column("size", Integer, nullable=False),
    Column("data", LargeBinary, nullable=False),  # what is left when the parts are cut out
    Column("parts", Text),  # JSON: [where in what is left, SHA-256 of the part], from its start on
)
_parts = Table(
    "parts",
    _metadata,
    Column("id", Integer, primary_key=True),
    Column("sha256", String(64), nullable=False, unique=True),
    Column("data", LargeBinary, nullable=False),
)


def _start(digest: ColumnElement[str]) -> ColumnElement[str]:
    return func.substr(digest, literal_column("1"), literal_column("12"))


def _has(digest: ColumnElement[str]) -> ColumnElement[bool]:
    return and_(_start(_messages.c.sha256) == _start(digest), _messages.c.sha256 == digest)


# By the first 48 bits: an index of whole digests, which come in no order, is as large as a third of
# the messages, and nearly all of its pages would be written anew with each commit.
Index("messages_by_digest", _start(_messages.c.sha256))


class Archive:
    """archive.db of one campaign, made by the first `put`.

    LedgerError("ledger-newer") for the file of a later program.
    """

    def __init__(self, place: Place, *, read_only: bool = False) -> None:
        self._place = place
        self._database = database_at(place, read_only=read_only)
        self._is_ready = False
        self._there: set[str] = set()  # parts that a commit has written

    def put(self, messages: Sequence[bytes]) -> list[str]:
        """Durable when it returns: one commit for all. The SHA-256 of each, in hex."""
        if not messages:
            return []
        self._make_ready()
        taken = [_Taken(data) for data in messages]
        parts = {
            digest: part
            for each in taken
            for digest, part in each.parts.items()
            if digest not in self._there
        }
        with self._database.writing_fast() as tx:
            if parts:
                rows = [{"sha256": each, "data": compress(part)} for each, part in parts.items()]
                tx.execute(insert_new(_parts, _parts.c.sha256), rows)  # again: nothing changes
            if missing := _those_not_there(tx, taken):
                tx.execute(insert(_messages), [each.row() for each in missing])
        # Only after the commit: a rollback would leave digests of parts that are not there.
        if len(self._there) + len(parts) > _PARTS_REMEMBERED:
            self._there.clear()
        self._there.update(parts)
        return [each.digest for each in taken]

    def get(self, digest: str) -> bytes:
        """The bytes of this SHA-256 (hex), checked.

        LedgerError("archive-missing") when they are not there, ("archive-damaged") when what
        is there is something else.
        """
        if not self._database.is_there():
            raise LedgerError("archive-missing", path=self._database.name, sha256=digest)
        with self._database.reading() as tx:
            query = self._by_digest(tx)
            if query is None:
                raise LedgerError("archive-missing", path=self._database.name, sha256=digest)
            return self._whole(tx, query, digest)

    @contextmanager
    def _looked_through(self) -> Iterator[tuple[Sequence[str], Callable[[str], bytes]]]:
        """The SHA-256 of all, oldest first, and what gives each out as `get`: in one look."""
        with self._database.reading() as tx:
            query = self._by_digest(tx)
            if query is None:
                yield (), self.get
                return
            every = select(_messages.c.sha256).order_by(_messages.c.id)
            yield tx.execute(every).scalars().all(), partial(self._whole, tx, query)

    def _by_digest(self, tx: Connection) -> Select[Any] | None:
        """The query for a message by its SHA-256; None if the file was never completed."""
        if _version(tx, self._database) == 0:
            return None
        return select(*_messages.c).where(_has(bindparam("digest", type_=_messages.c.sha256.type)))

    def _whole(self, tx: Connection, query: Select[Any], digest: str) -> bytes:
        """As `get`."""
        row = tx.execute(query, {"digest": digest}).one_or_none()
        if row is None:
            raise LedgerError("archive-missing", path=self._database.name, sha256=digest)
        try:
            data = _unpacked(tx, row)
        except (ValueError, NoResultFound):
            data = b""
        if sha256(data).hexdigest() != digest:
            raise LedgerError("archive-damaged", path=self._database.name, sha256=digest)
        return data

    def messages(self, *, but: Collection[str]) -> Iterator[bytes]:
        """All but these, by SHA-256; what was damaged is not among them."""
        if not self._database.is_there():
            return
        with self._looked_through() as (every, whole):
            for digest in every:
                if digest not in but:
                    with suppress(LedgerError):
                        yield whole(digest)

    def erase(self, *, but: Collection[str]) -> int:
        """Make the file anew with these messages, by SHA-256, and no others.

        A kill on the way leaves the file as it was. The caller must hold the campaign alone.
        Returns how many were damaged: those are erased too, because they may hold what should go.
        """
        if not self._database.is_there():
            return 0
        kept = Archive(beside(self._place, "making"))
        kept._database.replace_by(None)
        damaged = 0
        if but:
            with self._looked_through() as (every, whole):
                left = [digest for digest in every if digest in but]
                for start in range(0, len(left), _COPIED_AT_ONCE):
                    copied = []
                    for digest in left[start : start + _COPIED_AT_ONCE]:
                        try:
                            copied.append(whole(digest))
                        except LedgerError as error:
                            if error.code != "archive-damaged":
                                raise
                            damaged += 1
                    kept.put(copied)
        self.replace_by(kept if kept._is_ready else None)
        return damaged

    def copy_to(self, place: Place) -> bool:
        """All of it, as it is kept, into a new one; False where nothing was ever put."""
        if not self._database.is_there():
            return False
        with self._database.reading() as tx:
            if _version(tx, self._database) == 0:
                return False
        with closing(Archive(place)) as copy:
            copy._make_ready()
            with self._database.reading() as there, copy._database.writing() as here:
                copy_rows(there, here, _metadata)
        return True

    def replace_by(self, other: Archive | None) -> None:
        """Nothing of what was in it is left; it is what `other` was, or is there no more."""
        self._is_ready, self._there = False, set()
        self._database.replace_by(other._database if other else None)

    def close(self) -> None:
        """Close the file, if it was ever opened."""
        self._database.close()

    def _make_ready(self) -> None:
        """The file and its tables, made once; two senders may come at the same time."""
        if self._is_ready:
            return
        self._database.make()
        with self._database.writing() as tx:
            if _version(tx, self._database) == 0:
                _metadata.create_all(tx)
                set_format(tx, _metadata, VERSION)
        self._is_ready = True


class _Taken:
    """A message on its way in: its parts, and what is left of it without them."""

    def __init__(self, data: bytes) -> None:
        self.digest = sha256(data).hexdigest()
        self.size = len(data)
        self.parts: dict[str, bytes] = {}
        self.cuts: list[tuple[int, str]] = []  # where in what is left, and which part
        left, done = [], 0
        for start, end in _encoded_bodies(data):
            part = data[start:end]
            digest = sha256(part).hexdigest()
            self.parts[digest] = part
            left.append(data[done:start])
            self.cuts.append((sum(map(len, left)), digest))
            done = end
        self.left = b"".join([*left, data[done:]]) if left else data

    def row(self) -> dict[str, object]:
        return {
            "sha256": self.digest,
            "size": self.size,
            "data": compress(self.left),
            "parts": json.dumps(self.cuts) if self.cuts else None,
        }


def _encoded_bodies(data: bytes) -> Iterator[tuple[int, int]]:
    """Where the attachments stand, as far as they are worth a cut.

    Anything may be cut out, for it is put back as it was; so this need not understand MIME.
    """
    if data.rfind(_ENCODED) < 0:  # backwards Python looks three times as fast; most have none
        return
    at = data.find(_ENCODED)
    while at >= 0:
        start = data.find(b"\r\n\r\n", at) + 4
        if start < 4:
            return
        end = data.find(b"\r\n--", start)
        end = len(data) if end < 0 else end
        if end - start >= CUT_FROM:
            yield start, end
        at = data.find(_ENCODED, end)


def _those_not_there(tx: Connection, taken: Sequence[_Taken]) -> Collection[_Taken]:
    """Those of which the archive has no copy, each once."""
    by_digest = {each.digest: each for each in taken}
    for digest in tx.execute(_copies(), {LIST: listed(by_digest)}).scalars():
        by_digest.pop(digest, None)
    return by_digest.values()


@cache
def _copies() -> Select[str]:
    asked = each_listed()
    return select(_messages.c.sha256).join_from(asked, _messages, _has(asked.c.value))


def _version(tx: Connection, database: Database) -> int:
    """VERSION, or 0 where there is nothing yet."""
    version = format_of(tx, _metadata)
    if version > VERSION:
        raise LedgerError("ledger-newer", path=database.name, version=version)
    if 0 < version < VERSION or (version == 0 and inspect(tx).has_table(_messages.name)):
        raise LedgerError("ledger-too-old", path=database.name, version=version)
    return version


def _unpacked(tx: Connection, row: Row[Any]) -> bytes:
    """The message whole again. ValueError, NoResultFound for what was damaged."""
    left = decompress(row.data)
    pieces, done = [], 0
    for place, digest in json.loads(getattr(row, "parts", None) or "[]"):
        part = tx.execute(select(_parts.c.data).where(_parts.c.sha256 == digest)).scalar_one()
        pieces += [left[done:place], decompress(part)]
        done = place
    return b"".join([*pieces, left[done:]])


_files = schema.files


class KeptFiles:
    """Those of one campaign, as one .zip."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def version(self) -> str | None:
        """The hash of what is kept; None while nobody has agreed to anything."""
        with self._database.reading() as tx:
            return tx.execute(select(_files.c.sha256)).scalar_one_or_none()

    def keep(self, packed: bytes) -> None:
        """Keep these in the place of any before."""
        version = sha256(packed).hexdigest()
        if self.version() == version:
            return
        with self._database.writing() as tx:
            tx.execute(delete(_files))
            tx.execute(insert(_files).values(sha256=version, packed=packed))

    def take(self) -> tuple[str, bytes]:
        """The hash, and the .zip. LedgerError("files-missing")."""
        with self._database.reading() as tx:
            row = tx.execute(select(_files)).one_or_none()
        if row is None:
            raise LedgerError("files-missing", path=self._database.name)
        if sha256(row.packed).hexdigest() != row.sha256:
            raise LedgerError("files-missing", path=self._database.name)
        return row.sha256, row.packed
