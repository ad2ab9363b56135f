"""Send the letters that go by e-mail, or one of them to oneself."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from merge.app import approval, leaving, letters, mail, mailbox, remind
from merge.app.approval import Change
from merge.app.chosen import Narrowing
from merge.app.leaving import Sent
from merge.app.opening import now, open_campaign
from merge.app.running import Clock, running
from merge.campaign import check as checking
from merge.campaign.check import refuse_unless_right
from merge.campaign.deliver import Run
from merge.campaign.forecast import Day
from merge.campaign.ports import Template, Watch
from merge.campaign.returns import accept_bounces, refuse_too_many
from merge.campaign.trial import try_out, whose
from merge.errors import ExitCode, Misuse, Refused, Stopped, Trouble
from merge.job import Consent, Give, Listener, Result, Want, progress, silent
from merge.ledger.reading import Candidates
from merge.model import Channel, Counts, LetterFault, Recipient, Status
from merge.outcome import Outcome
from merge.settings import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What a person asks for. `accept_bounces` is for what came back before the job began."""

    narrowing: Narrowing = field(default_factory=Narrowing)
    limit: int | None = None
    wait: bool = False
    accept_bounces: bool = False
    helps: int | None = None  # the run that asked for hands, where a worker sends
    at: datetime | None = None  # nothing leaves before


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """How many letters would leave, and what comes before; with `trouble`, nothing leaves."""

    wants: tuple[Want, ...] = ()
    trouble: Trouble | None = None
    servers: Sequence[Change] = ()  # to approve
    letters: int = 0
    days: Sequence[Day] = ()
    put_off_until: datetime | None = None  # none of them is due before
    nobody: bool = False  # waits for an e-mail

    @property
    def number(self) -> Want:
        """So many letters, which a person types."""
        return Want(code="letters", facts={"n": self.letters}, give=Give.TYPED, option="--yes")


@dataclass(frozen=True, slots=True, kw_only=True)
class TestResult:
    """The outcome, and the recipient whose letter was sent."""

    recipient: Recipient
    outcome: Outcome | LetterFault


