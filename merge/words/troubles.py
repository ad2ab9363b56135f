"""Why something was refused or stopped, and what to do next."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from typing import TYPE_CHECKING

from merge.disks import NO_SPACE
from merge.errors import AccountPaused, ExitCode, Trouble
from merge.model import Channel, Status
from merge.words import dates, statuses
from merge.words.language import _
from merge.words.reasons import reason
from merge.words.reasons.fields import field
from merge.words.reasons.outcomes import OUR_WORDS
from merge.words.reasons.refusals import meaning

if TYPE_CHECKING:
    from merge.ledger.opening import Caution


EXIT_CODE_WORDS: Mapping[ExitCode, str] = {
    ExitCode.DONE: _(
        "Done. A rehearsal, paper still to print and unreachable recipients are no failure."
    ),
    ExitCode.PARTLY: _("Done, but some rows, recipients or lots failed or are in doubt."),
    ExitCode.MISUSE: _("Wrong use: an option, a setting, a file that is not what it says."),
    ExitCode.REFUSED: _(
        "Refused before anything left: a check fails, another command is at work, the ledger was "
        "copied."
    ),
    ExitCode.STOPPED: _(
        "Stopped for now (quota, limit, refused for now, account paused): run the same command "
        "again."
    ),
    ExitCode.INTERRUPTED: _(
        "Interrupted: the first Ctrl-C finishes the message or lot in hand, the second aborts."
    ),
}


KIND_WORDS: Mapping[str, str] = {
    "text": _("text"),
    "whole number": _("whole number"),
    "list": _("list"),
    "section": _("section"),
    "time": _("time of day"),
    "lines": _("list of texts"),
    "date": _("date"),
    "range": _("range"),
    "date and time": _("date and time"),
    "number": _("number"),
    "true or false": _("true or false"),
    "two folds": _("a list of one or two numbers"),
    "two lengths": _("a list of two numbers"),
}


SYSTEM_WORDS: Mapping[str, str] = {
    os.strerror(number): words
    for number, words in (
        (errno.EACCES, _("permission denied")),
        (errno.EPERM, _("permission denied")),
        (errno.EROFS, _("this disk can only be read")),
        *((full, _("the disk is full")) for full in NO_SPACE),
        (errno.ENOENT, _("there is no such file or folder")),
        (errno.ENOTDIR, _("a file stands where a folder should be")),
        (errno.EEXIST, _("it is there already")),
        (errno.EISDIR, _("it is a folder")),
        (errno.ENAMETOOLONG, _("its name is too long")),
        (errno.EIO, _("the disk or the stick cannot be read")),
        (errno.ECONNREFUSED, _("nobody answers there")),
        (errno.ENETUNREACH, _("there is no network")),
        (errno.EHOSTUNREACH, _("nobody can be reached at that address")),
        (errno.ECONNRESET, _("the other side hung up")),
        (errno.ETIMEDOUT, _("no answer came in time")),
    )
}


"""What the system says in English, whatever language it is set to: Python asks it so."""


def explain(trouble: Trouble) -> str:
    """`path:row:column: reason`, and on a second line what to do."""
    on = Channel.PAPER if trouble.code.startswith("lot-") else Channel.EMAIL
    facts = {name: _in_words(fact, on) for name, fact in trouble.facts.items()}
    words = str(facts.get("words", ""))  # a server's, or a code of ours where none said anything
    if words in OUR_WORDS:
        facts["words"] = OUR_WORDS[words]
    for name in ("reason", "words"):
        if (given := trouble.facts.get(name)) == "time":
            facts[name] = given  # a code: the limit is no time of day
    place = {"path": trouble.path, "row": trouble.row, "column": trouble.column}
    why, remedy = reason(trouble.code, {**place, **facts})
    if isinstance(trouble, AccountPaused):
        said = " ".join(
            str(trouble.facts.get(name) or "") for name in ("reply", "enhanced", "words")
        )
        # Of a login that is refused in mid-run, when says more than what.
        is_later = trouble.facts.get("reason") == "later-login"
        meant = None if is_later else meaning(said)
        if meant:
            nobody = "" if trouble.code == "login-refused" else nobody_failed()
            why, remedy = f"{why}\n{meant[0]}", f"{meant[1]}\n{nobody}".strip()
    where = f"{trouble.place}: " if trouble.place else ""
    return f"{where}{why}\n{remedy}" if remedy else f"{where}{why}"


def why(trouble: Trouble) -> str:
    """The reason alone, on one line."""
    return explain(trouble).partition("\n")[0]


def mailbox_trouble(trouble: Trouble) -> str:
    """The mailbox was not read, or not to the end of what was to be done there."""
    return _(
        "The mailbox was not read, or not all was done there; no letter is concerned. {why}"
    ).format(why=explain(trouble))


def nobody_failed() -> str:
    """A refusal of the account says nothing about those who are written to."""
    return _("Nobody is marked as failed: whoever was not reached stays in the queue.")


def _in_words(fact: object, on: Channel = Channel.EMAIL) -> object:
    if isinstance(fact, Status):
        return statuses.status(fact, on)
    if isinstance(fact, Trouble):
        return why(fact)
    if isinstance(fact, tuple):
        return ", ".join(field(each) for each in fact)
    if isinstance(fact, date):
        return dates.day(f"{fact:%Y-%m-%d}")
    if isinstance(fact, str):
        return KIND_WORDS.get(fact) or SYSTEM_WORDS.get(fact, fact)
    return fact


def no_terminal() -> str:
    """A question that nobody is there to answer, or that somebody ended with Ctrl-D."""
    return _(
        "No answer came. Where there is no terminal, as in a script, answer with an option (or "
        "--yes)."
    )


def aborted() -> str:
    """Interrupted, or answered with no."""
    return _("Stopped. What had left is in the ledger: publipostage status")


def no_campaign_made() -> str:
    """Interrupted where there is no campaign yet."""
    return _("Stopped. No campaign was made.")


def unwritten(error: OSError) -> str:
    """The system refused to read or write something."""
    place = f"{error.filename}: " if error.filename else ""
    return place + _("The system refuses: {words}.").format(words=_in_words(error.strerror))


def unexpected(error: Exception) -> str:
    """An error that nobody foresaw: what it is, and that the ledger still holds."""
    return _(
        "The program met something it does not know ({kind}). What had left is in the ledger; "
        "nothing is sent twice.\nRun the same command again with PUBLIPOSTAGE_DEBUG=1 and tell "
        "the authors what it prints."
    ).format(kind=type(error).__name__)


def warnings(cautions: Iterable[Caution]) -> Iterator[str]:
    """Say what is not right but stops nothing."""
    for caution in cautions:
        why, remedy = reason(
            caution.code,
            {"path": caution.path, "detail": caution.detail, "known_path": caution.detail},
        )
        yield (_("Warning: {why}").format(why=why))
        if remedy:
            yield (remedy)
