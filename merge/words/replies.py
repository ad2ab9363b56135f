"""Mails that came back for the letters, and those that wait for a person."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from merge.job import Step
from merge.outcome import Sort
from merge.words import dates, pages
from merge.words.language import N_, _, ngettext, on_page, translate
from merge.words.reasons import typed
from merge.words.statuses import listed

if TYPE_CHECKING:
    from datetime import datetime
    from zoneinfo import ZoneInfo

    from merge.app.inbox import Case, WholeReply
    from merge.campaign.replies import Harvest
    from merge.ledger.records import By, Reply
    from merge.model import Recipient

SORT_WORDS: Mapping[str, str] = {
    "answer": N_("answer"),
    "auto-reply": N_("automatic reply"),
    "receipt": N_("receipt"),
    "delay": N_("delayed"),
    "bounce": N_("came back"),
    "complaint": N_("complaint"),
}
BY_WORDS: Mapping[str, str] = {
    "reference": N_("it quotes the reference"),
    "address": N_("it comes from that address"),
    "domain": N_("it comes from the same mail domain"),
    "commune": N_("it gives the name"),
}
LINES_SHOWN = 6  # of a mail that a person decides about
SHOWN_AT_MOST = 20_000  # characters: some twenty pages
_REPLIES = Step(command="replies")


def sort(reply: Reply) -> str:
    """What a mail is."""
    return translate(SORT_WORDS[reply.sort])


def from_elsewhere() -> str:
    """What to mind about a mail that another domain has sent."""
    return _("Mind: it comes from another domain than the one that was written to.")


def _at(at: datetime, zone: ZoneInfo) -> str:
    return dates.minute(at.astimezone(zone).isoformat())


def heading(reply: Reply, zone: ZoneInfo) -> str:
    """Number, when, from whom, about what; and what to mind about it."""
    who = f"{reply.sender_name} <{reply.sender}>" if reply.sender_name else reply.sender
    at = _at(reply.at, zone)
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
    more = _("[…] All that is kept of it: {step}").format(step=pages.told(_whole_of(reply)))
    return f"{text[:SHOWN_AT_MOST].rstrip()}\n{more}"


def attached(reply: Reply, names: Sequence[str]) -> str:
    """Which files came with a mail, and how to have them; "" where there are none."""
    if not names:
        return ""
    told = _("Attached: {names}").format(names=", ".join(names))
    if reply.key is None or on_page():  # where it is a link
        return told
    return told + "\n" + _("To have it whole: {step} > reply.eml").format(step=_whole_of(reply))


def _whole_of(reply: Reply) -> Step:
    return Step(command="show", options=(typed(reply.key or ""), "--reply", str(reply.number)))


def stops(n: int) -> str:
    """So many seem to want no more letters."""
    return ngettext(
        "To do: decide about {n} mail that seems to ask for no more letters: {step}",
        "To do: decide about {n} mails that seem to ask for no more letters: {step}",
        n,
    ).format(n=n, step=pages.told(_REPLIES))


def waiting(n: int) -> str:
    """So many mails wait for a person."""
    return ngettext(
        "{n} mail waits for you to say whose it is: {step}",
        "{n} mails wait for you to say whose they are: {step}",
        n,
    ).format(n=n, step=pages.told(_REPLIES))


def because_of_us(n: int) -> str:
    """So many letters wait for a person, and how that person decides."""
    return ngettext(
        "{n} letter came back because of its sender or its content, and reached nobody. It waits "
        "for you to decide: {step}",
        "{n} letters came back because of their sender or their content, and reached nobody. They "
        "wait for you to decide: {step}",
        n,
    ).format(n=n, step=pages.told(Step(command="resolve")))


def because_of_us_listed(recipients: Sequence[Recipient]) -> str:
    """The same, with whose they are."""
    return "\n".join([because_of_us(len(recipients)), *listed(recipients)])


def read(harvest: Harvest, zone: ZoneInfo) -> Iterator[str]:
    """How many mails were read, of which sorts; and those that could not be."""
    count = harvest.count()
    new = _(
        "New: {answers} answers, {autos} automatic replies, {back} that came back, {delays} "
        "delayed, {complaints} complaints."
    ).format(
        answers=count[Sort.ANSWER],
        autos=count[Sort.AUTO],
        back=len(harvest.bounced) + len(harvest.about_us),
        delays=count[Sort.DELAY],
        complaints=count[Sort.COMPLAINT],
    )
    n = harvest.seen
    yield ngettext("{n} mail was read.", "{n} mails were read.", n).format(n=n) + " " + new
    for mail in harvest.given_up:
        yield _(
            "A mail is broken or takes too much to read, and only its headers were looked at: "
            "“{subject}” from {sender}, {at}. If you expect it, look at it in your mail program."
        ).format(
            subject=mail.subject,
            sender=mail.sender or "?",
            at=_at(mail.at, zone),
        )


def table(found: Sequence[tuple[Reply, str]], zone: ZoneInfo) -> tuple[list[str], list[list[str]]]:
    """Columns and rows of a table of mails, each with the name of whose it is."""
    rows = [
        [
            str(reply.number),
            _at(reply.at, zone),
            f"{name} ({reply.key})" if reply.key else _("whose?"),
            sort(reply),
            reply.sender,
            reply.subject,
        ]
        for reply, name in found
    ]
    return [_("Number"), _("When"), _("Name"), _("What"), _("From"), _("Subject")], rows


def undecided(case: Case, mail: WholeReply, zone: ZoneInfo) -> Iterator[str]:
    """A mail that repeats nothing of ours, and whose it may be."""
    reply = mail.reply
    yield heading(reply, zone)
    yield _beginning(mail.text)
    if wish := wish_of_a_stranger(reply):
        yield wish
    if came_along := attached(reply, mail.attached):
        yield came_along
    if mail.reported:
        yield _("The server says: {words}").format(words=mail.reported)
    if reply.sort is Sort.BOUNCE:
        yield proves_nothing()
    line = f"publipostage replies --attach {reply.number}="
    for who, by in case.possible:
        yield f"  {line}{typed(who.key)}: {who.name}, {speaks_for(reply, by)}"


def proves_nothing() -> str:
    """Of a report, of which nobody knows whose letter it is about."""
    return _(
        "Nothing in it proves that the address of a letter of yours refused it: nothing has "
        "changed. If you say whose it is, that letter counts as come back."
    )


def wish_of_a_stranger(reply: Reply) -> str:
    """That nobody's mail seems to ask for no more letters, and what helps; "" where it does not."""
    if not reply.wants_peace:
        return ""
    return _(
        "It seems to ask for no more letters: “{line}”. If you cannot say whose it is, put its "
        "address on the suppression list: {step}"
    ).format(
        line=reply.wants_peace,
        step=pages.told(
            Step(command="suppress", options=(typed(reply.sender), "--reason", "STOP"))
        ),
    )


