"""One .zip of a campaign that may be in use: complete, consistent, and never over another file."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from zipfile import ZIP_DEFLATED, ZipFile

from merge import disks
from merge.errors import LedgerError, Misuse
from merge.ledger import identity
from merge.ledger.accounts import Accounts
from merge.ledger.archive import Archive
from merge.ledger.copying import copied_ledger
from merge.ledger.driver.addresses import Place
from merge.ledger.driver.files import reaching, refuse_links
from merge.ledger.driver.places import copy_file, database_at
from merge.ledger.opening import (
    ARCHIVE,
    DATABASES,
    LEDGER,
    archive_place,
    ledger_file,
    ledger_place,
)
from merge.ledger.suppression import HashedLines

_NO_PLACE = disks.NO_WRITING | {errno.ENOENT, errno.ENOTDIR}


@dataclass(frozen=True, slots=True, kw_only=True)
class Saved:
    """How many files a backup holds, and what of the folder it leaves out: links, pipes; and by
    their names files that are not the campaign's.
    """

    files: int
    left_out: tuple[Path, ...]
    others: tuple[str, ...] = ()


Files = Callable[[Path], Iterable[str]]
"""Tells which files of a folder are the campaign's."""


def backup(
    folder: Path,
    file: Path,
    accounts: Accounts,
    files: Files,
    opt_outs: HashedLines,
    *,
    closes: bool = False,
) -> Saved:
    """Write the campaign in `folder` to `file`, a .zip with mode 0600, with these opt-outs.

    With `closes`, for which the caller has exclusive access, the ledger is closed first: a kill
    leaves a campaign that works here, or one that is closed and can be packed again. Where that
    fails it works here as before.

    A ledger on a server is copied into files, so that the .zip serves anywhere. The databases are
    copied alive, the ledger before the archive: every message that the copied
    ledger knows is in the copied archive. What a link leads to is not the campaign's, and stays
    out.

    LedgerError("ledger-missing") when the folder holds no campaign, Misuse("file-exists")
    when `file` is there, ("file-unwritable") where it cannot be made. A backup that fails leaves
    nothing behind.
    """
    is_new = False
    with closing(database_at(ledger_place(folder, accounts))) as database:
        try:
            with _place_for(folder, file, again=closes) as at:
                is_new = closes and identity.close(database, accounts)
                return _write(folder, at, accounts, files, opt_outs)
        except BaseException:
            if is_new and not file.exists():
                identity.reopen(database, accounts)
            raise


@contextmanager
def _place_for(folder: Path, file: Path, *, again: bool) -> Iterator[Path]:
    """Where the .zip goes, taken before anything else is done; empty until it is whole.

    Errors as `backup`. `again`: an empty file of this name is what a kill has left.
    """
    refuse_links(folder, DATABASES)
    if not ledger_file(folder).is_file():
        raise LedgerError("ledger-missing", path=str(folder))
    if (name := disks.name_below(folder, file)) is not None:
        file = disks.place(folder, name)
    with reaching(file):
        try:
            disks.make_private_file(file)  # the name is ours from here on
        except FileExistsError:
            if not (again and file.is_file() and not file.stat().st_size):
                raise Misuse("file-exists", path=str(file)) from None
        except OSError as error:
            if error.errno in _NO_PLACE:
                raise Misuse("file-unwritable", path=str(file), words=error.strerror) from error
            raise
    try:
        yield file
    except BaseException:
        file.unlink(missing_ok=True)
        raise


def _write(
    folder: Path, file: Path, accounts: Accounts, files: Files, opt_outs: HashedLines
) -> Saved:
    """Fill a zip nobody sees yet, then put it in the place that `file` holds for it."""
    with (
        reaching(file),
        TemporaryDirectory(dir=file.parent, prefix=".backup-", ignore_cleanup_errors=True) as at,
    ):
        scratch = Path(at)
        whole = scratch / "whole.zip"
        disks.make_private_file(whole)
        places = {
            LEDGER: ledger_place(folder, accounts),
            ARCHIVE: archive_place(folder, accounts),
        }
        count = _fill(whole, folder, places, scratch, files, opt_outs)
        _keep_through_power_cut(whole)
        whole.replace(file)
    return Saved(files=count, left_out=tuple(_leading_elsewhere(folder)))


def _fill(
    whole: Path,
    folder: Path,
    places: Mapping[str, Place],
    scratch: Path,
    files: Files,
    opt_outs: HashedLines,
) -> int:
    with ZipFile(whole, "w", ZIP_DEFLATED, strict_timestamps=False) as zip_file:
        for name, place in places.items():
            if _copied(name, place, scratch / name):
                if name == LEDGER:
                    _pack(scratch / name, opt_outs)
                zip_file.write(scratch / name, name)
        for _look in range(2):  # the second finds what a `print` has moved meanwhile
            for name in files(folder):
                with suppress(FileNotFoundError):  # work in progress, gone the next moment
                    if name not in (*places, *zip_file.NameToInfo):
                        zip_file.write(folder / name, name)
        for info in zip_file.infolist():
            # The campaign's folder keeps others out; the one that it is unpacked into may not.
            info.external_attr &= ~(disks.OF_OTHERS << 16)
        return len(zip_file.namelist())


def _pack(ledger: Path, opt_outs: HashedLines) -> None:
    written = ledger.rename(ledger.with_name("written.db"))
    with closing(database_at(written)) as copy:
        identity.pack(copy, opt_outs)
    copy_file(written, ledger)  # without a log: one that lies beside it is of another ledger


def _copied(name: str, place: Place, target: Path) -> bool:
    """Whether there is one to copy."""
    if isinstance(place, Path):
        if place.exists():
            copy_file(place, target)
        return place.exists()
    if name == ARCHIVE:
        with closing(Archive(place, read_only=True)) as archive:
            return archive.copy_to(target)
    with (
        closing(database_at(place, read_only=True)) as database,
        closing(database_at(target)) as copy,
        copied_ledger(database, copy),
    ):
        return True


def _keep_through_power_cut(whole: Path) -> None:
    with whole.open("rb+") as file:
        os.fsync(file.fileno())


def _leading_elsewhere(folder: Path) -> Iterator[Path]:
    """Links, pipes and devices, by their names in the folder."""
    for path, found in disks.walk(folder):
        if not disks.is_plain(found):
            yield path.relative_to(folder)
