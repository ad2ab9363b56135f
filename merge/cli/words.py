"""Facts in, sentences out: everything that a command says more than once, or that needs care.

The reasons (why something was refused, what to do next) stand in `merge.cli.reasons`.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from merge.cli import output, standing
from merge.cli.language import _, ngettext
from merge.cli.reasons import reason
from merge.errors import ExitCode, Trouble
from merge.model import (
    Delivery,
    LetterFault,
    LotFile,
    Outcome,
    Recipient,
    RowProblem,
    Status,
)

if TYPE_CHECKING:
    from merge.campaign.deliver import Run
    from merge.campaign.ports import ImportChange
    from merge.ledger.opening import Caution
    from merge.letters.template import Slip
    from merge.mail.smtp import Offer
    from merge.paper.cover import CoverWords
    from merge.recipients.sheet import Table
    from merge.settings import AccountSettings

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
    "lines": _("list of texts"),
    "date": _("date"),
    "range": _("range"),
    "date and time": _("date and time"),
}


# --- errors -----------------------------------------------------------------------------------


def explain(trouble: Trouble) -> str:
    """`path:row:column: reason`, and on a second line what to do."""
    why, remedy = reason(
        trouble.code, {name: _in_words(fact) for name, fact in trouble.facts.items()}
    )
    place = f"{trouble.place}: " if trouble.place else ""
    return f"{place}{why}\n{remedy}" if remedy else f"{place}{why}"


def _in_words(fact: object) -> object:
    if isinstance(fact, Status):
        return standing.status(fact)
    return KIND_WORDS.get(fact, fact) if isinstance(fact, str) else fact


def no_terminal() -> str:
    """A question that nobody is there to answer."""
    return _("There is nobody to ask here: no terminal. In a script, add --yes or the option.")


def aborted() -> str:
    """Interrupted, or answered with no."""
    return _("Stopped. What had left is in the ledger: publipostage status")


def unwritten(error: OSError) -> str:
    """The system refused to read or write something."""
    place = f"{error.filename}: " if error.filename else ""
    return place + _("The system refuses: {words}.").format(words=error.strerror)


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
        why, remedy = reason(caution.code, {"path": caution.path, "detail": caution.detail})
        output.say(_("Warning: {why}").format(why=why))
        if remedy:
            output.say(remedy)


def fault(found: LetterFault, commune: str) -> str:
    """Why one letter cannot leave, and the edit that cures it."""
    why, remedy = reason(found.code, {"field": found.field, "value": found.value, "key": found.key})
    return f"{commune} ({found.key}): {why}" + (f" {remedy}" if remedy else "")


def show_faults(faults: Sequence[LetterFault], recipients: Sequence[Recipient]) -> None:
    """The letters that cannot leave, the first of them one by one."""
    communes = {recipient.key: recipient.commune for recipient in recipients}
    for found in faults[:FAULTS_SHOWN]:
        output.say(fault(found, communes[found.key]))
    if len(faults) > FAULTS_SHOWN:
        output.say(_("… and {n} more.").format(n=len(faults) - FAULTS_SHOWN))


def slip(found: Slip) -> str:
    """A probable slip of the letter's author: told once, changed by nobody."""
    why, _remedy = reason(f"slip-{found.kind}", {"found": found.found})
    perhaps = _("Perhaps: {suggestion}").format(suggestion=found.suggestion)
    return f"letter.md:{found.row}: {why}" + (f" {perhaps}" if found.suggestion else "")


# --- import -----------------------------------------------------------------------------------


def reading(table: Table) -> str:
    """What was guessed about one sheet."""
    facts = [_("{n} rows").format(n=len(table.rows))]
    if table.encoding:
        facts.append(_("encoding {encoding}").format(encoding=table.encoding))
    if table.delimiter:
        shown = _("tab") if table.delimiter == "\t" else _("“{text}”").format(text=table.delimiter)
        facts.append(_("separator {delimiter}").format(delimiter=shown))
    if table.sheet:
        facts.append(_("sheet “{sheet}”").format(sheet=table.sheet))
    facts.append(_("headers in row {row}").format(row=table.header_row))
    return f"{table.path}: " + ", ".join(facts)


def problem(found: RowProblem) -> str:
    """One row problem as a line: `path:row:column: reason`."""
    why, remedy = reason(
        found.code, {"value": found.value, "column": found.column, "suggestion": found.suggestion}
    )
    place = ":".join(part for part in (found.path, str(found.row), found.column) if part)
    kept = "" if found.taken else " " + _("Row not taken.")
    return f"{place}: {why}{kept}" + (f" {remedy}" if found.suggestion and remedy else "")


