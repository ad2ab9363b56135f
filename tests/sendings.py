"""Sendings told in a text: who waits, what the server says, what comes in between, who has what.

It speaks of outcomes; which functions of the core a sending is stands in `Sendings.send_` alone.
A town is its number. `during 3 STEP` is done before the body of the third town leaves; `during
look` and `during begun` between two stages, `during away` while the server is out of reach.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from merge.campaign.deliver import Run, send
from merge.campaign.pace import Hours
from merge.campaign.ports import Sender
from merge.campaign.replies import follow_up
from merge.campaign.returns import accept_bounces, decide, read_returns, refuse_too_many
from merge.campaign.suppression import named
from merge.errors import Stopped, Trouble
from merge.ledger.records import Kind, QuotaLimits
from merge.model import Channel, Message, Recipient, Status
from merge.outcome import Aim, Answered, Asked, Outcome, Phase, Unreachable
from tests.fakes import (
    GREYLISTED,
    LOST_AFTER_DOT,
    NO_SUCH_USER,
    TOO_MANY,
    OwnWatch,
    PlainTemplate,
    ScriptedOffice,
    town,
)
from tests.mailboxes import SPAM, UNKNOWN_USER, OwnMailbox, came_back
from tests.place import START, Place, send_on

AWAY = Stopped("server-unreachable", reason="no-route", host="mail.example.org", port=465)
SAYS = {
    "refused": NO_SUCH_USER,
    "later": GREYLISTED,
    "later-behind-the-body": GREYLISTED._replace(phase=Phase.BODY),
    "spent": TOO_MANY,
    "spam": TOO_MANY._replace(phase=Phase.BODY, enhanced="5.7.1", words="rejected: content"),
    "nothing": LOST_AFTER_DOT,
    "logged-out": Outcome(status=Status.QUEUED, phase=Phase.BODY, aim=Aim.CONNECTION, code=530),
}
IS: Mapping[str, Mapping[str, object]] = {
    "paper": {"email": None},
    "homeless": {"street": (), "postcode": "", "locality": ""},
    "long": {"commune": "L" * 3_000},
}
UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}


def numbers(word: str) -> range:
    first, _, last = word.partition("-")
    return range(int(first), int(last or first) + 1)


def told(found: Iterable[int]) -> str:
    """As `numbers` reads it."""
    parts: list[list[int]] = []
    for n in found:
        if parts and n == parts[-1][-1] + 1:
            parts[-1].append(n)
        else:
            parts.append([n])
    return " ".join(f"{p[0]}-{p[-1]}" if len(p) > 1 else f"{p[0]}" for p in parts) or "-"


def keys(found: Iterable[str]) -> str:
    return told(map(int, found))


def counted(by_status: Counter[Status]) -> list[str]:
    return [f"{n} {status}" for status, n in sorted(by_status.items()) if n]


@dataclass
class Server(ScriptedOffice):
    """Remembers whom it was told of, and takes no more than `room` before it says so."""

    told_of: list[Message] = field(default_factory=list)
    room: int | None = None
    connects: Callable[[], object] = lambda: None

    def offer(self, message: Message) -> None:
        self.told_of.append(message)
        super().offer(message)

    def turn(self) -> Sequence[Asked | Answered | Unreachable]:
        if self.room is not None:
            each = self.told_of if self.room <= 0 else ()
            self.fates = {message.envelope.recipient: TOO_MANY for message in each}
        news = super().turn()
        if self.room is not None:
            self.room -= sum(isinstance(one, Asked) for one in news)
        return news


class Sendings:
    """One campaign, its server and its clock."""

    def __init__(self, folder: Path) -> None:
        self.place = Place(folder, [])
        self.watch = OwnWatch()
        self.office = Server(before_body=self._body)
        self.towns: dict[int, Recipient] = {}
        self.meanwhile: dict[str, list[str]] = {}
        self.notes: list[str] = []
        self.mailbox = OwnMailbox()
        self.bodies: list[Message] = []
        self.template = PlainTemplate()
        self.by = "groupe@example.org"
        self.limits = QuotaLimits()
        self.hours: Hours | None = None

    def do(self, step: str) -> str:
        """What comes of it, in words."""
        verb, *words = step.split()
        act: Callable[..., object] = getattr(self, f"{verb}_")
        return str(act(*words) or "")

    def close(self) -> None:
        self.place.accounts.close()

    @contextmanager
    def _opened(self, access: str = "share") -> Iterator[Sender]:
        with self.place.opened(
            access,
            office=self.office,
            watch=self.watch,
            template=self.template,
            limits=self.limits,
            hours=self.hours,
            receiver=lambda domain: "Orange" if domain == "orange.example" else "",
        ) as opened:
            self.sender = replace(
                opened, connections=self.office.connections, envelope_sender=self.by
            )
            yield self.sender

    def _number(self, message: Message) -> int:
        return int(message.message_id[1:].partition(".")[0])

    def _happens(self, what: str) -> None:
        self.notes += [self.do(step) for step in self.meanwhile.get(what, ())]

    def _body(self, message: Message) -> None:
        """What holds whenever one leaves."""
        ledger = self.sender.ledger
        sending = {each.message_id: each for each in ledger.deliveries({Status.SENDING})}
        assert message.message_id in sending, "no intent"
        assert len(sending) <= self.office.connections, "more in doubt than connections"
        archived = self.sender.archive.get(sending[message.message_id].sha256)
        assert archived == message.data, "not archived"
        known = self.place.accounts.registered(ledger.campaign_id)
        assert known
        assert known.counter == ledger.counter, "no witness"
        name = named(Kind.ADDRESS, message.envelope.recipient)
        assert self.place.accounts.suppression.known().reason(name) is None, "asked to stop"
        self.bodies.append(message)
        self._happens(str(self._number(message)))

    def _waits(self, run: Run) -> None:
        assert run.away is AWAY
        waiting = self.sender.ledger.deliveries({Status.QUEUED, Status.SENDING})
        free = self.sender.ledger.outlook(None, self.watch.now()).now
        assert len(waiting) == free, "nobody else can send what it claimed"
        self._happens("away")

    # What there is

    def towns_(self, *words: str) -> None:
        for word in words:
            those, *kinds = word.split(":")
            for n in numbers(those):
                more: dict[str, object] = {}
                for kind in kinds:
                    email, *others = kind.replace("%", str(n)).split(",")
                    more |= IS.get(kind) or {"email": email, "alternates": tuple(others)}
                self.towns[n] = town(n, **more)
        self.place.take([*self.towns.values()])

    def server_(self, *words: str) -> None:
        """Accepts all but these."""
        said = (word.split(":") for word in words)
        self.office.fates = {
            self.towns[n].email or "": SAYS[what] for those, what in said for n in numbers(those)
        }

    def connections_(self, n: str, behind: str = "1") -> None:
        self.office.connections, self.office.behind = int(n), int(behind)

    def size_(self, most: str) -> None:
        self.office.size_limit = int(most)

    def room_(self, n: str) -> None:
        self.office.room = int(n)

    def away_(self, times: str) -> None:
        self.office.away = [AWAY] * int(times)

    def account_(self, *words: str) -> None:
        said = {name: int(n) for name, n in (word.split(":") for word in words)}
        orange = said.pop("Orange", None)
        receivers = {"Orange": QuotaLimits(per_day=orange)} if orange else {}
        self.limits = QuotaLimits(**said, receivers=receivers)

    def hours_(self, opens: str, closes: str) -> None:
        """From Monday to Friday in Paris."""
        self.hours = Hours(
            opens=time(int(opens)),
            closes=time(int(closes)),
            days=frozenset(range(5)),
            zone=ZoneInfo("Europe/Paris"),
        )

    def fault_(self, *towns: str) -> None:
        self.template = PlainTemplate(at_fault=frozenset(f"{int(n):05}" for n in towns))

    def letter_(self, version: str) -> None:
        self.template = PlainTemplate(version=version)

    def from_(self, address: str) -> None:
        self.by = address

    # What happens

    def during_(self, what: str, *step: str) -> None:
        self.meanwhile.setdefault(what, []).append(" ".join(step))

    def time_(self, day: str, hour: str) -> None:
        self.watch.time = datetime.fromisoformat(f"{day} {hour}").replace(tzinfo=UTC)

    def pass_(self, span: str) -> None:
        self.watch.pass_by(timedelta(**{UNITS[span[-1]]: int(span[:-1])}))

    def interrupt_(self) -> None:
        self.watch.asked = True

    def stop_(self, kind: str, name: str) -> None:
        self.place.accounts.suppression.add([named(Kind[kind.upper()], name)], "asked", START)

    def spend_(self, n: str) -> None:
        """Another campaign of the account does."""
        to = [""] * int(n)
        given = self.place.accounts.spend(
            "groupe@example.org", self.limits, campaign_id="another", counter=1, to=to, now=START
        )
        assert all(given)

    def complain_(self) -> None:
        """Another campaign of the account hears that it is taken for spam."""
        accounts = self.place.accounts
        accounts.pause("groupe@example.org", "another", [came_back(9, START, SPAM)])

    def resume_(self) -> None:
        with self._opened() as sender:
            sender.account.lift()

    def claim_(self, n: str) -> None:
        """By a sender that dies with it."""
        with self.place.opened() as sender:
            of = [each.id for each in sender.ledger.deliveries() if int(each.key) == int(n)]
            assert sender.ledger.claim(of, START)

    def edit_(self, n: str, email: str) -> None:
        better = self.towns[int(n)] = self.towns[int(n)]._replace(email=email)
        with self.place.opened("exclusive") as sender:
            sender.ledger.edit(better, {"email": email}, Channel.EMAIL, self.watch.now())

    def burn_(self) -> None:
        """The archive."""
        for file in self.place.folder.glob("archive.db*"):
            file.unlink()

    def bounce_(self) -> None:
        raise Stopped("too-many-bounces", bounced=3, sent=10)

    def back_(self, *words: str) -> None:
        """Comes in of these; `3:spam:7` because of us, seven minutes after the first letter."""
        for word in words:
            those, why, at = (*word.split(":"), "", "")[:3]
            for n in numbers(those):
                when = START + timedelta(minutes=int(at or 5))
                self.mailbox.notices.append(came_back(n, when, SPAM if why else UNKNOWN_USER))

    def read_(self) -> str:
        with self._opened() as sender:
            found = read_returns(sender.ledger, self.mailbox, sender.account)
            tried, _ = follow_up(sender.ledger, self.place.accounts.suppression, self.watch.now())
        said = {
            "came back": [each.key for each in found.bounced],
            "because of us": [each.key for each in found.about_us],
            "to the next address": tried,
        }
        return ", ".join(f"{keys(who)} {what}" for what, who in said.items() if who) or "-"

    def reread_(self) -> str:
        """From its beginning."""
        with self._opened() as sender:
            sender.ledger.set_fact("mailbox_read_to", "")
        return self.read_()

    def accept_(self, minute: str) -> None:
        """A person looks at what came back."""
        with self._opened() as sender:
            at = START + timedelta(minutes=int(minute))
            accept_bounces(sender.ledger, sender.account, at)

    def decide_(self, decision: Any, *towns: str) -> str:
        those = [f"{int(n):05}" for n in towns] or None
        with self._opened("exclusive") as sender:
            at = self.watch.now()
            found = decide(sender.ledger, sender.account, decision, those, at, "me")
        return keys(each.key for each in found)

    def send_(self, *words: str) -> str:
        """`to:2,4`, `limit:5`, `wait`, `stages` that somebody looks at, `on` until all is done."""
        said = dict(word.partition(":")[::2] for word in words)
        given: dict[str, Any] = {"wait": "wait" in said}
        if "to" in said:
            given["keys"] = [f"{int(n):05}" for n in said["to"].split(",")]
        if "limit" in said:
            given["limit"] = int(said["limit"])
        self.watch.asked = False
        self.office.queue.clear()
        self.office.asked.clear()
        try:
            with self._opened() as sender:
                if "on" in said:
                    run = send_on(sender)
                elif "stages" in said:
                    run = send(
                        sender,
                        look=lambda: self._happens("look"),
                        begun=lambda n: self._happens("begun"),
                        waiting=self._waits,
                        **given,
                    )
                else:
                    run = send(sender, waiting=self._waits, **given)
        except Trouble as trouble:
            return trouble.code
        finally:
            had = Counter(message.message_id for message in self.office.taken)
            assert not had or max(had.values()) == 1, "somebody got two"
        until = ""
        if run.next_at and run.stopped_by not in ("deferred", "interrupted"):
            until = f" until {run.next_at:%d %H:%M:%S}".removesuffix(":00")
        return ", ".join(filter(None, [*counted(run.by_status), run.stopped_by + until]))

    def days_(self, n: str) -> str:
        """A sending each day; what comes of them, one after the other."""
        ends: list[str] = []
        for _day in range(int(n)):
            ends += [end for end in [self.send_()] if ends[-1:] != [end]]
            self.pass_("1d")
        return "; ".join(ends)

    # What became of it

    def stands_(self) -> str:
        return ", ".join(counted(Counter(self.place.statuses())))

    def taken_(self) -> str:
        """Whose letters the server has, in its order."""
        return told(map(self._number, self.office.taken))

    def offered_(self) -> str:
        return told(map(self._number, self.office.told_of))

    def withdrawn_(self) -> str:
        return str(self.office.withdrawn)

    def bodies_(self, n: str) -> str:
        of = [message.data for message in self.bodies if self._number(message) == int(n)]
        return f"{len(of)}, {len(set(of))} of them different"

    def tries_(self, n: str) -> str:
        with self._opened() as sender:
            return " ".join(each.status for each in sender.ledger.attempts(f"{int(n):05}"))

    def detail_(self, n: str) -> str:
        with self._opened() as sender:
            delivery = sender.ledger.delivery(f"{int(n):05}")
        assert delivery
        return delivery.detail

    def paper_(self) -> str:
        """Who is for it by now."""
        with self._opened() as sender:
            return keys(each.key for each in sender.ledger.for_paper(None, all_queued=False))

    def undecided_(self) -> str:
        with self._opened() as sender:
            return keys(sender.ledger.refused_as_senders())

    def paused_(self) -> str:
        with self._opened() as sender:
            return "yes" if sender.account.refusal() else "no"

    def alarm_(self, minute: str) -> str:
        """What a look at the list says by then."""
        with self._opened() as sender:
            try:
                refuse_too_many(sender.ledger, START + timedelta(minutes=int(minute)))
            except Stopped as stopped:
                return stopped.code
        return "-"

    def left_(self) -> str:
        """Of the quota."""
        left = self.place.accounts.quota_left("groupe@example.org", self.limits, self.watch.now())
        return str(left.now)

    def sent_(self) -> str:
        """How many bodies have left."""
        return str(len(self.office.taken))

    def noted_(self) -> str:
        """What came of what was done meanwhile."""
        return " ".join(filter(None, self.notes)) or "-"

    def waited_(self) -> str:
        """How long each time."""
        begins = [START, *self.watch.waits]
        spans = zip(begins, self.watch.waits, strict=False)
        return " ".join(f"{(end - begin).total_seconds():.0f}" for begin, end in spans) or "-"

    def elapsed_(self, unit: str) -> str:
        return str((self.watch.now() - START) // timedelta(**{UNITS[unit]: 1}))
