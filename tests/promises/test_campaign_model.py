"""A campaign through `app`, in whatever order: nobody gets two letters of a wave, nobody is lost.

The mail server, its log, the press, the clock and the mailbox are ours; all else is the program. A
failure prints its steps, and its seed: `pytest --hypothesis-seed=N` walks the same way again.
"""

from __future__ import annotations

import os
import shutil
import signal
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from merge.app import edit, importing, inbox, lots, mail, paper, remind, send
from merge.app import suppress as suppression
from merge.app.chosen import Narrowing
from merge.app.opening import Campaign, open_campaign
from merge.app.sheets import Reading
from merge.campaign.mailroom import in_doubt
from merge.errors import LedgerError, Misuse, Refused, Trouble
from merge.job import Consent, Event
from merge.ledger.driver.files import unlink_neighbours
from merge.ledger.driver.sqlite import SqliteDatabase
from merge.ledger.opening import LEDGER
from merge.ledger.records import Meaning, Way
from merge.mail.incoming import read
from merge.mail.message import message_digest
from merge.model import Channel, Delivery, Message, Status
from merge.outcome import Outcome
from tests import mails
from tests.both import sql
from tests.cameback import BREST, LILLE, METZ, RENNES
from tests.desk import HAVRE, HEADER, NICE, Desk, Y
from tests.fakes import (
    GREYLISTED,
    LOST_AFTER_DOT,
    LOST_BEFORE,
    NO_SUCH_USER,
    OwnWatch,
    ScriptedOffice,
    sums_agree,
)
from tests.printing import PlainPress

TWO = BREST.replace("brest@example.org", "brest@example.org, accueil@example.org")
ROWS = {
    row.partition(";")[0]: row for row in (NICE, HAVRE, Y, TWO, RENNES, LILLE, METZ)
}  # Le Havre has no e-mail, and Brest two
FIRST = ("06088", "76351", "80829", "29019")
keys = st.sampled_from(tuple(ROWS))
MEANWHILE = ("stops", "another stops", "says yes", "another sends")
fates = st.dictionaries(
    keys, st.sampled_from((NO_SUCH_USER, GREYLISTED, LOST_AFTER_DOT, LOST_BEFORE)), max_size=3
)


def unheard(event: Event) -> None:
    """Nobody listens."""


@dataclass
class Server(ScriptedOffice):
    """Its log outlives whoever is killed: each body that it took, with its Message-ID."""

    log: Path = Path()
    meanwhile: Callable[[Message], object] | None = None  # while it waits for the first body
    step: Callable[[], object] = lambda: None

    def turn(self) -> Sequence[Any]:
        news = super().turn()
        if self.asked and self.meanwhile:
            act, self.meanwhile = self.meanwhile, None
            act(self.asked[0])
        self.step()
        return news

    def hand_over(self, message: Message) -> None:
        before = len(self.taken)
        self.step()
        super().hand_over(message)
        if len(self.taken) > before:
            with self.log.open("a") as log:
                log.write(f"{message.message_id} {message.envelope.recipient}\n")
        self.step()


@dataclass
class Body:
    """What the server took."""

    key: str
    wave: int
    to: str
    message_id: str


