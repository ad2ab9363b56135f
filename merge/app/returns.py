"""What came back and waits for a person's decision, in groups; and many decisions at once.

`look` only reads. `settle` keeps each decision under a lock of its own; one that cannot be kept is
returned with its reason, and stops no other.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import cast
from zoneinfo import ZoneInfo

from merge.app import answer, replies, resolve, status, suppress
from merge.app.opening import Campaign, open_campaign
from merge.campaign import mailroom
from merge.errors import Misuse, Trouble
from merge.job import Event
from merge.ledger.records import Answer, By, Decision, Reply, Stand
from merge.model import Delivery, Recipient, Status
from merge.outcome import Sort
from merge.settings import Settings


class Group(StrEnum):
    """The kinds of decision that wait for a person. `ALL` has every mail ever read."""

    DOUBTS = "doubts"  # sent, or not?
    STOPS = "stops"  # asks for no more letters, or not?
    STRANGERS = "strangers"  # whose mail is it?
    REPLIES = "replies"  # what does the answer come to?
    REFUSED = "refused"  # came back because of us: again, on paper, or left
    BOUNCES = "bounces"  # came back for a reason of its own: another address
    ALL = "all"


Choice = str
"""A decision that a person can take: one of `CHOICES`, or an answer of the campaign's wording."""

CHOICES: Mapping[Group, Sequence[Choice]] = {
    Group.DOUBTS: ("sent", "not-sent"),
    Group.STOPS: ("stop", "no-stop"),
    Group.STRANGERS: ("attach", "dismiss"),
    Group.REPLIES: ("yes", "no", "conditions", "received"),
    Group.REFUSED: ("later", "paper", "leave"),
    Group.BOUNCES: (),
    Group.ALL: ("attach", "dismiss"),
}
"""The decisions of each group."""


def choices_of(settings: Settings) -> Mapping[Group, Sequence[Choice]]:
    """Those of each group in this campaign."""
    replies = (*CHOICES[Group.REPLIES], *settings.answers.wordings)
    return {**CHOICES, Group.REPLIES: replies}


