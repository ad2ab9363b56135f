"""What a person has checked, confirmed and seen before letters leave: facts of the ledger."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Literal
from zoneinfo import ZoneInfo

from merge.app import approval, check
from merge.app.check import CheckResult
from merge.app.chosen import Narrowing
from merge.app.letters import LetterNotes
from merge.app.opening import Campaign, now, open_campaign
from merge.campaign.check import untested_waves
from merge.campaign.reminders import fact_of
from merge.campaign.returns import has_read_mailbox
from merge.job import silent
from merge.letters.leftovers import Slip
from merge.letters.remarks import Remark
from merge.model import Channel

_CHECKED, _CONFIRMED, _PAGE_SEEN = "checked", "confirmed", "seen_on_paper"

LetterVersions = Mapping[int, str]
"""The version of the letter of each wave that could leave now."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """The result of the last check; what is in `changed` has changed since."""

    at: datetime
    letters: int
    faults: int
    overlong: int
    unmeasured: str  # the code of why pages could not be measured, "" if they could
    notes: tuple[str, ...]  # marks, as `notes_with_marks` makes them
    changed: tuple[Literal["letter", "list"], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenPoint:
    """Something that nobody has looked at yet, and the number of letters that it concerns."""

    code: Literal[
        "not-checked",
        "changed-since",
        "notes-open",
        "not-tested",
        "page-not-seen",
        "pages-not-measured",
        "no-account",
        "servers-not-approved",
        "no-mailbox",
        "mailbox-not-read",
    ]
    n: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Readiness:
    """The last check, the marks of confirmed notes, and open points, most important first."""

    checked: Checked | None
    confirmed: frozenset[str]
    open_points: tuple[OpenPoint, ...]
    zone: ZoneInfo


def waves_waiting(campaign: Campaign) -> Sequence[int]:
    """The waves with letters that could still leave; (1,) before there are any."""
    return campaign.ledger.reminders.waiting() or (1,)


def look(campaign: Campaign, versions: LetterVersions) -> Readiness:
    """What was checked and seen of these versions, which are {} while no letter can be made."""
    checked = _checked(campaign, versions)
    confirmed = _confirmed(campaign)
    return Readiness(
        checked=checked,
        confirmed=confirmed,
        open_points=tuple(_open_points(campaign, versions, checked, confirmed)),
        zone=campaign.zone,
    )


def _open_points(
    campaign: Campaign,
    versions: LetterVersions,
    checked: Checked | None,
    confirmed: Collection[str],
) -> Sequence[OpenPoint]:
    ledger, account = campaign.ledger, campaign.settings.account
    counts = ledger.counts()
    on_page = counts.waiting_on(Channel.PAPER)
    by_mail = counts.waiting - on_page
    left: list[OpenPoint] = []
    if checked is None:
        left.append(OpenPoint(code="not-checked", n=counts.waiting))
    elif checked.changed:
        left.append(OpenPoint(code="changed-since", n=counts.waiting))
    if checked and (still := len(set(checked.notes) - set(confirmed))):
        left.append(OpenPoint(code="notes-open", n=still))
    if on_page and not _page_seen(campaign, versions):
        left.append(OpenPoint(code="page-not-seen", n=on_page))
    if on_page and checked and checked.unmeasured:
        left.append(OpenPoint(code="pages-not-measured", n=on_page))
    if not by_mail:
        return left
    if not account.host:
        return [*left, OpenPoint(code="no-account", n=by_mail)]
    if not campaign.is_blind and approval.to_approve(campaign, sends=True):
        left.append(OpenPoint(code="servers-not-approved"))
    if not versions or untested_waves(ledger, versions):
        left.append(OpenPoint(code="not-tested", n=by_mail))
    if not account.imap.host:
        left.append(OpenPoint(code="no-mailbox"))
    elif not has_read_mailbox(ledger):
        left.append(OpenPoint(code="mailbox-not-read"))
    return left


def _page_seen(campaign: Campaign, versions: LetterVersions) -> bool:
    """Whether somebody looked at a page of each wave's letter as it is."""
    return bool(versions) and all(
        version == campaign.ledger.fact(fact_of(_PAGE_SEEN, wave))
        for wave, version in versions.items()
    )


def check_all(place: Path) -> CheckResult:
    """Run `check.run` for all recipients, and keep its result for this letter and this list."""
    result = check.run(place, Narrowing(), silent)
    with open_campaign(place, access="share", command="check") as campaign:
        told: dict[str, Any] = {
            "at": now().isoformat(),
            "versions": {str(wave): version for wave, version in result.versions.items()},
            "list": result.list_version,
            "letters": result.findings.letters,
            "faults": len(result.findings.faults),
            "overlong": len(result.findings.overlong),
            "unmeasured": result.unmeasured.code if result.unmeasured else "",
            "notes": [mark for about in result.notes for mark, _note in notes_with_marks(about)],
        }
        campaign.ledger.set_fact(_CHECKED, json.dumps(told))
    return result


def _checked(campaign: Campaign, versions: LetterVersions) -> Checked | None:
    told = campaign.ledger.fact_as(_CHECKED, json.loads)
    if not told:
        return None
    changed: list[Literal["letter", "list"]] = []
    if told["versions"] != {str(wave): version for wave, version in versions.items()}:
        changed.append("letter")
    if told["list"] != campaign.ledger.list_version():
        changed.append("list")
    return Checked(
        at=datetime.fromisoformat(told["at"]),
        letters=told["letters"],
        faults=told["faults"],
        overlong=told["overlong"],
        unmeasured=told["unmeasured"],
        notes=tuple(told["notes"]),
        changed=tuple(changed),
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
