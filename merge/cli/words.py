"""Facts in, sentences out: everything that a command says more than once, or that needs care.

The reasons (why something was refused, what to do next) stand in `merge.cli.reasons`.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from merge.cli import departures, output, plainly, standing
from merge.cli.language import _, ngettext
from merge.cli.reasons import reason
from merge.cli.reasons.fields import field
from merge.cli.reasons.refusals import meaning
from merge.disks import NO_SPACE
from merge.errors import AccountPaused, ExitCode, Trouble
from merge.model import (
    Channel,
    Delivery,
    LetterFault,
    Outcome,
    Recipient,
    Status,
    Ways,
)

if TYPE_CHECKING:
    from datetime import datetime

    from merge.campaign.batch import Made
    from merge.ledger.opening import Caution
    from merge.letters.remarks import Remark
    from merge.letters.similarity import Alikeness
    from merge.letters.template import CompiledTemplate, Slip
    from merge.paper.cover import CoverWords
    from merge.paper.testsheet import SheetWords

FAULTS_SHOWN = 20
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


# --- errors -----------------------------------------------------------------------------------


def explain(trouble: Trouble) -> str:
    """`path:row:column: reason`, and on a second line what to do."""
    on = Channel.PAPER if trouble.code.startswith("lot-") else Channel.EMAIL
    facts = {name: _in_words(fact, on) for name, fact in trouble.facts.items()}
    words = str(facts.get("words", ""))  # a server's, or a code of ours where none said anything
    if words in standing.OUR_WORDS:
        facts["words"] = standing.OUR_WORDS[words]
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
        return standing.status(fact, on)
    if isinstance(fact, Trouble):
        return why(fact)
    if isinstance(fact, tuple):
        return ", ".join(field(each) for each in fact)
    if isinstance(fact, date):
        return standing.day(f"{fact:%Y-%m-%d}")
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


def warn(cautions: Iterable[Caution]) -> None:
    """Say what is not right but stops nothing."""
    for caution in cautions:
        why, remedy = reason(
            caution.code,
            {"path": caution.path, "detail": caution.detail, "known_path": caution.detail},
        )
        output.say(_("Warning: {why}").format(why=why))
        if remedy:
            output.say(remedy)


def fault(found: LetterFault, commune: str) -> str:
    """Why one letter cannot leave, and the edit that cures it."""
    why, remedy = reason(found.code, {"field": found.field, "value": found.value, "key": found.key})
    said = standing.labelled(f"{commune} ({found.key})", why)
    return f"{said} {remedy}" if remedy else said


def show_faults(faults: Sequence[LetterFault], communes: Mapping[str, str]) -> None:
    """The letters that cannot leave, the first of them one by one; `communes` by key."""
    for found in faults[:FAULTS_SHOWN]:
        output.say(fault(found, communes[found.key]))
    if len(faults) > FAULTS_SHOWN:
        output.say(f"{standing.and_more(len(faults) - FAULTS_SHOWN)}.")


def tell_closed(n: int) -> None:
    """How many reminders an answer, or a letter's return, has overtaken; nothing of none."""
    if n:
        output.say(
            ngettext(
                "{n} reminder does not leave: an answer has come, or the first letter came back.",
                "{n} reminders do not leave: an answer has come, or the first letter came back.",
                n,
            ).format(n=n)
        )


def show_overlong(keys: Sequence[str], communes: Mapping[str, str]) -> None:
    """The letters that want a second sheet, the first of them one by one; `communes` by key."""
    for key in keys[:FAULTS_SHOWN]:
        output.say(
            _("{commune} ({key}): the letter has more than two pages.").format(
                commune=communes[key], key=key
            )
        )
    if len(keys) > FAULTS_SHOWN:
        output.say(f"{standing.and_more(len(keys) - FAULTS_SHOWN)}.")
    if keys:
        output.say(_("A third page is one more sheet: shorten letter.md, or accept it."))


def show_too_long_names(n: int, most: int) -> None:
    """Why a letter that so many sign wants a second sheet."""
    output.say(
        _(
            "{n} people sign one letter; {most} of these names, with their roles, fit on the two "
            "pages of a letter as long as the model. Keep {most}, shorten roles, or accept it."
        ).format(n=n, most=most)
    )


def unmeasured(lacking: Trouble) -> str:
    """Why nobody can say how the pages come out on this machine."""
    return _("The pages were not measured: {why}").format(why=explain(lacking))


def about_the_letter(
    template: CompiledTemplate, remarks: Sequence[Remark], recipients: Sequence[Recipient]
) -> Iterator[str]:
    """What a person should look at in the letter and the local paragraphs, a line each."""
    for slip in template.slips:
        yield _slip(template.path, slip)
    for path, slip in template.passages.slips:
        yield _slip(path, slip)
    for remark in remarks:
        yield _remark(remark.path or template.path, remark)
    for note in template.passages.notes(recipients, placed=template.places_passages):
        facts = {"path": note.path or template.path, "key": note.key, "n": note.texts}
        yield _both(note.code, facts | {"suggestion": note.suggestion})


def alikeness(found: Alikeness) -> str:
    """How alike the letters are, and why that matters. "" for fewer than two."""
    if found.shared_percent is None:
        return ""
    return _(
        "{shared} % of each letter is word for word in the next one; {without} of {letters} have "
        "nothing of their own. A mairie recognises a circular and puts it aside, and mail "
        "providers (Orange hosts 48 % of the mairies' addresses) may take many alike messages for "
        "spam. One true sentence about the town changes that: write it in local/CODE.md, or in a "
        "column “Paragraphe local”."
    ).format(shared=found.shared_percent, without=found.without_own, letters=found.letters)


