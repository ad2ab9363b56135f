"""What came back for the letters of a campaign: matched, written down once, and acted upon.

A mail is matched by what it repeats of ours: the Message-ID, on the envelope or in an address too.
Nobody can guess it: it is a digest of the campaign's random id, which no letter shows, so whoever
got one letter knows nothing of the others. One that repeats nothing (a secretary writes from
another address, a server brings nothing back) is proposed to a person, by its reference, its
address, its mail domain or the commune that it names, and changes nothing before that person has
decided. So is a short mail that only asks for no more letters, whoever sent it. What nothing speaks
for is none of our business, and nothing of it is kept.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cache
from typing import NamedTuple, Protocol

from merge.campaign import suppression
from merge.campaign.returns import OwnAccount, take
from merge.channels import channel_for
from merge.errors import Misuse
from merge.french.communes import fold
from merge.ledger.archive import Archive
from merge.ledger.ledger import Ledger
from merge.ledger.records import By, Kind, Proposal, Reply, Returned
from merge.ledger.replies import Replies
from merge.ledger.suppression import SuppressionList
from merge.mail.message import message_digest
from merge.model import Channel, Delivery, Recipient, Status
from merge.outcome import LARGEST_KEPT_OCTETS, Bounce, Incoming, Mail, Sort

SHARED_BY_AT_MOST = 5  # communes; more of them have one provider, not one mailbox
PROPOSED_AT_MOST = 10
BARE_AT_MOST = 300  # characters of a mail that asks for no more letters, and for nothing else
_MAY_COME_BACK = (Status.SENT, Status.UNKNOWN)
_REPORTS = (Sort.BOUNCE, Sort.COMPLAINT)


class Letterbox(Protocol):
    """Where mails come from: a mailbox by IMAP, a folder of .eml files, an mbox."""

    def mails(self) -> Iterator[Sequence[Mail]]:
        """A few at a time, oldest first, never more in memory than some megabytes."""

    @property
    def read_to(self) -> str:
        """How far it has been read, after each batch: for the next time. "" where all is read."""


class Readable(Protocol):
    """What reads one mail (`merge.mail.incoming.read`)."""

    def __call__(
        self, data: bytes, *, at: datetime, own: frozenset[str] = frozenset()
    ) -> Incoming | None:
        """What it says; None for one that we wrote ourselves."""


@dataclass(slots=True, kw_only=True)
class Harvest:
    """What one reading has brought: what was kept, what came of bounces, how much was looked at."""

    seen: int = 0
    kept: list[Reply] = field(default_factory=list)
    bounced: list[Delivery] = field(default_factory=list)
    about_us: list[Delivery] = field(default_factory=list)
    alternates: Sequence[str] = ()  # keys: their next address is tried
    closed: int = 0  # reminders that this has overtaken
    given_up: list[Incoming] = field(default_factory=list)  # those that take too much to read

    @property
    def returned(self) -> Returned:
        """What the reports among it came to."""
        return Returned(bounced=tuple(self.bounced), about_us=tuple(self.about_us))

    def count(self) -> Counter[Sort]:
        """How many were kept of each sort."""
        return Counter(reply.sort for reply in self.kept)


class Addressees:
    """Everyone whom this campaign may have written to, found by what a mail may repeat of it.

    `public` are the mail domains where anybody has a mailbox: they say nothing about whose it is.
    """

    def __init__(
        self,
        campaign_id: str,
        recipients: Sequence[Recipient],
        deliveries: Sequence[Delivery],
        *,
        public: frozenset[str] = frozenset(),
    ) -> None:
        self._public = public
        self.by_key = {recipient.key: recipient for recipient in recipients}
        self.sent_to: dict[str, set[str]] = defaultdict(set)
        self._digests: dict[str, tuple[str, int]] = {}
        self._addresses: dict[str, list[str]] = defaultdict(list)
        self._domains: dict[str, list[str]] = defaultdict(list)
        self._out: dict[str, list[str]] = defaultdict(list)  # whose letter may come back from there
        self._communes: dict[tuple[str, ...], list[str]] = defaultdict(list)
        for delivery in deliveries:
            place = (delivery.key, delivery.wave)
            self._digests[message_digest(campaign_id, *place)] = place
            if delivery.channel is Channel.EMAIL and delivery.address:
                self.sent_to[delivery.key].add(delivery.address.casefold())
                if delivery.status in _MAY_COME_BACK:
                    self._out[delivery.address.casefold()].append(delivery.key)
        for recipient in recipients:
            for address in filter(None, (recipient.email, *recipient.alternates)):
                self.sent_to[recipient.key].add(address.casefold())
            for address in self.sent_to[recipient.key]:
                self._addresses[address].append(recipient.key)
            for domain in {a.rpartition("@")[2] for a in self.sent_to[recipient.key]} - public:
                self._domains[domain].append(recipient.key)
            self._communes[tuple(_words(recipient.commune))].append(recipient.key)
        self._longest = max((len(words) for words in self._communes), default=0)

    def match(self, incoming: Incoming) -> tuple[str, int, By] | None:
        """The letter that a mail repeats the Message-ID of."""
        for digests, by in ((incoming.digests, "message-id"), (incoming.verp, "verp")):
            for digest in digests:
                if digest in self._digests:
                    return *self._digests[digest], by  # type: ignore[return-value] # a By
        return None

    def knows(self, message_id: str) -> bool:
        """Whether a letter of this campaign has that Message-ID."""
        return message_id.strip("<>").partition("@")[0] in self._digests

    def reported(self, incoming: Incoming) -> tuple[Proposal, ...]:
        """Whom a report may be about that repeats no Message-ID: by the reference of the letter
        that it brings back, or by the addresses it names.
        """
        where = self._out if incoming.sort is Sort.BOUNCE else self._addresses
        found: dict[str, By] = {}
        for key in incoming.references:
            theirs = self.sent_to[key] if key in self.by_key else ()
            if any(key in where.get(address, ()) for address in theirs):
                found[key] = "reference"
        for address in incoming.about:
            for key in where.get(address.casefold(), ()):
                found.setdefault(key, "address")
        return tuple(Proposal(key, by) for key, by in found.items())[:PROPOSED_AT_MOST]

    def at(self, address: str) -> Sequence[str]:
        """Whose address it is."""
        return self._addresses.get(address.casefold(), ())

    def proposals(self, incoming: Incoming) -> tuple[Proposal, ...]:
        """Whom a mail may be from that repeats no Message-ID; the strongest first."""
        found: dict[str, By] = {}
        for key in incoming.references:
            if key in self.by_key:
                found.setdefault(key, "reference")
        for key in self.at(incoming.sender):
            found.setdefault(key, "address")
        in_domain = self._domains.get(incoming.sender.rpartition("@")[2], ())
        if len(in_domain) <= SHARED_BY_AT_MOST:
            for key in in_domain:
                found.setdefault(key, "domain")
        if not incoming.is_bulk:
            for key in self._named(incoming):
                found.setdefault(key, "commune")
        return tuple(Proposal(key, by) for key, by in found.items())[:PROPOSED_AT_MOST]

    def is_a_newsletter(self, incoming: Incoming) -> bool:
        """Whether it goes to many and names no letter of ours: "référence" stands in many."""
        return incoming.is_bulk and not any(key in self.by_key for key in incoming.references)

    def is_elsewhere(self, key: str, sender: str) -> bool:
        """Whether nobody at this recipient was written to at the sender's address or domain."""
        domain = sender.rpartition("@")[2]
        if domain in self._public:
            return sender.casefold() not in self.sent_to[key]
        return not any(domain == known.rpartition("@")[2] for known in self.sent_to[key])

    def _named(self, incoming: Incoming) -> Sequence[str]:
        """The communes behind "mairie de", "commune d'", "ville du" in name, subject and end."""
        found: list[str] = []
        ending = "\n".join(incoming.text.split("\n")[-12:])
        for text in (incoming.sender_name, incoming.subject, ending):
            words = _words(text)
            for place, word in enumerate(words):
                if word in _BEFORE_A_NAME:
                    found += self._behind(words, place + 1)
        return list(dict.fromkeys(found))

    def _behind(self, words: Sequence[str], place: int) -> Sequence[str]:
        starts = [place]
        while place < len(words) and words[place] in _BETWEEN:
            place += 1
            starts.append(place)
        for start in starts:
            for length in range(self._longest, 0, -1):
                name = tuple(words[start : start + length])
                keys = self._communes.get(name) if len(name) == length else None
                for article in ("le", "les", "la"):
                    keys = keys or self._communes.get((article, *name))
                if keys:
                    return keys[:SHARED_BY_AT_MOST]
        return ()