def show_problems(problems: Sequence[RowProblem], at_most: int) -> None:
    """The problems on stderr, rows that were not taken first."""
    ordered = sorted(problems, key=lambda found: found.taken)
    for found in ordered[:at_most]:
        output.say(problem(found))
    if len(ordered) > at_most:
        output.say(
            _("… and {n} more; --report FILE.csv writes them all.").format(n=len(ordered) - at_most)
        )


def problems_csv(problems: Sequence[RowProblem]) -> bytes:
    """All problems as a CSV file that a French Excel opens by itself."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter=";", lineterminator="\r\n")
    writer.writerow(
        [_("File"), _("Row"), _("Column"), _("Value"), _("Reason"), _("Suggestion"), _("Taken")]
    )
    for found in problems:
        why, _remedy = reason(
            found.code,
            {"value": found.value, "column": found.column, "suggestion": found.suggestion},
        )
        cells = [found.path, str(found.row), found.column, found.value, why, found.suggestion]
        writer.writerow([*cells, _("yes") if found.taken else _("no")])
    return text.getvalue().encode("utf-8-sig")


def import_change(change: ImportChange) -> str:
    """What an import did to the recipients."""
    parts = [
        _("added: {n}").format(n=len(change.added)),
        _("changed: {n}").format(n=len(change.changed)),
        _("unchanged: {n}").format(n=change.unchanged),
    ]
    if change.absent:
        parts.append(_("not in this file, kept: {n}").format(n=len(change.absent)))
    return ", ".join(parts) + "."


# --- sending and printing ---------------------------------------------------------------------


def provider_hints(provider: str) -> Sequence[str]:
    """What is peculiar about one provider's mailboxes."""
    if provider in ("gmail", "workspace", "microsoft"):
        return [
            _(
                "This provider refuses the account's own password. In the account's security "
                "settings, turn on two-step verification, then create an “application password” "
                "and type that one."
            )
        ]
    return []


def server_offers(account: AccountSettings, found: Offer) -> str:
    """What the server for outgoing mail said of itself."""
    size = (
        _("messages up to {mb} MB").format(mb=found.size_limit // 1_000_000)
        if found.size_limit
        else _("no limit of size named")
    )
    return _("{host} accepts the login. Encryption: {tls}; {size}.").format(
        host=account.host, tls=found.tls or _("none, on this machine"), size=size
    )


def forecast(n: int, days: int, account: AccountSettings) -> str:
    """How long it takes within the limits of the account."""
    return ngettext(
        "{n} letters to send from {address}: it takes one day.",
        "{n} letters to send from {address}: it takes {days} days.",
        days,
    ).format(n=n, days=days, address=account.from_address)


def run_result(run: Run) -> str:
    """What one run of `send` did, and why it ended if it ended early."""
    done = _("This time: {figures}.").format(figures=standing.figures(run.by_status))
    ended = {
        "": "",
        "quota": _("The account's quota is spent."),
        "limit": _("The limit you gave is reached."),
        "deferred": _("Some servers ask to try again later."),
        "interrupted": _("Stopped, as you asked, after the message in hand."),
    }[run.stopped_by]
    when = ""
    if run.next_at is not None:
        local = run.next_at.astimezone()
        when = _("Run the same command again after {when}, or with --wait.").format(
            when=f"{local:%Y-%m-%d %H:%M}"
        )
    elif run.stopped_by in ("limit", "interrupted"):
        when = _("Run the same command again to go on.")
    return " ".join(filter(None, (done, ended, when)))


def refused_test(outcome: Outcome, address: str) -> str:
    """The letter to oneself was refused."""
    return _("{address} did not get the letter. The server said: {reply}").format(
        address=address, reply=" ".join(filter(None, (str(outcome.code or ""), outcome.words)))
    )


def in_doubt(delivery: Delivery | None, recipient: Recipient) -> str:
    """What is known of a delivery in doubt."""
    if delivery is None:
        return standing.unreachable(1)
    return _("{commune} ({key}), {address}: {status}. Message-ID {message_id}").format(
        commune=recipient.commune,
        key=recipient.key,
        address=delivery.address,
        status=standing.status(delivery.status),
        message_id=delivery.message_id,
    )


def lot(made: LotFile) -> str:
    """One lot that has been made."""
    return ngettext(
        "{path}: {n} letter, {sheets} sheets",
        "{path}: {n} letters, {sheets} sheets",
        len(made.pages),
    ).format(path=made.path, n=len(made.pages), sheets=made.sheets)


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
        date=lambda at: f"{at.astimezone(zone):%Y-%m-%d %H:%M}",
    )