def both_ways(n: int) -> str:
    """How many letters call their reader Madame and Monsieur."""
    said = ngettext(
        "{n} letter is addressed both ways (“Madame la Maire, Monsieur le Maire”): no sheet says "
        "which.",
        "{n} letters are addressed both ways (“Madame la Maire, Monsieur le Maire”): no sheet says "
        "which.",
        n,
    ).format(n=n)
    return f"{said} {_('A column “Civilité” does, or a title before the name (“Mme Dupont”).')}"


def _slip(path: str, found: Slip) -> str:
    """A probable slip of the letter's author: told once, changed by nobody."""
    facts = {"found": found.found, "suggestion": found.suggestion}
    return f"{path}:{found.row}: {_both(f'slip-{found.kind}', facts)}"


def _remark(path: str, found: Remark) -> str:
    """What the letter would say to some, that only a person can find right."""
    keys = ", ".join(found.keys[:FAULTS_SHOWN])
    facts = {"words": found.words, "n": len(found.keys), "keys": keys}
    return f"{path}:{found.row}: {_both(found.code, facts)}"


def _both(code: str, facts: Mapping[str, object]) -> str:
    """Why, and what to do."""
    return " ".join(filter(None, reason(code, facts)))


# --- sending and printing ---------------------------------------------------------------------


def refused_test(outcome: Outcome, address: str) -> str:
    """The letter to oneself was refused, or nobody knows."""
    ours = standing.OUR_WORDS.get(outcome.words)
    said = ours or _("The server said: {reply}").format(
        reply=" ".join(filter(None, (str(outcome.code or ""), outcome.enhanced, outcome.words)))
    )
    if outcome.status is Status.UNKNOWN:
        return _(
            "Nobody knows whether the letter reached {address}. {said} Look there before you send "
            "another."
        ).format(address=address, said=said)
    return _("{address} did not get the letter. {said}").format(address=address, said=said)


def in_doubt(delivery: Delivery | None, recipient: Recipient) -> str:
    """What is known of a delivery in doubt."""
    if delivery is None:
        return standing.no_letter()
    return _("{commune} ({key}), {address}: {status}. Message-ID {message_id}").format(
        commune=recipient.commune,
        key=recipient.key,
        address=delivery.address,
        status=standing.status(delivery.status),
        message_id=delivery.message_id,
    )


def lot(made: Made) -> str:
    """One lot that has been made."""
    return ngettext(
        "{path}: {n} letter, {sheets} sheets",
        "{path}: {n} letters, {sheets} sheets",
        made.letters,
    ).format(path=made.path, n=made.letters, sheets=made.sheets)


def ways(found: Ways) -> str:
    """How the letters of a lot were set."""
    line = _("Set fast: {fast}; plainly: {plain}; both ways and compared: {checked}.").format(
        fast=found.fast, plain=found.plain, checked=found.checked
    )
    if not found.reasons:
        return line
    return f"{line} {_('Why plainly: {why}.').format(why=plainly.why(found.reasons))}"


def part_words(zone: ZoneInfo, first: int, last: int) -> CoverWords:
    """The cover sheet of some letters of a lot, made again."""
    title = _("Lot {number}, letters {first} to {last}")
    return replace(cover_words(zone), lot=title.format(number="{number}", first=first, last=last))


def sheet_words(*, folds_known: bool) -> SheetWords:
    """The test sheet in the language of people."""
    from merge.paper.testsheet import SheetWords

    return SheetWords(
        lang=_("en"),
        title=_("Test sheet"),
        steps=(
            _(
                "Print this sheet as you will print the letters: actual size (100 %), without "
                "“fit to page”."
            ),
            _("Measure the line below. If it is not 100 mm long, the printer changed the size."),
            _("Fold at the marks on the left edge, put the sheet into the envelope and shake it.")
            if folds_known
            else _("Fold the sheet for your envelope, put it in and shake it."),
            _(
                "Whichever way it slips, the window must show all of the address. The dashed "
                "frame is what it may show: nothing else is printed there."
            ),
            _("Another envelope? Change window in campaign.toml, [paper]."),
        ),
        back=_(
            "This is the back. Its top is at the top of the front: if not, choose “long edge” for "
            "both sides."
        ),
    )


def _made_at(local: datetime) -> str:
    return _("{day} {year} at {time}").format(
        day=departures.on(local.date()), year=local.year, time=f"{local:%H:%M}"
    )


def cover_words(zone: ZoneInfo) -> CoverWords:
    """The cover sheet of a lot in the language of people, with times as they read them."""
    from merge.paper.cover import CoverWords

    return CoverWords(
        lang=_("en"),
        lot=_("Lot {number}"),
        do_not_post=_("Cover sheet: do not post"),
        letters=_("Letters"),
        sheets=_("Sheets, this one included"),
        first=_("First letter"),
        last=_("Last letter"),
        sides=_("Printing"),
        duplex=_("both sides, long edge, actual size (100 %)"),
        simplex=_("one side, actual size (100 %)"),
        made=_("Made"),
        checksum=_("Checksum of the recipients"),
        count=_(
            "Count the sheets before you post them: a letter that jammed is in nobody's hands."
        ),
        date=lambda at: _made_at(at.astimezone(zone)),
    )
