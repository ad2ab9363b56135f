"""Make every letter, and measure its pages, before anything leaves; and what a person has checked,
confirmed and seen: facts of the ledger."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, cast

from merge.app import letters, paper
from merge.app.arrival import Arrival, Destinations
from merge.app.chosen import Narrowing
from merge.app.importing import last_kept, left_rows
from merge.app.letters import LetterNotes
from merge.app.opening import Campaign, now, open_campaign
from merge.app.sums import ColumnSum, column_sums, has_sums
from merge.campaign import check
from merge.campaign.check import Findings, untested_waves
from merge.campaign.longest import Longest
from merge.campaign.ports import Template
from merge.campaign.reminders import by_wave, fact_of, letter_to, versions
from merge.errors import Misuse
from merge.job import Listener, progress, silent
from merge.ledger.reading import Candidates
from merge.ledger.records import Candidate
from merge.letters.language import Stretch
from merge.letters.leftovers import Slip, first_blank
from merge.letters.remarks import Remark, Remarks
from merge.letters.signers import too_long_names
from merge.letters.similarity import Alikeness, Comparison
from merge.letters.template import CompiledTemplate
from merge.model import Channel

KEYS_NAMED = 20
"""Of each remark: whom it concerns, by name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckResult:
    """What was found, and what a person is to look at."""

    findings: Findings
    versions: Mapping[int, str]  # of each letter, by wave
    list_version: str
    names: Mapping[str, str]  # of those that the findings name, by key
    numbers: Mapping[str, int]  # of them and of those that remarks name first
    blanks: Mapping[str, Stretch]  # where the letter has what a fault names as missing, by field
    by_channel: Mapping[Channel, int]
    unreachable: int
    notes: Sequence[LetterNotes]  # of the campaign's letter, and of each reminder that waits
    sources: Mapping[str, str]  # the texts that those are about, by path
    alikeness: Alikeness
    unmeasured: Misuse | None  # what of this machine stood in the way of pages
    too_long_names: tuple[int, int] | None  # how many sign one letter, and how many fit
    arrival: Arrival  # of those that go by e-mail
    sums: Sequence[ColumnSum]  # of the columns that the letter adds up
    has_account: bool


def run(place: Path, narrowing: Narrowing, listener: Listener) -> CheckResult:
    """Check the letters to those who are chosen; every error of a letter that hits everybody.

    Events: "caution", "letters-made", "domains-asked" and "pages-measured" (`n`, `of`).
    """
    with open_campaign(place, access="read", command="check", listener=listener) as campaign:
        ledger = campaign.ledger
        keys = campaign.chosen(narrowing)
        template = letters.template(campaign)
        everybody = ledger.candidates(keys, tuple(Channel))
        destinations = Destinations()
        seen = {each: _remarks(campaign, each) for each in by_wave(template).values()}
        by_channel: Counter[Channel] = Counter()  # and nothing of each: there may be very many

        def noted() -> Iterator[Candidate]:
            for each in everybody:
                by_channel[each.channel] += 1
                if each.channel is Channel.EMAIL:
                    destinations.add(each.recipient)
                letter = letter_to(template, each.recipient)
                if letter not in seen:  # a mail that came back meanwhile
                    seen[letter] = _remarks(campaign, letter)
                seen[letter].see(each.recipient)
                yield each

        comparison, longest = Comparison(), Longest()
        found = check.check(
            template,
            noted(),
            of=ledger.count_recipients(),
            gate=None if campaign.is_blind else campaign.gate,
            comparison=comparison,
            longest=longest,
            advance=progress(listener, "letters-made", len(everybody)),
        )
        by_mail = (each.recipient for each in everybody if each.channel is Channel.EMAIL)
        arrival = destinations.look(campaign, by_mail, listener)
        on_paper = by_channel[Channel.PAPER]
        notes = [letters.notes_on(campaign, _known(it), seen.pop(it)) for it in list(seen)]
        lacking = None
        if on_paper:
            letters.refuse_unprintable(campaign)
            lacking = paper.what_pages_lack()
            if not lacking:
                found = check.check_pages(
                    template,
                    ledger.candidates(keys, [Channel.PAPER]),
                    found,
                    n=on_paper,
                    prove=paper.press(campaign).prove,
                    longest=longest,
                    advance=progress(listener, "pages-measured", on_paper),
                )
        named = [*(fault.key for fault in found.faults), *found.overlong]
        named += [each.key for each in arrival.without_mail]
        told = {*named, *(k for n in notes for r in n.remarks for k in r.keys[:KEYS_NAMED])}
        source = letters.source_of(campaign, campaign.settings.letter.template)
        fields = {fault.field for fault in found.faults if fault.field}
        blanks = {field: first_blank(source, field) for field in fields}
        return CheckResult(
            findings=found,
            versions=versions(template),
            list_version=ledger.list_version(),
            names=ledger.names_of(list(told)),
            numbers=ledger.numbers_of(list(told)),
            blanks={field: place for field, place in blanks.items() if place},
            by_channel=by_channel,
            unreachable=ledger.counts().unreachable,
            notes=notes,
            sources={each.path: letters.source_of(campaign, each.path) for each in notes},
            alikeness=comparison.result(),
            unmeasured=lacking,
            too_long_names=(
                too_long_names(letters.writer(campaign).signers) if found.overlong else None
            ),
            arrival=arrival,
            sums=_sums(campaign, template, everybody, found),
            has_account=bool(campaign.settings.account.host),
        )


def _sums(
    campaign: Campaign, template: Template, waiting: Candidates, found: Findings
) -> Sequence[ColumnSum]:
    if not has_sums(template):
        return ()  # before all recipients are read
    return column_sums(
        template,
        campaign.ledger.recipients(),
        right=frozenset(each.key for each in waiting.recipients()),
        at_fault={fault.key for fault in found.faults},
        written_to=campaign.ledger.written_to(),
        of_sheet=last_kept(campaign.ledger).get("sums", {}),
        left=[row for row, _code in left_rows(campaign.ledger)],
    )


