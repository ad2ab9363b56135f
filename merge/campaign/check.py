"""Every letter of every recipient, looked at on its channel before anything leaves."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from merge.campaign.longest import Longest
from merge.campaign.ports import Template
from merge.campaign.reminders import fact_of, is_undecided, versions
from merge.campaign.suppression import Gate, dead_address
from merge.errors import Refused
from merge.french import grammar
from merge.ledger.ledger import Ledger
from merge.ledger.records import Candidate, address_lost, is_refused_alone, refused_alone
from merge.letters.similarity import Comparison
from merge.model import Channel, Letter, LetterFault, Proof, Status
from merge.paper.lots import MOST_PAGES

SET_AT_MOST = 300  # letters: it takes some seconds
AT_FAULT_AT_MOST = 0.05  # above this share it is the letter or the sheet, not the recipients


@dataclass(frozen=True, slots=True, kw_only=True)
class Findings:
    """What `check` found: how many letters are right, and the faults, one a recipient."""

    letters: int
    faults: tuple[LetterFault, ...]
    of: int = 0  # everyone in the campaign, when these are only some of them
    cured: tuple[int, ...] = ()  # deliveries that are held for a fault which is gone
    overlong: tuple[str, ...] = ()  # the keys whose letter wants a third page
    both_ways: int = 0  # letters that say Madame and Monsieur: nobody stated which

    @property
    def stops_all(self) -> bool:
        """Whether so many are at fault that nothing may leave. One fault never stops the others.

        Faults for undecided replies or dead addresses do not count: they say nothing about the
        letter or the sheet.
        """
        wrong = sum(map(_is_a_sign, self.faults))
        return wrong > max(1, AT_FAULT_AT_MOST * max(self.letters, self.of))


def _is_a_sign(fault: LetterFault) -> bool:
    no_signs = (dead_address(fault.key, fault.value), address_lost(fault.key))
    is_meant = fault.code == "row-asks-not" or fault in no_signs
    return not (is_undecided(fault) or is_refused_alone(fault) or is_meant)


def check(
    template: Template,
    candidates: Iterable[Candidate],
    *,
    of: int = 0,
    gate: Gate | None = None,
    comparison: Comparison | None = None,
    longest: Longest | None = None,
    advance: Callable[[int], object] = lambda n: None,
) -> Findings:
    """Find what is wrong with each. A fault of one is a value; LetterError is everybody's.

    `gate` knows the addresses to which no e-mail leaves. `comparison` is shown every letter that
    is right; without it `both_ways` is not counted. `longest` is shown those on paper.
    """
    letters = both_ways = 0
    faults: list[LetterFault] = []
    cured: list[int] = []
    for recipient, channel, delivery_id, is_held, refusal in candidates:
        letters += 1
        fault: LetterFault | None
        if channel is Channel.EMAIL and not recipient.email:
            fault = address_lost(recipient.key)
        elif channel is Channel.EMAIL and recipient.email and gate and gate.is_dead(recipient):
            fault = dead_address(recipient.key, recipient.email)
        elif refusal:
            fault = refused_alone(recipient.key, refusal)
        else:
            letter = template.render(recipient, channel)
            fault = letter if isinstance(letter, LetterFault) else None
            if comparison and isinstance(letter, Letter):
                comparison.add(letter.text, template.own(recipient))
                both_ways += recipient.sex is None and _says_both(letter)
            if longest and isinstance(letter, Letter) and channel is Channel.PAPER:
                longest.add(letter)
        if fault:
            faults.append(fault)
        elif is_held:
            cured.append(delivery_id)
        advance(1)
    return Findings(
        letters=letters,
        faults=tuple(faults),
        of=of,
        cured=tuple(cured),
        both_ways=both_ways,
    )


_BOTH_WAYS = frozenset(
    form(None, feminine)
    for form in (grammar.salutation, grammar.short_salutation, grammar.title)
    for feminine in grammar.FEMININES
)


def _says_both(letter: Letter) -> bool:
    """Whether a letter calls its reader Madame and Monsieur, in its text or in the window."""
    said = " ".join((*letter.text.split(), *letter.address))
    return any(both in said for both in _BOTH_WAYS)


def check_pages(
    template: Template,
    candidates: Iterable[Candidate],
    findings: Findings,
    *,
    n: int,
    prove: Callable[[Iterable[Letter], int], Iterable[Proof]],
    longest: Longest,
    advance: Callable[[int], object] = lambda n: None,
) -> Findings:
    """The findings, and what only the finished pages of those on paper show, about `n` of them.

    `prove` sets and measures letters as a press does; only one knows what pages they take. Of more
    than `SET_AT_MOST` letters it sets the `longest` first, then those that these do not settle.
    """
    if n > SET_AT_MOST and longest.settle(prove):
        advance(n)
        return findings
    at_fault = {fault.key for fault in findings.faults}
    rendered = (
        template.render(each.recipient, Channel.PAPER)
        for each in candidates
        if each.channel is Channel.PAPER and each.recipient.key not in at_fault
    )
    letters = (
        letter._replace(text="")
        for letter in rendered
        if isinstance(letter, Letter) and not longest.settles(letter)
    )
    faults: list[LetterFault] = []
    overlong: list[str] = []
    for proof in prove(letters, n):
        if proof.fault:
            faults.append(proof.fault)
        elif proof.pages > MOST_PAGES:
            overlong.append(proof.key)
        advance(1)
    return replace(findings, faults=(*findings.faults, *faults), overlong=tuple(overlong))


def refuse_unless_right(findings: Findings) -> None:
    """Refused("check-failed") when so many letters are at fault that nothing may leave."""
    if findings.stops_all:
        first = next(filter(_is_a_sign, findings.faults))
        raise Refused(
            "check-failed",
            faults=len(findings.faults),
            letters=findings.letters,
            key=first.key,
            fault=first.code,
            field=first.field,
        )


def requeue_cured(ledger: Ledger, findings: Findings) -> None:
    """held → queued for everyone whose letter has no fault any more: the letter was mended."""
    if findings.cured:
        ledger.requeue(findings.cured)


def refuse_changed_letter(ledger: Ledger, template: Template, command: str) -> None:
    """After the first real sending, or the first lot, the letter is fixed: a change must be
    accepted in the open, with that command.
    """
    changed = [
        wave
        for wave, version in versions(template).items()
        if ledger.fact(fact_of("letter_version", wave)) not in (None, version)
    ]
    if not changed:
        return
    waits = (Status.QUEUED, Status.HELD, Status.SUPPRESSED)
    found = {each.status for each in ledger.deliveries() if each.wave in changed}.difference(waits)
    if found:  # else every lot was discarded, and nothing has left yet
        code = "letter-changed-in-lots" if found == {Status.MADE} else "letter-changed"
        raise Refused(code, command=command)


def fix_letter(
    ledger: Ledger, template: Template, days: Mapping[int, date], *, mailed: bool
) -> None:
    """Keep the version and the day of each wave's letter, as they are when the first one leaves.

    `mailed`: by e-mail; what was only printed has not been seen to arrive.
    """
    for wave, version in versions(template).items():
        if ledger.fact(fact_of("letter_date", wave)) is None:
            ledger.set_fact(fact_of("letter_date", wave), days[wave].isoformat())
        if ledger.fact(fact_of("letter_version", wave)) != version:
            ledger.set_fact(fact_of("letter_version", wave), version)
        if mailed:
            ledger.set_fact(fact_of("mailed_version", wave), version)


def refuse_untested(ledger: Ledger, template: Template, *, untested: bool) -> None:
    """The first real sending of a version of the letter wants one sent to oneself."""
    if not untested and untested_waves(ledger, versions(template)):
        raise Refused("letter-untested")


def untested_waves(ledger: Ledger, could: Mapping[int, str]) -> Sequence[int]:
    """The waves, of these with their letters' versions, of which nobody has seen the e-mail that
    could leave."""
    if len(could) > 1:  # what came back may leave on paper alone, and nothing of it can be tried
        waits = ledger.reminders.waiting(Channel.EMAIL)
        could = {wave: version for wave, version in could.items() if wave in waits}
    seen = ("tested_version", "mailed_version")
    return [
        wave
        for wave, version in could.items()
        if version not in [ledger.fact(fact_of(name, wave)) for name in seen]
    ]
