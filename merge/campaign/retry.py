"""What a refusal for now means for a letter: when it is due again, and when it is given up."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from itertools import pairwise

from merge.campaign.pace import BACK_OFF, pause, retry_at
from merge.ledger.ledger import Ledger
from merge.ledger.records import refused_alone
from merge.model import Attempt, Delivery, LetterFault, Status
from merge.outcome import Aim, Outcome, Phase

ALONE_AFTER = 3  # refusals that are about whoever sends, and are met by one letter alone


def next_try(
    ledger: Ledger, delivery: Delivery, outcome: Outcome, now: datetime
) -> tuple[Outcome, datetime | None]:
    """The outcome as it stands in the ledger, and when a DEFERRED one is due again."""
    if outcome.status is not Status.DEFERRED:
        return outcome, None
    if outcome.aim is not Aim.RECIPIENT:
        # It says nothing about the recipient, so it never fails; but a letter at which the
        # server hangs up each time must not stay first in the queue.
        return outcome, now + pause(delivery.attempts + 1, delivery.key)
    before = refusals(ledger.attempts(delivery.key), ledger.readdressed_at(delivery.key))
    not_before = retry_at(
        key=delivery.key,
        attempts=len(before) + 1,
        first_at=before[0].at if before else now,
        now=now,
    )
    if not_before is None and len(before) + 1 < len(BACK_OFF):
        # Days or weeks behind the others are no reason to give it up.
        not_before = now + pause(len(before) + 1, delivery.key)
    return (outcome, not_before) if not_before else (outcome._replace(status=Status.FAILED), None)


def refused_each_time(
    ledger: Ledger, delivery: Delivery, outcome: Outcome, now: datetime
) -> LetterFault | None:
    """The fault of a letter that meets such a refusal for the third time, while others left.

    What is said about the sender, the quota or the content of one letter alone is about that
    letter: of a quota that is spent, the others would hear as well.
    """
    if outcome.aim is not Aim.ACCOUNT or outcome.phase in (Phase.CONNECT, Phase.LOGIN):
        return None
    said = (outcome.phase, outcome.code, outcome.enhanced)

    def is_such(one: Attempt) -> bool:
        """The same, or any other 5xx: one that did not fail the recipient was about us."""
        return (one.code or 0) >= 500 or (one.phase, one.code, one.enhanced) == said

    attempts = (one for one in ledger.attempts(delivery.key) if one.wave == delivery.wave)
    such = _latest_run(attempts, ledger.readdressed_at(delivery.key), is_such)
    met = [*(one.at for one in such[1 - ALONE_AFTER :]), now]
    if len(met) < ALONE_AFTER:
        return None
    if not all(ledger.others_sent(delivery.key, *between) for between in pairwise(met)):
        return None
    words = (str(outcome.code or ""), outcome.enhanced, outcome.words)
    return refused_alone(delivery.key, " ".join(filter(None, words)))


def refusals(attempts: Iterable[Attempt], readdressed_at: datetime | None = None) -> list[Attempt]:
    """The latest unbroken run of refusals for now that were about the recipient: 4xx, not 421.

    A lost connection, a spent quota, or what the address before an edit came to is no reason to
    give up.
    """
    return _latest_run(
        attempts, readdressed_at, lambda one: 400 <= (one.code or 0) < 500 and one.code != 421
    )


def _latest_run(
    attempts: Iterable[Attempt],
    readdressed_at: datetime | None,
    counts: Callable[[Attempt], bool],
) -> list[Attempt]:
    """Those that count, of the latest unbroken run of refusals for now at the present address."""
    found: list[Attempt] = []
    for attempt in attempts:
        if readdressed_at is not None and attempt.at < readdressed_at:
            continue
        if attempt.status is not Status.DEFERRED:
            found.clear()
        elif counts(attempt):
            found.append(attempt)
    return found
