"""Settle what is in doubt: by what the mailbox proves, else by a person."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from merge.app import approval
from merge.app.approval import Change
from merge.app.chosen import the_one
from merge.app.mailbox import mailroom
from merge.app.opening import Campaign, now, open_campaign, who
from merge.app.running import running
from merge.campaign import returns
from merge.campaign.mailroom import Evidence, in_doubt, look_in_mailbox, provable
from merge.errors import ExitCode, Misuse
from merge.job import Listener, Result
from merge.ledger.records import Decision
from merge.model import Delivery, Recipient, Status
from merge.settings import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class Doubt:
    """An e-mail that nobody can vouch for.

    `is_absent`: the provider files a copy of all that it takes, and has none of this.
    """

    recipient: Recipient
    delivery: Delivery
    is_absent: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What waits for a person: e-mails one by one, and all that came back because of us."""

    doubts: Sequence[Doubt]
    came_back: Sequence[Recipient]  # because of us
    reasons: Sequence[Delivery]  # of those


@contextmanager
def open(place: Path, word: str | None, listener: Listener) -> Iterator[Job]:
    """What is in doubt in the campaign, or of the one recipient whom `word` names."""
    with open_campaign(place, access="exclusive", command="resolve", listener=listener) as campaign:
        key = the_one(campaign.ledger.recipients(), word).key if word is not None else None
        with running(campaign, "resolve", {"key": key}, ()) as run:
            job = Job(campaign, key)
            yield job
            code = ExitCode.PARTLY if job.leaves_something else ExitCode.DONE
            run.end(Result(code=code, facts={"settled": job.settled}))


class Job:
    """One look at what is in doubt, and what a person says of it."""

    def __init__(self, campaign: Campaign, key: str | None) -> None:
        self.key = key  # of the one who was named; None is everybody
        self.settled = 0
        self._campaign = campaign
        self._absent: Sequence[int] = ()
        self._has_shown = False  # what waits

    @property
    def settings(self) -> Settings:
        """The campaign's."""
        return self._campaign.settings

    def servers(self) -> Sequence[Change]:
        """Those to approve before `refresh`."""
        if not provable(self._campaign.ledger):
            return ()
        return approval.to_approve(self._campaign, sends=False)

    def approve(self, servers: Sequence[Change]) -> None:
        """A person's yes to these."""
        approval.approve_for(self._campaign, servers)

    def refresh(self) -> Evidence | None:
        """What the mailbox proves, written down; None where there is nothing to look for, or in."""
        campaign, room = self._campaign, mailroom(self._campaign)
        if room is None or not provable(campaign.ledger):
            return None
        found = look_in_mailbox(campaign.ledger, campaign.archive, room, now=now(), who=who())
        self._absent = found.absent
        return found

    def plan(self) -> Plan:
        """What is left for a person; of one recipient, the e-mail alone."""
        self._has_shown = True
        ledger = self._campaign.ledger
        doubts = [each for each in in_doubt(ledger) if self.key in (None, each.key)]
        recipients = {each.key: each for each in ledger.recipients_of([d.key for d in doubts])}
        everything = self.key is None
        came_back = ledger.refused_as_senders() if everything else []
        return Plan(
            doubts=[
                Doubt(recipient=recipients[d.key], delivery=d, is_absent=d.id in self._absent)
                for d in doubts
            ],
            came_back=ledger.recipients_of(came_back),
            reasons=[each for each in map(ledger.delivery, came_back) if each],
        )

    @property
    def leaves_something(self) -> bool:
        """Whether a person saw what waits, and some of it waits still."""
        if not self._has_shown:
            return False
        left = self.plan()
        return bool(left.doubts or left.came_back)

    def named(self, verdict: Status | None) -> tuple[Recipient, Delivery]:
        """The one recipient, and the letter in doubt; with QUEUED also one that came back because
        of us. Misuse("resolve-nothing").
        """
        ledger, key = self._campaign.ledger, str(self.key)
        delivery = ledger.delivery(key)
        came_back = delivery and delivery.id in ledger.stands_of_refused()
        if delivery is None or not (
            delivery.status is Status.UNKNOWN or (came_back and verdict is Status.QUEUED)
        ):
            raise Misuse("resolve-nothing", key=key)
        return ledger.recipients_of([key])[0], delivery

    def now_stands(self, key: str) -> Delivery | None:
        """How a letter stands by now."""
        return self._campaign.ledger.delivery(key)

    def settle(self, key: str, verdict: Status) -> Delivery:
        """Keep a person's word on one letter: SENT, or QUEUED to send it again."""
        self.settled += 1
        return self._campaign.ledger.resolve(key, verdict, now(), who())

    def decide(self, decision: Decision, keys: Sequence[str] | None = None) -> Sequence[Recipient]:
        """Keep a person's word on the letters that came back because of us: those to `keys`, else
        the one's, else all; whose they are. Misuse("resolve-no-policy") where there are none.
        """
        campaign = self._campaign
        if keys is None and self.key is not None:
            keys = [self.key]
        decided = returns.decide(campaign.ledger, campaign.account, decision, keys, now(), who())
        if not decided:
            raise Misuse("resolve-no-policy")
        self.settled += len(decided)
        return campaign.ledger.recipients_of([each.key for each in decided])