class Job:
    """One sending, or one letter to oneself. The campaign is shared while it is open."""

    def __init__(self, place: Path, options: Options, listener: Listener, watch: Watch) -> None:
        self.place = place
        self.options = options
        self.listener = listener
        self.watch = watch  # while it runs, its row may ask it to end, too
        self.tell = listener  # while it runs, also the ledger is told
        self.has_begun = False
        self.so_far = Run()  # what came of it, over all long waits
        self._accepts_bounces = options.accept_bounces
        self.keys: Sequence[str] | None = None

    def __enter__(self) -> Job:
        self.reopen()
        return self

    def __exit__(self, *error: Any) -> None:
        self._stack.__exit__(*error)

    def close(self) -> None:
        """Let go of the campaign for a long wait; `reopen` it."""
        self._stack.close()

    def reopen(self) -> None:
        """Take it up again; nothing that was looked at counts any more."""
        self._stack = ExitStack()
        self.campaign = self._stack.enter_context(
            open_campaign(self.place, access="share", command="send", listener=self.listener)
        )
        self._waiting: Candidates | None = None
        self.template: Template | None = None
        self._findings: checking.Findings | None = None

    @property
    def settings(self) -> Settings:
        """The campaign's."""
        return self.campaign.settings

    def counts(self) -> Counts:
        """How the deliveries stand."""
        return self.campaign.ledger.counts()

    def waiting(self) -> Iterator[tuple[int, str]]:
        """The deliveries that could leave now, each with its recipient; after `refresh`."""
        return self._waiting.deliveries() if self._waiting else iter(())

    def servers(self) -> Sequence[Change]:
        """Those that a person has still to approve."""
        return approval.to_approve(self.campaign, sends=True)

    def approve(self, servers: Sequence[Change]) -> None:
        """A person's yes to these."""
        approval.approve_for(self.campaign, servers)

    def accept_bounces(self, until: datetime) -> None:
        """A person's yes to what had come back by then: the next plan stops at it no more."""
        accept_bounces(self.campaign.ledger, self.campaign.account, until)

    def refresh(self, consents: Sequence[Consent] = ()) -> None:
        """Record what is already true, as far as the consents go: called again it goes on.

        LetterError for a fault that would hit everybody.
        """
        if self.servers():
            return
        if self._waiting is None:
            self._look_at_the_lists()
        if not self._waiting or self._findings:
            return
        if self.template is None:
            self.template = letters.template(self.campaign)
        if letters.wanted(self.campaign.ledger, self.template, consents):
            return
        self._check(self.template, self._waiting)
        if self._findings and not self._findings.stops_all:
            checking.requeue_cured(self.campaign.ledger, self._findings)
            before = self._waiting.ids
            mailbox.visit(self.campaign, self.watch, self.tell, filing=False)
            self._waiting = self._who_waits()
            if before != self._waiting.ids:
                # A letter of an earlier run came back, and goes to its next address by this one.
                self._check(self.template, self._waiting)

    def _check(self, template: Template, waiting: Candidates) -> None:
        """Which of these letters are right."""
        self._findings = None
        if waiting:
            self._findings = checking.check(
                template,
                waiting,
                of=self.campaign.ledger.count_recipients(),
                gate=self.campaign.gate,
                advance=progress(self.listener, "letters-made", len(waiting)),
            )

    def _look_at_the_lists(self) -> None:
        campaign = self.campaign
        if self._accepts_bounces:
            # Before the mailbox is read: what comes now, nobody has looked at.
            accept_bounces(campaign.ledger, campaign.account, now())
            self._accepts_bounces = False
        remind.hold_back(campaign, self.tell)
        self.keys = self._chosen()
        self._waiting = self._who_waits()
        if not self._waiting:
            mailbox.visit(campaign, self.watch, self.tell, filing=True)
            self._waiting = self._who_waits()

    def _who_waits(self) -> Candidates:
        """Those chosen whose e-mail could leave now."""
        return self.campaign.ledger.candidates(self.keys, [Channel.EMAIL])

    def _chosen(self) -> Sequence[str] | None:
        """By the options. After a long wait, statuses count as before the run changed them."""
        narrowing = self.options.narrowing
        if not (self.has_begun and narrowing.statuses):
            return self.campaign.chosen(narrowing)
        found = self.campaign.chosen(replace(narrowing, statuses=()))
        still = None if found is None else frozenset(found)
        return [key for key in self.keys or () if still is None or key in still]

    def plan(self, consents: Sequence[Consent] = ()) -> Plan:
        """What would leave, after `refresh`. It stops at what it cannot look past."""
        campaign, template, found = self.campaign, self.template, self._findings
        if servers := self.servers():
            return Plan(wants=approval.servers_wanted(servers), servers=servers)
        if not self._waiting:
            return Plan(nobody=True)
        if template and (wanted := letters.wanted(campaign.ledger, template, consents)):
            return Plan(wants=(wanted[0],), trouble=wanted[1])
        if found is None:
            raise RuntimeError("plan comes after refresh")
        stopped: Stopped | None = None
        try:
            refuse_unless_right(found)
            self.refuse_to_go_on()
        except Stopped as trouble:
            stopped = trouble
        except Refused as trouble:
            return Plan(trouble=trouble)
        left = None if self.options.limit is None else self.options.limit - self.so_far.answered
        n = found.letters - len(found.faults)
        n = n if left is None else min(n, left)
        outlook = campaign.ledger.outlook(self.keys, now())
        agreed_to = max((each.facts["n"] for each in consents if each.code == "letters"), default=0)
        plan = Plan(
            letters=n,
            days=mail.days_for(n, self.keys, campaign),
            put_off_until=None if outlook.now else outlook.next_at,
            trouble=stopped,
        )
        if stopped:
            want = Want(code=stopped.code, facts=stopped.facts, option="--accept-bounces")
            return replace(plan, wants=(want,))
        # Without any, all are at fault, and are held.
        return replace(plan, wants=(plan.number,)) if n > agreed_to else plan

    def refuse_to_go_on(self) -> None:
        """Stopped or AccountPaused, where what came back is a reason not to send more."""
        if refusal := self.campaign.account.refusal():
            raise refusal
        refuse_too_many(self.campaign.ledger, now())

    def try_out(self, address: str) -> TestResult:
        """Send one letter there, once the servers are approved. Stopped when it may not leave.

        Misuse, with the `reason` "typed", for an address that is none.
        """
        campaign = self.campaign
        template = letters.template(campaign)
        recipient = whose(campaign.ledger, campaign.chosen(self.options.narrowing), template)
        with (
            running(campaign, "send", {"test": True}, (), watch=self.watch) as job,
            mail.sender(campaign, template, job) as sender,
        ):
            outcome = try_out(sender, recipient, address)
            is_sent = not isinstance(outcome, LetterFault) and outcome.status is Status.SENT
            job.end(Result(code=ExitCode.DONE if is_sent else ExitCode.PARTLY))
        faulty = (outcome.field, outcome.value) if isinstance(outcome, LetterFault) else None
        if faulty == ("email", address):  # that was typed, not the recipient's
            raise Misuse("value-unfit", value=address, example="group@example.org")
        return TestResult(recipient=recipient, outcome=outcome)

    def put_off(self, at: datetime) -> None:
        """Let nothing leave before."""
        self.options = replace(self.options, at=at)

    def run(self, consents: Sequence[Consent]) -> Sent:
        """Send them, from the option `at` on. That wait, and with the option `wait` a pause of more
        than 90 seconds, lets go of the campaign; what was agreed to is looked at again when it is
        taken up.
        """
        return leaving.run(self, consents)


def open(
    place: Path,
    options: Options,
    *,
    listener: Listener = silent,
    watch: Watch | None = None,
) -> Job:
    """A sending: a context, in which the campaign is open. A password is in no option."""
    return Job(place, options, listener, watch or Clock())


def try_one(place: Path, address: str) -> TestResult:
    """`Job.try_out` in the campaign of this folder, for any of its recipients."""
    with open(place, Options()) as job:
        tried = job.try_out(address)
    # What its sheet said of it is nobody's business here, and no pickle takes it.
    return replace(tried, recipient=tried.recipient._replace(fields={}))
