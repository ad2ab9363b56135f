"""A sending that was agreed to, from its first letter to its last, over all long waits."""

from __future__ import annotations

from collections.abc import Callable, Sequence, Set
from contextlib import ExitStack, suppress
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from merge.app import letters, mail, mailbox
from merge.app.opening import open_campaign
from merge.app.running import Running, running, why_of
from merge.app.shared_files import ask_for_hands, dismiss_hands
from merge.campaign import deliver
from merge.campaign.deliver import Run
from merge.campaign.digests import are_among, hashes_of, mark_of
from merge.campaign.pace import reconnect_after, wakes_at
from merge.campaign.reminders import versions
from merge.errors import AccountPaused, Busy, ExitCode, Stopped, Trouble
from merge.job import Consent, Event, Result, facts_of, progress
from merge.model import Counts, Status

if TYPE_CHECKING:
    from merge.app.send import Job, Plan

LOOK_WHILE_WAITING = timedelta(seconds=30)
"""How often a job that holds nothing looks whether somebody asked it to end."""

BUSY_FOR = timedelta(seconds=10)
"""How long it leaves a campaign alone that another command holds when the wait is over."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent(Result):
    """The end of a sending, with the numbers of deliveries by status before it and after."""

    run: Run
    before: Counts
    counts: Counts


def figures_of_run(run: Run) -> dict[str, object]:
    """A run, as its row and its events keep it."""
    return {"by_status": run.by_status, "stopped_by": run.stopped_by, "next_at": run.next_at}


def run(job: Job, consents: Sequence[Consent]) -> Sent:
    """As `Job.run`."""
    before, plan, options = job.counts(), job.plan(consents), job.options
    job.so_far = Run(answered=job.so_far.answered)  # a limit counts over all runs of the job
    if plan.nobody or plan.wants or plan.trouble:
        return _refused(job, plan, before)
    agreed = hashes_of(job.waiting())
    with running(
        job.campaign,
        "send",
        asdict(options) | {"who": mark_of(agreed)},
        consents,
        listener=job.listener,
        watch=job.watch,
        helps=options.helps,
    ) as row:
        job.watch, job.tell = row, row.tell
        try:
            leaving = _Leaving(job, row, consents, before, agreed, _versions(job))
            return row.end(leaving.send_all(plan))
        finally:
            if not options.helps:
                dismiss_hands(job.campaign, row.number)


def _refused(job: Job, plan: Plan, before: Counts) -> Sent:
    """Something is to be agreed to, or stands in the way."""
    code = plan.trouble.exit_code if plan.trouble else ExitCode.REFUSED
    return _sent(job, before, code, plan=plan)


def _sent(
    job: Job,
    before: Counts,
    code: ExitCode,
    *,
    plan: Plan | None = None,
    trouble: Trouble | None = None,
) -> Sent:
    """The end, at what a plan asks for, by a trouble, or in itself."""
    return Sent(
        code=code,
        facts=figures_of_run(job.so_far) | (why_of(trouble) if trouble else {}),
        wants=plan.wants if plan else (),
        trouble=plan.trouble if plan else trouble,
        run=job.so_far,
        before=before,
        counts=job.counts(),
    )


def _versions(job: Job) -> Set[tuple[int, str]]:
    """Of the letters that could leave."""
    return versions(job.template).items() if job.template else set()


@dataclass(slots=True)
class _Leaving:
    """One sending under its row in the ledger: it lets go of the campaign for long waits, and asks
    anew where others wait then than those agreed to.
    """

    job: Job
    row: Running
    consents: Sequence[Consent]
    before: Counts
    agreed: Sequence[int]  # hashes of those who waited
    letter: Set[tuple[int, str]]  # its versions

    def send_all(self, plan: Plan) -> Sent:
        """Send until nothing is left, something must be agreed to anew, or it is to wait."""
        job, run, options = self.job, self.job.so_far, self.job.options
        if options.at:
            run.ends("at", options.at)
        while True:
            if run.stopped_by != "at":
                try:
                    self.send_some(plan)
                except Trouble as trouble:
                    if not job.has_begun:  # no connection, no letter: as if it had not run
                        raise
                    if isinstance(trouble, Stopped) and trouble.code != "server-away":
                        self.visit_mailbox()
                    return self.stopped(trouble)
                if not (options.wait and run.next_at) or self.row.asked:
                    break
            if run.next_at and self.is_ended_while_waiting(run.next_at):
                run.stopped_by = "interrupted"
                break
            try:
                job.refresh(self.consents)
                plan = job.plan(self.consents)
            except Trouble as trouble:
                return self.stopped(trouble)
            run.stopped_by, run.next_at = "", None
            if plan.nobody:
                break
            is_agreed = are_among(hashes_of(job.waiting()), self.agreed)
            if not (is_agreed and _versions(job) <= self.letter):
                plan = replace(plan, wants=plan.wants or (plan.number,))
            if plan.wants or plan.trouble:
                return _refused(job, plan, self.before)
        return self.ended(self.visit_mailbox())

    def stopped(self, trouble: Trouble) -> Sent:
        """The server, or something else, has ended it."""
        if self.job.counts().email != self.before.email:  # "before anything left" were untrue
            trouble.exit_code = ExitCode.STOPPED
        self.job.so_far.ends()
        return _sent(self.job, self.before, trouble.exit_code, trouble=trouble)

    def ended(self, came_back: int) -> Sent:
        """It came to its end, for now at least; so many came back at the last look."""
        run, counts = self.job.so_far, self.job.counts()
        failed = sum(run.by_status[s] for s in (Status.FAILED, Status.UNKNOWN, Status.HELD))
        came_back += counts.email[Status.BOUNCED] - self.before.email[Status.BOUNCED]
        code = ExitCode.PARTLY if failed or came_back else ExitCode.DONE
        if run.stopped_by:
            is_interrupted = run.stopped_by == "interrupted"
            code = ExitCode.INTERRUPTED if is_interrupted else ExitCode.STOPPED
        return _sent(self.job, self.before, code)

    def send_some(self, plan: Plan) -> None:
        """Send until it ends, or waits long."""
        job, row, run, options = self.job, self.row, self.job.so_far, self.job.options
        campaign, template = job.campaign, job.template
        if template is None:
            raise RuntimeError("run comes after refresh")
        with ExitStack() as stack:
            try:
                sender = stack.enter_context(mail.sender(campaign, template, row, job.tell))
            except Stopped as trouble:
                # Without `wait`, the first connection of a run must come about.
                may_wait = job.has_begun or options.wait
                if not may_wait or isinstance(trouble, AccountPaused):
                    raise
                next_at = row.now() + reconnect_after(run.tries)
                if hours := mail.hours(campaign.settings):
                    next_at = hours.next_open(next_at)
                trouble.with_traceback(None)  # its frames hold the password, and the wait is long
                run.ends("", next_at, trouble, run.tries + 1)
                return
            stack.callback(job.listener, Event(code="work-ended"))
            advance = progress(job.listener, "letters-sent", plan.letters)
            letters.fix(campaign, template, mailed=True)
            if not (options.helps or options.limit):
                # A limit counts what one process sends.
                ask_for_hands(campaign, row.number, self.agreed)
            job.has_begun = True
            deliver.send(
                sender,
                run,
                look=self.look_between() if campaign.settings.account.imap.host else None,
                keys=job.keys,
                limit=options.limit,
                wait=options.wait,
                advance=lambda status: advance(1),
                waiting=lambda run: job.tell(self.event("away")),
                begun=lambda sent: job.tell(Event(code="begun", facts={"sent": sent})),
            )

    def visit_mailbox(self) -> int:
        """How many letters came back."""
        visit = mailbox.visit(self.job.campaign, self.row, self.job.tell, filing=True)
        return len(visit.returned.bounced) + len(visit.returned.about_us) if visit else 0

    def look_between(self) -> Callable[[], None]:
        """A function that reads the mailbox, and stops the sending for too many bounces.

        A mailbox that is out of reach is told once, and left alone until the run has ended: each
        try could cost half a minute, and no letter needs it.
        """
        answers, job = True, self.job

        def look() -> None:
            nonlocal answers
            if answers:
                visit = mailbox.visit(job.campaign, self.row, job.tell, filing=False)
                job.refuse_to_go_on()
                answers = visit is None or visit.trouble is None

        return look

    def event(self, code: str) -> Event:
        """A pause, with the account's limits, which tell why."""
        run, settings = self.job.so_far, self.job.settings
        account = settings.account
        limits = {name: getattr(account, name) for name in ("per_minute", "per_hour", "per_day")}
        zone = {"zone": settings.campaign.timezone, "hours": account.hours, "limits": limits}
        why = {"why": facts_of(run.away)} if run.away else {}
        return Event(code=code, facts=figures_of_run(run) | zone | why)

    # A long wait

    def is_ended_while_waiting(self, next_at: datetime) -> bool:
        """Let go of the campaign until the run can go on, and open it again."""
        job, run = self.job, self.job.so_far
        if not run.away:  # else the mailbox is mostly as far away
            self.visit_mailbox()
        job.tell(self.event("away" if run.away else "waiting"))
        dismiss_hands(job.campaign, self.row.number)
        is_exact = run.away or run.stopped_by == "at"
        until = next_at if is_exact else wakes_at(next_at, job.campaign.ledger.campaign_id)
        with job.campaign.accounts.living("send") as waiter:
            self.row.let_go(until, waiter.token)
            job.close()
            return self.is_ended_before(until, waiter.keep)

    def is_ended_before(self, until: datetime, keep: Callable[[], object]) -> bool:
        """Look now and then, holding nothing, whether somebody asked it to end."""
        job, row = self.job, self.row
        try:
            is_paced_anew = False
            while not (row.asked or is_paced_anew) and row.now() < until:
                row.sleep_until(min(until, row.now() + LOOK_WHILE_WAITING))
                keep()
                with (
                    suppress(Trouble),  # another command has it in hand
                    open_campaign(job.place, access="read", command="send") as campaign,
                ):
                    row.look(campaign.ledger.commands)
                    is_paced_anew = mail.pace(campaign.settings) != mail.pace(job.settings)
        except BaseException:
            with suppress(Trouble):
                job.reopen()
                row.take_up(job.campaign)
            raise
        while not self.is_open_again():
            row.sleep_until(row.now() + BUSY_FOR)
        return row.asked

    def is_open_again(self) -> bool:
        """Not while another command holds the campaign."""
        try:
            self.job.reopen()
        except Busy as busy:
            if self.row.asked:
                busy.exit_code = ExitCode.INTERRUPTED  # letters may have left before the wait
                raise
            return False
        self.row.take_up(self.job.campaign)
        return True
