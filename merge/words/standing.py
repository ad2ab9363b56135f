"""Where everything stands, in the language of people: statuses, figures, one recipient."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from merge.model import Channel, Counts, Delivery, Lot, Recipient, Status
from merge.words.language import _, ngettext
from merge.words.reasons import REASONS, reason

if TYPE_CHECKING:
    from merge.campaign.ports import Stand
    from merge.report import Row, Step

LISTED = 10
STATUS_WORDS: Mapping[Status, str] = {
    Status.QUEUED: _("waiting"),
    Status.SENDING: _("being sent"),
    Status.SENT: _("sent"),
    Status.DEFERRED: _("put off"),
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
ANSWER_WORDS: Mapping[str, str] = {
    "yes": _("yes"),
    "no": _("no"),
    "conditions": _("yes, on conditions"),
    "received": _("received"),
    "unread": _("to be read"),
    "email": _("e-mail"),
    "paper": _("paper"),
    "phone": _("phone"),
    "post": _("post"),
    "meeting": _("meeting"),
}
"""What an answer comes to, and how it came."""
OUR_WORDS: Mapping[str, str] = {
    "reminder-overtaken": _("An answer had come, or the letter before came back: no reminder."),
    "proof-copy": _("It was taken: the mailbox has the copy that the provider filed."),
    "proof-bounce": _("It was taken: it came back later."),
    "policy-paper": _("It goes on paper, you said."),
    "policy-left": _("It stays as it is, you said."),
    "sender-died": _("The program stopped in mid-message; nobody knows whether it arrived."),
    "connection-lost": _("The connection was lost."),
    "no-reply-in-time": _("The server did not answer in time."),
    "server-unreachable": _("The server could not be reached."),
    "server-not-ready": _("The server did not want to talk."),
    "starttls-not-offered": _("The server offered no encryption."),
    "login-not-offered": _("The server took no login."),
    "login-of-another-kind": _("The server took no login with a password."),
    "login-refused": _("The server refused the login."),
    "body-not-crlf": _("The message was malformed and was not sent; tell the authors."),
    "address-malformed": _("This is not an e-mail address."),
    "address-needs-smtputf8": _("The address has an accent before the @."),
    "interrupted": _("You stopped the program while the printer was taking it."),
    "not-handed-over": _("The program stopped before the printer heard of it."),
    "pages-unreadable": _("The PDF was moved away, or cannot be read: the printer got nothing."),
    "print-died": _("The program stopped while the printer was taking it."),
    "printer-junk": _("The printer's answer cannot be read."),
    "printer-unreachable": _("The printer cannot be reached."),
    "job-pending": _("It waits its turn at the printer."),
    "job-held": _("It is held at the printer: release it there."),
    "job-processing": _("The printer is at work on it, or is switched off."),
    "job-stopped": _("The printer has stopped in the middle: no paper, or a jam."),
    "job-no-paper": _("The printer has it, and says that it has no more paper."),
    "job-jam": _("The printer has it, and says that paper is jammed."),
    "job-open": _("The printer has it, and says that a door or a tray is open."),
    "job-no-ink": _("The printer has it, and says that it has no more ink or toner."),
    "job-canceled": _("It was cancelled at the printer, or the printer gave it up."),
    "job-aborted": _("The printer gave it up."),
    "job-vanished": _("The printer no longer knows of it."),
}
"""What stands in the ledger where no server and no printer said anything."""
PHASE_WORDS: Mapping[str, str] = {
    "lot": _("lot"),
    "printer": _("printer"),
    "again": _("made again"),
    "person": _("a person's word"),
    "proof": _("proof"),
    "bounce": _("came back"),
    "policy": _("came back because of you"),
    "remind": _("reminder"),
    "peace": _("suppression list"),
}
"""Steps of an attempt that are not the dialogue of SMTP: its commands have no other name."""
STAND_WORDS: Mapping[Stand, str] = {
    "waits": _("You have not decided yet: publipostage resolve"),
    "paper": _("It goes on paper, you said."),
    "left": _("It stays as it is, you said."),
}
"""How a letter stands that came back because of whoever sent it."""
CAUSE_WORDS: Mapping[str, str] = {"policy": _("its sender or its content")}
"""Why a letter came back, where that is not its recipient's doing."""
COLUMN_WORDS: Mapping[str, str] = {
    "key": _("Code"),
    "commune": _("Commune"),
    "channel": _("Channel"),
    "status": _("Status"),
    "place": _("Lot, letter"),
    "at": _("When"),
    "address": _("Address"),
    "detail": _("Answer"),
    "cause": _("Cause"),
    "department": _("Département"),
    "date": _("Written on"),
    "answer": _("Answer of the town"),
    "answered_on": _("Answered on"),
    "answered_by": _("By"),
    "note": _("Note"),
    "wave": _("Wave"),
    "phase": _("Step"),
    "code": _("Reply"),
    "enhanced": _("Extended code"),
    "words": _("Details"),
    "duration_ms": _("Milliseconds"),
    "sender": _("Sender"),
}