_BEFORE_A_NAME = frozenset({"mairie", "commune", "ville", "municipalite", "maire"})
_BETWEEN = frozenset({"de", "d", "du", "des", "la", "le", "les", "l"})


def _words(text: str) -> list[str]:
    return fold(text).replace("-", " ").replace("'", " ").split()


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """Everything that reading replies needs, built by `merge.app`."""

    ledger: Ledger
    replies: Replies
    archive: Archive
    suppression: SuppressionList
    account: OwnAccount
    read: Readable
    asks_to_stop: Callable[[str, str], str]  # (subject, words) → the line that does, or ""
    own: frozenset[str]  # addresses that we write from, case-folded
    public: frozenset[str]  # see `Addressees`
    now: Callable[[], datetime]


def read_replies(
    desk: Desk, letterbox: Letterbox, *, note: Callable[[str], object] = lambda read_to: None
) -> Harvest:
    """Read what a letterbox holds into the ledger. Read again, it changes nothing.

    `note` is told how far it came, after each batch, once all of it is in the ledger.
    """

    @cache
    def addressees() -> Addressees:
        """Read once there is a mail that is new: often there is none."""
        ledger = desk.ledger
        return Addressees(
            ledger.campaign_id, ledger.recipients(), ledger.deliveries(), public=desk.public
        )

    harvest = Harvest()
    batches = iter(letterbox.mails())
    while (batch := next(batches, None)) is not None:
        _take_in(desk, addressees, batch, harvest)
        note(letterbox.read_to)
    note(letterbox.read_to)
    harvest.alternates, harvest.closed = follow_up(desk.ledger, desk.suppression, desk.now())
    return harvest


