"""Reminders of one campaign: looked at beforehand, opened, taken back."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta

from merge.app import letters
from merge.app.opening import Campaign, now
from merge.campaign import check, reminders
from merge.campaign.check import Findings
from merge.campaign.reminders import Opening, fact_of
from merge.errors import Refused
from merge.ledger.records import Candidate
from merge.letters.template import CompiledTemplate


def plan(campaign: Campaign, wave: int, keys: Sequence[str] | None, after: timedelta) -> Opening:
    """Whom a wave would go to now: whose letter before left so long ago, and who is left out."""
    campaign.gate.renew()
    ledger = campaign.ledger
    mails = [*ledger.replies.all(), *ledger.replies.erased()]
    heard = reminders.heard(ledger.answers.all(), mails)
    return reminders.plan(ledger, campaign.gate, heard, wave=wave, keys=keys, before=now() - after)


def letter_of(campaign: Campaign, wave: int, name: str) -> CompiledTemplate:
    """The letter of a wave, from the file `name`. LetterError: see `letters.template`."""
    firsts = reminders.first_letters(campaign.ledger, campaign.zone)
    return letters.reminder(campaign, wave, firsts, name)


def check_letters(
    letter: CompiledTemplate,
    opening: Opening,
    advance: Callable[[int], object] = lambda n: None,
) -> Findings:
    """Every letter of the wave made."""
    candidates = (Candidate(who, channel, 0, is_held=False) for who, channel in opening.chosen)
    return check.check(letter, candidates, advance=advance)


def open_wave(campaign: Campaign, wave: int, name: str, opening: Opening) -> None:
    """Queue a letter of this wave for each.

    Refused("reminder-other-letter") when letters of the wave have left from another file.
    """
    ledger = campaign.ledger
    before = ledger.fact(fact_of("letter_file", wave))
    if before not in (None, name) and any(each.wave == wave for each in ledger.deliveries()):
        raise Refused("reminder-other-letter", wave=wave, path=before)
    ledger.set_fact(fact_of("letter_file", wave), name)
    chosen = [(recipient.key, channel) for recipient, channel in opening.chosen]
    ledger.reminders.open(wave, chosen, now())


def last_wave(campaign: Campaign) -> int | None:
    """The latest wave that was opened; None when there was none."""
    return max(campaign.ledger.reminders.waves().values(), default=None)


def take_back(campaign: Campaign, wave: int) -> tuple[int, int]:
    """Close what of the wave still waits: how many, and how many letters of it have left."""
    n = campaign.ledger.reminders.take_back(wave)
    return n, sum(each.wave == wave for each in campaign.ledger.deliveries())


def held_by_undecided(campaign: Campaign) -> int:
    """How many reminders wait while a mail may be their answer."""
    return len(campaign.ledger.reminders.undecided())


def let_go_of_the_overtaken(campaign: Campaign) -> int:
    """Close the reminders of those who have answered meanwhile; how many."""
    return reminders.let_go_of_the_overtaken(campaign.ledger, now())