def day(iso: str) -> str:
    """A day as people write it; "" stays so."""
    if not iso:
        return ""
    year, month, number = iso.split("-")
    return _("{year}-{month}-{day}").format(year=year, month=month, day=number)


def labelled(label: str, value: str) -> str:
    """A label and what it labels; French wants a space before the colon."""
    return _("{label}: {value}").format(label=label, value=value)


def status(value: Status, on: Channel = Channel.EMAIL) -> str:
    """A status in the language of people. On paper nobody has refused what the printer failed."""
    if value is Status.FAILED and on is Channel.PAPER:
        return _("not printed to its end")
    return STATUS_WORDS[value]


def no_letter() -> str:
    """Of one recipient whom nothing reaches."""
    return _("No letter goes to it: it has neither an e-mail nor a postcode with a town.")


def channel(value: Channel) -> str:
    """A channel in the language of people."""
    return CHANNEL_WORDS[value]


def channels(counts: Counts) -> str:
    """How many go by e-mail, on paper, and by neither."""
    text = _("{email} by e-mail, {paper} on paper.").format(
        email=sum(counts.email.values()), paper=sum(counts.paper.values())
    )
    return f"{text} {unreachable(counts.unreachable)}" if counts.unreachable else text


def and_more(n: int) -> str:
    """What a list has besides those that are shown; it ends no sentence."""
    return _("… and {n} more").format(n=n)


def unreachable(n: int) -> str:
    """Those whom nothing reaches: they are kept and shown, never dropped."""
    return ngettext(
        "{n} has neither an e-mail nor a postal address.",
        "{n} have neither an e-mail nor a postal address.",
        n,
    ).format(n=n)


def figures(by_status: Mapping[Status, int], on: Channel = Channel.EMAIL) -> str:
    """How many stand where; those that are none are left out."""
    found = [
        _("{n} {status}").format(n=n, status=status(each, on)) for each, n in by_status.items() if n
    ]
    return ", ".join(found) or "0"


def where_it_stands(counts: Counts) -> str:
    """Both channels in one line each."""
    lines = [
        _("By e-mail: {figures}").format(figures=figures(counts.email)),
        _("On paper: {figures}").format(figures=figures(counts.paper, Channel.PAPER)),
    ]
    if counts.unreachable:
        lines.append(unreachable(counts.unreachable))
    return "\n".join(lines)


def status_page(name: str, counts: Counts, nobody_reached: Sequence[Recipient]) -> str:
    """The whole of `status` but the next steps."""
    title = ngettext(
        "“{name}”: {n} recipient", "“{name}”: {n} recipients", counts.recipients
    ).format(name=name, n=counts.recipients)
    return "\n".join([title, where_it_stands(counts), *listed(nobody_reached)])


def listed(recipients: Sequence[Recipient]) -> list[str]:
    """A line each for the first ten, and how many more there are."""
    lines = [f"    {recipient.commune} ({recipient.key})" for recipient in recipients[:LISTED]]
    if len(recipients) > LISTED:
        lines.append(f"    {and_more(len(recipients) - LISTED)}")
    return lines


def came_back(recipients: Sequence[Recipient]) -> str:
    """Whose letter was refused or came back, by e-mail or by post."""
    return "\n".join([_("Refused or come back:"), *listed(recipients)])