def _take_in(
    desk: Desk, addressees: Callable[[], Addressees], batch: Sequence[Mail], harvest: Harvest
) -> None:
    harvest.seen += len(batch)
    read = [(mail, desk.read(mail.data, at=mail.at, own=desk.own)) for mail in batch]
    ours = [(mail, incoming) for mail, incoming in read if incoming is not None]
    known = set(desk.replies.known([incoming.identity for _, incoming in ours]))
    found: list[tuple[Reply, Mail]] = []
    for mail, incoming in ours:
        if incoming.identity in known:
            continue
        known.add(incoming.identity)
        if incoming.is_given_up:
            harvest.given_up.append(incoming)
        reply = _reply(addressees(), incoming)
        if incoming.sort is Sort.BOUNCE and incoming.bounce is not None:
            reply = _bounce(desk, addressees(), reply, incoming.bounce, harvest)
        if reply.sort is Sort.ANSWER:
            asking = desk.asks_to_stop(incoming.subject, incoming.text)
            reply = replace(reply, wants_peace=asking)
        elif reply.sort is Sort.COMPLAINT:
            reply = replace(reply, wants_peace=incoming.complaint)
        if reply.key is not None or reply.proposals or _is_bare_wish(reply, incoming):
            found.append((reply, mail))
    kept = _kept_whole(desk.archive, found)
    desk.replies.keep(kept)
    harvest.kept += kept


def _is_bare_wish(reply: Reply, incoming: Incoming) -> bool:
    """Whether it says little more than to stop: from whatever address, somebody got our letter."""
    is_short = len(incoming.text) <= BARE_AT_MOST
    return (
        reply.sort is Sort.ANSWER and bool(reply.wants_peace) and is_short and not incoming.is_bulk
    )


def _reply(addressees: Addressees, incoming: Incoming) -> Reply:
    reply = Reply(
        identity=incoming.identity,
        sort=incoming.sort,
        at=incoming.at,
        sender=incoming.sender,
        sender_name=incoming.sender_name,
        subject=incoming.subject,
    )
    match = addressees.match(incoming)
    if match is not None:
        key, wave, by = match
        elsewhere = incoming.sort is Sort.ANSWER and addressees.is_elsewhere(key, incoming.sender)
        return replace(reply, key=key, wave=wave, by=by, from_elsewhere=elsewhere)
    if incoming.sort in _REPORTS:
        return replace(reply, proposals=addressees.reported(incoming))
    if incoming.sort in (Sort.ANSWER, Sort.AUTO) and not addressees.is_a_newsletter(incoming):
        return replace(reply, proposals=addressees.proposals(incoming))
    return reply


