"""Mails that came back for the letters, and those that wait for a person."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from merge.words.language import N_, _, ngettext, translate
from merge.words.reasons import typed
from merge.words.statuses import listed

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from merge.app.show import WholeReply
    from merge.ledger.records import Reply
    from merge.model import Recipient

SORT_WORDS: Mapping[str, str] = {
    "answer": N_("answer"),
    "auto-reply": N_("automatic reply"),
    "receipt": N_("receipt"),
    "delay": N_("delayed"),
    "bounce": N_("came back"),
    "complaint": N_("complaint"),
}
SHOWN_AT_MOST = 20_000  # characters: some twenty pages


def sort(reply: Reply) -> str:
    """What a mail is."""
    return translate(SORT_WORDS[reply.sort])


def from_elsewhere() -> str:
    """What to mind about a mail that another domain has sent."""
    return _("Mind: it comes from another domain than the one that was written to.")


def heading(reply: Reply, zone: ZoneInfo) -> str:
    """Number, when, from whom, about what; and what to mind about it."""
    who = f"{reply.sender_name} <{reply.sender}>" if reply.sender_name else reply.sender
    at = reply.at.astimezone(zone).strftime("%Y-%m-%d %H:%M")
    lines = [
        _("Reply {number}, {at}: {sort}").format(number=reply.number, at=at, sort=sort(reply)),
        _("From: {who}").format(who=who),
        _("Subject: {subject}").format(subject=reply.subject),
    ]
    if reply.from_elsewhere:
        lines.append(from_elsewhere())
    if reply.is_cut:
        lines.append(
            _("It has {mb} MB: only its beginning is kept; read the rest in your mailbox.").format(
                mb=round(reply.size / 1_000_000)
            )
        )
    return "\n".join(lines)


def whole(mail: WholeReply, zone: ZoneInfo) -> str:
    """A mail with all that it says, and its files."""
    reply = mail.reply
    parts = [heading(reply, zone), "", _in_full(reply, mail.text), attached(reply, mail.attached)]
    return "\n".join(parts).rstrip()


def _in_full(reply: Reply, text: str) -> str:
    """All that a mail says; of one that is as long as a book, the beginning."""
    if len(text) <= SHOWN_AT_MOST:
        return text
    more = _("[…] All that is kept of it: publipostage show {key} --reply {number}")
    more = more.format(key=typed(reply.key or ""), number=reply.number)
    return f"{text[:SHOWN_AT_MOST].rstrip()}\n{more}"


def attached(reply: Reply, names: Sequence[str]) -> str:
    """Which files came with a mail, and how to have them; "" where there are none."""
    if not names:
        return ""
    told = _("Attached: {names}").format(names=", ".join(names))
    if reply.key is None:
        return told
    whole = _("To have it whole: publipostage show {key} --reply {number} > reply.eml")
    return f"{told}\n{whole.format(key=typed(reply.key), number=reply.number)}"


def waiting(n: int) -> str:
    """So many mails wait for a person."""
    return ngettext(
        "{n} mail waits for you to say whose it is: publipostage replies (or --attach NUMBER=KEY, "
        "--dismiss NUMBER).",
        "{n} mails wait for you to say whose they are: publipostage replies (or --attach "
        "NUMBER=KEY, --dismiss NUMBER).",
        n,
    ).format(n=n)


def because_of_us(n: int) -> str:
    """So many letters wait for a person, and how that person decides."""
    return ngettext(
        "{n} letter came back because of its sender or its content, and reached nobody. It waits "
        "for you to decide: publipostage resolve (or --policy later, paper or leave).",
        "{n} letters came back because of their sender or their content, and reached nobody. They "
        "wait for you to decide: publipostage resolve (or --policy later, paper or leave).",
        n,
    ).format(n=n)


def because_of_us_listed(recipients: Sequence[Recipient]) -> str:
    """The same, with whose they are."""
    return "\n".join([because_of_us(len(recipients)), *listed(recipients)])