def next_step(step: Step) -> str:
    """One thing left to do, with the command to type."""
    return {
        "import": _("To do: publipostage import SHEET"),
        "reach": _("To do: publipostage import SHEET, with their e-mail or postal addresses"),
        "resolve": _(
            "To do: settle those in doubt (publipostage log --status unknown), with publipostage "
            "resolve"
        ),
        "resolve-lot": _(
            "To do: see what became of the lots at the printer (publipostage resolve --lot LOT)"
        ),
        "lot-failed": _("To do: print the lots again that the printer failed, or give them back"),
        "decide": _("To do: decide about what came back because of you (publipostage resolve)"),
        "edit": _("To do: cure those held (publipostage check), with publipostage edit KEY …"),
        "account": _("To do: publipostage account set"),
        "send": _("To do: publipostage send --really"),
        "send-again": _("To do, later: publipostage send --really (those put off)"),
        "sending": _("Another command is sending: wait for it."),
        "print": _("To do: publipostage print"),
        "print-failed": _("To do: publipostage print (for those whose e-mail failed)"),
        "edit-failed": _(
            "To do: another address for those whose e-mail failed and who have no postal one "
            "(publipostage log --status bounced --status failed), with publipostage edit KEY …"
        ),
        "post": _(
            "To do: print the lots that are not printed yet, post them, then publipostage print "
            "--posted LOT"
        ),
        "edit-returned": _(
            "To do: another address for those whose letter came back (publipostage edit KEY …)"
        ),
        "nothing": _("Everyone who can be reached has been written to."),
    }[step]


def time_to_erase(day: str) -> str:
    """The day that `campaign.retain_until` names has come."""
    return _("What is personal was to be kept until {day}. To erase it: publipostage purge").format(
        day=day
    )


def lot_line(lot: Lot) -> str:
    """One lot that is not in the post yet: where it stands, where its PDF is, what comes next."""
    line = ngettext(
        "Lot {number} ({n} letter, {sheets} sheets): {status}.",
        "Lot {number} ({n} letters, {sheets} sheets): {status}.",
        lot.letters,
    )
    return " ".join(
        [
            line.format(
                number=lot.number,
                n=lot.letters,
                sheets=lot.sheets,
                status=status(lot.status, Channel.PAPER),
            ),
            lot_step(lot),
        ]
    )


def lot_step(lot: Lot) -> str:
    """What a person can do with a lot as it stands; "" when nothing is left."""
    n = lot.number
    return {
        Status.MADE: _(
            "Print it (or: publipostage print --lot {n} --printer URI), count {sheets} sheets, "
            "post it, then: publipostage print --posted {n}"
        ),
        Status.SUBMITTING: _("Another command is handing it to the printer."),
        Status.ACCEPTED: _("To see what became of it: publipostage resolve --lot {n}"),
        Status.FINISHED: _(
            "Count {sheets} sheets: a printer says so of a jammed lot too. Those that are missing: "
            "publipostage print --lot {n} --from … --to …. In the post: publipostage print "
            "--posted {n}"
        ),
        Status.PRINTED: _("In the post: publipostage print --posted {n}"),
        Status.FAILED: _(
            "Nothing is printed again by itself. Once more: publipostage print --lot {n} --printer "
            "URI. To give it back: publipostage print --discard {n}. If all {sheets} sheets are "
            "there after all: publipostage print --printed {n}"
        ),
        Status.UNKNOWN: _(
            "It may be printed, or not; nothing is printed again by itself. To settle it: "
            "publipostage resolve --lot {n}"
        ),
    }.get(lot.status, "").format(n=n, sheets=lot.sheets)


def column(name: str) -> str:
    """The header of a table's column."""
    return COLUMN_WORDS.get(name, name)


