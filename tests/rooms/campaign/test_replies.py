"""Replies in the ledger: matched, proposed, acted upon, each mail once."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path

import pytest
from sqlalchemy import Connection

from merge.campaign.deliver import send
from merge.campaign.ports import Sender
from merge.campaign.replies import Desk, Harvest, attach, follow_up, read_replies
from merge.ledger.ledger import Ledger
from merge.ledger.records import Proposal
from merge.mail.incoming import asks_to_stop, read
from merge.mail.message import message_digest
from merge.model import Letter, Message, Status
from merge.outcome import FIRST_LOOK_OCTETS, Mail, Outcome, Sort
from merge.settings import PUBLIC_DOMAINS
from tests import mails
from tests.both import on_each_database
from tests.facts import wrong
from tests.fakes import LOST_AFTER_DOT, OwnWatch, PlainComposer, ScriptedOffice, town
from tests.place import START, Make, Place

pytest_plugins = ["tests.servers.fixtures"]

LATER = START + timedelta(hours=1)
THREE = [town(1), town(2), town(3, email="accueil@ville-3.example.net")]


@dataclass
class OwnLetterbox:
    """Fills Letterbox with mails in a list."""

    found: Sequence[bytes]
    at: datetime = LATER
    read_to: str = ""
    whole: Callable[[bytes], bytes] = lambda data: data
    batch: int = 2
    fetched: list[int] = field(default_factory=list)

    def mails(self) -> Iterator[Sequence[Mail]]:
        for start in range(0, len(self.found), self.batch):
            yield [self._mail(data) for data in self.found[start : start + self.batch]]
            self.read_to = str(start + self.batch)

    def _mail(self, data: bytes) -> Mail:
        def whole() -> bytes:
            self.fetched.append(len(data))
            return self.whole(data)

        return Mail(data=data[:FIRST_LOOK_OCTETS], at=self.at, size=len(data), whole=whole)


@dataclass
class DigestComposer(PlainComposer):
    """As in life: a Message-ID says of which letter it is."""

    campaign_id: str = ""

    def compose(self, letter: Letter, *, to: str, wave: int, date: datetime) -> Message:
        message = super().compose(letter, to=to, wave=wave, date=date)
        digest = message_digest(self.campaign_id, letter.key, wave)
        return message._replace(message_id=f"<{digest}@example.org>")


class Campaign:
    """A place whose letters have left, and what comes back to it."""

    def __init__(self, place: Place) -> None:
        self.place = place
        self.id = ""

    def send(self, office: ScriptedOffice | None = None) -> ScriptedOffice:
        office = office or ScriptedOffice()
        with self.place.opened(office=office) as sender:
            self.id = sender.ledger.campaign_id
            send(replace(sender, composer=DigestComposer(self.id)))
        return office

    @contextmanager
    def desk(self) -> Iterator[Desk]:
        with self.place.opened(watch=OwnWatch(time=LATER)) as sender:
            yield desk_of(sender, self.place)

    def read(self, *found: bytes, at: datetime = LATER) -> Harvest:
        with self.desk() as desk:
            return read_replies(desk, OwnLetterbox(found, at))

    def status(self, number: int = 1) -> Status:
        with self.place.opened("read") as sender:
            delivery = sender.ledger.delivery(f"{number:05}")
            assert delivery is not None
            return delivery.status


def desk_of(sender: Sender, place: Place) -> Desk:
    assert isinstance(sender.ledger, Ledger)
    return Desk(
        ledger=sender.ledger,
        replies=sender.ledger.replies,
        archive=sender.archive,
        suppression=place.accounts.suppression,
        account=sender.account,
        read=read,
        asks_to_stop=asks_to_stop,
        own=frozenset({"groupe@example.org"}),
        public=PUBLIC_DOMAINS,
        now=lambda: LATER,
    )


@pytest.fixture
def campaign(make: Make) -> Campaign:
    found = Campaign(make(THREE))
    found.send()
    return found


def bounce(campaign: Campaign, status: str = "5.1.1", words: str = "smtp; 550 unknown") -> bytes:
    return mails.report("failed", status, words, campaign=campaign.id)


# Matching


def test_an_answer_is_matched_by_the_letter_it_answers_and_kept_whole(campaign: Campaign) -> None:
    data = mails.answer(campaign=campaign.id)
    (reply,) = campaign.read(data).kept
    assert (reply.key, reply.by, reply.sort) == ("00001", "message-id", Sort.ANSWER)
    with campaign.desk() as desk:
        (kept,) = desk.replies.all("00001")
        assert desk.archive.get(kept.sha256) == data
    assert campaign.status() is Status.SENT


NOTHING_BACK = "Content-Type: text/plain\n\nThe message is not returned."


@on_each_database
def test_two_readings_at_once_keep_a_mail_once(
    campaign: Campaign, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = OwnLetterbox([mails.answer(campaign=campaign.id)])
    with campaign.desk() as one, campaign.desk() as other:
        database = one.replies._database
        writing: Callable[[], AbstractContextManager[Connection]] = database.writing
        was_quicker: list[Harvest] = []

        def too_late() -> AbstractContextManager[Connection]:
            if not was_quicker:
                was_quicker.append(read_replies(other, found))
            return writing()

        monkeypatch.setattr(database, "writing", too_late)
        read_replies(one, found)
        assert len(was_quicker) == len(one.replies.all()) == 1


@pytest.mark.parametrize("way", ["message-id", "references", "envelope-id", "verp"])
def test_a_report_is_matched_by_whichever_of_four_things_it_repeats(make: Make, way: str) -> None:
    """Two towns share the address, so that it alone says nothing."""
    shared = "commun@example.org"
    campaign = Campaign(make([town(1, email=shared), town(2, email=shared)]))
    campaign.send()
    ours = message_digest(campaign.id, "00002", 1)
    data = mails.report("failed", "5.1.1", "smtp; 550 unknown", returned=NOTHING_BACK)
    data = data.replace(b"mairie-1@example.org", shared.encode())
    said = {
        "message-id": (
            NOTHING_BACK.encode().replace(b"\n", b"\r\n"),
            f"Content-Type: text/rfc822-headers\r\n\r\nMessage-ID: <{ours}@example.org>".encode(),
        ),
        "references": (b"To: ", f"References: <{ours}@example.org>\r\nTo: ".encode()),
        "envelope-id": (
            b"Reporting-MTA:",
            f"Original-Envelope-Id: {ours}@example.org\r\nReporting-MTA:".encode(),
        ),
        "verp": (b"To: groupe@example.org", f"To: groupe+{ours}@example.org".encode()),
    }
    assert campaign.read(data).bounced == []
    another = data.replace(b"Message-ID: <failed-", b"Message-ID: <another-", 1)
    assert said[way][0] in another
    (delivery,) = campaign.read(another.replace(*said[way], 1)).bounced
    assert delivery.key == "00002"
    assert (campaign.status(1), campaign.status(2)) == (Status.SENT, Status.BOUNCED)


def forged(number: int, status: str = "5.1.1", words: str = "smtp; 550 unknown") -> bytes:
    """A report as anybody can write it, who knows nothing but the address."""
    data = mails.report("failed", status, words, returned=NOTHING_BACK)
    return data.replace(b"mairie-1@", f"mairie-{number}@".encode()).replace(
        b"Message-ID: <failed-", f"Message-ID: <{number}-".encode()
    )


def stands(campaign: Campaign) -> object:
    """All that a report may change: deliveries, attempts, the list, the pause."""
    with campaign.desk() as desk:
        return (
            desk.ledger.deliveries(),
            list(desk.ledger.attempts()),
            desk.suppression.lines(),
            desk.account.refusal(),
        )


PROVES_NOTHING = {
    "standard": forged(1),
    "final recipient": forged(1).replace(b"Original-Recipient", b"X-Other"),
    "policy": forged(1, "5.7.1", "smtp; 550 5.7.1 looks like spam"),
    "exchange": mails.EXCHANGE,
    "exim": mails.NOTHING_BACK,
    "notice": mails.freeform("MAILER-DAEMON@x.example", "failure", "550 mairie-1@example.org: no"),
    "other campaign": mails.report("failed", "5.1.1", "smtp; 550 unknown", campaign="another"),
}


def test_a_report_that_proves_nothing_is_proposed_and_changes_nothing(make: Make) -> None:
    campaign = Campaign(make([town(1, alternates=("accueil@example.org",)), town(2)]))
    campaign.send()
    before, failures = stands(campaign), []
    for number, (name, data) in enumerate(PROVES_NOTHING.items()):
        harvest = campaign.read(
            re.sub(b"Message-ID: <", b"Message-ID: <%d" % number, data, count=1)
        )
        proposed = [(reply.key, reply.proposals) for reply in harvest.kept]
        moved = [*harvest.bounced, *harvest.about_us, *harvest.alternates]
        if proposed != [(None, (Proposal("00001", "address"),))] or moved:
            failures.append((name, proposed, moved))
    assert failures == []
    assert stands(campaign) == before


def test_a_person_takes_a_report_at_its_word_and_then_it_is_one(make: Make) -> None:
    campaign = Campaign(make([town(1, alternates=("accueil@example.org",)), town(2)]))
    campaign.send()
    campaign.read(forged(1), forged(2))
    with campaign.desk() as desk:
        first, second = desk.replies.undecided()
        harvest = attach(desk, first.number, "00001")
        assert [(each.key, each.detail) for each in harvest.bounced] == [("00001", "unknown")]
        assert harvest.alternates == ["00001"]
        assert [line.value for line in desk.suppression.lines()] == ["mairie-1@example.org"]
        desk.replies.dismiss(second.number)
        assert desk.replies.undecided() == []
    assert (campaign.status(1), campaign.status(2)) == (Status.QUEUED, Status.SENT)
    assert campaign.read(forged(1), forged(2)).kept == []


@pytest.mark.parametrize(
    "replies", [{}, {"mairie-1@example.org": LOST_AFTER_DOT}], ids=["sent", "in doubt"]
)
def test_a_forwarders_report_of_a_letter_of_ours_proves_that_it_left_and_is_proposed(
    make: Make, replies: Mapping[str, Outcome]
) -> None:
    campaign = Campaign(make([town(1, alternates=("accueil@example.org",))]))
    campaign.send(ScriptedOffice(replies))
    data = mails.report("failed", "5.1.1", "smtp; 550 unknown", campaign=campaign.id)
    harvest = campaign.read(
        data.replace(b"rfc822; mairie-1@example.org", b"rfc822; maire@example.net")
    )
    (reply,) = harvest.kept
    assert (reply.key, reply.proposals) == (None, (Proposal("00001", "reference"),))
    assert (harvest.bounced, harvest.alternates) == ([], [])
    assert campaign.status(1) is Status.SENT
    with campaign.desk() as desk:
        assert desk.suppression.lines() == []
        (undecided,) = desk.replies.undecided()
        assert attach(desk, undecided.number, "00001").alternates == ["00001"]


def test_a_report_about_an_address_that_no_letter_went_to_is_none_of_our_business(
    campaign: Campaign,
) -> None:
    assert campaign.read(forged(77)).kept == []


def test_whoever_got_one_letter_cannot_report_of_another(campaign: Campaign) -> None:
    """It knows one Message-ID; what it says of another address is about its own letter."""
    data = mails.report("failed", "5.1.1", "smtp; 550 unknown", campaign=campaign.id)
    other = data.replace(b"mairie-1@", b"mairie-2@")
    assert message_digest(campaign.id, "00001", 1).encode() in other
    assert campaign.read(other).bounced == []
    assert campaign.place.statuses() == {Status.SENT: 3}


def test_a_complaint_is_of_the_letter_it_brings_back_and_asks_to_stop(
    campaign: Campaign,
) -> None:
    data = mails.complaint(campaign=campaign.id)
    (reply,) = campaign.read(data).kept
    assert (reply.key, reply.sort, reply.by) == ("00001", Sort.COMPLAINT, "message-id")
    assert reply.wants_peace == "abuse"
    with campaign.desk() as desk:
        (kept,) = desk.replies.all("00001")
        assert desk.archive.get(kept.sha256) == data
    assert campaign.place.statuses() == {Status.SENT: 3}


def test_a_mail_is_of_whoever_its_words_say_and_else_a_person_decides(campaign: Campaign) -> None:
    numbers = count()

    def whose(sender: str, body: str, answers: str = "", head: str = "") -> str:
        """The key and how it is known; "perhaps" where it is only proposed."""
        ours = f"<{message_digest(campaign.id, answers, 1)}@example.org>" if answers else ""
        data = mails.answer(
            sender=sender, body=body, refers=ours, more=head, own_id=f"<{next(numbers)}@x>"
        )
        kept = campaign.read(data).kept
        if not kept:
            return "nobody"
        (reply,) = kept
        if reply.key is None:
            return "perhaps {0.key} by {0.by}".format(reply.proposals[0])
        return f"{reply.key} by {reply.by}{' from elsewhere' * reply.from_elsewhere}"

    campaign.place.take([*THREE, town(4, email="mairie-4@wanadoo.fr")])
    campaign.send()
    assert wrong(Path(__file__).with_suffix(".txt"), "whose a mail is", whose) == []
    with campaign.desk() as desk:
        undecided = desk.replies.undecided()
        desk.replies.attach(undecided[0].number, "00002", elsewhere=False)
        assert desk.replies.undecided() == undecided[1:]
        (mine,) = [one for one in desk.replies.all("00002") if one.by == "person"]
        assert mine.number == undecided[0].number


# Bounces


def test_a_bounce_moves_its_letter_and_a_dead_address_holds_whoever_shares_it(make: Make) -> None:
    campaign = Campaign(make([town(1), town(2, email="mairie-1@example.org"), town(3)]))
    with campaign.place.opened() as sender:
        campaign.id = sender.ledger.campaign_id
        send(replace(sender, composer=DigestComposer(campaign.id)), keys=["00001"])
    harvest = campaign.read(bounce(campaign))
    assert [delivery.key for delivery in harvest.bounced] == ["00001"]
    assert campaign.status() is Status.BOUNCED  # paper takes it
    office = campaign.send()
    assert [message.envelope.recipient for message in office.taken] == ["mairie-3@example.org"]
    assert campaign.status(2) is Status.HELD


def test_a_bounce_tries_the_next_address_once_and_then_it_is_paper(make: Make) -> None:
    campaign = Campaign(make([town(1, alternates=("accueil@example.org",))]))
    campaign.send()
    harvest = campaign.read(bounce(campaign))
    assert harvest.alternates == ["00001"]
    assert campaign.status() is Status.QUEUED
    office = campaign.send()
    assert [message.envelope.recipient for message in office.taken] == ["accueil@example.org"]
    again = bounce(campaign, "5.2.2", "smtp; 552 5.2.2 the other one is full")
    again = again.replace(b"mairie-1@example.org", b"accueil@example.org")
    assert campaign.read(again, at=LATER + timedelta(hours=1)).alternates == []
    assert campaign.status() is Status.BOUNCED
    with campaign.desk() as desk:  # nothing is left to try, however often one looks
        assert follow_up(desk.ledger, desk.suppression, LATER) == ([], 0)


def test_the_old_report_is_not_about_the_letter_to_the_next_address(make: Make) -> None:
    campaign = Campaign(make([town(1, alternates=("accueil@example.org",))]))
    campaign.send()
    campaign.read(bounce(campaign))
    campaign.send()
    other = bounce(campaign, "5.1.1", "smtp; 550 told a second time")
    assert campaign.read(other, at=LATER + timedelta(hours=1)).bounced == []
    assert campaign.status() is Status.SENT


# Large mails, and how far it was read


def test_a_large_answer_is_kept_whole_and_a_huge_one_by_its_beginning(campaign: Campaign) -> None:
    large = mails.answer(campaign=campaign.id, body="x" * 80 + "\n" * 400_000)
    huge = mails.answer(campaign=campaign.id, body="y" * 30_000_000, own_id="<huge@x>")
    with campaign.desk() as desk:
        letterbox = OwnLetterbox([large, huge])
        kept = read_replies(desk, letterbox).kept
        assert [reply.is_cut for reply in kept] == [False, True]
        assert letterbox.fetched == [len(large)]
        assert desk.archive.get(kept[0].sha256) == large
        assert len(desk.archive.get(kept[1].sha256)) == FIRST_LOOK_OCTETS
        assert kept[1].size == len(huge)


def test_how_far_it_was_read_is_noted_behind_each_batch_and_not_before(campaign: Campaign) -> None:
    noted: list[tuple[str, int]] = []
    found = [mails.answer(own_id=f"<{n}@x>", campaign=campaign.id) for n in range(3)]
    with campaign.desk() as desk:
        read_replies(
            desk,
            OwnLetterbox(found, batch=1),
            note=lambda read_to: noted.append((read_to, len(desk.replies.all()))),
        )
    assert noted[0] == ("", 1)  # the box moves its mark when the next batch is asked for
    assert noted[-1] == ("3", 3)
    assert all(int(read_to or 0) <= kept for read_to, kept in noted)
