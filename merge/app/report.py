"""What came of a campaign, for those outside the group: it names no person."""

from __future__ import annotations

import hashlib
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from math import sqrt
from pathlib import Path
from statistics import quantiles

from merge.app.chosen import Narrowing
from merge.app.letters import reminder_file
from merge.app.opening import Campaign, open_campaign
from merge.app.writing import look as letter_at
from merge.campaign import answers
from merge.campaign.answers import ANSWERED, Row, State, TownOutcome
from merge.ledger.opening import Caution
from merge.ledger.records import Figures
from merge.ledger.states import LEFT
from merge.model import Channel, Status
from merge.words.blanks import to_words

FIGURE_COLUMNS = ("figure", "n")
CONTRADICTORY = "contradictory"
"""The state of a town that has answered several groups differently."""
_FEW = 30  # answers, of which a share is shown with its interval
_Z = 1.96  # 95 % of a normal distribution lie within so many standard deviations


@dataclass(frozen=True, slots=True, kw_only=True)
class Sums:
    """Figures of some rows, one for each town.

    `days` are those that answers took. Who has answered is reached, whatever came back.
    """

    written: int
    reached: int
    states: Mapping[str, int]
    days: Sequence[int]

    @classmethod
    def of(cls, rows: Sequence[Row]) -> Sums:
        """Those of these rows."""
        states = Counter(row["state"] for row in rows)
        return cls(
            written=sum(row["channel"] != "" for row in rows),
            reached=len(rows) - states[State.LOST],
            states=states,
            days=[
                (
                    date.fromisoformat(row["answered_on"]) - date.fromisoformat(row["written_on"])
                ).days
                for row in rows
                if row["written_on"] and row["written_on"] <= row["answered_on"]
            ],
        )

    @property
    def answered(self) -> int:
        """Those who have answered, whatever."""
        return self.reached - self.states.get(State.SILENT, 0)

    @property
    def committed(self) -> int:
        """Those who said yes."""
        return self.states.get(State.ENGAGED, 0)

    @property
    def quartiles(self) -> Sequence[float]:
        """Of the days that answers took; () for fewer than two."""
        return quantiles(self.days, n=4, method="inclusive") if len(self.days) > 1 else ()

    def share(self, n: int) -> tuple[int, tuple[int, int] | None]:
        """How many of a hundred whom a letter reached; with few answers, Wilson's interval too."""
        of = self.reached
        part, spread = n / of, _Z * _Z / of
        half = _Z * sqrt((part * (1 - part) + spread / 4) / of)
        low, high = ((part + spread / 2 + sign * half) / (1 + spread) for sign in (-1, 1))
        interval = (round(100 * low), round(100 * high)) if self.answered < _FEW else None
        return round(100 * part), interval