def _remarks(campaign: Campaign, letter: Template) -> Remarks:
    return letters.remarks_on(campaign, _known(letter))


def _known(letter: Template) -> CompiledTemplate:
    return cast("CompiledTemplate", letter)  # `letters.template` has no others


_CHECKED, _CONFIRMED, _PAGE_SEEN = "checked", "confirmed", "seen_on_paper"

LetterVersions = Mapping[int, str]
"""The version of the letter of each wave that could leave now."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """The result of the last check."""

    at: datetime
    letters: int
    faults: int
    notes: tuple[str, ...]  # marks, as `notes_with_marks` makes them
    is_changed: bool  # the letter or the list, since


@dataclass(frozen=True, slots=True, kw_only=True)
class Readiness:
    """The last check, the marks of confirmed notes, and how many letters each thing concerns that
    nobody has looked at yet: "not-checked" as they are now, "notes-open" (of so many notes),
    "page-not-seen", "no-account", "not-tested".
    """

    checked: Checked | None
    confirmed: frozenset[str]
    open: Mapping[str, int]


def waves_waiting(campaign: Campaign) -> Sequence[int]:
    """The waves with letters that could still leave; (1,) before there are any."""
    return campaign.ledger.reminders.waiting() or (1,)


def was_tested(campaign: Campaign) -> bool:
    """Whether a test letter was ever sent, even of an older text."""
    facts = (fact_of("tested_version", wave) for wave in waves_waiting(campaign))
    return any(map(campaign.ledger.fact, facts))


def look(campaign: Campaign, versions: LetterVersions) -> Readiness:
    """How ready the letters are; `versions` is empty while none can be made."""
    checked, confirmed = _checked(campaign, versions), _confirmed(campaign)
    counts = campaign.ledger.counts()
    on_page = counts.waiting_on(Channel.PAPER)
    by_mail = counts.waiting - on_page
    is_tested = versions and not untested_waves(campaign.ledger, versions)
    found = {
        "not-checked": 0 if checked and not checked.is_changed else counts.waiting,
        "notes-open": len({*checked.notes} - confirmed) if checked else 0,
        "page-not-seen": 0 if _page_seen(campaign, versions) else on_page,
        "no-account": 0 if campaign.settings.account.host else by_mail,
        "not-tested": 0 if is_tested else by_mail,
    }
    return Readiness(
        checked=checked,
        confirmed=confirmed,
        open={code: n for code, n in found.items() if n},
    )


def _page_seen(campaign: Campaign, versions: LetterVersions) -> bool:
    """Whether a page of the present letter was looked at, in each wave."""
    return bool(versions) and all(
        version == campaign.ledger.fact(fact_of(_PAGE_SEEN, wave))
        for wave, version in versions.items()
    )


def check_all(place: Path) -> CheckResult:
    """`run` for all recipients, and keep its result for this letter and this list."""
    result = run(place, Narrowing(), silent)
    with open_campaign(place, access="share", command="check") as campaign:
        told: dict[str, Any] = {
            "at": now().isoformat(),
            "versions": {str(wave): version for wave, version in result.versions.items()},
            "list": result.list_version,
            "letters": result.findings.letters,
            "faults": len(result.findings.faults),
            "notes": [mark for about in result.notes for mark, _note in notes_with_marks(about)],
        }
        campaign.ledger.set_fact(_CHECKED, json.dumps(told))
    return result


def _checked(campaign: Campaign, versions: LetterVersions) -> Checked | None:
    told = campaign.ledger.fact_as(_CHECKED, json.loads)
    if not told:
        return None
    is_same = told["list"] == campaign.ledger.list_version() and told["versions"] == {
        str(wave): version for wave, version in versions.items()
    }
    return Checked(
        at=datetime.fromisoformat(told["at"]),
        letters=told["letters"],
        faults=told["faults"],
        notes=tuple(told["notes"]),
        is_changed=not is_same,
    )


def notes_with_marks(about: LetterNotes) -> Sequence[tuple[str, Slip | Remark]]:
    """The notes that a person should confirm, each with the mark that the confirmation is kept by.

    A mark is a hash of the words and of the recipients that they concern: when either changes, the
    note is to be confirmed anew.
    """
    marks: dict[str, Slip | Remark] = {}
    for slip in about.slips:
        marks.setdefault(_mark(about.path, about.path, slip.kind, slip.found), slip)
    for remark in about.remarks:
        of = (remark.path, remark.code, remark.words, *sorted(remark.keys))
        marks.setdefault(_mark(about.path, *of), remark)
    return list(marks.items())


def _mark(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:20]


def _confirmed(campaign: Campaign) -> frozenset[str]:
    return frozenset(campaign.ledger.fact_as(_CONFIRMED, json.loads) or ())


def confirm(place: Path, marks: Collection[str], *, taken_back: bool = False) -> None:
    """Keep a person's confirmation of these notes, or withdraw it."""
    with open_campaign(place, access="share", command="check") as campaign:
        known = _confirmed(campaign)
        said = known.difference(marks) if taken_back else known.union(marks)
        if said != known:
            campaign.ledger.set_fact(_CONFIRMED, json.dumps(sorted(said)))


def note_page_seen(seen: Campaign, wave: int, version: str) -> None:
    """A person has seen a page of this version of the wave's letter."""
    name = fact_of(_PAGE_SEEN, wave)
    if seen.ledger.fact(name) == version:
        return
    with open_campaign(seen.folder, access="share", command="preview") as campaign:
        campaign.ledger.set_fact(name, version)