def _bounce(
    desk: Desk, addressees: Addressees, reply: Reply, bounce: Bounce, harvest: Harvest
) -> Reply:
    """The ledger decides whether a report is about a letter of ours: by its Message-ID alone.

    A forwarder's, which is about another address than the letter's, is proposed to a person.
    """
    delivery = desk.ledger.delivery(reply.key, reply.wave) if reply.key is not None else None
    if delivery and not addressees.knows(bounce.message_id):
        bounce = replace(bounce, message_id=delivery.message_id)
    if not bounce.message_id:
        return reply
    returned = take(desk.ledger, [bounce], desk.account)
    harvest.bounced += returned.bounced
    harvest.about_us += returned.about_us
    back = (*returned.bounced, *returned.about_us)
    if reply.key is None and back:
        delivery = back[0]
        return replace(reply, key=delivery.key, wave=delivery.wave, by="message-id", proposals=())
    if delivery and bounce.is_forwarders(delivery.address):
        return replace(reply, key=None, proposals=(Proposal(delivery.key, "reference"),))
    return reply


def attach(desk: Desk, number: int, key: str) -> Harvest:
    """A person says whose a mail is; of a report, that this letter came back.

    Misuse("reply-missing"); Misuse("bounce-of-nothing") for a report where no letter is out that
    could have come back.
    """
    harvest = Harvest()
    reply = next((each for each in desk.replies.all() if each.number == number), None)
    if reply is None:
        raise Misuse("reply-missing", number=number)
    delivery = desk.ledger.delivery(key)
    is_report = reply.sort is Sort.BOUNCE and reply.key is None
    if is_report:
        _take_at_word(desk, reply, key, harvest)
    sent = [delivery] if delivery else []
    known = Addressees(
        desk.ledger.campaign_id, desk.ledger.recipients_of([key]), sent, public=desk.public
    )
    elsewhere = reply.sort is Sort.ANSWER and known.is_elsewhere(key, reply.sender)
    desk.replies.attach(number, key, elsewhere=elsewhere)
    if is_report:
        harvest.alternates, harvest.closed = follow_up(desk.ledger, desk.suppression, desk.now())
    return harvest


def _take_at_word(desk: Desk, reply: Reply, key: str, harvest: Harvest) -> None:
    """What a report says, of the latest letter that is out; `reply` is attached behind it."""
    out = [
        each
        for each in desk.ledger.deliveries(_MAY_COME_BACK)
        if each.key == key and each.channel is Channel.EMAIL and each.message_id
    ]
    incoming = desk.read(desk.archive.get(reply.sha256), at=reply.at, own=desk.own)
    if not out or incoming is None or incoming.bounce is None:
        raise Misuse("bounce-of-nothing", key=key, number=reply.number)
    bounce = replace(incoming.bounce, message_id=out[-1].message_id, to="", final="")
    returned = take(desk.ledger, [bounce], desk.account)
    harvest.bounced += returned.bounced
    harvest.about_us += returned.about_us


def _kept_whole(archive: Archive, found: Sequence[tuple[Reply, Mail]]) -> list[Reply]:
    """With what people and their programs wrote in the archive, byte for byte.

    So is what a person has to decide or to look at; of a report, its beginning. One commit for all
    that are in memory. The rest of a large one is fetched for it alone.
    """
    words = (Sort.ANSWER, Sort.AUTO, Sort.COMPLAINT)
    whole = [mail.is_cut and reply.sort in words for reply, mail in found]
    stays = [reply.sort in (*words, Sort.BOUNCE) or reply.key is None for reply, _ in found]
    small = [
        mail.data
        for (_, mail), is_large, is_kept in zip(found, whole, stays, strict=True)
        if is_kept and not is_large
    ]
    digests = iter(archive.put(small))
    kept: list[Reply] = []
    for (reply, mail), is_large, is_kept in zip(found, whole, stays, strict=True):
        if is_kept:
            sha256, is_cut = _large(archive, mail) if is_large else (next(digests), mail.is_cut)
            reply = replace(reply, sha256=sha256, size=mail.size, is_cut=is_cut)
        kept.append(reply)
    return kept


