"""Facts in, sentences out: everything that a command says more than once, or that needs care.

The reasons (why something was refused, what to do next) stand in `merge.cli.reasons`.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from merge.cli import output
from merge.cli.language import _, ngettext
from merge.cli.reasons import REASONS, reason
from merge.errors import ExitCode, Trouble
from merge.model import (
    Channel,
    Counts,
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
    from merge.report import Step
    from merge.settings import AccountSettings

FAULTS_SHOWN = 20
STATUS_WORDS: Mapping[Status, str] = {
    Status.QUEUED: _("waiting"),
    Status.SENDING: _("being sent"),
    Status.SENT: _("sent"),
    Status.DEFERRED: _("refused for now"),
    Status.FAILED: _("refused"),
    Status.UNKNOWN: _("in doubt"),
    Status.BOUNCED: _("came back"),
    Status.HELD: _("held"),
    Status.SUPPRESSED: _("not to be written to"),
    Status.MADE: _("ready to print"),
    Status.SUBMITTING: _("on its way to the printer"),
    Status.ACCEPTED: _("taken by the printer"),
    Status.FINISHED: _("printed, says the printer"),
    Status.PRINTED: _("printed"),
    Status.POSTED: _("posted"),
    Status.RETURNED: _("returned by the post"),
}
CHANNEL_WORDS: Mapping[Channel, str] = {
    Channel.EMAIL: _("e-mail"),
    Channel.PAPER: _("paper"),
}
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
}
OUR_WORDS: Mapping[str, str] = {
    "sender-died": _("The program stopped in mid-message; nobody knows whether it arrived."),
    "connection-lost": _("The connection was lost."),
    "no-reply-in-time": _("The server did not answer in time."),
    "body-not-crlf": _("The message was malformed and was not sent; tell the authors."),
    "address-malformed": _("This is not an e-mail address."),
    "address-needs-smtputf8": _("The address has an accent before the @."),
}
"""What stands in the ledger where no server said anything."""

COLUMN_WORDS: Mapping[str, str] = {
    "key": _("Code"),
    "commune": _("Commune"),
    "channel": _("Channel"),
    "status": _("Status"),
    "at": _("When"),
    "address": _("Address"),
    "detail": _("Answer"),
    "wave": _("Wave"),
    "phase": _("Step"),
    "code": _("Reply"),
    "enhanced": _("Extended code"),
    "words": _("Server's words"),
    "duration_ms": _("Milliseconds"),
    "sender": _("Sender"),
}


# --- errors -----------------------------------------------------------------------------------


def explain(trouble: Trouble) -> str:
    """`path:row:column: reason`, and on a second line what to do."""
    why, remedy = reason(trouble.code, trouble.facts)
    place = f"{trouble.place}: " if trouble.place else ""
    return f"{place}{why}\n{remedy}" if remedy else f"{place}{why}"


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


def labelled(label: str, value: str) -> str:
    """A label and what it labels; French wants a space before the colon."""
    return _("{label}: {value}").format(label=label, value=value)


# --- where it stands --------------------------------------------------------------------------


def status(value: Status) -> str:
    """A status in the language of people."""
    return STATUS_WORDS[value]


def channel(value: Channel) -> str:
    """A channel in the language of people."""
    return CHANNEL_WORDS[value]


def channels(counts: Counts) -> str:
    """How many go by e-mail, on paper, and by neither."""
    text = _("{email} by e-mail, {paper} on paper.").format(
        email=sum(counts.email.values()), paper=sum(counts.paper.values())
    )
    return f"{text} {unreachable(counts.unreachable)}" if counts.unreachable else text


def unreachable(n: int) -> str:
    """Those whom nothing reaches: they are kept and shown, never dropped."""
    return ngettext(
        "{n} has neither an e-mail nor a postal address.",
        "{n} have neither an e-mail nor a postal address.",
        n,
    ).format(n=n)


def _figures(by_status: Mapping[Status, int]) -> str:
    return ", ".join(f"{n} {status(s)}" for s, n in by_status.items() if n) or "0"


def where_it_stands(counts: Counts) -> str:
    """Both channels in one line each."""
    lines = [
        labelled(_("By e-mail"), _figures(counts.email)),
        labelled(_("On paper"), _figures(counts.paper)),
    ]
    if counts.unreachable:
        lines.append(unreachable(counts.unreachable))
    return "\n".join(lines)


def status_page(name: str, counts: Counts, nobody_reached: Sequence[Recipient]) -> str:
    """The whole of `status` but the next steps."""
    title = ngettext(
        "“{name}”: {n} recipient", "“{name}”: {n} recipients", counts.recipients
    ).format(name=name, n=counts.recipients)
    lines = [title, where_it_stands(counts)]
    shown = nobody_reached[:10]
    lines += [f"    {recipient.commune} ({recipient.key})" for recipient in shown]
    if len(nobody_reached) > len(shown):
        lines.append(_("    … and {n} more").format(n=len(nobody_reached) - len(shown)))
    return "\n".join(lines)


def next_step(step: Step) -> str:
    """One thing left to do, with the command to type."""
    return {
        "import": _("To do: publipostage import SHEET"),
        "resolve": _(
            "To do: look at those in doubt (publipostage log --status unknown), then "
            "publipostage resolve KEY"
        ),
        "edit": _("To do: cure those held (publipostage check), with publipostage edit KEY …"),
        "send": _("To do: publipostage send --really"),
        "send-again": _("To do, later: publipostage send --really (those refused for now)"),
        "print": _("To do: publipostage print"),
        "print-failed": _("To do: publipostage print (for those whose e-mail failed)"),
        "post": _("To do: print the lots, post them, then publipostage print --posted LOT"),
        "nothing": _("Everyone who can be reached has been written to."),
    }[step]


def column(name: str) -> str:
    """The header of a table's column."""
    return COLUMN_WORDS.get(name, name)


