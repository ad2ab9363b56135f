"""The files of a campaign on a server, by content hash: who works for it needs no shared folder.

Whoever holds the campaign's folder publishes the files that its letters are made of; the list of
them has a version, which is what a person agrees to. A worker fetches just that version into a
folder of its own. What a worker makes for people, the files of a lot, goes the other way.

A file is kept once, whatever it is called, in parts of 1 MB, so that none is ever whole in memory.
Parts that no list names are harmless, and go with the next list.
"""

from __future__ import annotations

import json
import re
import secrets
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path, PurePosixPath
from typing import BinaryIO

from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    delete,
    func,
    insert,
    select,
    update,
)

from merge import disks
from merge.errors import LedgerError
from merge.ledger.compression import NotCompressedError, compress, decompress
from merge.ledger.deliveries import chunks
from merge.ledger.driver.addresses import Place
from merge.ledger.driver.database import format_of, insert_new, set_format, upsert
from merge.ledger.driver.places import database_at

AGREED, NEWEST = "agreed", "newest"
"""The files that a person has agreed to send, and those that the folder had when a command last
held the campaign alone."""

PART = 1 << 20  # bytes
FORMAT = 1
MOST_FILES = 100_000
_AT_ONCE = 100
_OF_THE_PROGRAM = re.compile(
    r"locks(?:/|\Z)|files\.version\Z|(?:ledger|archive)\.(?:db|id)", re.IGNORECASE
)

_metadata = MetaData()

_files = Table(
    "files",
    _metadata,
    Column("version", String(64), primary_key=True),
    Column("name", Text, primary_key=True),
    Column("sha256", String(64), nullable=False),
    Column("size", BigInteger, nullable=False),
)
_lists = Table(
    "lists",
    _metadata,
    Column("name", String(16), primary_key=True),
    Column("version", String(64), nullable=False),
)
_made = Table(
    "made",
    _metadata,
    Column("name", Text, primary_key=True),
    Column("sha256", String(64), nullable=False),
    Column("size", BigInteger, nullable=False),
)
_parts = Table(
    "parts",
    _metadata,
    Column("sha256", String(64), primary_key=True),  # of the whole file
    Column("part", Integer, primary_key=True, autoincrement=False),
    Column("data", LargeBinary, nullable=False),
)


@dataclass(frozen=True, slots=True, order=True)
class KeptFile:
    """A file by its name below the campaign's folder; `size` in bytes."""

    name: str
    sha256: str
    size: int