def cell(name: str, value: str, on: str = Channel.EMAIL) -> str:
    """A cell as people read it; files for machines keep the codes. `on` is the row's channel."""
    if name == "status":
        return status(Status(value), Channel(on or Channel.EMAIL))
    if name == "channel":
        return channel(Channel(value)) if value else ""
    if name in ("answer", "answered_by"):
        return ANSWER_WORDS.get(value, value)
    if name == "cause":
        return CAUSE_WORDS.get(value, value)
    if name == "phase":
        return PHASE_WORDS.get(value, value)
    if name in ("detail", "words"):
        return OUR_WORDS.get(value) or _fault_in_words(value) or value
    return value.replace("T", " ")[:16] if name == "at" else value


def cells(columns: Sequence[str], row: Row) -> list[str]:
    """A row of the log as people read it."""
    of_a_lot = row.get("phase") in ("lot", "again")
    return [
        _lot_in_words(row[name])
        if of_a_lot and name == "words"
        else cell(name, row[name], row.get("channel", ""))
        for name in columns
    ]


_OF_A_LOT = re.compile(r"(\d+)(?:: (\d+)-(\d+))?")  # as the ledger has it


def _lot_in_words(said: str) -> str:
    found = _OF_A_LOT.fullmatch(said)
    return lot_name(*found.groups()) if found else cell("words", said)


def lot_name(number: int | str, first: int | str | None, last: int | str | None) -> str:
    """A lot, or some of its letters."""
    if first is None:
        return _("Lot {number}").format(number=number)
    return _("Lot {number}, letters {first} to {last}").format(
        number=number, first=first, last=last
    )


def place(lot: str, position: str) -> str:
    """Where a letter lies, in a word that no table breaks: lot/letter; "" where there is no lot."""
    return f"{lot}/{position}" if lot else ""


def _fault_in_words(detail: str) -> str:
    """What holds a letter, as the ledger has it (`code field=value`); "" for anything else."""
    code, _space, rest = detail.partition(" ")
    if "-" not in code or code not in REASONS:
        return ""
    field, _equals, value = rest.partition("=")
    return reason(code, {"field": field, "value": value})[0]


def recipient_page(recipient: Recipient, delivery: Delivery | None, stand: Stand | None) -> str:
    """Everything about one recipient but the attempts; `stand`: of what came back because of us."""
    emails = filter(None, (recipient.email, *recipient.alternates))
    known = {
        _("Mayor"): f"{recipient.first_name} {recipient.surname}".strip(),
        _("E-mail"): ", ".join(emails),
        _("Address"): ", ".join(filter(None, (*recipient.street, recipient.town_line))),
    }
    lines = [f"{recipient.commune} ({recipient.key})"]
    lines += [labelled(name, value or "—") for name, value in known.items()]
    if recipient.source:  # else a purge has erased it
        lines.append(labelled(_("From"), f"{recipient.source}:{recipient.row}"))
    lines += [labelled(name, value) for name, value in recipient.fields.items() if value]
    if delivery is None:
        lines.append(no_letter())
        return "\n".join(lines)
    stands = status(delivery.status, delivery.channel)
    lines.append(labelled(_("Letter"), f"{channel(delivery.channel)}, {stands}"))
    if stand:
        lines.append(labelled(_("Cause"), f"{CAUSE_WORDS['policy']}. {STAND_WORDS[stand]}"))
    if delivery.address:
        lines.append(labelled(_("Addressed to"), delivery.address))
    if delivery.message_id:
        lines.append(f"Message-ID: {delivery.message_id}")
    if delivery.lot is not None:
        lines.append(
            _("Lot {lot}, letter {position}").format(lot=delivery.lot, position=delivery.position)
        )
    if delivery.detail:
        lines.append(labelled(_("Answer"), cell("detail", delivery.detail)))
    return "\n".join(lines)


def next_is_a_test() -> str:
    """A letter to oneself, before any other leaves."""
    command = f"publipostage send --test {_('YOU@example.org')}"
    return _("Next: {command}").format(command=command)


def next_after_a_check(*, by_email: int, on_paper: int, account: bool) -> str:
    """What to do once the letters are right, so many of each channel.

    `account`: it is said which mailbox they leave from.
    """
    if by_email:
        if account:
            return next_is_a_test()
        command = "account set"
    else:
        command = "print" if on_paper else "status"
    return _("Next: {command}").format(command=f"publipostage {command}")
