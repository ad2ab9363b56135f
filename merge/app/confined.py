"""Has letters, sheets, Word files and mails that a stranger may have written read in a process
without network or passwords (`merge.confined`): the limits of each, and the error beyond them."""

from __future__ import annotations

import os
import shutil
import signal
import stat
import subprocess
import tempfile
import weakref
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from merge.confined import helpers
from merge.confined.helpers import Kept, RanAway
from merge.confined.limits import A_MAIL, MEBIBYTE, Limits, is_offline
from merge.confined.plain import rebuilt
from merge.errors import LetterError, Refused, SheetError

if TYPE_CHECKING:
    from merge.app.campaign_files import PackedFiles
    from merge.letters.drafts.draft import Draft
    from merge.letters.template import CompiledTemplate
    from merge.outcome import Incoming
    from merge.recipients.answers import Question, SheetHead, SomeOfSheet, Understood

_WAIT_S = 30.0 if os.name == "posix" else 0.0  # for the processor, beyond what it may take
FACT_AT_MOST = 200  # characters of what an error quotes


def _limits(cpu_s: float, megabytes: int) -> Limits:
    return Limits(cpu_s=cpu_s, memory=megabytes * MEBIBYTE, wall_s=cpu_s + _WAIT_S)


LETTER = _limits(4, 1024)
DRAFT = _limits(20, 1024)
WHOLE_MAIL = _limits(15, 1024)
ZIP = _limits(30, 1024)
_OFFICE_S = 120.0  # for LibreOffice to begin and to write, on a machine at work
OFFICE = Limits(cpu_s=60, memory=4096 * MEBIBYTE, wall_s=_OFFICE_S + _WAIT_S, files=256 * MEBIBYTE)
_SHEET_S, _SHEET_MEGABYTES = 15, 2048
# Beyond that, for each megabyte of the file. A million people are 110 MB of text and 40 s of work.
# A workbook is packed: the 2 MB of all communes as an ODS are 2.5 s of work, and may take 25.
_TEXT_S, _WORKBOOK_S = 1.5, 5.0
_JSON_MEMORY = 12  # times its size


# --- the letter -----------------------------------------------------------------------------------


def try_out(
    compiling: Callable[[], CompiledTemplate], columns: Collection[str] = (), *, path: str = ""
) -> None:
    """Run `merge.letters.trial.try_once` in a helper.

    `compiling` is pickled: a `functools.partial` of `compile_template`. `path` names the letter
    in an error that the helper could not tell.

    LetterError or Refused: what the helper met, with its code, row and facts (all text); or
    "letter-runaway", whose `words` name the limit: "time", "memory", "output", "depth", or
    "crash" where it ended otherwise, with Python's last line in `detail`.
    """
    from merge.letters.trial import try_once

    try:
        helpers.run(partial(try_once, compiling, tuple(columns)), LETTER)
    except RanAway as error:
        raise LetterError(
            "letter-runaway", path=path, words=error.limit, detail=error.detail[:FACT_AT_MOST]
        ) from None
    except (LetterError, Refused) as error:
        error.path = error.path or path
        error.column = None
        error.facts = {name: str(fact)[:FACT_AT_MOST] for name, fact in error.facts.items()}
        raise


def read_draft(content: bytes, name: str) -> Draft:
    """`letters.drafts.draft.read` in a helper, and its errors; those of `docx_of_odt`;
    LetterError("letter-runaway").
    """
    from merge.letters.drafts import draft, odt

    limits = OFFICE if draft.kind_of(name) == odt.KIND else DRAFT
    try:
        told = helpers.run(partial(draft.read, content, name, docx_of_odt), limits)
        return rebuilt(draft.Draft, told)
    except RanAway as error:
        raise LetterError("letter-runaway", path=name, words=error.limit) from None


def docx_of_odt(content: bytes) -> bytes:
    """Convert it by LibreOffice, without a network and with a profile of its own.

    LetterError: "letter-not-word" where this computer has none, or cannot take the network from
    it, and where nothing comes of it; those of `odt.refuse_hidden`.
    """
    from merge.letters.drafts import odt

    odt.refuse_hidden(content)
    soffice = shutil.which("soffice")
    if not soffice or not is_offline():
        raise LetterError("letter-not-word")
    with tempfile.TemporaryDirectory() as folder:
        given, made = Path(folder, "letter.odt"), Path(folder, "letter.docx")
        given.write_bytes(content)
        words = [soffice, "--headless", f"-env:UserInstallation={Path(folder, 'profile').as_uri()}"]
        words += ["--infilter=writer8", "--convert-to", "docx:MS Word 2007 XML"]
        words += ["--outdir", folder, str(given)]
        with subprocess.Popen(  # noqa: S603 - no shell, and paths of ours
            words,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env={**os.environ, "HOME": folder},
            start_new_session=True,
        ) as process:
            try:
                process.wait(_OFFICE_S)
            finally:
                with suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGKILL)
        if not made.is_file():
            raise LetterError("letter-not-word")
        return made.read_bytes()


# --- sheets ---------------------------------------------------------------------------------------


# A helper loads these while the command opens its campaign.
READERS = ("merge.recipients.sheet", "merge.recipients.contacts")


def read_sheet(given: Path | BinaryIO, *, header_row: int | None = None) -> SheetHead:
    """All rows of a sheet, which are few. SheetError as `SheetFile.look`."""
    return SheetFile(given, Kept(*READERS)).look({"header_row": header_row})


