"""Why something was refused or stopped, and what to do next."""

from __future__ import annotations

import errno
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime
from os import strerror
from typing import TYPE_CHECKING

from merge.errors import AccountPaused, ExitCode, Trouble
from merge.model import Status
from merge.words import dates, statuses
from merge.words.language import N_, _, on_page, translate
from merge.words.reasons import field, in_words, reason
from merge.words.reasons.form import Reason
from merge.words.reasons.outcomes import ours
from merge.words.reasons.refusals import meaning

if TYPE_CHECKING:
    from merge.ledger.opening import Caution


EXIT_CODE_WORDS: Mapping[ExitCode, str] = {
    ExitCode.DONE: N_(
        "Done. A rehearsal, paper still to print and unreachable recipients are no failure."
    ),
    ExitCode.PARTLY: N_("Done, but some rows, recipients or lots failed or are in doubt."),
    ExitCode.MISUSE: N_("Wrong use: an option, a setting, a file that is not what it says."),
    ExitCode.REFUSED: N_(
        "Refused before anything left: a check fails, another command is at work, the ledger was "
        "copied."
    ),
    ExitCode.STOPPED: N_(
        "Stopped for now (quota, limit, refused for now, account paused): run the same command "
        "again."
    ),
    ExitCode.INTERRUPTED: N_(
        "Interrupted: the first Ctrl-C finishes the message or lot in hand, the second aborts."
    ),
}


KIND_WORDS: Mapping[str, str] = {
    "text": N_("text"),
    "whole number": N_("whole number"),
    "list": N_("list"),
    "section": N_("section"),
    "time": N_("time of day"),
    "lines": N_("list of texts"),
    "date": N_("date"),
    "range": N_("range"),
    "date and time": N_("date and time"),
    "number": N_("number"),
    "true or false": N_("true or false"),
    "two folds": N_("a list of one or two numbers"),
    "two lengths": N_("a list of two numbers"),
}


SYSTEM_WORDS: Mapping[str, str] = {
    strerror(number): words
    for number, words in (
        (errno.EACCES, N_("permission denied")),
        (errno.EPERM, N_("permission denied")),
        (errno.EROFS, N_("this disk can only be read")),
        (errno.ENOSPC, N_("the disk is full")),
        (getattr(errno, "EDQUOT", errno.ENOSPC), N_("the disk is full")),  # not on Windows
        (errno.ENOENT, N_("there is no such file or folder")),
        (errno.ENOTDIR, N_("a file stands where a folder should be")),
        (errno.EEXIST, N_("it is there already")),
        (errno.EISDIR, N_("it is a folder")),
        (errno.ENAMETOOLONG, N_("its name is too long")),
        (errno.EIO, N_("the disk or the stick cannot be read")),
        (errno.ECONNREFUSED, N_("nobody answers there")),
        (errno.ENETUNREACH, N_("there is no network")),
        (errno.EHOSTUNREACH, N_("nobody can be reached at that address")),
        (errno.ECONNRESET, N_("the other side hung up")),
        (errno.ETIMEDOUT, N_("no answer came in time")),
    )
}
"""What the system says in English, whatever language it is set to: Python asks it so."""


def explain(trouble: Trouble) -> str:
    """`path:row:column: reason`, and on a second line what to do."""
    told = reason_of(trouble)
    where = f"{trouble.place}: " if trouble.place else ""
    return f"{where}{told.why}\n{told.remedy}" if told.remedy else f"{where}{told.why}"


def reason_of(trouble: Trouble) -> Reason:
    """Why it stopped the command, and what to do next; what a provider's words mean, too."""
    facts = {name: _in_words(fact) for name, fact in trouble.facts.items()}
    for name in ("words", "reason"):  # a server's, or a code of ours where none said anything
        said = str(facts.get(name) or "")
        facts[name] = ours(said) or said
    if trouble.code == "busy" and isinstance(since := trouble.facts.get("since"), datetime):
        facts["since"] = dates.moment(since, since.tzinfo)  # it may be of today
    place = {"path": trouble.path, "row": trouble.row, "column": trouble.column}
    told = reason(trouble.code, {**place, **facts})
    # Of a login that is refused in mid-run, when says more than what.
    if not isinstance(trouble, AccountPaused) or trouble.facts.get("reason") == "later-login":
        return told
    said = " ".join(str(trouble.facts.get(name) or "") for name in ("reply", "enhanced", "words"))
    entry = meaning(said)
    if entry is None:
        return told
    meant = in_words(entry, {})
    is_login = trouble.code in ("login-refused", "sign-in-refused", "sign-in-ended")
    nobody = "" if is_login else nobody_failed()
    return Reason(
        why=f"{told.why}\n{meant.why}",
        remedy=f"{meant.remedy}\n{nobody}".strip(),
        steps=meant.steps,
    )


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


def _in_words(fact: object) -> object:
    if isinstance(fact, Status):
        return statuses.status(fact)
    if isinstance(fact, Trouble):
        return why(fact)
    if isinstance(fact, tuple):
        return ", ".join(field(each) for each in fact)
    if isinstance(fact, date):
        return dates.day(f"{fact:%Y-%m-%d}")
    if isinstance(fact, str):
        known = KIND_WORDS.get(fact) or SYSTEM_WORDS.get(fact)
        return translate(known) if known else fact  # what was typed may be a word of ours: Number
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
    return str(unexpected_in_job(type(error).__name__))


def unexpected_in_job(kind: str) -> Reason:
    """An error that nobody foresaw, in a job that nobody looks at: its kind."""
    return Reason(
        why=_(
            "The program met something it does not know{kind}. What had left is in the ledger; "
            "nothing is sent twice."
        ).format(kind="" if on_page() else f" ({kind})"),
        remedy=_("Go on; if it happens again, tell the authors."),
    )


def warnings(cautions: Iterable[Caution]) -> Iterator[str]:
    """Say what is not right but stops nothing."""
    for each in cautions:
        yield from warning(each.code, each.path, each.detail)


def warning(code: str, path: str, detail: str) -> Iterator[str]:
    """Say one such thing, and what to do about it."""
    told = reason(code, {"path": path, "detail": detail, "known_path": detail})
    yield _("Warning: {why}").format(why=told.why)
    if told.remedy:
        yield told.remedy