def speaks_for(reply: Reply, by: By) -> str:
    """Why a mail may be from somebody, or about the letter to somebody."""
    if by == "address" and reply.sort in (Sort.BOUNCE, Sort.COMPLAINT):
        return _("it names that address")
    return translate(BY_WORDS[by])


def asks_to_stop(recipient: Recipient, reply: Reply) -> tuple[list[str], str, str, str]:
    """Who seems to want no more letters; the reason on the list, and the commands for a yes and a
    no."""
    line = reply.wants_peace
    if reply.sort is Sort.COMPLAINT:
        told = _(
            "{commune} ({key}) called your letter unwanted, at its provider: a complaint "
            "({line}). Each one makes it likelier that your letters are taken for spam."
        )
        because = _("complained at its provider ({line})").format(line=line)
    else:
        told = _("{commune} ({key}) seems to want no more letters: “{line}”")
        because = _("wrote: “{line}”").format(line=line)
    lines = [told.format(commune=recipient.name, key=recipient.key, line=line)]
    if reply.from_elsewhere:
        lines.append(from_elsewhere())
    return (
        lines,
        because,
        f"publipostage suppress {typed(recipient.key)} --reason {typed(because)}",
        f"publipostage replies --no-stop {reply.number}",
    )


def _beginning(text: str) -> str:
    """The first lines of a mail."""
    lines = [line for line in text.splitlines() if line.strip()][:LINES_SHOWN]
    return "\n".join(f"    {line[:200]}" for line in lines)