@dataclass(frozen=True, slots=True, kw_only=True)
class PossibleSender:
    """A recipient who may have sent a mail, and the evidence (`by`)."""

    recipient: Recipient
    by: By


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A mail, a delivery in doubt, or a delivery that came back (with its report).

    `number` is the mail's in groups of mails, else the delivery's; 0 in `recipient_number` for a
    mail of nobody known.
    """

    number: int
    recipient: Recipient | None = None
    recipient_number: int = 0
    delivery: Delivery | None = None
    reply: Reply | None = None
    possible_senders: Sequence[PossibleSender] = ()
    stand: Stand | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Returns:
    """All cases by group, newest first."""

    cases: Mapping[Group, Sequence[Case]]
    answers_elsewhere: str  # their address, if its mailbox is not read here; else ""
    has_mailbox: bool
    choices: Mapping[Group, Sequence[Choice]]
    zone: ZoneInfo

    def case(self, group: Group, number: int) -> Case:
        """The case with this number. Misuse("reply-missing")."""
        for case in self.cases[group]:
            if case.number == number:
                return case
        raise Misuse("reply-missing", number=number)


def look(campaign: Campaign) -> Returns:
    """Read all cases."""
    account = campaign.settings.account
    found = _Sorting(campaign)
    return Returns(
        cases={
            Group.DOUBTS: found.doubts(),
            Group.STOPS: found.stops(),
            Group.STRANGERS: found.strangers(),
            Group.REPLIES: found.replies(),
            Group.REFUSED: found.refused(),
            Group.BOUNCES: found.bounces(),
            Group.ALL: found.all(),
        },
        answers_elsewhere=account.answers_elsewhere,
        has_mailbox=bool(account.imap.host),
        choices=choices_of(campaign.settings),
        zone=campaign.zone,
    )


class _Sorting:
    """Sorts mails and deliveries into groups."""

    def __init__(self, campaign: Campaign) -> None:
        ledger = campaign.ledger
        self._campaign, self._ledger = campaign, ledger
        self._mails = list(reversed(ledger.replies.all()))
        self._doubts = mailroom.in_doubt(ledger)
        self._refused = [*filter(None, map(ledger.delivery, ledger.refused_as_senders()))]
        self._stands = ledger.stands_of_refused()
        back = status.came_back(ledger, ledger.counts())
        self._bounced = [each for each in back if each.id not in self._stands]
        keys = {
            *(mail.key for mail in self._mails if mail.key),
            *(key for mail in self._mails for key, _by in mail.proposals),
            *(each.key for each in (*self._doubts, *self._refused, *self._bounced)),
        }
        self._recipients = {each.key: each for each in ledger.recipients_of(sorted(keys))}
        self._numbers = ledger.numbers_of(sorted(keys))
        self._reports = {
            (mail.key, mail.wave): mail
            for mail in reversed(self._mails)
            if mail.sort is Sort.BOUNCE and mail.key
        }

    def doubts(self) -> Sequence[Case]:
        return [self._letter(each) for each in self._doubts]

    def refused(self) -> Sequence[Case]:
        return [self._letter(each) for each in self._refused]

    def bounces(self) -> Sequence[Case]:
        """Without recipients that a purge has erased."""
        found = sorted(self._bounced, key=lambda each: (each.at is not None, each.at), reverse=True)
        return [self._letter(each) for each in found if self._recipients[each.key].source]

    def stops(self) -> Sequence[Case]:
        """A click that is made twice is one wish."""
        asking = {mail.number for _who, mail in suppress.asking_to_stop(self._campaign)}
        return [self._mail(each) for each in self._mails if each.number in asking]

    def strangers(self) -> Sequence[Case]:
        return [self._mail(each) for each in self._mails if each.key is None]

    def replies(self) -> Sequence[Case]:
        """Answers whose meaning nobody has noted since they came."""
        noted = _noted_last(self._ledger.answers.all())
        return [
            self._mail(mail)
            for mail in self._mails
            if mail.is_to_classify
            and mail.key in self._recipients
            and not (mail.key in noted and noted[mail.key].noted_at >= mail.at)
        ]

    def all(self) -> Sequence[Case]:
        return [self._mail(each) for each in self._mails]

    def _letter(self, delivery: Delivery) -> Case:
        return Case(
            number=delivery.id,
            recipient=self._recipients.get(delivery.key),
            recipient_number=self._numbers.get(delivery.key, 0),
            delivery=delivery,
            reply=self._reports.get((delivery.key, delivery.wave)),
            stand=self._stands.get(delivery.id),
        )

    def _mail(self, mail: Reply) -> Case:
        return Case(
            number=mail.number,
            recipient=self._recipients.get(mail.key or ""),
            recipient_number=self._numbers.get(mail.key or "", 0),
            reply=mail,
            possible_senders=[
                PossibleSender(recipient=self._recipients[key], by=by)
                for key, by in mail.proposals
                if key in self._recipients
            ],
        )


def _noted_last(answers: Sequence[Answer]) -> Mapping[str, Answer]:
    return {each.key: each for each in sorted(answers, key=lambda each: each.noted_at)}


def message(campaign: Campaign, number: int) -> bytes:
    """The bytes of one mail. Misuse("reply-missing"), also where they are not kept."""
    return replies.kept(campaign, number)


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """A person's decision on one case. `key` is the recipient to attach a mail to.

    `reason` is noted with it. `at` is the time of the letter that was shown: the decision does not
    cover a later one.
    """

    number: int
    choice: Choice
    key: str = ""
    reason: str = ""
    at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class VerdictKept:
    """A decision that was kept, or replaced by what the mailbox has `proved`."""

    verdict: Verdict
    recipient: Recipient | None
    proved: Status | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class VerdictRefused:
    """A decision that could not be kept, and the reason."""

    verdict: Verdict
    recipient: Recipient | None
    trouble: Trouble


@dataclass(slots=True, kw_only=True)
class SettleResult:
    """The result of several decisions."""

    kept: list[VerdictKept] = field(default_factory=list)
    refused: list[VerdictRefused] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)

    def keep(
        self, verdict: Verdict, recipient: Recipient | None, proved: Status | None = None
    ) -> None:
        """Note a decision that was kept."""
        self.kept.append(VerdictKept(verdict=verdict, recipient=recipient, proved=proved))


def settle(place: Path, group: Group, verdicts: Sequence[Verdict]) -> SettleResult:
    """Keep a person's decisions on cases of one group.

    Before letters in doubt are sent again the mailbox is read: where it proves that one was sent,
    that counts.
    """
    settled = SettleResult()
    with open_campaign(place, access="read", command="replies") as campaign:
        found = look(campaign)
    known: list[tuple[Verdict, Case]] = []
    for each in verdicts:
        try:
            if each.choice not in found.choices[group]:
                raise Misuse("reply-missing", number=each.number)
            case = found.case(group, each.number)
        except Misuse as trouble:  # decided meanwhile, in another tab or at a terminal
            settled.refused.append(VerdictRefused(verdict=each, recipient=None, trouble=trouble))
        else:
            with _refusing(settled, (each, case)):
                if each.at is not None and case.delivery is not None:
                    _refuse_another(case.delivery, each.at)
                known.append((each, case))
    acts: Mapping[Group, Callable[[Path, _Verdicts, SettleResult], None]] = {
        Group.DOUBTS: _doubts,
        Group.REFUSED: _refused,
        Group.STOPS: _mails,
        Group.STRANGERS: _mails,
        Group.ALL: _mails,
        Group.REPLIES: _answers,
    }
    if known:
        acts[group](place, known, settled)
    return settled


def restore(place: Path, key: str, why: str) -> SettleResult:
    """Take a recipient off the suppression list who was put there by mistake."""
    settled = SettleResult()
    with suppress.open(place, key, settled.events.append) as job:
        job.take_back(why)
        recipients = job.plan().recipients
    verdict = Verdict(number=0, choice="no-stop", key=key, reason=why)
    for each in recipients:
        settled.keep(verdict, each)
    return settled


def _refuse_another(now: Delivery, shown: datetime) -> None:
    """Misuse("letter-left-again"): another copy has left since, which may have arrived."""
    if now.at != shown:
        raise Misuse("letter-left-again", key=now.key)


_Verdicts = Sequence[tuple[Verdict, Case]]


@contextmanager
def _refusing(settled: SettleResult, *decided: tuple[Verdict, Case]) -> Iterator[None]:
    """Turn a Trouble into refused verdicts, except for those already kept."""
    try:
        yield
    except Trouble as trouble:
        kept = {each.verdict.number for each in settled.kept}
        settled.refused += [
            VerdictRefused(verdict=verdict, recipient=_recipient_of(case), trouble=trouble)
            for verdict, case in decided
            if verdict.number not in kept
        ]


def _recipient_of(case: Case) -> Recipient | None:
    return case.recipient or (case.possible_senders[0].recipient if case.possible_senders else None)


def _doubts(place: Path, decided: _Verdicts, settled: SettleResult) -> None:
    with (
        _refusing(settled, *decided),
        resolve.open(place, None, settled.events.append) as job,
    ):
        sent = [each for each in decided if each[0].choice == "sent"]
        again = [each for each in decided if each[0].choice == "not-sent"]
        for word in sent:
            _settle_doubt(job, *word, Status.SENT, settled)
        with _refusing(settled, *again):
            if again:
                job.refresh()
            for word in again:
                _settle_doubt(job, *word, Status.QUEUED, settled)


def _settle_doubt(
    job: resolve.Job, verdict: Verdict, case: Case, to: Status, settled: SettleResult
) -> None:
    key = case.delivery.key if case.delivery else ""
    now = job.now_stands(key)
    if now is not None and now.status is not Status.UNKNOWN:
        settled.keep(verdict, case.recipient, now.status)
        return
    with _refusing(settled, (verdict, case)):
        if now is not None and case.delivery is not None:
            _refuse_another(now, case.delivery.at)
        job.settle(key, to)
        settled.keep(verdict, case.recipient)


def _refused(place: Path, decided: _Verdicts, settled: SettleResult) -> None:
    with (
        _refusing(settled, *decided),
        resolve.open(place, None, settled.events.append) as job,
    ):
        for choice in CHOICES[Group.REFUSED]:
            these = [each for each in decided if each[0].choice == choice]
            keys = [case.delivery.key for _verdict, case in these if case.delivery]
            if keys:
                with _refusing(settled, *these):
                    job.decide(cast("Decision", choice), keys)
                    for verdict, case in these:
                        settled.keep(verdict, case.recipient)


def _mails(place: Path, decided: _Verdicts, settled: SettleResult) -> None:
    with (
        _refusing(settled, *decided),
        replies.open(place, settled.events.append) as job,
    ):
        for verdict, case in decided:
            with _refusing(settled, (verdict, case)):
                recipient = _settle_mail(job, verdict, case)
                settled.keep(verdict, recipient)


def _settle_mail(job: replies.Job, verdict: Verdict, case: Case) -> Recipient | None:
    """Keep the decision; the recipient whose mail it is from now on."""
    if verdict.choice == "attach":
        recipient, harvest = job.attach(verdict.number, verdict.key)
        job.follow(harvest)
        return recipient
    if verdict.choice == "dismiss":
        job.dismiss(verdict.number)
        return None
    if verdict.choice == "stop" and case.recipient is not None:
        job.suppress(case.recipient, verdict.reason)
    else:
        job.asks_for_nothing(verdict.number)
    return case.recipient


def _answers(place: Path, decided: _Verdicts, settled: SettleResult) -> None:
    for verdict, case in decided:
        with _refusing(settled, (verdict, case)):
            noted = answer.run(
                place,
                case.recipient.key if case.recipient else "",
                verdict.choice,
                settled.events.append,
                way=None,
                note=verdict.reason,
                day=None,
            )
            settled.keep(verdict, noted.recipient)
