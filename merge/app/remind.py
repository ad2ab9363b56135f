"""Open a later wave: a second letter to those who left the first without an answer."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from merge.app import letters
from merge.app.arrival import part_from_domains_without_mail
from merge.app.chosen import Narrowing
from merge.app.letters import LetterNotes
from merge.app.opening import Campaign, now, open_campaign
from merge.app.running import missing, running
from merge.app.suppress import keep_suppressed
from merge.campaign import check, reminders
from merge.campaign.check import Findings
from merge.campaign.reminders import Opening, fact_of
from merge.errors import ExitCode, Misuse, Refused
from merge.job import Consent, Event, Listener, Result, Want, progress
from merge.ledger.opening import Access
from merge.ledger.records import Candidate

NOTHING_FOUND = Findings(letters=0, faults=())


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Whom the wave would go to, and what its letters are like.

    The fields about the letters are empty when nobody is chosen.
    """

    wave: int
    letter: str  # its file
    opening: Opening
    notes: LetterNotes | None = None
    findings: Findings = NOTHING_FOUND
    has_account: bool

    @property
    def wants(self) -> tuple[Want, ...]:
        """A yes to these letters, where there are any."""
        if not self.opening.chosen:
            return ()
        facts = {"wave": self.wave, "n": len(self.opening.chosen), "letter": self.letter}
        return (Want(code="open-wave", facts=facts, option="--really"),)


@contextmanager
def open(place: Path, listener: Listener, *, really: bool) -> Iterator[Campaign]:
    """A later wave of the campaign in this folder. Without `really` it can only plan."""
    access: Access = "exclusive" if really else "read"
    with open_campaign(place, access=access, command="remind", listener=listener) as campaign:
        yield campaign


def plan(
    campaign: Campaign,
    listener: Listener,
    wave: int,
    *,
    file: str | None,
    after: timedelta,
    narrowing: Narrowing,
) -> Plan:
    """Those whose letter before left so long ago, and every letter of the wave made.

    Events: "answers-elsewhere" where answers go to another mailbox (`address`) than the one
    that is read, "letters-made". LetterError for the letter's own faults.
    """
    ledger = campaign.ledger
    account = campaign.settings.account
    if elsewhere := account.answers_elsewhere:
        listener(Event(code="answers-elsewhere", facts={"address": elsewhere}))
    campaign.gate.renew()
    name = file or letters.reminder_file(campaign, wave)
    mails = [*ledger.replies.all(), *ledger.replies.erased()]
    opening = reminders.plan(
        ledger,
        campaign.gate,
        reminders.heard(ledger.answers.all(), mails),
        wave=wave,
        keys=campaign.chosen(narrowing),
        before=now() - after,
    )
    has_account = bool(account.host)
    if not opening.chosen:
        return Plan(wave=wave, letter=name, opening=opening, has_account=has_account)
    firsts = reminders.first_letters(ledger, campaign.zone)
    letter = letters.reminder(campaign, wave, firsts, name)
    readers = [recipient for recipient, _channel in opening.chosen]
    candidates = (Candidate(who, channel, 0, is_held=False) for who, channel in opening.chosen)
    return Plan(
        wave=wave,
        letter=name,
        opening=opening,
        notes=letters.notes_on(campaign, letter, letters.remarks_on(campaign, letter, readers)),
        findings=check.check(
            letter, candidates, advance=progress(listener, "letters-made", len(readers))
        ),
        has_account=has_account,
    )


def run(campaign: Campaign, plan: Plan, consents: Sequence[Consent]) -> Result:
    """Queue a letter of this wave for each. With `wants` nothing was done.

    Refused("letters-at-fault"), and ("reminder-other-letter") when letters of the wave have
    left from another file.
    """
    check.refuse_unless_right(plan.findings)
    if wants := missing(plan.wants, consents):
        return Result(code=ExitCode.REFUSED, wants=wants)
    ledger = campaign.ledger
    options = {"wave": plan.wave, "letter": plan.letter}
    with running(campaign, "remind", options, consents) as job:
        before = ledger.fact(fact_of("letter_file", plan.wave))
        has_left = any(each.wave == plan.wave for each in ledger.deliveries())
        if before not in (None, plan.letter) and has_left:
            raise Refused("reminder-other-letter", wave=plan.wave, path=before)
        ledger.set_fact(fact_of("letter_file", plan.wave), plan.letter)
        chosen_ones = [(who.key, channel) for who, channel in plan.opening.chosen]
        ledger.reminders.open(plan.wave, chosen_ones, now())
        return job.end(Result(code=ExitCode.DONE, facts={"n": len(chosen_ones)}))


def take_back(place: Path, wave: int | None, listener: Listener) -> Result:
    """Close what of a wave (the last one) still waits. Misuse("remind-nothing").

    Facts: `wave`; `n`, how many are closed; `left`, how many letters of it have left.
    """
    with open(place, listener, really=True) as campaign:
        ledger = campaign.ledger
        wave = wave or max(ledger.reminders.waves().values(), default=None)
        if wave is None:
            raise Misuse("remind-nothing")
        with running(campaign, "remind", {"wave": wave, "undo": True}, ()) as job:
            n = ledger.reminders.take_back(wave)
            left = sum(each.wave == wave for each in ledger.deliveries())
            return job.end(Result(code=ExitCode.DONE, facts={"wave": wave, "n": n, "left": left}))


def hold_back(campaign: Campaign, tell: Listener) -> None:
    """Record whom the suppression list, answers and DNS stop, before anything leaves.

    Events: "suppressed", "overtaken", "undecided", each with `n`, and those of `arrival`.
    """
    if n := keep_suppressed(campaign):
        tell(Event(code="suppressed", facts={"n": n}))
    close_overtaken(campaign, tell)
    if n := len(campaign.ledger.reminders.undecided()):
        tell(Event(code="undecided", facts={"n": n}))
    part_from_domains_without_mail(campaign, tell)


def close_overtaken(campaign: Campaign, tell: Listener) -> None:
    """Close the reminders of those who have answered meanwhile. Event: "overtaken" (`n`)."""
    if n := reminders.let_go_of_the_overtaken(campaign.ledger, now()):
        tell(Event(code="overtaken", facts={"n": n}))