def cell(name: str, value: str) -> str:
    """A cell as people read it; files for machines keep the codes."""
    if name == "status":
        return status(Status(value))
    if name == "channel":
        return channel(Channel(value))
    if name in ("detail", "words"):
        return OUR_WORDS.get(value) or _fault_in_words(value) or value
    return value.replace("T", " ")[:16] if name == "at" else value


def _fault_in_words(detail: str) -> str:
    """What holds a letter, as the ledger has it (`code field=value`); "" for anything else."""
    code, _space, rest = detail.partition(" ")
    if "-" not in code or code not in REASONS:
        return ""
    field, _equals, value = rest.partition("=")
    return reason(code, {"field": field, "value": value})[0]


def recipient_page(recipient: Recipient, delivery: Delivery | None) -> str:
    """Everything about one recipient but the attempts."""
    emails = filter(None, (recipient.email, *recipient.alternates))
    address = filter(None, (*recipient.street, recipient.postcode, recipient.locality))
    lines = [
        f"{recipient.commune} ({recipient.key})",
        labelled(_("Mayor"), f"{recipient.first_name} {recipient.surname}".strip()),
        labelled(_("E-mail"), ", ".join(emails)),
        labelled(_("Address"), ", ".join(address)),
        labelled(_("From"), f"{recipient.source}:{recipient.row}"),
    ]
    lines += [labelled(name, value) for name, value in recipient.fields.items() if value]
    if delivery is None:
        lines.append(unreachable(1))
        return "\n".join(lines)
    lines.append(labelled(_("Letter"), f"{channel(delivery.channel)}, {status(delivery.status)}"))
    if delivery.message_id:
        lines.append(f"Message-ID: {delivery.message_id}")
    if delivery.lot is not None:
        lines.append(
            _("Lot {lot}, letter {position}").format(lot=delivery.lot, position=delivery.position)
        )
    if delivery.detail:
        lines.append(labelled(_("Answer"), cell("detail", delivery.detail)))
    return "\n".join(lines)


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
    done = _("This time: {figures}.").format(figures=_figures(run.by_status))
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
        return unreachable(1)
    return _("{commune} ({key}), {address}: {status}. Message-ID {message_id}").format(
        commune=recipient.commune,
        key=recipient.key,
        address=delivery.address,
        status=status(delivery.status),
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