class FileStore:
    """The files of one campaign.

    LedgerError("ledger-newer") for what a later program made of it.
    """

    def __init__(self, place: Place) -> None:
        self._database = database_at(place)
        self._is_ready = False

    def publish(self, folder: Path, names: Iterable[str], lists: Collection[str]) -> str:
        """Keep these files of the folder, as far as they are new, as the `lists` of these names
        (`AGREED`, `NEWEST`); the version of what they list.

        What no list names any more goes. Refused as `disks.opened`;
        LedgerError("file-name-foreign"); OSError.
        """
        self._make_ready()
        found = []
        for name in sorted(names):
            _refuse_foreign(name)
            with disks.opened(folder, name) as file:
                found.append(_digested(name, file))
        while True:
            found = self._upload(folder, found)
            version = _version_of(found)
            if self._list(version, found, lists):
                return version

    def version(self, name: str) -> str | None:
        """The version of the list of this name; None for one that nobody has published."""
        with self._database.reading() as tx:
            if not self._is_made(tx):
                return None
            query = select(_lists.c.version).where(_lists.c.name == name)
            return tx.execute(query).scalar_one_or_none()

    def fetch(self, version: str, folder: Path, *, former: Iterable[Path] = ()) -> None:
        """Write the files of this version below `folder`, which is new and empty.

        What a `former` folder has already is copied from there. LedgerError("files-missing") for a
        version that is not kept, ("file-damaged"), ("file-name-foreign") for a name that no
        campaign has; OSError.
        """
        with self._database.reading() as tx:
            if not self._is_made(tx):
                raise LedgerError("files-missing", path=self._database.name)
            query = select(_files.c.name, _files.c.sha256, _files.c.size)
            rows = tx.execute(query.where(_files.c.version == version).limit(MOST_FILES + 1))
            found = sorted(KeptFile(*row) for row in rows)
            if not found:
                raise LedgerError("files-missing", path=self._database.name)
            if len(found) > MOST_FILES or _version_of(found) != version:
                raise LedgerError("file-damaged", path=self._database.name, name=version)
            for each in found:
                _refuse_foreign(each.name)
            wanted = [each for each in found if not any(_copy(each, f, folder) for f in former)]
            try:
                for some in _together(wanted):
                    self._write(tx, some, folder)
            except (FileExistsError, NotADirectoryError, IsADirectoryError) as error:
                # A name that another is a folder of.
                raise LedgerError("file-name-foreign", name=str(error.filename)) from None

    def keep(self, name: str, file: BinaryIO) -> None:
        """Keep a file that was made for people, under the name that it has in a folder."""
        _refuse_foreign(name)
        self._make_ready()
        while True:
            file.seek(0)
            kept = _digested(name, file)
            if self._absent([kept]):
                file.seek(0)
                kept = self._put(name, file)
            with self._database.writing() as tx:
                if not _absent(tx, [kept]):
                    row = {"name": name, "sha256": kept.sha256, "size": kept.size}
                    tx.execute(upsert(_made).values(row))
                    return

    def made(self) -> Mapping[str, KeptFile]:
        """What was made for people, by name. LedgerError("file-name-foreign")."""
        with self._database.reading() as tx:
            if not self._is_made(tx):
                return {}
            rows = tx.execute(select(_made.c.name, _made.c.sha256, _made.c.size))
            found = {row.name: KeptFile(*row) for row in rows}
        for name in found:
            _refuse_foreign(name)
        return found

    def take(self, kept: KeptFile, folder: Path) -> None:
        """Write one that was made below this folder, where it is not there already. As `fetch`."""
        _refuse_foreign(kept.name)
        if not _is_at(kept, folder):
            with self._database.reading() as tx:
                self._write(tx, [kept], folder)

    def erase(self, names: Collection[str] | None = None) -> None:
        """Erase what was made under these names; without names, all that is kept.

        No byte is left in the tables then.
        """
        self._make_ready()
        with self._database.erasing() as tx:
            if names is None:
                for table in (_lists, _files, _made):
                    tx.execute(delete(table))
            else:
                tx.execute(delete(_made).where(_made.c.name.in_(names)))
            _sweep(tx)
        self._database.compact()

    def close(self) -> None:
        """Close the connections."""
        self._database.close()

    def _upload(self, folder: Path, found: Sequence[KeptFile]) -> list[KeptFile]:
        """Keep what is new of these; each as it was when it was read for that."""
        absent = self._absent(found)
        kept = {each.name: each for each in found}
        for some in _together([each for each in found if each.sha256 in absent]):
            if len(some) == 1 and some[0].size > PART:
                with disks.opened(folder, some[0].name) as file:
                    kept[some[0].name] = self._put(some[0].name, file)
                continue
            rows = {}
            for each in some:
                with disks.opened(folder, each.name) as file:
                    data = file.read(PART + 1)
                    if len(data) > PART:  # it has grown meanwhile
                        file.seek(0)
                        kept[each.name] = self._put(each.name, file)
                        continue
                digest = sha256(data).hexdigest()
                kept[each.name] = KeptFile(each.name, digest, len(data))
                rows[digest] = {"sha256": digest, "part": 0, "data": compress(data)}
            if rows:
                with self._database.writing() as tx:
                    tx.execute(insert_new(_parts), [*rows.values()])
        return sorted(kept.values())

    def _absent(self, found: Sequence[KeptFile]) -> set[str]:
        with self._database.reading() as tx:
            return _absent(tx, found)

    def _put(self, name: str, file: BinaryIO) -> KeptFile:
        """Its digest is that of what was read: somebody may write the file meanwhile.

        A transaction for each part, so that nobody waits for a slow line; until the last they stand
        under a name by chance.
        """
        pending = secrets.token_hex(32)
        while True:
            hashed, size, count = sha256(), 0, 0
            for count, part in enumerate(_read_in_parts(file), start=1):
                hashed.update(part)
                size += len(part)
                with self._database.writing() as tx:
                    row = {"sha256": pending, "part": count - 1, "data": compress(part)}
                    tx.execute(insert(_parts).values(row))
            kept = KeptFile(name, hashed.hexdigest(), size)
            theirs = _parts.c.sha256 == pending
            with self._database.writing() as tx:
                arrived = tx.execute(select(func.count()).where(theirs)).scalar_one()
                if arrived == count and _absent(tx, [kept]):
                    tx.execute(update(_parts).where(theirs).values(sha256=kept.sha256))
                else:
                    tx.execute(delete(_parts).where(theirs))
                if arrived == count:
                    return kept
            file.seek(0)

    def _list(self, version: str, found: Sequence[KeptFile], lists: Collection[str]) -> bool:
        """Whether the lists are there now; not when another has swept away a part meanwhile."""
        with self._database.writing() as tx:
            if _absent(tx, found):
                return False
            columns = ("name", "sha256", "size")
            rows = [
                {"version": version} | {name: getattr(each, name) for name in columns}
                for each in found
            ]
            if rows:
                tx.execute(insert_new(_files), rows)
            for name in lists:
                tx.execute(upsert(_lists).values(name=name, version=version))
            named = _files.c.version.in_(select(_lists.c.version))
            if tx.execute(delete(_files).where(~named)).rowcount:
                _sweep(tx)
            return True

    def _write(self, tx: Connection, some: Sequence[KeptFile], folder: Path) -> None:
        """Several small files, or one of any size."""
        whole = {}
        if some[0].size <= PART:
            query = select(_parts.c.sha256, _parts.c.data).where(_parts.c.part == 0)
            rows = tx.execute(query.where(_parts.c.sha256.in_({each.sha256 for each in some})))
            whole = {row.sha256: row.data for row in rows}
        for kept in some:
            hashed = sha256()
            with disks.replacing(_place_in(folder, kept.name)) as file:
                data = [whole.get(kept.sha256)] if whole else self._parts_of(tx, kept)
                for compressed in data:
                    part = self._unpacked(compressed, kept)
                    hashed.update(part)
                    file.write(part)
                if hashed.hexdigest() != kept.sha256:
                    raise self._damaged(kept)

    def _parts_of(self, tx: Connection, kept: KeptFile) -> Iterator[bytes | None]:
        query = select(_parts.c.data).where(_parts.c.sha256 == kept.sha256)
        for number in range(_count(kept.size)):
            yield tx.execute(query.where(_parts.c.part == number)).scalar_one_or_none()

    def _unpacked(self, data: bytes | None, kept: KeptFile) -> bytes:
        try:
            return decompress(data or b"", PART)
        except NotCompressedError:
            raise self._damaged(kept) from None

    def _damaged(self, kept: KeptFile) -> LedgerError:
        return LedgerError("file-damaged", path=self._database.name, name=kept.name)

    def _make_ready(self) -> None:
        if self._is_ready:
            return
        self._database.make()
        with self._database.writing() as tx:
            if not self._is_made(tx):
                _metadata.create_all(tx)
                set_format(tx, _metadata, FORMAT)
        self._is_ready = True

    def _is_made(self, tx: Connection) -> bool:
        """Whether the tables are there: who only reads makes none."""
        number = format_of(tx, _metadata)
        if number > FORMAT:
            raise LedgerError("ledger-newer", path=self._database.name, version=number)
        return number == FORMAT


