"""Write down what a town has answered."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from pathlib import Path
from zoneinfo import ZoneInfo

from merge.app.chosen import recipient_called
from merge.app.opening import Campaign, now, open_campaign, who
from merge.app.running import running
from merge.campaign import answers
from merge.campaign.envelopes import Stays
from merge.errors import ExitCode, Misuse
from merge.job import Listener, Result
from merge.ledger.records import Answer, Way
from merge.model import Recipient
from merge.outcome import Sort


@dataclass(frozen=True, slots=True, kw_only=True)
class NotedAnswer:
    """The answer that was kept, and the printed letters that it makes needless."""

    recipient: Recipient
    answer: Answer
    left_at: datetime | None  # the first letter that reached this town; None when none has left
    zone: ZoneInfo
    to_keep: Sequence[Stays]


def run(
    place: Path,
    key: str,
    said: str,
    listener: Listener,
    *,
    way: Way | None,
    note: str,
    day: date | None,
) -> NotedAnswer:
    """Of whom `key` names; without a day, today; without a way, by e-mail if it wrote one.

    `said` is a `Meaning`, or a wording of campaign.toml. Misuse("answer-in-future"), and as
    `answers.understood` and `chosen.the_one`.
    """
    with open_campaign(place, access="share", command="answer", listener=listener) as campaign:
        ledger, noted_at = campaign.ledger, now()
        meaning = answers.understood(said, campaign.settings.answers.wordings)
        recipient = recipient_called(ledger, key)
        today = noted_at.astimezone(campaign.zone).date()
        if day is not None and day > today:
            raise Misuse("answer-in-future", day=day)
        if way is None:
            mails = ledger.replies.all(recipient.key)
            way = Way.EMAIL if any(mail.sort is Sort.ANSWER for mail in mails) else None
        answer = Answer(
            key=recipient.key,
            meaning=meaning,
            # By noon, so that of one day's answers the one that is noted last counts.
            at=min(noted_at, datetime.combine(day or today, time(12), campaign.zone)),
            way=way,
            note=" ".join(note.split()),
            noted_at=noted_at,
            who=who(),
        )
        with running(campaign, "answer", {"key": recipient.key, "meaning": meaning}, ()) as job:
            ledger.answers.add(answer)
            job.end(Result(code=ExitCode.DONE))
        return NotedAnswer(
            recipient=recipient,
            answer=answer,
            left_at=_left_at(campaign, recipient),
            zone=campaign.zone,
            to_keep=campaign.envelopes_to_keep(),
        )


def _left_at(campaign: Campaign, recipient: Recipient) -> datetime | None:
    ledger = campaign.ledger
    latest = ledger.delivery(recipient.key)
    waves = range(1, latest.wave + 1) if latest else ()
    found = (ledger.delivery(recipient.key, wave) for wave in waves)
    (town,) = answers.towns([recipient], [*filter(None, found)], ledger.lots(), (), ())
    return town.written_at