def combined(rows: Sequence[Row]) -> Sequence[Row]:
    """One row for each town, of those that several groups have of it."""
    towns: dict[str, Row] = {}
    for row in rows:
        whose = row["insee"] or row["commune"]
        known = towns.setdefault(whose, row)
        said = {each["state"] for each in (known, row)}
        if known is not row and row["state"] in ANSWERED:
            is_same = len(said) == 1 or known["state"] not in (*ANSWERED, CONTRADICTORY)
            towns[whose] = row if is_same else {**known, "state": CONTRADICTORY}
        elif State.LOST in said and State.SILENT in said:
            towns[whose] = {**known, "state": State.SILENT}
    return [*towns.values()]


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicLetter:
    """A letter as it is now, its blanks as words: when it left, and how many on each channel."""

    subject: str
    text: Sequence[str]
    first: str
    last: str
    channels: Mapping[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What is published: a row of `REPORT_COLUMNS` for each town, in the order of their codes.

    Of a campaign to people there are figures alone: few live in one département. `left_out` is how
    many were not written to, by the reason. `evidence` are documents that somebody has ticked, by
    their SHA-256. Where several reports are one, each row says in `asked_by` whose it is.
    """

    id: str
    name: str
    group: str
    at: datetime  # by the clocks of the campaign
    rows: Sequence[Row]
    tally: Figures = field(
        default_factory=lambda: Figures(towns=0, written=0, answered=0, unread=0)
    )
    letters: Sequence[PublicLetter] = ()
    left_out: Mapping[str, int] = field(default_factory=dict)
    evidence: Mapping[str, bytes] = field(default_factory=dict)
    cautions: Sequence[Caution] = ()
    contact: str = ""
    sources: Sequence[str] = ()
    is_to_people: bool = False
    is_to_communes: bool = True

    @property
    def table(self) -> tuple[Sequence[str], Sequence[Row]]:
        """Columns and rows of the report as a file."""
        if not self.is_to_people:
            more = ("asked_by",) if self.sources else ()
            return (*answers.REPORT_COLUMNS, *more), self.rows
        sums = Sums.of(self.rows)
        found = [("written", sums.written), ("reached", sums.reached)]
        found += [(each, sums.states.get(each, 0)) for each in State]
        return FIGURE_COLUMNS, [{"figure": name, "n": str(n)} for name, n in found]


def look(
    place: Path, now: datetime, *, is_whole: bool = False, contact: str | None = None
) -> Report:
    """Read what came of the campaign in this folder; waits for nobody. Where it `is_whole`, with
    the letters and the evidence. Errors of `writing.look`.

    `contact` is where corrections go, else what the letter says.
    """
    with open_campaign(place, access="read", command="report") as campaign:
        towns, settings = answers.every_town(campaign.ledger), campaign.settings
        rows = answers.report_rows(towns, campaign.zone)
        return Report(
            id=hashlib.sha256(campaign.ledger.campaign_id.encode()).hexdigest()[:32],
            name=settings.campaign.name,
            group=settings.sender.name,
            at=now.astimezone(campaign.zone),
            rows=sorted(rows, key=lambda row: (row["insee"], row["commune"])),
            tally=answers.tally(towns),
            letters=_letters(campaign) if is_whole else (),
            left_out=_left_out(campaign, towns) if is_whole else {},
            evidence=_evidence(campaign, towns) if is_whole else {},
            cautions=campaign.cautions,
            contact=settings.sender.contact if contact is None else contact,
            is_to_people=settings.campaign.is_to_people,
            is_to_communes=settings.campaign.is_to_communes,
        )


def _letters(campaign: Campaign) -> Sequence[PublicLetter]:
    ledger, zone = campaign.ledger, campaign.zone
    posted = answers.posted_at(ledger.lots())
    left = defaultdict[int, list[tuple[str, Channel]]](list)
    for each in ledger.deliveries(LEFT):
        day = answers.iso_day(answers.left_at(each, posted), zone)
        left[each.wave].append((day, each.channel))
    found = []
    for wave, sent in sorted(left.items()):
        written = letter_at(campaign, reminder_file(campaign, wave) if wave > 1 else "")
        days = sorted(day for day, _channel in sent)
        found.append(
            PublicLetter(
                subject=to_words(written.shown.subject, written.columns),
                text=[
                    said
                    for block in written.shown.blocks
                    if (said := _plain(to_words(block.unfenced[1], written.columns)))
                ],
                first=days[0],
                last=days[-1],
                channels=Counter(channel for _day, channel in sent),
            )
        )
    return found


def _plain(words: str) -> str:
    """Without marks of bold, comments, and the conditions of a choice, whose parts stay."""
    choice = re.sub(r"\{%-?\s*el.*?%\}", " / ", words)
    return re.sub(r"\*\*|\{%.*?%\}|\{#.*?#\}", "", choice, flags=re.DOTALL).strip()


def _left_out(campaign: Campaign, towns: Iterable[TownOutcome]) -> Mapping[str, int]:
    """By the status of their letter, which nothing has left of; "" for those who have none."""
    stands = {each.key: each.status for each in campaign.ledger.deliveries()}
    chosen = campaign.chosen(Narrowing())
    meant = None if chosen is None else frozenset(chosen)
    found: Counter[str] = Counter()
    for town in towns:
        if town.channel is None and not town.has_answered:
            key = town.recipient.key
            why: str = stands.get(key, "")
            if why not in (Status.HELD, Status.SUPPRESSED, ""):
                why = "waiting" if meant is None or key in meant else "not-chosen"
            found[why] += 1
    return found


def _evidence(campaign: Campaign, towns: Iterable[TownOutcome]) -> Mapping[str, bytes]:
    told = (town.answer for town in towns if town.answer)
    ticked = {answer.evidence for answer in told if answer.evidence and answer.published}
    return {digest: campaign.archive.get(digest) for digest in sorted(ticked)}
