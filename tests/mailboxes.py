"""A mailbox filled for tests: what it holds, what came back, and how it fails on purpose."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime

from merge.campaign.mailroom import Mailroom
from merge.campaign.returns import OwnAccount
from merge.errors import Stopped
from merge.mail.message import held_as
from merge.model import Status
from merge.outcome import Aim, Bounce, HeldMessage, Notices, Outcome, Phase

UNKNOWN_USER = Outcome(
    status=Status.BOUNCED, phase=Phase.BOUNCE, code=550, enhanced="5.1.1", words="unknown user"
)
SPAM = Outcome(
    status=Status.BOUNCED,
    phase=Phase.BOUNCE,
    aim=Aim.ACCOUNT,
    code=550,
    enhanced="5.7.1",
    words="rejected as spam",
)


@dataclass
class OwnMailbox:
    """Fills Mailbox. `fails_after` copies it is out of reach."""

    sent: list[bytes] = field(default_factory=list)
    notices: list[Bounce] = field(default_factory=list)
    fails_after: int | None = None
    opened: int = 0

    def holding(self, message_ids: Sequence[str]) -> Sequence[HeldMessage]:
        return [one for one in map(held_as, self.sent) if one.message_id in message_ids]

    def file(self, data: bytes) -> None:
        if self.fails_after is not None and len(self.sent) >= self.fails_after:
            raise Stopped("mailbox-lost", host="imap.example.org", words="gone")
        self.sent.append(data)

    def bounces(self, *, since: datetime, after: str) -> Notices:
        read = int(after or "0")
        return Notices(bounces=tuple(self.notices[read:]), read_to=str(len(self.notices)))

    @contextmanager
    def door(self) -> Iterator[OwnMailbox]:
        self.opened += 1
        yield self

    def room(
        self, account: OwnAccount, *, files_copies: bool = True, provider_files: bool = False
    ) -> Mailroom:
        return Mailroom(
            door=self.door,
            account=account,
            files_copies=files_copies,
            provider_files=provider_files,
        )


def came_back(number: int, at: datetime, outcome: Outcome = UNKNOWN_USER, to: str = "") -> Bounce:
    """The report about the letter to `town(number)` as `PlainComposer` writes it."""
    return Bounce(message_id=f"<{number:05}.1@example.org>", to=to, at=at, outcome=outcome)