def _refuse_foreign(name: str) -> None:
    if not disks.is_portable(name) or _OF_THE_PROGRAM.match(name):
        raise LedgerError("file-name-foreign", name=name[:200])


def _version_of(found: Collection[KeptFile]) -> str:
    said = json.dumps([[each.name, each.sha256, each.size] for each in sorted(found)])
    return sha256(said.encode()).hexdigest()


def _count(size: int) -> int:
    """How many parts a file has: an empty one has an empty part."""
    return max(1, -(-size // PART))


def _read_in_parts(file: BinaryIO) -> Iterator[bytes]:
    part = file.read(PART)
    yield part
    while len(part) == PART and (part := file.read(PART)):
        yield part


def _digested(name: str, file: BinaryIO) -> KeptFile:
    hashed, size = sha256(), 0
    for part in _read_in_parts(file):
        hashed.update(part)
        size += len(part)
    return KeptFile(name, hashed.hexdigest(), size)


def _together(found: Iterable[KeptFile]) -> Iterator[list[KeptFile]]:
    """Files of one part, as many as make about a part; any larger one alone."""
    some: list[KeptFile] = []
    for each in found:
        if each.size > PART:
            yield [each]
            continue
        some.append(each)
        if sum(one.size for one in some) > PART or len(some) == _AT_ONCE:
            yield some
            some = []
    if some:
        yield some


def _absent(tx: Connection, found: Sequence[KeptFile]) -> set[str]:
    """The digests of those of which a part is not kept."""
    counts = {each.sha256: _count(each.size) for each in found}
    query = select(_parts.c.sha256, func.count().label("n")).group_by(_parts.c.sha256)
    for some in chunks([*counts]):
        rows = tx.execute(query.where(_parts.c.sha256.in_(some)))
        there = {row.sha256: row.n for row in rows}
        for digest in some:
            if counts[digest] == there.get(digest):
                del counts[digest]
    return set(counts)


def _sweep(tx: Connection) -> None:
    """Erase the parts of what no list names."""
    named = select(_files.c.sha256).union(select(_made.c.sha256))
    tx.execute(delete(_parts).where(_parts.c.sha256.not_in(named)))


def _place_in(folder: Path, name: str) -> Path:
    disks.folder_in(folder, PurePosixPath(name).parent)
    return disks.place(folder, name)


def _copy(kept: KeptFile, source: Path, folder: Path) -> bool:
    """Whether the file was there under its name, and is now in `folder`."""
    with suppress(FileNotFoundError, NotADirectoryError, IsADirectoryError):
        if not _is_at(kept, source):
            return False
        with (
            disks.opened(source, kept.name) as file,
            disks.replacing(_place_in(folder, kept.name)) as copy,
        ):
            for part in _read_in_parts(file):
                copy.write(part)
        return _is_at(kept, folder)
    return False


def _is_at(kept: KeptFile, folder: Path) -> bool:
    """Whether just these bytes lie there."""
    with (
        suppress(FileNotFoundError, NotADirectoryError, IsADirectoryError),
        disks.opened(folder, kept.name) as file,
    ):
        return _digested(kept.name, file) == kept
    return False
