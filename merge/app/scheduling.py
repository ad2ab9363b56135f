"""A sending that is agreed to now, and that a worker begins at a time."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from merge.app.hands import facts_of_sending
from merge.app.opening import Campaign, now, who
from merge.app.shared_files import agree, agreed_version
from merge.campaign.plan import mark_of
from merge.errors import Misuse, Refused
from merge.job import Consent, Facts

_FORMS = ("%Y-%m-%d %H:%M", "%d/%m/%Y %H:%M", "%H:%M")
_NO_YEAR = 1900  # that of a time alone

Range = tuple[int, int]
"""The first and the last of deliveries whose ids follow each other."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Start:
    """What a scheduled sending may send, as JSON in the queue: the number of its row, when it
    begins, the version of the campaign's files, and the deliveries.
    """

    number: int
    at: str
    version: str
    deliveries: Sequence[Sequence[int]]

    def refuse_others(self, campaign: Campaign, waiting: Iterable[tuple[int, str]]) -> None:
        """Refused where the letter or its recipients are no longer what was agreed to.

        Fewer recipients are no reason: whoever wants no more letters since gets none.
        """
        if campaign.fetched_version != self.version:
            raise Refused("agreed-to-another-letter")
        agreed = {n for first, last in self.deliveries for n in range(first, last + 1)}
        others = sum(number not in agreed for number, _recipient in waiting)
        if others:
            raise Refused("agreed-to-others", n=others)


def moment_of(typed: str, zone: ZoneInfo, now: datetime) -> datetime:
    """When a day and a time are by the clocks of this zone; a time alone is the next one.

    Misuse("no-such-time"), ("time-past"), ("time-skipped") for an hour that the clocks leave out.
    """
    here, text = now.astimezone(zone), " ".join(typed.replace("T", " ").split())
    found = next(filter(None, (_read(text, form) for form in _FORMS)), None)
    if found is None:
        raise Misuse("no-such-time", typed=typed)
    found = found.replace(tzinfo=zone)
    if found.year == _NO_YEAR:
        found = datetime.combine(here.date(), found.time(), zone)
        if found <= here:
            found = datetime.combine(here.date() + timedelta(days=1), found.time(), zone)
    if found.astimezone(UTC).astimezone(zone).replace(tzinfo=None) != found.replace(tzinfo=None):
        raise Misuse("time-skipped", time=f"{found:%H:%M}")  # the clocks are put forward then
    if found <= here:
        raise Misuse("time-past")
    return found.astimezone(UTC)


def _read(text: str, form: str) -> datetime | None:
    with suppress(ValueError):
        return datetime.strptime(text, form)
    return None


def schedule(
    campaign: Campaign,
    options: Facts,
    consents: Sequence[Consent],
    waiting: Iterable[tuple[int, str]],
    at: datetime,
) -> None:
    """Have a worker send to those who wait, and are gone through twice, from then on."""
    from merge.ledger.work import MAIL, Work, make_queue

    agree(campaign, pages=campaign.settings.letter.attach_pdf)
    make_queue(campaign.accounts.server)
    version = agreed_version(campaign)

    def work(number: int) -> Work:
        start = Start(
            number=number,
            at=at.isoformat(),
            version=version or "",
            deliveries=ranges(each for each, _recipient in waiting),
        )
        facts = facts_of_sending(options, consents, start=asdict(start))
        return Work(kind="send", campaign_id=campaign.ledger.campaign_id, facts=facts)

    said = {**options, "who": mark_of(waiting), "at": at.isoformat()}
    campaign.ledger.schedule(MAIL, work, said, consents, now=now(), who=who(), at=at)


def ranges(numbers: Iterable[int]) -> Sequence[Range]:
    """These numbers, as few ranges as there can be."""
    found: list[Range] = []
    for number in sorted(numbers):
        if found and found[-1][1] == number - 1:
            found[-1] = (found[-1][0], number)
        else:
            found.append((number, number))
    return found
