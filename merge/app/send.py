"""Send the letters that go by e-mail, or one of them to oneself."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence, Set
from contextlib import ExitStack, suppress
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from types import TracebackType

from merge.app import approval, letters, mail, mailbox, remind, trial
from merge.app.approval import Change
from merge.app.opening import Campaign, now, open_campaign
from merge.app.running import Clock, Running, running, why_of
from merge.app.trial import TestResult
from merge.campaign import check as checking
from merge.campaign.account import refuse_paused
from merge.campaign.check import refuse_changed_letter, refuse_unless_right, refuse_untested
from merge.campaign.pace import Day, reconnect_after
from merge.campaign.plan import Narrowing, are_among, hashes_of, mark_of
from merge.campaign.ports import Template, Watch
from merge.campaign.reminders import versions
from merge.campaign.returns import accept_bounces, refuse_too_many
from merge.campaign.sender import Run, wakes_at
from merge.campaign.stages import offered, send_in_stages, together
from merge.errors import AccountPaused, Busy, ExitCode, Refused, Stopped, Trouble
from merge.job import Consent, Event, Give, Listener, Result, Want, facts_of, progress, silent
from merge.ledger.ledger import Ledger
from merge.ledger.reading import Candidates
from merge.model import Channel, Counts, Status
from merge.settings import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent(Result):
    """What came of a sending: the run, and how the deliveries stood before and after."""

    run: Run
    before: Counts
    counts: Counts

    @classmethod
    def refused(cls, plan: Plan, run: Run, before: Counts, counts: Counts) -> Sent:
        """Something is to be agreed to, or stands in the way."""
        return cls(
            code=plan.trouble.exit_code if plan.trouble else ExitCode.REFUSED,
            facts=figures_of_run(run),
            wants=plan.wants,
            trouble=plan.trouble,
            run=run,
            before=before,
            counts=counts,
        )

    @classmethod
    def stopped(cls, trouble: Trouble, run: Run, before: Counts, counts: Counts) -> Sent:
        """The server, or something else, has ended it."""
        return cls(
            code=trouble.exit_code,
            facts=figures_of_run(run) | why_of(trouble),
            trouble=trouble,
            run=run,
            before=before,
            counts=counts,
        )

    @classmethod
    def ended(cls, run: Run, before: Counts, counts: Counts, came_back: int) -> Sent:
        """It came to its end, for now at least; so many came back at the last look."""
        failed = sum(run.by_status[s] for s in (Status.FAILED, Status.UNKNOWN, Status.HELD))
        came_back += counts.email[Status.BOUNCED] - before.email[Status.BOUNCED]
        code = ExitCode.PARTLY if failed or came_back else ExitCode.DONE
        if run.stopped_by:
            is_interrupted = run.stopped_by == "interrupted"
            code = ExitCode.INTERRUPTED if is_interrupted else ExitCode.STOPPED
        return cls(code=code, facts=figures_of_run(run), run=run, before=before, counts=counts)


def figures_of_run(run: Run) -> dict[str, object]:
    """A run, as its row and its events keep it."""
    return {"by_status": run.by_status, "stopped_by": run.stopped_by, "next_at": run.next_at}


HANDS = 8
"""Workers that each run asks for. Those too many find nothing to send, and end."""

_AGREED = "agreed_to"  # the fact: a run, and the hashes of those that it was agreed to for


def ask_for_hands(campaign: Campaign, run: int, agreed: Sequence[int]) -> None:
    """Ask workers to send this run's letters, too, to the deliveries with these hashes. Nothing
    where the campaign is not kept on a server.
    """
    if not campaign.is_on_server:
        return
    from merge.ledger.work import make_queue  # no file needs a queue

    make_queue(campaign.accounts.server)
    campaign.ledger.set_fact(_AGREED, json.dumps([run, [*agreed]]))
    campaign.ledger.ask_for_hands(run, HANDS)


def dismiss_hands(campaign: Campaign, run: int) -> None:
    """Take back what this run asked for and no worker has begun. If the server is away, the worker
    that takes it finds the run ended.
    """
    if not campaign.is_on_server:
        return
    from merge.ledger.work import take_out  # no file needs a queue

    with suppress(Trouble):
        take_out(campaign.accounts.server, campaign.ledger.campaign_id, run)


def letter_wanted(
    ledger: Ledger, template: Template, consents: Sequence[Consent]
) -> tuple[Want, Trouble] | None:
    """The consent that the letter still needs, with the refusal that asks for it; None for none."""
    facts = {"versions": {str(wave): each for wave, each in versions(template).items()}}
    refusals: Sequence[tuple[str, Callable[[], None]]] = (
        ("--accept-edit", lambda: refuse_changed_letter(ledger, template, "send")),
        ("--untested", lambda: refuse_untested(ledger, template, untested=False)),
    )
    for option, refuse in refusals:
        try:
            refuse()
        except Refused as trouble:
            want = Want(code=trouble.code, facts=facts, option=option)
            if want.agreed() not in consents:
                return want, trouble
    return None


def this_many(n: int) -> Want:
    """So many letters, which a person types."""
    return Want(code="letters", facts={"n": n}, give=Give.TYPED, option="--yes")


LOOK_WHILE_WAITING = timedelta(seconds=30)
"""How often a job that holds nothing looks whether somebody asked it to end."""

BUSY_FOR = timedelta(seconds=10)
"""How long it leaves a campaign alone that another command holds when the wait is over."""


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


class Job:
    """One sending, or one letter to oneself. The campaign is shared while it is open."""

    def __init__(self, place: Path, options: Options, listener: Listener, watch: Watch) -> None:
        self._place = place
        self._options = options
        self._listener = listener
        self._clock = watch
        self._watch = watch  # while it runs, its row may ask it to end, too
        self._tell = listener  # while it runs, also the ledger is told
        self._has_begun = False
        self._accepts_bounces = options.accept_bounces
        self._offered = 0  # letters, of the options' limit
        self._agreed: Sequence[int] = ()
        self._keys: Sequence[str] | None = None

    def __enter__(self) -> Job:
        self._open()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._stack.__exit__(kind, error, traceback)

    def _open(self) -> None:
        self._stack = ExitStack()
        self._campaign = self._stack.enter_context(
            open_campaign(self._place, access="share", command="send", listener=self._listener)
        )
        self._waiting: Candidates | None = None
        self._template: Template | None = None
        self._findings: checking.Findings | None = None

    def refuse_others(self, run: int) -> None:
        """Refused("agreed-to-others") where somebody waits whom that run was not agreed to for;
        after `refresh`.
        """
        asked_by, agreed = self._campaign.ledger.fact_as(_AGREED, json.loads) or (0, ())
        if asked_by != run or not are_among(hashes_of(self.waiting()), agreed):
            raise Refused("agreed-to-others")

    @property
    def settings(self) -> Settings:
        """The campaign's."""
        return self._campaign.settings

    def counts(self) -> Counts:
        """How the deliveries stand."""
        return self._campaign.ledger.counts()

    def waiting(self) -> Iterator[tuple[int, str]]:
        """The deliveries that could leave now, each with its recipient; after `refresh`."""
        return self._waiting.deliveries() if self._waiting else iter(())

    def servers(self) -> Sequence[Change]:
        """Those that a person has still to approve."""
        return approval.to_approve(self._campaign, sends=True)

    def approve(self, servers: Sequence[Change]) -> None:
        """A person's yes to these."""
        approval.approve_for(self._campaign, servers)

    def accept_bounces(self, until: datetime) -> None:
        """A person's yes to what had come back by then: the next plan stops at it no more."""
        accept_bounces(self._campaign.ledger, self._campaign.account, until)

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
        if self._template is None:
            self._template = letters.template(self._campaign)
        if letter_wanted(self._campaign.ledger, self._template, consents):
            return
        self._check(self._template, self._waiting)
        if self._findings and not self._findings.stops_all:
            checking.requeue_cured(self._campaign.ledger, self._findings)
            before = mark_of(self.waiting())
            self._visit_mailbox(filing=False)
            self._waiting = self._who_waits()
            if before != mark_of(self.waiting()):
                # A letter of an earlier run came back, and goes to its next address by this one.
                self._check(self._template, self._waiting)

    def _check(self, template: Template, waiting: Candidates) -> None:
        """Which of these letters are right."""
        if not waiting:
            self._findings = None
            return
        self._findings = checking.check(
            template,
            waiting,
            of=self._campaign.ledger.count_recipients(),
            gate=self._campaign.gate,
            advance=progress(self._listener, "letters-made", len(waiting)),
        )

    def _look_at_the_lists(self) -> None:
        campaign = self._campaign
        if self._accepts_bounces:
            # Before the mailbox is read: what comes now, nobody has looked at.
            accept_bounces(campaign.ledger, campaign.account, now())
            self._accepts_bounces = False
        remind.hold_back(campaign, self._tell)
        self._keys = self._chosen()
        self._waiting = self._who_waits()
        if not self._waiting:
            self._visit_mailbox(filing=True)
            self._waiting = self._who_waits()

    def _who_waits(self) -> Candidates:
        """Those chosen whose e-mail could leave now."""
        return self._campaign.ledger.candidates(self._keys, [Channel.EMAIL])

    def _chosen(self) -> Sequence[str] | None:
        """By the options. After a long wait, statuses count as before the run changed them."""
        narrowing = self._options.narrowing
        if not (self._has_begun and narrowing.statuses):
            return self._campaign.chosen(narrowing)
        found = self._campaign.chosen(replace(narrowing, statuses=()))
        still = None if found is None else frozenset(found)
        return [key for key in self._keys or () if still is None or key in still]

    def plan(self, consents: Sequence[Consent] = ()) -> Plan:
        """What would leave, after `refresh`. It stops at what it cannot look past."""
        campaign, template, found = self._campaign, self._template, self._findings
        if servers := self.servers():
            return Plan(wants=approval.servers_wanted(servers), servers=servers)
        if not self._waiting:
            return Plan(nobody=True)
        if template and (wanted := letter_wanted(campaign.ledger, template, consents)):
            return Plan(wants=(wanted[0],), trouble=wanted[1])
        if found is None:
            raise RuntimeError("plan comes after refresh")
        try:
            refuse_unless_right(found)
            self._refuse_to_go_on()
        except Stopped as trouble:
            want = Want(code=trouble.code, facts=trouble.facts, option="--accept-bounces")
            return Plan(wants=(want,), trouble=trouble)
        except Refused as trouble:
            return Plan(trouble=trouble)
        left = None if self._options.limit is None else self._options.limit - self._offered
        n = found.letters - len(found.faults)
        n = n if left is None else min(n, left)
        outlook = campaign.ledger.outlook(self._keys, now())
        agreed_to = max((each.facts["n"] for each in consents if each.code == "letters"), default=0)
        return Plan(
            wants=(this_many(n),) if n > agreed_to else (),  # else all are at fault, and are held
            letters=n,
            days=mail.days_for(n, self._keys, campaign),
            put_off_until=None if outlook.now else outlook.next_at,
        )

    def _refuse_to_go_on(self) -> None:
        """Stopped or AccountPaused, where what came back is a reason not to send more."""
        refuse_paused(self._campaign.ledger, self._campaign.account, now())
        refuse_too_many(self._campaign.ledger, now())

    # The letter to oneself

    def try_out(self, address: str) -> TestResult:
        """Send one letter there, once the servers are approved. Stopped when it may not leave.

        Misuse, with the `reason` "typed", for an address that is none.
        """
        return trial.run(self._campaign, self._options.narrowing, address, self._watch)

    # The real thing

    def put_off(self, at: datetime) -> None:
        """Let nothing leave before."""
        self._options = replace(self._options, at=at)

    def run(self, consents: Sequence[Consent]) -> Sent:
        """Send them, from the option `at` on. That wait, and with the option `wait` a pause of more
        than 90 seconds, lets go of the campaign; what was agreed to is looked at again when it is
        taken up.
        """
        before = self._campaign.ledger.counts()
        plan = self.plan(consents)
        if plan.nobody or plan.wants or plan.trouble:
            return Sent.refused(plan, Run(), before, before)
        with running(
            self._campaign,
            "send",
            asdict(self._options) | {"who": mark_of(self.waiting())},
            consents,
            listener=self._listener,
            watch=self._watch,
            helps=self._options.helps,
        ) as job:
            self._watch, self._tell = job, job.tell
            try:
                return job.end(self._send_all(job, plan, consents, before))
            finally:
                if not self._options.helps:
                    dismiss_hands(self._campaign, job.number)

    def refuse_unapproved(self) -> None:
        """Refused where a server has still to be approved."""
        for each in self.servers():
            approval.require(each.now, self._campaign.accounts)

    def _send_all(
        self, job: Running, plan: Plan, consents: Sequence[Consent], before: Counts
    ) -> Sent:
        options = self._options
        agreed = self._agreed = hashes_of(self.waiting())
        letter = self._versions()
        total = Run(stopped_by="at", next_at=options.at) if options.at else Run()
        while True:
            if total.stopped_by != "at":
                try:
                    total = self._send_some(job, plan, total, consents)
                except Trouble as trouble:
                    if not self._has_begun:  # no connection, no letter: as if it had not run
                        raise
                    if isinstance(trouble, Stopped) and trouble.code != "server-away":
                        self._visit_mailbox(filing=True)
                    return self._stopped(trouble, total, before)
                if not (options.wait and total.next_at) or job.asked:
                    break
            if total.next_at and self._is_ended_while_waiting(job, total, total.next_at):
                total.stopped_by = "interrupted"
                break
            try:
                self.refresh(consents)
                plan = self.plan(consents)
            except Trouble as trouble:
                return self._stopped(trouble, total, before)
            total.stopped_by, total.next_at = "", None
            if plan.nobody:
                break
            is_agreed = are_among(hashes_of(self.waiting()), agreed)
            if not (is_agreed and self._versions() <= letter):
                plan = replace(plan, wants=plan.wants or (this_many(plan.letters),))
            if plan.wants or plan.trouble:
                return Sent.refused(plan, total, before, self._campaign.ledger.counts())
        came_back = self._visit_mailbox(filing=True)
        return Sent.ended(total, before, self._campaign.ledger.counts(), came_back)

    def _versions(self) -> Set[tuple[int, str]]:
        """Of the letters that could leave."""
        return versions(self._template).items() if self._template else set()

    def _stopped(self, trouble: Trouble, run: Run, before: Counts) -> Sent:
        counts = self._campaign.ledger.counts()
        if counts.email != before.email:  # "refused before anything left" were untrue
            trouble.exit_code = ExitCode.STOPPED
        return Sent.stopped(trouble, run, before, counts)

    def _send_some(self, job: Running, plan: Plan, before: Run, consents: Sequence[Consent]) -> Run:
        """Send until it ends, or waits long; what came of it and of all `before`."""
        campaign, template = self._campaign, self._template
        if template is None:
            raise RuntimeError("run comes after refresh")
        with ExitStack() as stack:
            try:
                sender = stack.enter_context(mail.sender(campaign, template, job, self._tell))
            except Stopped as trouble:
                # Without `wait`, the first connection of a run must come about.
                may_wait = self._has_begun or self._options.wait
                if not may_wait or isinstance(trouble, AccountPaused):
                    raise
                next_at = job.now() + reconnect_after(before.tries)
                if hours := mail.hours(campaign.settings):
                    next_at = hours.next_open(next_at)
                trouble.with_traceback(None)  # its frames hold the password, and the wait is long
                return replace(before, next_at=next_at, away=trouble, tries=before.tries + 1)
            stack.callback(self._listener, Event(code="work-ended"))
            advance = progress(self._listener, "letters-sent", plan.letters)
            letters.fix(campaign, template, mailed=True)
            if not (self._options.helps or self._options.limit):
                # A limit counts what one process sends.
                ask_for_hands(campaign, job.number, self._agreed)
            self._has_begun = True
            run = send_in_stages(
                sender,
                look=self._look_between() if campaign.settings.account.imap.host else None,
                keys=self._keys,
                limit=None if self._options.limit is None else self._options.limit - self._offered,
                wait=self._options.wait,
                advance=lambda status: advance(1),
                waiting=lambda run: self._tell(self._event("away", together(before, run))),
                begun=lambda sent: self._tell(Event(code="begun", facts={"sent": sent})),
            )
        self._offered += offered(run)
        return together(before, run)

    def _look_between(self) -> Callable[[], None]:
        """What to do between two stages.

        A mailbox that is out of reach is told once, and left alone until the run has ended: each
        try could cost half a minute, and no letter needs it.
        """
        answers = True

        def look() -> None:
            nonlocal answers
            if answers:
                visit = mailbox.visit(self._campaign, self._watch, self._tell, filing=False)
                self._refuse_to_go_on()
                answers = visit is None or visit.trouble is None

        return look

    def _visit_mailbox(self, *, filing: bool) -> int:
        """How many letters came back. Nothing once asked to stop."""
        if self._watch.asked:
            return 0
        visit = mailbox.visit(self._campaign, self._watch, self._tell, filing=filing)
        return len(visit.returned.bounced) + len(visit.returned.about_us) if visit else 0

    def _event(self, code: str, run: Run) -> Event:
        """A pause, with the account's limits, which tell why."""
        account = self.settings.account
        limits = {name: getattr(account, name) for name in ("per_minute", "per_hour", "per_day")}
        zone = {"zone": self.settings.campaign.timezone, "hours": account.hours, "limits": limits}
        why = {"why": facts_of(run.away)} if run.away else {}
        return Event(code=code, facts=figures_of_run(run) | zone | why)

    # A long wait

    def _is_ended_while_waiting(self, job: Running, run: Run, next_at: datetime) -> bool:
        """Let go of the campaign until the run can go on, and open it again."""
        if not run.away:  # else the mailbox is mostly as far away
            self._visit_mailbox(filing=True)
        self._tell(self._event("away" if run.away else "waiting", run))
        dismiss_hands(self._campaign, job.number)
        is_exact = run.away or run.stopped_by == "at"
        until = next_at if is_exact else wakes_at(next_at, self._campaign.ledger.campaign_id)
        with self._campaign.accounts.living("send") as waiter:
            job.let_go(until, waiter.token)
            self._stack.close()
            return self._is_ended_before(job, until, waiter.keep)

    def _is_ended_before(self, job: Running, until: datetime, keep: Callable[[], object]) -> bool:
        try:
            is_paced_anew = False
            while not (job.asked or is_paced_anew) and job.now() < until:
                job.sleep_until(min(until, job.now() + LOOK_WHILE_WAITING))
                keep()
                with (
                    suppress(Trouble),  # another command has it in hand
                    open_campaign(self._place, access="read", command="send") as campaign,
                ):
                    job.look(campaign.ledger.commands)
                    is_paced_anew = mail.pace(campaign.settings) != mail.pace(self.settings)
        except BaseException:
            with suppress(Trouble):
                self._open()
                job.take_up(self._campaign)
            raise
        while not self._is_open_again(job):
            job.sleep_until(job.now() + BUSY_FOR)
        return job.asked

    def _is_open_again(self, job: Running) -> bool:
        try:
            self._open()
        except Busy as busy:
            if job.asked:
                busy.exit_code = ExitCode.INTERRUPTED  # letters may have left before the wait
                raise
            return False
        job.take_up(self._campaign)
        return True


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
    """One letter to oneself, to `address`. Errors as of `Job.try_out`."""
    with open(place, Options()) as job:
        tried = job.try_out(address)
    # What its sheet said of it is nobody's business here, and no pickle takes it.
    return replace(tried, recipient=tried.recipient._replace(fields={}))
