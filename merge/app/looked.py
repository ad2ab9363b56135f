"""What a person has looked at before the letters leave, and what not yet. Facts of the ledger."""

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
from merge.app.letters import LetterNotes
from merge.app.opening import Campaign, now, open_campaign
from merge.campaign.plan import Narrowing
from merge.campaign.reminders import fact_of
from merge.campaign.returns import has_read_mailbox
from merge.channels.registry import every
from merge.job import silent
from merge.letters.leftovers import Slip
from merge.letters.local import LocalNote
from merge.letters.remarks import Remark

_CHECKED, _CONFIRMED, _ON_PAPER = "checked", "confirmed", "seen_on_paper"

Versions = Mapping[int, str]
"""The version of each letter that could leave now, by wave."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """The result of the last check. It no longer counts for what is in `changed`."""

    at: datetime
    letters: int
    faults: int
    overlong: int
    unmeasured: str  # the code of what stood in the way of pages, "" when nothing did
    notes: tuple[str, ...]  # the marks of what a person should say yes to
    changed: tuple[Literal["letter", "list"], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Unseen:
    """Something that nobody has looked at yet: a code, and how many letters it concerns."""

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
class Looked:
    """The last check, the confirmed notes, and what nobody has looked at, most important first."""

    checked: Checked | None
    confirmed: frozenset[str]
    left: tuple[Unseen, ...]
    zone: ZoneInfo


def waves_waiting(place: Path) -> Sequence[int]:
    """The waves whose letter could still leave; the first where nothing waits yet."""
    with open_campaign(place, access="read", command="check") as campaign:
        return campaign.ledger.reminders.waiting() or (1,)


def state(place: Path, versions: Versions) -> Looked:
    """Read that, for letters with these versions; {} while they cannot be made."""
    with open_campaign(place, access="read", command="check") as campaign:
        checked = _checked(campaign, versions)
        confirmed = _confirmed(campaign)
        return Looked(
            checked=checked,
            confirmed=confirmed,
            left=tuple(_left(campaign, versions, checked, confirmed)),
            zone=campaign.zone,
        )


def _left(
    campaign: Campaign, versions: Versions, checked: Checked | None, confirmed: Collection[str]
) -> Sequence[Unseen]:
    ledger, account = campaign.ledger, campaign.settings.account
    counts = ledger.counts()
    on_page = sum(counts.waiting_on(each.channel) for each in every() if each.on_page)
    by_mail = counts.waiting - on_page
    left: list[Unseen] = []
    if checked is None:
        left.append(Unseen(code="not-checked", n=counts.waiting))
    elif checked.changed:
        left.append(Unseen(code="changed-since", n=counts.waiting))
    if checked and (still := len(set(checked.notes) - set(confirmed))):
        left.append(Unseen(code="notes-open", n=still))
    if on_page and not _all(campaign, (_ON_PAPER,), versions):
        left.append(Unseen(code="page-not-seen", n=on_page))
    if on_page and checked and checked.unmeasured:
        left.append(Unseen(code="pages-not-measured", n=on_page))
    if not by_mail:
        return left
    if not account.host:
        return [*left, Unseen(code="no-account", n=by_mail)]
    if not campaign.is_blind and approval.to_approve(campaign, sends=True):
        left.append(Unseen(code="servers-not-approved"))
    if not _all(campaign, ("tested_version", "mailed_version"), versions):
        left.append(Unseen(code="not-tested", n=by_mail))
    if not account.imap.host:
        left.append(Unseen(code="no-mailbox"))
    elif not has_read_mailbox(ledger):
        left.append(Unseen(code="mailbox-not-read"))
    return left


def _all(campaign: Campaign, names: Sequence[str], versions: Versions) -> bool:
    """Whether one of these facts knows the version, of each wave."""
    ledger = campaign.ledger
    return bool(versions) and all(
        version in [ledger.fact(fact_of(name, wave)) for name in names]
        for wave, version in versions.items()
    )


# --- what is kept ---------------------------------------------------------------------------------


def check_all(place: Path) -> CheckResult:
    """`check.run` for everybody; what it came to is kept, for this letter and this list."""
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
            "notes": [mark for about in result.notes for mark, _note in marked(about)],
        }
        campaign.ledger.set_fact(_CHECKED, json.dumps(told))
    return result


def _checked(campaign: Campaign, versions: Versions) -> Checked | None:
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


def marked(about: LetterNotes) -> Sequence[tuple[str, Slip | Remark | LocalNote]]:
    """What a person should say yes to in a letter, each with the mark that the yes is kept by.

    A mark stands for the words and for those whom they concern: for others, or other words, it
    is asked anew. It tells nothing of either.
    """
    marks: dict[str, Slip | Remark | LocalNote] = {}
    for path, slip in about.slips:
        marks.setdefault(_mark(about.path, path, slip.kind, slip.found), slip)
    for remark in about.remarks:
        of = (remark.path, remark.code, remark.words, *sorted(remark.keys))
        marks.setdefault(_mark(about.path, *of), remark)
    for note in about.local:
        marks.setdefault(_mark(about.path, note.path, note.code, note.key, str(note.texts)), note)
    return list(marks.items())


def _mark(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:20]


def _confirmed(campaign: Campaign) -> frozenset[str]:
    return frozenset(campaign.ledger.fact_as(_CONFIRMED, json.loads) or ())


def confirm(place: Path, marks: Collection[str], *, taken_back: bool = False) -> None:
    """A person's yes to these notes, or its withdrawal."""
    with open_campaign(place, access="share", command="check") as campaign:
        known = _confirmed(campaign)
        said = known.difference(marks) if taken_back else known.union(marks)
        if said != known:
            campaign.ledger.set_fact(_CONFIRMED, json.dumps(sorted(said)))


def note_paper(place: Path, wave: int, version: str) -> None:
    """Somebody has seen a page of the wave's letter, as this version has it."""
    name = fact_of(_ON_PAPER, wave)
    with open_campaign(place, access="read", command="preview") as campaign:
        if campaign.ledger.fact(name) == version:
            return
    with open_campaign(place, access="share", command="preview") as campaign:
        campaign.ledger.set_fact(name, version)
