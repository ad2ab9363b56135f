"""The log, and all that is known of one recipient."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from merge.job import Step
from merge.model import Channel, Delivery, Recipient, Status
from merge.words import pages
from merge.words.dates import minute, moment
from merge.words.language import N_, _, on_page, translate
from merge.words.lots import lot_name
from merge.words.reasons import REASONS, field, reason
from merge.words.reasons.outcomes import ours
from merge.words.statuses import channel, labelled, no_letter, status

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from merge.campaign.answers import Row
    from merge.job import JobRecord
    from merge.ledger.records import NotedEdit, Stand

ANSWER_WORDS: Mapping[str, str] = {
    "yes": N_("yes"),
    "no": N_("no"),
    "conditions": N_("yes, on conditions"),
    "received": N_("received"),
    "unread": N_("to be read"),
    "some": N_("any answer"),
    "none": N_("no answer"),
    "email": N_("e-mail"),
    "paper": N_("paper"),
    "phone": N_("phone"),
    "post": N_("post"),
    "meeting": N_("meeting"),
    "deliberation": N_("deliberation"),
    "letter": N_("signed letter"),
    "spoken": N_("spoken word"),
}
"""What an answer comes to, how it came, and what proves it."""
PHASE_WORDS: Mapping[str, str] = {
    "lot": N_("lot"),
    "again": N_("made again"),
    "person": N_("a person's word"),
    "proof": N_("proof"),
    "bounce": N_("came back"),
    "policy": N_("came back because of you"),
    "remind": N_("reminder"),
    "peace": N_("suppression list"),
    "dns": N_("the domain"),
    "connect": N_("connection"),
    "login": N_("login"),
    "mail": N_("the sender"),
    "rcpt": N_("the recipient"),
    "data": N_("before the letter"),
    "body": N_("the letter itself"),
}
"""Steps of an attempt, for people who never heard of the commands of SMTP."""
STAND_WORDS: Mapping[Stand, str] = {
    "waits": N_("You have not decided yet: {step}"),
    "paper": N_("It goes on paper, you said."),
    "left": N_("It stays as it is, you said."),
}
"""How a letter stands that came back because of whoever sent it."""
CAUSE_WORDS: Mapping[str, str] = {"policy": N_("its sender or its content")}
"""Why a letter came back, where that is not its recipient's doing."""
COLUMN_WORDS: Mapping[str, str] = {
    "key": N_("Number"),
    "commune": N_("Name"),
    "channel": N_("Channel"),
    "status": N_("Status"),
    "place": N_("Lot, letter"),
    "at": N_("When"),
    "address": N_("Address"),
    "detail": N_("Answer"),
    "cause": N_("Cause"),
    "department": N_("Département"),
    "date": N_("Written on"),
    "answer": N_("Answer of the recipient"),
    "answered_on": N_("Answered on"),
    "answered_by": N_("By"),
    "grade": N_("Proof"),
    "note": N_("Note"),
    "wave": N_("Wave"),
    "phase": N_("Step"),
    "code": N_("Reply"),
    "enhanced": N_("Extended code"),
    "words": N_("Details"),
    "duration_ms": N_("Milliseconds"),
    "sender": N_("Sender"),
}
_ROWS_SHOWN = 20
_OF_A_LOT = re.compile(r"(\d+)(?:: (\d+)-(\d+))?")  # as the ledger has it


def personal_data() -> str:
    """What a file of the log about people is."""
    return _(
        "It has personal data: names and addresses, and that these people are on your list. It is "
        "for your group alone; delete it when nobody needs it any more."
    )


def column(name: str) -> str:
    """The header of a table's column."""
    return translate(COLUMN_WORDS.get(name, name))


def answer(code: str) -> str:
    """What an answer comes to, or how it came; what has no words stays as it is."""
    return translate(ANSWER_WORDS[code]) if code in ANSWER_WORDS else code


def cell(name: str, value: str) -> str:
    """A cell as people read it; files for machines keep the codes."""
    if name == "status":
        return status(Status(value)) if value else ""
    if name == "channel":
        return channel(Channel(value)) if value else ""
    if name in ("answer", "answered_by", "grade"):
        return answer(value)
    if name == "cause":
        return translate(CAUSE_WORDS.get(value, value))
    if name == "phase":
        return translate(PHASE_WORDS.get(value, value))
    if name in ("detail", "words"):
        return ours(value) or _fault_in_words(value) or value
    return minute(value) if name == "at" else value