class Campaigns(RuleBasedStateMachine):
    """One campaign of a few towns, and all that happens to one."""

    def __init__(self) -> None:
        super().__init__()
        self.office = Server()
        self.press = PlainPress()
        self.stack = ExitStack()
        place = Path(self.stack.enter_context(tempfile.TemporaryDirectory()))
        self.stack.enter_context(patch.dict(os.environ, {"PUBLIPOSTAGE_HOME": str(place / "home")}))
        for where, name, own in (
            (mail, "_post_office", lambda *_: self.office),
            (paper, "press", lambda *_: self.press),
            (inbox, "read_mail", read),
        ):
            self.stack.enter_context(patch.object(where, name, own))
        self.desk = Desk(place / "campaign")
        self.place = self.desk.folder
        self.log = place / "server.log"
        self.log.touch()
        self.mailbox = place / "mails"
        self.mailbox.mkdir()
        self.copy = place / "copy.db"
        self.watch = OwnWatch(time=datetime.now(UTC))
        self.imported: set[str] = set()
        self.reports: list[Body] = []
        self.suppressed: dict[str, int] = {}  # how long the log was by then
        self.answered: dict[str, int] = {}

    def teardown(self) -> None:
        try:
            if self.log.exists():
                self.comes_to_an_end()
        finally:
            self.stack.close()

    # What there is

    @property
    def bodies(self) -> list[Body]:
        """Those that the server took, in their order."""
        found = []
        for line in self.log.read_text().splitlines():
            message_id, to = line.split()
            found.append(Body(*self.whose(message_id), to, message_id))
        return found

    def whose(self, message_id: str) -> tuple[str, int]:
        """The key and the wave."""
        return self.ids[message_id.strip("<>").partition("@")[0]]

    def deliveries(self) -> list[Delivery]:
        with open_campaign(self.place, access="read", command="log") as campaign:
            return list(campaign.ledger.deliveries())

    @contextmanager
    def opened(self) -> Iterator[Campaign]:
        with open_campaign(self.place, access="read", command="log") as campaign:
            yield campaign

    # What a person does

    @initialize()
    def begins(self) -> None:
        self.desk.make()
        self.desk.ok("account", "set", "--host", "127.0.0.1", "--port", "9", "--tls", "none",
                     "--no-test")  # fmt: skip
        self.imports(FIRST)
        with self.opened() as campaign:
            campaign_id = campaign.ledger.campaign_id
        self.ids = {
            message_digest(campaign_id, key, wave): (key, wave) for key in ROWS for wave in (1, 2)
        }
        self.keep_a_copy()

    @rule(more=st.sets(keys, max_size=2))
    def imports_again(self, more: set[str]) -> None:
        self.imports([*FIRST, *more])

    def imports(self, chosen: Sequence[str]) -> None:
        sheet = self.desk.sheet(*(ROWS[key] for key in dict.fromkeys(chosen)), header=HEADER)
        job = importing.Job(self.place, [str(sheet)], Reading(), unheard)
        wants = job.run((), lambda notice: None).wants
        if wants:
            assert not job.run([each.agreed() for each in wants], lambda notice: None).wants
        self.imported.update(chosen)

    @rule(key=keys, n=st.integers(0, 2))
    def edits(self, key: str, n: int) -> None:
        if key in self.imported:
            edit.run(self.place, key, {"courriel": f"{key}-{n}@example.org" if n else ""}, unheard)

    @rule(said=fates, meanwhile=st.sampled_from((None, *MEANWHILE)), who=keys)
    def sends(self, said: dict[str, Outcome], meanwhile: str | None, who: str) -> None:
        def act(message: Message) -> None:
            key = who if meanwhile == "another stops" else self.whose(message.message_id)[0]
            if meanwhile == "another sends":
                self.leaves(Server(log=self.log))
            elif meanwhile == "says yes":
                self.says_yes(key)
            else:
                self.stops(key)

        self.leaves(Server(log=self.log, meanwhile=act if meanwhile else None), said)

    @rule(steps=st.integers(1, 40))
    def sends_and_is_killed(self, steps: int) -> None:
        self.is_killed(steps, lambda step: self.leaves(Server(log=self.log, step=step)))

    def leaves(self, office: Server, said: dict[str, Outcome] | None = None) -> None:
        """All that may, as a person agrees to it."""
        if said:
            to = {key: [d.address for d in self.deliveries() if d.key == key] for key in said}
            office.fates = {each: said[key] for key, each_of in to.items() for each in each_of}
        outer, self.office = self.office, office
        try:
            options = send.Options(accept_bounces=True)
            with may_refuse(), send.open(self.place, options, watch=self.watch) as job:
                consents: list[Consent] = []
                job.refresh()
                while (plan := job.plan(consents)).wants:
                    consents += [want.agreed() for want in plan.wants]
                    job.refresh(consents)
                job.run(consents)
        finally:
            self.office = outer

    @rule()
    def a_day_passes(self) -> None:
        self.watch.pass_by(timedelta(days=1))

    @rule(key=keys, is_stop=st.booleans())
    def writes_back(self, key: str, is_stop: bool) -> None:
        """An answer, or a STOP that a person takes at its word."""
        letters = [body for body in self.bodies if body.key == key]
        if not letters:
            return
        number = len(list(self.mailbox.iterdir()))
        data = mails.answer(
            sender=f"Mairie <{letters[-1].to}>",
            refers=letters[-1].message_id,
            own_id=f"<{number}@mairie.example.org>",
            body="Merci de ne plus nous écrire." if is_stop else "Nous vous répondrons.",
        )
        self.comes_in(number, data)
        if is_stop:
            self.stops(key)

    def comes_in(self, number: int, data: bytes) -> None:
        (self.mailbox / f"{number}.eml").write_bytes(data)
        self.reads_the_mailbox()

    def reads_the_mailbox(self) -> None:
        """From its beginning, as ever: what was read is known."""
        if not any(self.mailbox.iterdir()):
            return
        with inbox.open(self.place, "replies", unheard) as job:
            job.read(self.mailbox)
        with self.opened() as campaign:
            answered = {each.key for each in campaign.ledger.replies.all() if each.key}
        self.hears(*answered)

    def hears(self, *answered: str) -> None:
        for key in answered:
            self.answered.setdefault(key, len(self.bodies))

    @rule(key=keys)
    def comes_back(self, key: str) -> None:
        """A server's report about a letter that another took."""
        letters = [b for b in self.bodies if b.key == key and b not in self.reports]
        if not letters:
            return
        body = letters[0]
        self.reports.append(body)
        back = f"To: {body.to}\nMessage-ID: {body.message_id}\n"
        data = mails.report(
            "failed", "5.1.1", f"550 5.1.1 {len(self.reports)}",
            returned=f"Content-Type: text/rfc822-headers\n\n{back}", to=body.to,
        )  # fmt: skip
        number = len(list(self.mailbox.iterdir()))
        self.comes_in(number, data.replace(b"Message-ID: <failed", b"Message-ID: <%d" % number, 1))

    @rule(key=keys)
    def says_yes(self, key: str) -> None:
        if key in self.imported:
            inbox.answer(
                self.place,
                key,
                Meaning.YES,
                unheard,
                way=Way.PHONE,
                note="",
                proof=inbox.AnswerProof(),
            )
            self.hears(key)

    @rule(key=keys)
    def stops(self, key: str) -> None:
        with suppression.open(self.place, key, unheard) as job:
            job.run((), "asked")
        self.suppressed.setdefault(key, len(self.bodies))

    @rule(key=keys)
    def is_written_to_again(self, key: str) -> None:
        if self.suppressed.pop(key, None) is not None:
            with suppression.open(self.place, key, unheard) as job:
                job.take_back("asked")

    @rule()
    def is_reminded(self) -> None:
        with remind.open(self.place, unheard, really=True) as campaign:
            plan = remind.plan(
                campaign, unheard, 2, file=None, after=timedelta(0), narrowing=Narrowing()
            )
            reminded = {who.key for who, _channel in plan.opening.chosen}
            assert not reminded & (self.answered.keys() | self.suppressed.keys())
            remind.run(campaign, plan, [want.agreed() for want in plan.wants])

    @rule()
    def takes_reminders_back(self) -> None:
        with suppress(Misuse):
            remind.take_back(self.place, 2, unheard)

    @rule()
    def settles_doubts(self) -> None:
        """By the server's own log, as a person who asks there."""
        with inbox.open(self.place, "resolve", unheard) as job:
            for doubt in in_doubt(job.campaign.ledger):
                is_taken = self.out(doubt.key, doubt.wave) > 0
                job.settle(doubt.key, Status.SENT if is_taken else Status.QUEUED)

    def out(self, key: str, wave: int) -> int:
        """How many letters of a wave are with somebody: taken, and not come back."""
        of = [body for body in self.bodies if (body.key, body.wave) == (key, wave)]
        return sum(body not in self.reports for body in of)

    # Paper

    @rule()
    def prints(self) -> None:
        self.makes_lots()

    @rule(steps=st.integers(1, 12))
    def prints_and_is_killed(self, steps: int) -> None:
        self.is_killed(steps, lambda _step: self.makes_lots())

    def makes_lots(self) -> None:
        with may_refuse():
            made = lots.make(
                self.watch, self.place, Narrowing(), all_queued=False, accept_edit=True,
                separate=False, listener=unheard,
            )  # fmt: skip
            for lot in made.printed.lots:
                with self.opened() as campaign:
                    pages = {page.key for page in campaign.ledger.pages(lot.number)}
                assert not pages & self.suppressed.keys()

    @rule(status=st.sampled_from((Status.PRINTED, Status.POSTED, Status.QUEUED)))
    def marks_a_lot(self, status: Status) -> None:
        with self.opened() as campaign:
            numbers = [lot.number for lot in campaign.ledger.lots()]
        if numbers:
            with suppress(Trouble), lots.open(self.place, numbers[-1], listener=unheard) as job:
                job.mark(status, [want.agreed() for want in job.wants_to_mark(status)])

    @rule(key=keys)
    def the_post_returns(self, key: str) -> None:
        with suppress(Trouble):
            lots.returned(self.place, key, unheard)

    # Disks

    @rule()
    def keep_a_copy(self) -> None:
        with closing(SqliteDatabase(self.place / LEDGER)) as database:
            self.copy.unlink(missing_ok=True)
            database.copy_to(self.copy)
        self.known_to_copy = set(self.imported), dict(self.answered)

    @rule()
    def an_older_copy_is_put_back(self) -> None:
        """What has left since is not known to it, and nothing leaves from it; else it goes on."""
        newer = self.copy.with_name("newer.db")
        with closing(SqliteDatabase(self.place / LEDGER)) as database:
            newer.unlink(missing_ok=True)
            database.copy_to(newer)
        with self.opened() as campaign:
            now = campaign.ledger.counter
        self.puts_there(self.copy)
        ((then,),) = sql(self.copy, "SELECT counter FROM campaign")
        if then < now:
            sent = self.log.read_bytes()
            with pytest.raises(LedgerError, match="ledger-behind"):
                self.leaves(Server(log=self.log))
            assert self.log.read_bytes() == sent
            self.puts_there(newer)
        else:
            imported, answered = self.known_to_copy
            self.imported, self.answered = set(imported), dict(answered)
            self.reads_the_mailbox()

    def puts_there(self, file: Path) -> None:
        unlink_neighbours(self.place / LEDGER)
        shutil.copy(file, self.place / LEDGER)

    # A kill

    def is_killed(self, steps: int, act: Callable[[Callable[[], object]], object]) -> None:
        """In a process of its own, behind so many writes and words with the server."""
        if child := os.fork():
            os.waitpid(child, 0)
            return
        left = [steps]

        def step() -> None:
            left[0] -= 1
            if not left[0]:
                os.kill(os.getpid(), signal.SIGKILL)

        try:
            for name in ("writing", "writing_fast"):
                setattr(SqliteDatabase, name, counted(getattr(SqliteDatabase, name), step))
            act(step)
        finally:
            os._exit(0)

    # What holds

    @invariant()
    def nobody_gets_two_letters_of_a_wave(self) -> None:
        gone = Counter((body.key, body.wave) for body in self.bodies)
        back = Counter((body.key, body.wave) for body in self.reports)
        assert all(n <= 1 + back[which] for which, n in gone.items()), gone

    @invariant()
    def nobody_is_written_to_who_asked_to_stop(self) -> None:
        for key, since in self.suppressed.items():
            assert key not in {body.key for body in self.bodies[since:]}

    @invariant()
    def nobody_is_reminded_who_answered(self) -> None:
        for key, since in self.answered.items():
            assert (key, 2) not in {(body.key, body.wave) for body in self.bodies[since:]}

    @invariant()
    def nobody_is_lost(self) -> None:
        with self.opened() as campaign:
            assert {each.key for each in campaign.ledger.recipients()} == self.imported
            assert sums_agree(campaign.ledger.counts())

    @invariant()
    def the_ledger_and_the_servers_log_agree_or_it_says_that_it_doubts(self) -> None:
        for each in self.deliveries():
            if each.channel is not Channel.EMAIL:
                continue
            taken = [b for b in self.bodies if (b.key, b.wave) == (each.key, each.wave)]
            if each.status is Status.SENT:
                assert taken, each
            elif each.status not in (Status.UNKNOWN, Status.SENDING):
                assert all(body in self.reports for body in taken), each

    def comes_to_an_end(self) -> None:
        """Whoever is still to be written to is."""
        self.settles_doubts()
        self.watch.pass_by(timedelta(days=9))
        self.leaves(Server(log=self.log))
        self.the_ledger_and_the_servers_log_agree_or_it_says_that_it_doubts()
        waiting = (Status.QUEUED, Status.DEFERRED, Status.SENDING, Status.UNKNOWN)
        for each in self.deliveries():
            if each.channel is Channel.EMAIL:
                assert each.status not in waiting, each


@contextmanager
def may_refuse() -> Iterator[None]:
    """It may say that nobody gets one now; not that the ledger is another."""
    try:
        yield
    except LedgerError:
        raise
    except Refused:
        pass


def counted(writing: Callable[..., Any], step: Callable[[], object]) -> Callable[..., Any]:
    """The same, with a step behind it."""

    @contextmanager
    def one(self: SqliteDatabase) -> Iterator[Any]:
        with writing(self) as transaction:
            yield transaction
        step()

    return one


def walked(*steps: Callable[[Campaigns], object]) -> None:
    """A walk that is known."""
    state = Campaigns()
    try:
        state.begins()
        for step in steps:
            step(state)
            for each in state.invariants:
                each.function(state)
    finally:
        state.teardown()


def test_whoever_is_killed_leaves_a_doubt_and_no_second_letter() -> None:
    for steps in (6, 10, 14):
        walked(
            partial(Campaigns.sends_and_is_killed, steps=steps), lambda one: one.sends({}, None, "")
        )


TestCampaigns = Campaigns.TestCase
TestCampaigns.settings = settings(max_examples=8, stateful_step_count=25)
