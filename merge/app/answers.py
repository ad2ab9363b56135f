"""Answers, as a person puts them down, and what came of the campaign so far."""

from __future__ import annotations

from datetime import date, datetime, time

from merge.app.opening import Campaign, now, who
from merge.campaign import answers
from merge.errors import Misuse
from merge.ledger.records import Answer, Meaning, Way
from merge.model import Recipient
from merge.outcome import Sort


def note(
    campaign: Campaign,
    recipient: Recipient,
    meaning: Meaning,
    *,
    way: Way | None,
    note: str,
    day: date | None,
) -> Answer:
    """Write down what a town said; without a day, today; without a way, by e-mail if it wrote one.

    Misuse("answer-in-future").
    """
    noted_at = now()
    today = noted_at.astimezone(campaign.zone).date()
    if day is not None and day > today:
        raise Misuse("answer-in-future", day=day)
    # By noon, so that of one day's answers the one that is noted last counts.
    at = min(noted_at, datetime.combine(day or today, time(12), campaign.zone))
    if way is None:
        mails = campaign.ledger.replies.all(recipient.key)
        way = Way.EMAIL if any(mail.sort is Sort.ANSWER for mail in mails) else None
    answer = Answer(
        key=recipient.key,
        meaning=meaning,
        at=at,
        way=way,
        note=" ".join(note.split()),
        noted_at=noted_at,
        who=who(),
    )
    campaign.ledger.answers.add(answer)
    return answer


def left_at(campaign: Campaign, recipient: Recipient) -> datetime | None:
    """When the first letter that reached this town left; None when none has."""
    ledger = campaign.ledger
    latest = ledger.delivery(recipient.key)
    waves = range(1, latest.wave + 1) if latest else ()
    found = (ledger.delivery(recipient.key, wave) for wave in waves)
    (town,) = answers.towns([recipient], [*filter(None, found)], ledger.lots(), (), ())
    return town.written_at
