"""Sending once, whatever the server, the quota, the list and the disk do meanwhile: by chance."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import timedelta
from random import Random
from typing import Any

import pytest

from merge.campaign.deliver import Run, send
from merge.campaign.ports import Sender
from merge.campaign.suppression import named
from merge.errors import LedgerError, Stopped
from merge.ledger.records import Commit, Intent, Kind, Settled
from merge.ledger.suppression import SuppressionList
from merge.model import Message, Status
from merge.outcome import Aim, Answered, Asked, Phase, Unreachable
from tests.fakes import (
    ACCEPTED,
    GREYLISTED,
    LOST_AFTER_DOT,
    LOST_BEFORE,
    NO_SUCH_USER,
    OwnWatch,
    town,
)
from tests.place import START, Make, Place

EVERYBODY = range(1, 21)
SHUT_DOWN = GREYLISTED._replace(code=421, aim=Aim.CONNECTION)
BEFORE_THE_BODY = (NO_SUCH_USER, GREYLISTED, LOST_BEFORE, SHUT_DOWN)
AFTER_IT = (LOST_AFTER_DOT, NO_SUCH_USER._replace(phase=Phase.BODY))
MAY_HAVE_ARRIVED = (Status.SENT, Status.UNKNOWN)


@dataclass
class Line:
    """One connection: at most one letter at each place, the next one behind a body."""

    body: Message | None = None
    at_354: Message | None = None
    offered: Message | None = None


@dataclass
class ChancyOffice:
    """Fills PostOffice. What stands behind a body is taken back by no recall, as in the real one.

    `arrived` counts by address the bodies that the server has, or may have.
    """

    chance: Random
    lines: list[Line]
    arrived: Counter[str]
    suppression: SuppressionList
    sender: Sender | None = None
    size_limit: int | None = None
    queue: deque[Message] = field(default_factory=deque)

    @property
    def free_places(self) -> int:
        places = [place for line in self.lines for place in vars(line).values()]
        return places.count(None) - len(self.queue)

    def offer(self, message: Message) -> None:
        self.queue.append(message)

    def turn(self) -> Sequence[Asked | Answered]:
        news: list[Asked | Answered] = []
        for line in self.lines:
            if line.body and self.chance.random() < 0.6:
                news.append(self._answer(line, line.body))
            if line.offered and not line.body:
                message, line.offered = line.offered, None
                if self.chance.random() < 0.15:
                    news.append(Answered(message, self.chance.choice(BEFORE_THE_BODY)))
                else:
                    line.at_354 = message
                    news.append(Asked(message))
            if self.queue and line == Line():
                line.offered = self.queue.popleft()
        return news

    def _answer(self, line: Line, body: Message) -> Answered:
        line.body = None
        outcome = self.chance.choice(AFTER_IT) if self.chance.random() < 0.2 else ACCEPTED
        if outcome.status in MAY_HAVE_ARRIVED:
            self.arrived[body.envelope.recipient] += 1
        if outcome is LOST_AFTER_DOT and line.offered:  # of which the server has heard nothing
            self.queue.appendleft(line.offered)
            line.offered = None
        return Answered(body, outcome)

    def hand_over(self, message: Message) -> None:
        (line,) = [each for each in self.lines if each.at_354 is message]
        assert self.sender
        sending = [each.message_id for each in self.sender.ledger.deliveries({Status.SENDING})]
        assert message.message_id in sending
        assert len(sending) <= len(self.lines)
        line_of_the_list = named(Kind.ADDRESS, message.envelope.recipient)
        assert self.suppression.known().reason(line_of_the_list) is None
        line.at_354, line.body = None, message
        if self.queue:
            line.offered = self.queue.popleft()

    def close(self, asked: Message | None = None, *, but_bodies: bool = False) -> None:
        """The bodies on their way may have arrived."""
        if asked:
            (line,) = [each for each in self.lines if each.at_354 is asked]
            line.at_354 = None
            return
        self.queue.clear()
        for line in self.lines:
            line.at_354 = line.offered = None
            if line.body and not but_bodies:
                self.arrived[line.body.envelope.recipient] += 1
                line.body = None


def meddle(
    patch: pytest.MonkeyPatch, place: Place, sender: Sender, watch: OwnWatch, chance: Random
) -> None:
    """What becomes of the quota, the list, the disk and the person while this sender works."""
    spend, commit = sender.accounts.spend, sender.ledger.commit
    turn = sender.post_office.turn

    def spend_meanwhile(*given: Any, to: Sequence[str], **more: Any) -> list[bool]:
        """Somebody else was quicker, for any of them: a receiver's share may end before others."""
        wanted = [chance.random() < 0.7 for _one in to]
        some = [one for one, may in zip(to, wanted, strict=True) if may]
        granted = iter(spend(*given, to=some, **more))
        return [may and next(granted) for may in wanted]

    def commit_meanwhile(settled: list[Settled], intents: Sequence[Intent], *how: Any) -> Commit:
        if chance.random() < 0.03:
            patch.setattr(watch, "asked", True)
        if intents and chance.random() < 0.02:
            raise LedgerError("disk-full")
        done = commit(settled, intents, *how)
        interrupt()
        return done

    def turn_meanwhile() -> Sequence[Asked | Answered | Unreachable]:
        interrupt()
        if chance.random() < 0.1:
            someone = town(chance.choice(EVERYBODY)).email or ""
            place.accounts.suppression.add([named(Kind.ADDRESS, someone)], "", START)
        return turn()

    def interrupt() -> None:
        if chance.random() < 0.01:
            raise KeyboardInterrupt

    patch.setattr(sender.accounts, "spend", spend_meanwhile)
    patch.setattr(sender.ledger, "commit", commit_meanwhile)
    patch.setattr(sender.post_office, "turn", turn_meanwhile)


def check(run: Run, limit: int | None) -> None:
    """What holds of a run that ended by itself."""
    tried = run.by_status.total() - run.by_status[Status.HELD] - run.by_status[Status.SUPPRESSED]
    assert limit is None or tried <= limit
    assert run.stopped_by != "limit" or tried == limit


@pytest.mark.parametrize("seed", range(12, 20))
def test_whatever_happens_nobody_is_written_to_twice_and_nobody_is_lost(
    make: Make, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    chance, arrived = Random(seed), Counter[str]()  # noqa: S311 - not for secrets
    place = make([town(n) for n in EVERYBODY])
    for days, limit in enumerate([5, None, None, None]):
        watch = OwnWatch(time=START + timedelta(days=days))  # whoever was refused is due again
        lines = [Line() for _ in range(chance.randint(1, 4))]
        office = ChancyOffice(chance, lines, arrived, place.accounts.suppression)
        with place.opened(office=office, watch=watch) as opened, monkeypatch.context() as patch:
            office.sender = sender = replace(opened, connections=len(lines))
            if days < 3:
                meddle(patch, place, sender, watch, chance)
            with suppress(LedgerError, Stopped, KeyboardInterrupt):
                check(send(sender, limit=limit), limit)
                assert not sender.ledger.deliveries({Status.SENDING})
        office.close()
    with place.opened() as sender:
        stands = {delivery.key: delivery.status for delivery in sender.ledger.deliveries()}
    assert max(arrived.values()) == 1
    assert sorted(stands) == [town(n).key for n in EVERYBODY]
    for n in EVERYBODY:
        assert (stands[town(n).key] in MAY_HAVE_ARRIVED) == (town(n).email in arrived)