def cells(columns: Sequence[str], row: Row) -> list[str]:
    """A row of the log as people read it."""
    of_a_lot = row.get("phase") in ("lot", "again")
    return [
        _lot_in_words(row[name]) if of_a_lot and name == "words" else cell(name, row[name])
        for name in columns
    ]


def _lot_in_words(said: str) -> str:
    found = _OF_A_LOT.fullmatch(said)
    return lot_name(*found.groups()) if found else cell("words", said)


def _fault_in_words(detail: str) -> str:
    """What holds a letter, as the ledger has it (`code field=value`); "" for anything else."""
    code, _space, rest = detail.partition(" ")
    if "-" not in code or code not in REASONS:
        return ""
    field, _equals, value = rest.partition("=")
    return reason(code, {"field": field, "value": value}).why


def rows_of(recipient: Recipient) -> Iterator[tuple[str, str]]:
    """The rows that are one recipient: how many, and the first of them, each with a label."""
    if recipient.lines:
        yield _("Lines"), str(len(recipient.lines))
    for row, cells in zip(recipient.rows[:_ROWS_SHOWN], recipient.lines, strict=False):
        yield _("Row {row}").format(row=row), ", ".join(filter(None, cells.values()))


def about(recipient: Recipient) -> Iterator[tuple[str, str]]:
    """Who a recipient is, each fact with its label."""
    emails = ", ".join(filter(None, (recipient.email, *recipient.alternates)))
    address = ", ".join(filter(None, (*recipient.street, recipient.town_line)))
    known = [
        (_("Organisation"), recipient.organisation),
        (_("Person"), f"{recipient.civility} {recipient.person}".strip() or "—"),
        (_("E-mail"), emails or "—"),
        (_("Address"), address or "—"),
        (_("Number"), recipient.key),
        (field("number"), recipient.number),
        (_("Département"), recipient.department),
        *recipient.fields.items(),
        *rows_of(recipient),
    ]
    return ((label, value) for label, value in known if value)


def of_letter(
    delivery: Delivery | None, stand: Stand | None, zone: ZoneInfo
) -> Iterator[tuple[str, str]]:
    """How the latest letter stands, each fact with its label; `stand`: of what came back because of
    us.
    """
    if delivery is None:
        yield _("Letter"), no_letter()
        return
    yield _("Since"), moment(delivery.at, zone)
    if stand:
        yield _("Cause"), cause(stand)
    elif delivery.detail and delivery.status is not Status.SENT:
        yield _("Cause"), cell("detail", delivery.detail)
    if delivery.address:
        yield _("Addressed to"), delivery.address
    if delivery.lot is not None:
        lies = _("Lot {lot}, letter {position}")
        yield _("Lies in"), lies.format(lot=delivery.lot, position=delivery.position)
    if delivery.not_before:
        yield _("Not before"), moment(delivery.not_before, zone)


def origin(
    recipient: Recipient, delivery: Delivery | None, stand: Stand | None
) -> Iterator[tuple[str, str]]:
    """What only whoever helps looks for, with labels."""
    if recipient.source:  # else a purge has erased it
        yield _("From"), f"{recipient.source}:{recipient.row}"
    if delivery and delivery.message_id:
        yield _("Number of the message"), delivery.message_id
    if delivery and delivery.detail and (stand or delivery.status is Status.SENT):
        yield _("Answer"), cell("detail", delivery.detail)


def cause(stand: Stand) -> str:
    """Why a letter came back that did so because of whoever sent it, and how that stands."""
    stands = translate(STAND_WORDS[stand]).format(step=pages.told(Step(command="resolve")))
    return f"{cell('cause', 'policy')}. {stands}"


def edited(noted: NotedEdit, zone: ZoneInfo) -> str:
    """One field that was changed by hand: when, and what it became."""
    when = _("Changed by hand, {when}").format(when=moment(noted.at, zone))
    return labelled(when, labelled(field(noted.field), noted.value or "—"))


def ran(job: JobRecord, zone: ZoneInfo) -> str:
    """One job that had a recipient in hand: which, and when it began."""
    command = pages.told(Step(command=job.command))
    if on_page():
        return f"{command}, {moment(job.started_at, zone)}"
    return _("Job {number}: {command}, {when}").format(
        number=job.number, command=command, when=moment(job.started_at, zone)
    )


def in_doubt(delivery: Delivery | None, recipient: Recipient) -> str:
    """What is known of a delivery in doubt."""
    if delivery is None:
        return no_letter()
    return _("{commune} ({key}), {address}: {status}. Message-ID {message_id}").format(
        commune=recipient.name,
        key=recipient.key,
        address=delivery.address,
        status=status(delivery.status),
        message_id=delivery.message_id,
    )