class SheetFile:
    """A sheet that a helper opens, and keeps for the next question until it is asked for another.

    A stream is copied for it (mode 0600); the copy is gone when this object is.

    SheetError: what the helper met, with its code, row and facts; "sheet-too-large", whose `words`
    are the limit.
    """

    def __init__(self, given: Path | BinaryIO, helper: Kept, called: str = "") -> None:
        """`called` is its name for people, where it lies under another."""
        self._name = called or (str(given) if isinstance(given, Path) else "-")
        self._helper = helper
        self._looked: tuple[Mapping[str, Any], str] = {}, ""
        try:
            if isinstance(given, Path) and not _is_pipe(given):
                self._path = given.absolute()
            else:
                self._path = self._copy(given)
            self._limits = _of_sheet(self._path)
        except OSError as error:
            raise SheetError("file-unreadable", path=self._name, words=error.strerror) from None

    def _copy(self, given: Path | BinaryIO) -> Path:
        suffix = given.suffix if isinstance(given, Path) else ""
        handle, name = tempfile.mkstemp(prefix="publipostage-", suffix=suffix)
        weakref.finalize(self, Path(name).unlink, missing_ok=True)
        with os.fdopen(handle, "wb") as copy:
            if isinstance(given, Path):
                with given.open("rb") as pipe:  # a pipe that has a name gives its bytes once
                    shutil.copyfileobj(pipe, copy, MEBIBYTE)
            else:
                shutil.copyfileobj(given, copy, MEBIBYTE)
        return Path(name)

    def look(self, reading: Mapping[str, Any], most: int | None = None) -> SheetHead:
        """Open the sheet: its head, with all of its rows or the `most` first ones."""
        from merge.recipients import answers, helper

        with self._errors():
            told = self._helper.run(partial(helper.look, self._path, reading, most), self._limits)
            head = answers.head_of(told, self._name)
        self._looked = reading, head.sha256
        return head

    def people(self, question: Question) -> tuple[Understood, Iterator[SomeOfSheet]]:
        """Understand the rows of the sheet that `look` opened last: its counts, then people and
        problems, some thousands at a time.
        """
        from merge.recipients import answers, helper

        task = partial(helper.understand, self._path, *self._looked, question)
        telling = self._helper.answers(task, self._limits)
        with self._errors():
            understood = rebuilt(answers.Understood, next(telling, None))
        return understood, self._some(telling, question)

    def _some(self, telling: Iterator[Any], question: Question) -> Iterator[SomeOfSheet]:
        from merge.recipients import answers

        with self._errors():
            for told in telling:
                yield answers.some_of_sheet(told, self._name, question)

    @contextmanager
    def _errors(self) -> Iterator[None]:
        try:
            yield
        except SheetError as error:
            error.path = self._name
            raise
        except RanAway as error:
            words = _limit(error, self._limits)
            raise SheetError("sheet-too-large", path=self._name, words=words) from None
        except (ValueError, TypeError) as error:  # the helper is not believed
            words = str(error)[:FACT_AT_MOST]
            raise SheetError("sheet-too-large", path=self._name, words=words) from None


def _is_pipe(path: Path) -> bool:
    """What is no file and no folder gives its bytes once, and to this process alone."""
    with suppress(FileNotFoundError):
        mode = path.stat().st_mode
        return not (stat.S_ISREG(mode) or stat.S_ISDIR(mode))
    return False


def _of_sheet(path: Path) -> Limits:
    """The larger the file, the more it may take: as much as it would on a slow machine."""
    try:
        with path.open("rb") as file:
            begin = file.read(4)
            megabytes = file.seek(0, os.SEEK_END) / 1_000_000
    except OSError:  # the helper says what is wrong
        return _limits(_SHEET_S, _SHEET_MEGABYTES)
    if begin in (b"PK\x03\x04", b"\xd0\xcf\x11\xe0"):
        return _limits(_SHEET_S + _WORKBOOK_S * megabytes, _SHEET_MEGABYTES)
    memory = int(_JSON_MEMORY * megabytes) if begin[:1] in (b"{", b"[") else 0
    return _limits(_SHEET_S + _TEXT_S * megabytes, _SHEET_MEGABYTES + memory)


def _limit(error: RanAway, limits: Limits) -> str:
    """A limit that was met, in its unit; else how it ended."""
    met = {"time": f"> {round(limits.cpu_s)} s", "memory": f"> {limits.memory // MEBIBYTE} MB"}
    return met.get(error.limit) or error.detail[:FACT_AT_MOST] or error.limit


# --- mails ----------------------------------------------------------------------------------------


def expect_mails() -> None:
    """Let a helper load what reads them, while the command opens its campaign."""
    helpers.start("merge.mail.incoming")


def read_mail(data: bytes, *, at: datetime, own: frozenset[str] = frozenset()) -> Incoming | None:
    """`merge.mail.incoming.read` in a helper; where that takes too much, what its headers say."""
    from merge.mail import incoming
    from merge.outcome import Incoming

    for read in (incoming.read, incoming.read_head):
        with suppress(RanAway):
            told = helpers.run(partial(read, data, at=at, own=own), A_MAIL)
            return None if told is None else rebuilt(Incoming, told)
    return incoming.unread(data, at=at)


def whole_mail(data: bytes) -> tuple[str, tuple[str, ...]]:
    """`merge.mail.incoming.whole` in a helper; nothing where that takes too much."""
    from merge.mail import incoming

    with suppress(RanAway):
        found = helpers.run(partial(incoming.whole, data), WHOLE_MAIL)
        return rebuilt(tuple[str, tuple[str, ...]], found)
    return "", ()


# --- a campaign in a .zip -------------------------------------------------------------------------


def look_into_zip(path: Path) -> PackedFiles:
    """`campaign_files.look_into` in a helper, and its errors."""
    from merge.app import campaign_files

    try:
        found = helpers.run(partial(campaign_files.look_into, path.resolve()), ZIP)
    except RanAway:
        raise Refused("zip-refused", path=str(path), value="…") from None
    return rebuilt(campaign_files.PackedFiles, found)
