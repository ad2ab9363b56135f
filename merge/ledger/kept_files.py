"""The files that letters are made of, for machines without the folder: one row, with its hash."""

from __future__ import annotations

from hashlib import sha256

from sqlalchemy import delete, insert, select

from merge.errors import LedgerError
from merge.ledger import schema
from merge.ledger.driver.database import Database

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
        """The hash, and the .zip. LedgerError("files-missing") or ("file-damaged")."""
        with self._database.reading() as tx:
            row = tx.execute(select(_files)).one_or_none()
        if row is None:
            raise LedgerError("files-missing", path=self._database.name)
        if sha256(row.packed).hexdigest() != row.sha256:
            raise LedgerError("file-damaged", path=self._database.name)
        return row.sha256, row.packed
