"""What came back for the letters: read from the mailbox or from files, and decided by a person."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from zoneinfo import ZoneInfo

from merge.app import approval, suppress
from merge.app.approval import Change
from merge.app.chosen import Narrowing, recipient_called
from merge.app.confined import read_mail, whole_mail
from merge.app.mailbox import came_back, closed, mailbox
from merge.app.opening import Campaign, now, open_campaign
from merge.app.running import running
from merge.campaign import replies
from merge.campaign.envelopes import Stays
from merge.campaign.replies import Desk, Harvest
from merge.errors import ExitCode, Misuse, Trouble
from merge.job import Listener, Result
from merge.ledger.records import Reply
from merge.mail.folder import MailFiles
from merge.mail.incoming import asks_to_stop
from merge.model import Recipient
from merge.outcome import Sort
from merge.settings import PUBLIC_DOMAINS, Settings

_BOOKMARK = "replies_read_to"

READ_AT = "replies_read_at"
"""The fact that says when the mailbox was last read to its end."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WholeReply:
    """A mail that came back, with all that it says and the names of its files."""

    reply: Reply
    text: str  # quotes included
    attached: Sequence[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Undecided(WholeReply):
    """A mail that repeats nothing of ours: a person says whose it is."""

    reported: str  # the server's own words in a report
    names: Mapping[str, str]  # of those who may have sent it, by key


@dataclass(frozen=True, slots=True, kw_only=True)
class AsksToStop:
    """Somebody who seems to want no more letters: a person decides whether that is so."""

    recipient: Recipient
    reply: Reply


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What waits for a person; `trouble` where the account that sends is paused by now."""

    undecided: Sequence[Reply]
    ask_to_stop: Sequence[AsksToStop]
    to_keep: Sequence[Stays]  # envelopes that should not be posted now
    trouble: Trouble | None


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundReplies:
    """Mails, and the names of those whose they are, by key."""

    replies: Sequence[Reply]
    names: Mapping[str, str]


@contextmanager
def open(place: Path, listener: Listener) -> Iterator[Job]:
    """What came back for the letters of a campaign. Events: "came-back", "reminders-closed"."""
    with (
        open_campaign(place, access="share", command="replies", listener=listener) as campaign,
        running(campaign, "replies", {}, (), listener=listener) as run,
    ):
        job = Job(campaign, run.tell)
        yield job
        run.end(Result(code=ExitCode.PARTLY if job.has_given_up else ExitCode.DONE))


class Job:
    """One reading, and what a person says of it."""

    def __init__(self, campaign: Campaign, tell: Listener) -> None:
        self.has_given_up = False  # a mail takes too much to read
        self._campaign = campaign
        self._tell = tell

    @property
    def settings(self) -> Settings:
        """The campaign's."""
        return self._campaign.settings

    @property
    def zone(self) -> ZoneInfo:
        """The campaign's."""
        return self._campaign.zone

    def servers(self) -> Sequence[Change]:
        """Those to approve before the mailbox is read."""
        return approval.to_approve(self._campaign, sends=False)

    def approve(self, servers: Sequence[Change]) -> None:
        """A person's yes to these."""
        approval.approve_for(self._campaign, servers)

    def refresh(self, source: Path | None = None) -> Harvest | None:
        """Read what came since the last time, from the mailbox or from `source`: .eml files in a
        folder, a Maildir or an mbox. None where there is no mailbox.

        Misuse("mails-unreadable"). Trouble when the mailbox is out of reach, or refuses: what was
        read until then is kept.
        """
        harvest = self._read(source)
        self.has_given_up = bool(harvest and harvest.given_up)
        return harvest

    def _read(self, source: Path | None) -> Harvest | None:
        desk, ledger = _desk(self._campaign), self._campaign.ledger
        if source is not None:
            return replies.read_replies(desk, MailFiles(source, now=now()), note=lambda to: None)
        door = mailbox(self._campaign)
        if door is None:
            return None
        began = [at for at in (ledger.first_sent_at(), *(lot.at for lot in ledger.lots())) if at]
        if not began:
            return Harvest()

        def note(read_to: str) -> None:
            if read_to:
                ledger.set_fact(_BOOKMARK, read_to)

        with door() as box:
            found = box.letterbox(since=min(began), after=ledger.fact(_BOOKMARK) or "")
            harvest = replies.read_replies(desk, found, note=note)
        ledger.set_fact(READ_AT, now().isoformat())
        return harvest

    def follow(self, harvest: Harvest) -> None:
        """Tell which letters came back by it, and which reminders it has overtaken."""
        for event in (
            *came_back(self._campaign, harvest.returned, len(harvest.alternates)),
            *closed(harvest.closed),
        ):
            self._tell(event)

    def plan(self) -> Plan:
        """What waits for a person now."""
        campaign, ledger = self._campaign, self._campaign.ledger
        return Plan(
            undecided=ledger.replies.undecided(),
            ask_to_stop=[
                AsksToStop(recipient=recipient, reply=reply)
                for recipient, reply in suppress.asking_to_stop(campaign)
            ],
            to_keep=campaign.envelopes_to_keep(),
            trouble=campaign.account.refusal(),
        )

    def listed(self, narrowing: Narrowing, only: Sequence[Reply] | None = None) -> FoundReplies:
        """All that were ever read about those who are chosen, or of these `only`."""
        campaign, ledger = self._campaign, self._campaign.ledger
        keys = None if narrowing.is_everybody else frozenset(campaign.chosen(narrowing) or ())
        identities = None if only is None else {reply.identity for reply in only}
        found = [
            reply
            for reply in ledger.replies.all()
            if (identities is None or reply.identity in identities)
            and (keys is None or reply.key in keys)
        ]
        names = ledger.names_of([reply.key for reply in found if reply.key])
        return FoundReplies(replies=found, names=names)

    def undecided(self, reply: Reply) -> Undecided:
        """All that helps to say whose a mail is."""
        campaign = self._campaign
        text, attached = words_of(campaign, reply)
        return Undecided(
            reply=reply,
            text=text,
            attached=attached,
            reported=_reported(campaign, reply),
            names=campaign.ledger.names_of([key for key, _by in reply.proposals]),
        )

    def attach(self, number: int, word: str) -> tuple[Recipient, Harvest]:
        """A person says whose a mail is; what follows, of a report.

        Misuse: see `the_one` and `replies.attach`.
        """
        recipient = recipient_called(self._campaign.ledger, word)
        return recipient, replies.attach(_desk(self._campaign), number, recipient.key)

    def dismiss(self, number: int) -> None:
        """A mail is about no letter of ours. Misuse("reply-missing")."""
        self._campaign.ledger.replies.dismiss(number)

    def asks_for_nothing(self, number: int) -> None:
        """A mail that seemed to ask for no more letters asks for no such thing.
        Misuse("reply-missing").
        """
        self._campaign.ledger.replies.asks_for_nothing(number)

    def suppress(self, recipient: Recipient, reason: str) -> None:
        """Somebody does ask for no more letters."""
        suppress.Job(self._campaign, recipient.key).run((), reason)


def words_of(campaign: Campaign, reply: Reply) -> tuple[str, Sequence[str]]:
    """The plain text of a stored mail, with its quotes, and the names of its attachments."""
    return whole_mail(campaign.archive.get(reply.sha256)) if reply.sha256 else ("", ())


def _reported(campaign: Campaign, reply: Reply) -> str:
    """The server's own words in a report that a person is to decide about; "" of other mails."""
    data = campaign.archive.get(reply.sha256) if reply.sha256 else b""
    found = read_mail(data, at=reply.at) if reply.sort is Sort.BOUNCE else None
    if found is None or found.bounce is None:
        return ""
    said = found.bounce.outcome
    return " ".join(filter(None, (str(said.code or ""), said.enhanced, said.words)))


def whole(campaign: Campaign, reply: Reply) -> WholeReply:
    """A mail with all that is kept of it."""
    text, attached = words_of(campaign, reply)
    return WholeReply(reply=reply, text=text, attached=attached)


def kept(campaign: Campaign, number: int, key: str | None = None) -> bytes:
    """The mail with that number as it came, of all or of one recipient. Misuse("reply-missing"),
    also where no bytes of it are kept.
    """
    reply = the_one(campaign, number, key)
    if not reply.sha256:
        raise Misuse("reply-missing", number=number)
    return campaign.archive.get(reply.sha256)


def the_one(campaign: Campaign, number: int, key: str | None = None) -> Reply:
    """The mail with that number, of all or of one recipient. Misuse("reply-missing")."""
    for reply in campaign.ledger.replies.all(key):
        if reply.number == number:
            return reply
    raise Misuse("reply-missing", number=number)


def _desk(campaign: Campaign) -> Desk:
    account = campaign.settings.account
    ours = (account.from_address, account.reply_to, account.login)
    return Desk(
        ledger=campaign.ledger,
        replies=campaign.ledger.replies,
        archive=campaign.archive,
        suppression=campaign.accounts.suppression,
        account=campaign.account,
        read=read_mail,
        asks_to_stop=asks_to_stop,
        own=frozenset(address.casefold() for address in ours if address),
        public=PUBLIC_DOMAINS,
        now=now,
    )