def _large(archive: Archive, mail: Mail) -> tuple[str, bool]:
    """Its SHA-256, and whether that is of its beginning alone: it is too large."""
    data = mail.whole() if mail.size <= LARGEST_KEPT_OCTETS else b""
    is_cut = len(data) < len(mail.data)
    (sha256,) = archive.put([mail.data if is_cut else data])
    return sha256, is_cut


# What follows from a letter that came back


_DEAD = frozenset(("5.1.1", "5.1.2", "5.1.3", "5.1.6", "5.1.10", "5.2.1", "5.4.4"))


def is_dead(delivery: Delivery) -> bool:
    """Whether it came back because nobody has that mailbox: no delay, no full mailbox.

    RFC 3463 3.2 and 3.3; without an enhanced code, 550 is "mailbox unavailable".
    """
    return delivery.status is Status.BOUNCED and _names_nobody(delivery)


def was_refused(delivery: Delivery) -> bool:
    """Whether the server knew no such mailbox, and no body of this letter has ever left: there is
    no intent that anything could have come of.
    """
    is_email = delivery.channel is Channel.EMAIL and delivery.status is Status.FAILED
    return is_email and not delivery.message_id and _names_nobody(delivery)


def _names_nobody(delivery: Delivery) -> bool:
    return delivery.enhanced in _DEAD or (not delivery.enhanced and delivery.code == 550)


class FollowUp(NamedTuple):
    """Keys of those whose next address is tried, and how many reminders were closed."""

    tried: Sequence[str]
    closed: int


def follow_up(ledger: Ledger, wishes: SuppressionList, now: datetime) -> FollowUp:
    """For each letter that came back, try the next address; if there is none, send paper. So for
    each that was refused before its body left, as its address is nobody's.

    The next address is one that a later sheet or edit brought, else an alternate one. A dead
    address is put on the list, so that no commune that shares it is written to there. A queued
    reminder of such a letter is closed, and so is one to somebody who has answered. What came back
    because of us waits for a person: nothing is wrong with its address. Doing it again changes
    nothing.
    """
    closed = ledger.reminders.drop(ledger.reminders.overtaken(), now)
    refused = ledger.stands_of_refused()
    back = {
        delivery.key: delivery
        for delivery in ledger.deliveries([Status.BOUNCED, Status.FAILED])
        if delivery.id not in refused
        and (delivery.status is Status.BOUNCED or was_refused(delivery))
    }
    dead = [
        suppression.named(Kind.DEAD, delivery.address)
        for delivery in back.values()
        if delivery.channel is Channel.EMAIL and delivery.address and is_dead(delivery)
    ]
    if dead:
        wishes.add(dead, suppression.CAME_BACK, now)
    known = wishes.known()
    tried: list[str] = []
    for recipient in ledger.recipients_of(list(back)):
        delivery = back[recipient.key]
        gone_to, is_refused = delivery.address, delivery.status is Status.FAILED
        if is_refused and not _has_moved(ledger, delivery):
            gone_to = recipient.email or ""
        if delivery.channel is not Channel.EMAIL or not (gone_to or is_refused):
            continue
        left = [
            address
            for address in filter(None, (recipient.email, *recipient.alternates))
            if address.casefold() != gone_to.casefold()
            and known.reason(suppression.named(Kind.DEAD, address)) is None
        ]
        # Of a first letter that comes back behind a reminder, the reminder has left.
        if left and ledger.delivery(recipient.key) == delivery:
            other, changes = recipient, {}
            if left[0] != recipient.email:
                other = recipient._replace(email=left[0], alternates=tuple(left[1:]))
                changes = {"email": left[0]}
            ledger.edit(other, changes, channel_for(other), now)
            tried.append(recipient.key)
    return FollowUp(tried, closed)


def _has_moved(ledger: Ledger, delivery: Delivery) -> bool:
    """Whether a later sheet or edit gave another address than the one that was refused."""
    moved_at = ledger.readdressed_at(delivery.key)
    return moved_at is not None and moved_at > delivery.at
