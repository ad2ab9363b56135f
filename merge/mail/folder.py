"""Mails that lie in files: a folder of .eml, a Maildir, or an mbox, as mail programs export them.

Read in order, a few at a time, and of each no more than its beginning until more is asked for: an
mbox of gigabytes fits.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from email.parser import BytesHeaderParser
from email.utils import parsedate_to_datetime
from functools import partial
from pathlib import Path

from merge.errors import Misuse
from merge.outcome import FIRST_LOOK_OCTETS, LARGEST_KEPT_OCTETS, Mail

OCTETS_A_BATCH = 4_000_000
MAILS_A_BATCH = 200

_FROM_LINE = re.compile(rb"From \S+\s.*\d{4}|From -")
_HEADERS = ("From", "To", "Subject", "Date", "Message-ID", "Received", "Return-Path")
_QUOTED_FROM = re.compile(rb"^>(>*From )", re.MULTILINE)


class MailFiles:
    """Fills `merge.campaign.replies.Letterbox`. Misuse("mails-unreadable") when there are none.

    `now` stands in for a date that a mail does not have, or has in the future.
    """

    read_to = ""

    def __init__(self, path: Path, *, now: datetime) -> None:
        self._path = path
        self._now = now
        if not (path.is_dir() or path.is_file()):  # nor a pipe: each mail is read at its place
            raise Misuse("mails-unreadable", path=str(path), words="")

    def mails(self) -> Iterator[Sequence[Mail]]:
        """All of them, a few at a time."""
        batch: list[Mail] = []
        octets = 0
        for mail in self._one_by_one():
            batch.append(mail)
            octets += len(mail.data)
            if octets > OCTETS_A_BATCH or len(batch) == MAILS_A_BATCH:
                yield batch
                batch, octets = [], 0
        if batch:
            yield batch

    def _one_by_one(self) -> Iterator[Mail]:
        found = _is_maildir(self._path)  # which may be empty
        try:
            for path in _mail_files(self._path) if self._path.is_dir() else [self._path]:
                for mail in self._within(path):
                    found = True
                    yield mail
        except OSError as error:
            raise Misuse(
                "mails-unreadable", path=str(error.filename or self._path), words=error.strerror
            ) from error
        if not found:  # Outlook's .msg, an archive: that nobody has answered would not be true
            raise Misuse("mails-unreadable", path=str(self._path), words="")

    def _within(self, path: Path) -> Iterator[Mail]:
        if _is_mbox(path):
            for start, size in _within_mbox(path):
                yield self._mail(path, start, size, quoted=True)
        elif _is_mail(path):
            yield self._mail(path, 0, path.stat().st_size, quoted=False)

    def _mail(self, path: Path, start: int, size: int, *, quoted: bool) -> Mail:
        data = _part(path, start, min(size, FIRST_LOOK_OCTETS), quoted=quoted)
        is_all = size <= FIRST_LOOK_OCTETS
        return Mail(
            data=data,
            at=self._date_of(data),
            size=len(data) if is_all else size,
            whole=partial(_part, path, start, min(size, LARGEST_KEPT_OCTETS), quoted=quoted),
        )

    def _date_of(self, data: bytes) -> datetime:
        """When it came, as the first server says, else when it was written, as its writer does."""
        head = BytesHeaderParser().parsebytes(data[:64_000])
        received = str(head["Received"] or "").rpartition(";")[2]
        for said in (received, str(head["Date"] or "")):
            try:
                at = parsedate_to_datetime(said.strip())
                at = at if at.tzinfo else at.replace(tzinfo=UTC)
                return min(at.astimezone(UTC), self._now)
            except (ValueError, TypeError, IndexError, OverflowError):  # a stranger's date
                continue
        return self._now


def _mail_files(folder: Path) -> Iterator[Path]:
    """The .eml files and mboxes below a folder, and what lies in the `cur` and `new` of a Maildir.

    Apple Mail exports a folder `….mbox` with a file `mbox` in it.
    """
    for path in sorted(folder.rglob("*")):
        in_maildir = path.parent.name in ("cur", "new")
        is_named_so = path.suffix.lower() in (".eml", ".mbox") or path.name == "mbox"
        if (is_named_so or in_maildir) and path.is_file():
            yield path


def _is_maildir(path: Path) -> bool:
    return all((path / name).is_dir() for name in ("cur", "new"))


def _is_mail(path: Path) -> bool:
    """Whether it begins with a header of a mail."""
    head = BytesHeaderParser().parsebytes(_part(path, 0, 64_000, quoted=False))
    return any(name in head for name in _HEADERS)


def _is_mbox(path: Path) -> bool:
    with path.open("rb") as file:
        return _FROM_LINE.match(file.readline(1000)) is not None


def _within_mbox(path: Path) -> Iterator[tuple[int, int]]:
    """Where each mail begins, behind its From line, and how long it is (RFC 4155)."""
    begins: int | None = None
    is_blank_before, at = True, 0
    with path.open("rb") as file:
        while line := file.readline(100_000):
            if is_blank_before and _FROM_LINE.match(line):
                if begins is not None:
                    yield begins, at - begins
                begins = at + len(line)
            is_blank_before = line in (b"\n", b"\r\n")
            at += len(line)
    if begins is not None:
        yield begins, at - begins


def _part(path: Path, start: int, size: int, *, quoted: bool) -> bytes:
    with path.open("rb") as file:
        file.seek(start)
        data = file.read(size)
    return _QUOTED_FROM.sub(rb"\1", data) if quoted else data
