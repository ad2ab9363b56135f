"""Ports filled for tests: a post office whose replies are written down, a clock that one owns."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from merge.campaign.ports import PostOffice
from merge.errors import Trouble
from merge.model import Channel, Counts, Envelope, Letter, LetterFault, Message, Recipient, Status
from merge.outcome import Aim, Answered, Asked, Outcome, Phase, Unreachable
from merge.post.envelope import Names

ACCEPTED = Outcome(status=Status.SENT, phase=Phase.BODY, code=250, enhanced="2.0.0", words="ok")
NO_SUCH_USER = Outcome(
    status=Status.FAILED, phase=Phase.RCPT, code=550, enhanced="5.1.1", words="no such user"
)
GREYLISTED = Outcome(
    status=Status.DEFERRED, phase=Phase.RCPT, code=450, enhanced="4.2.0", words="greylisted"
)
TOO_MANY = Outcome(
    status=Status.DEFERRED,
    phase=Phase.MAIL,
    aim=Aim.ACCOUNT,
    code=550,
    enhanced="5.4.5",
    words="daily quota exceeded",
)
LOST_BEFORE = Outcome(
    status=Status.DEFERRED, phase=Phase.CONNECT, aim=Aim.CONNECTION, words="connection reset"
)
LOST_AFTER_DOT = Outcome(
    status=Status.UNKNOWN, phase=Phase.BODY, aim=Aim.CONNECTION, words="connection reset"
)


def at_most(turns: int, office: PostOffice) -> None:
    """Let this office be asked no more often: a run that never ends fails."""
    asked, turn = itertools.count(), office.turn

    def counted() -> Sequence[Asked | Answered | Unreachable]:
        assert next(asked) < turns, "the run does not end"
        return turn()

    office.turn = counted  # type: ignore[method-assign] # of this office alone


@dataclass
class ScriptedOffice:
    """Accepts everything, but for the addresses with a scripted fate; remembers what it took.

    `connections` messages are under way at once, and `behind` each stand in line for one.
    """

    fates: Mapping[str, Outcome] = field(default_factory=dict)
    before_body: Callable[[Message], object] = lambda message: None
    connections: int = 1
    behind: int = 1
    taken: list[Message] = field(default_factory=list)
    offered: list[Envelope] = field(default_factory=list)
    withdrawn: int = 0
    closed: bool = False
    size_limit: int | None = None
    away: list[Trouble] = field(default_factory=list)  # what the next connections meet
    queue: list[Message] = field(default_factory=list)
    asked: list[Message] = field(default_factory=list)
    answers: list[Answered] = field(default_factory=list)

    @property
    def free_places(self) -> int:
        under_way = len(self.queue) + len(self.asked) + len(self.answers)
        return (1 + self.behind) * self.connections - under_way

    def offer(self, message: Message) -> None:
        self.queue.append(message)

    def turn(self) -> Sequence[Asked | Answered | Unreachable]:
        news: list[Asked | Answered | Unreachable] = [*self.answers]
        self.answers.clear()
        if self.away and self.queue and not self.asked:
            return [*news, Unreachable(self.away.pop(0))]
        for message in self.queue[: self.connections - len(self.asked)]:
            self.queue.remove(message)
            self.offered.append(message.envelope)
            fate = self.fates.get(message.envelope.recipient)
            if fate is not None and fate.phase is not Phase.BODY:
                news.append(Answered(message, fate))
            else:
                self.asked.append(message)
                news.append(Asked(message))
        return news

    def hand_over(self, message: Message) -> None:
        self.asked.remove(message)
        self.before_body(message)
        fate = self.fates.get(message.envelope.recipient, ACCEPTED)
        if fate.status in (Status.SENT, Status.UNKNOWN):
            self.taken.append(message)
        self.answers.append(Answered(message, fate))

    def close(self, asked: Message | None = None, *, but_bodies: bool = False) -> None:
        if asked:
            self.asked.remove(asked)
            self.withdrawn += 1
            return
        self.withdrawn += len(self.asked)
        self.asked.clear()
        self.queue.clear()
        self.closed = not but_bodies


@dataclass
class OwnWatch:
    """Fills Watch: time stands still until somebody waits, and nobody asks to stop by himself."""

    time: datetime = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
    waits: list[datetime] = field(default_factory=list)
    asked: bool = False

    def now(self) -> datetime:
        return self.time

    def wait_until(self, when: datetime) -> None:
        self.waits.append(when)
        self.time = max(self.time, when)

    def pass_by(self, time: timedelta) -> None:
        self.time += time


@dataclass
class PlainTemplate:
    """Fills Template: the commune's name is the letter. `at_fault` holds the keys of the others."""

    version: str = "1"
    at_fault: frozenset[str] = frozenset()

    def render(
        self, recipient: Recipient, channel: Channel, names: Names | None = None
    ) -> Letter | LetterFault:
        if recipient.key in self.at_fault:
            return LetterFault(key=recipient.key, code="empty-value", field="nom")
        return Letter(
            key=recipient.key,
            channel=channel,
            reference=f"Réf. {recipient.key}",
            subject=recipient.commune,
            text=recipient.commune,
            html=f"<p>{recipient.commune}</p>",
        )

    def household(self, people: Sequence[Recipient]) -> Names | None:
        return None

    def own(self, recipient: Recipient) -> str:
        return ""

    def own_version(self, recipient: Recipient) -> str:
        return ""


@dataclass
class PlainComposer:
    """Fills Composer with the letter's text."""

    def compose(self, letter: Letter, *, to: str, wave: int, date: datetime) -> Message:
        message_id = f"<{letter.key}.{wave}@example.org>"
        head = f"Date: {date:%c}\r\nTo: {to}\r\nMessage-ID: {message_id}\r\n"
        return Message(
            envelope=Envelope(sender="groupe@example.org", recipient=to),
            message_id=message_id,
            data=f"{head}\r\n{letter.text}\r\n".encode(),
        )


def town(number: int, **other: object) -> Recipient:
    """A made-up recipient with an e-mail and a postal address."""
    facts: dict[str, object] = {
        "key": f"{number:05}",
        "commune": f"Ville-{number}",
        "department": f"{number:05}"[:2],
        "email": f"mairie-{number}@example.org",
        "street": ("1 place de la Mairie",),
        "postcode": f"{number:05}",
        "locality": f"Ville-{number}",
        "row": number + 1,
        "source": "communes.csv",
    }
    return Recipient(**(facts | other))  # type: ignore[arg-type]


def sums_agree(counts: Counts) -> bool:
    """Whether nobody is lost or counted twice."""
    return counts.recipients == (
        sum(sum(each.values()) for each in counts.by_channel.values()) + counts.unreachable
    )
