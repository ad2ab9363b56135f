"""All that may happen to the ledger of a campaign, as verbs; its promises hold after each.

    world = World(folder)
    world.do("import 1 2:paper")
    assert world.do("send anna 1 sent") == "email sent"

A town is its number, with what is said of it: `1:paper:petit` has no e-mail, and a mayor called
Petit (`SAID`). Each step takes a minute. What a story tells and what Hypothesis makes up are the
same steps, so that a history that fails is a story to keep (tests/promises/stories).
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Row, func, select, update

from merge.campaign.reminders import Heard, heard, let_go_of_the_overtaken, plan, undecided
from merge.campaign.suppression import Gate, end_suppression, keep_back, keep_suppressed, named_of
from merge.channels import TAKEN_BY_PAPER, channel_for
from merge.errors import Trouble
from merge.ledger import schema
from merge.ledger.driver.places import database_at
from merge.ledger.ledger import Ledger
from merge.ledger.opening import adopt, ledger_place
from merge.ledger.records import (
    Answer,
    Erasure,
    ImportChange,
    Intent,
    Meaning,
    Proposal,
    QuotaLimits,
    Reply,
    SuppressedName,
    Taken,
)
from merge.ledger.states import REQUEUED_BY_EDIT, TOUCHED_BY_IMPORT, may_move
from merge.model import Channel, Delivery, LetterFault, LotFile, Page, Recipient, Status
from merge.outcome import Bounce, Sort
from merge.post.envelope import place_of
from tests.fakes import sums_agree, town
from tests.ledger_desk import new_desk
from tests.ledger_hands import NOON, claim, settled
from tests.mailboxes import SPAM, UNKNOWN_USER

SENDERS = ("anna", "ben")
SAID: Mapping[str, Mapping[str, Any]] = {
    "paper": {"email": None},
    "homeless": {"postcode": "", "locality": ""},
    "nowhere": {"email": None, "street": (), "postcode": "", "locality": ""},
    "box": {"email": "accueil@example.org"},
    "ville": {"email": "Mairie@Ville.Example.ORG"},
    "box2": {"email": "maire@example.org"},
    "CASE": {"email": "Mairie-1@Example.org"},
    "home": {"street": ("1 place de la Mairie",)},
    "written": {"street": ("1, PLACE de la mairie",), "locality": "VILLE-1"},
    "half": {"postcode": "0001"},  # nothing that can stand on an envelope
    "moved": {"street": ("2 rue Neuve",)},
    "moved2": {"street": ("3 rue Haute",)},
    "petit": {"surname": "Petit"},
    "woman": {"sex": "F"},
    "insee": {"insee": "01001"},
    "insee9": {"insee": "00009"},
    "part": {"email": "1@example.org"},
    "alike": {"commune": "Ville-1", "postcode": "00001", "email": None},
    "seen": {"fields": {"Note": "vue"}},
    "blank": {"fields": {"Note": "", "Tel": "1"}},
    "elsewhere": {"row": 99},
    "dead": {"fault": "row-asks-not Décédé=oui"},
}
WAITS = (*TOUCHED_BY_IMPORT, Status.DEFERRED)
DUE = timedelta(minutes=15)


def said(word: str, known: Recipient | None = None) -> tuple[Recipient, dict[str, str]]:
    """A recipient as a sheet has it, or as an edit makes it of `known`; and what was named."""
    number, *more = word.split(":")
    facts: dict[str, Any] = {name: value for each in more for name, value in SAID[each].items()}
    base = town(int(number)) if known is None else known
    headers = facts.get("fields", {})
    texts = {n: ", ".join(v) if isinstance(v, tuple) else v or "" for n, v in facts.items()}
    return base._replace(**facts), {n: v for n, v in {**texts, **headers}.items() if n != "fields"}


def key_of(word: str) -> str:
    return f"{int(word.partition(':')[0]):05}"


def told_of(change: ImportChange) -> str:
    """What came of an import, as far as there is something to tell."""
    numbers = {"added": change.added, "changed": change.changed}
    keys = {
        "returned": change.returned,
        "deferred": change.deferred,
        "stays": change.stay_returned,
        "twin": change.twins,
        "absent": change.absent,
    }
    found = [f"{what} {n}" for what, n in numbers.items() if n]
    found += [f"{what} {short(of)}" for what, of in keys.items() if of]
    return ", ".join(found) or "nothing"


def shown(value: object) -> str:
    return "-" if value in (None, "") else str(value)


def short(keys: Sequence[str]) -> str:
    return " ".join(str(int(key)) for key in keys) or "-"


class World:
    """A campaign in `folder`, two senders of it, a person at work, and a clock."""

    def __init__(self, folder: Path) -> None:
        self.desk = new_desk(folder)
        self.clock, self.dead = NOON, set[str]()
        self.history: list[str] = []
        self._open()
        self.account = f"{self.ledger.campaign_id}@host"  # a server has that of every other world
        self._rows: dict[int, Row[Any]] = {}
        self._people: list[set[str]] = [set()]  # before each import that stands
        self._tries = 0
        self._accepted = set[tuple[str, int]]()
        self._flight = dict[tuple[str, int], str]()  # whose body is on its way, and from whom
        self._had = set[tuple[str, int]]()  # a body may lie there
        self._may_again = set[tuple[str, int]]()  # and a person took it upon them, or it came back
        self._offered = set[tuple[str, int]]()
        self._opted_out = set[str]()
        self._answered, self._undecided = set[str](), set[str]()
        self._stack: dict[str, Delivery] = {}
        self._stack_number = 0
        self._saved: tuple[int, list[set[str]]] | None = None

    def _open(self) -> None:
        place = ledger_place(self.desk.folder, self.desk.accounts)
        self.of = {
            sender: Ledger(
                database_at(place),
                self.desk.accounts,
                sender=sender,
                alive=lambda token: token not in self.dead,
                now=lambda: self.clock,
            )
            for sender in (*SENDERS, "camille")
        }
        self.ledger = self.of["camille"]  # the person's own

    def close(self) -> None:
        for ledger in self.of.values():
            ledger._database.close()
        self.desk.accounts.close()

    def do(self, step: str) -> str:
        """One step; what came of it, or the code that it was refused with."""
        self.history.append(step)
        verb, *words = step.split()
        act: Callable[..., str] = getattr(self, f"{verb}_")
        try:
            result = act(*words)
        except Trouble as trouble:
            result = trouble.code
        self._hold_promises(verb)
        self.clock += timedelta(minutes=1)
        return result

    # What is known before and after

    def rows(self) -> dict[int, Row[Any]]:
        with self.ledger._database.reading() as tx:
            found = tx.execute(select(schema.deliveries))
            return {row.id: row for row in found}

    def _row(self, word: str) -> Row[Any] | None:
        mine = [row for row in self._rows.values() if row.recipient == key_of(word)]
        return max(mine, key=lambda row: row.wave, default=None)

    def _latest(self, *words: str) -> list[Row[Any]]:
        return [row for word in words if (row := self._row(word)) is not None]

    # People

    def _take(self, words: Sequence[str], *, keep: bool) -> str:
        batches = " ".join(words).split(" / ")
        with self.ledger.importing(self.clock) as intake:
            for batch in batches:
                intake.take([said(word)[0] for word in batch.split()])
            change = intake.change()
            if keep:
                intake.keep([])
                kept = intake.change()
                assert replace(kept, counts=change.counts) == change
                assert reached(kept) == reached(change)
        return told_of(change)

    def import_(self, *words: str) -> str:
        told = self._take(words, keep=True)
        self._people.append(self._people[-1] | {key_of(word) for word in words if word != "/"})
        return told

    def consider_(self, *words: str) -> str:
        """An import that is only looked at."""
        before = self.rows(), self.ledger.recipients()
        told = self._take(words, keep=False)
        assert (self.rows(), self.ledger.recipients()) == before
        return told

    def undo_(self) -> str:
        n = self.ledger.undo_import(self.clock)
        gone = self._people.pop() - self._people[-1]
        for told in (self._accepted, self._had, self._may_again):
            told -= {each for each in told if each[0] in gone}
        self._tries = 0
        return str(n)

    def edit_(self, *words: str) -> str:
        for word in words:
            known = self.ledger.recipient(key_of(word)) or town(int(word.partition(":")[0]))
            recipient, changes = said(word, known)
            self.ledger.edit(recipient, changes, channel_for(recipient), self.clock)
        return self.stands_(*words)

    def erase_(self, *words: str) -> str:
        keys = tuple(map(key_of, words))
        erasure = Erasure(
            keys=keys, messages=(), kept=frozenset(), lots=(), replies=0, attempts=0, waiting=0
        )
        self.ledger.erase(erasure, self.clock, everybody=False)
        return "erased"

    # E-mail

    def claim_(self, sender: str, *words: str) -> str:
        free = {
            row.recipient
            for row in self._rows.values()
            if row.channel is Channel.EMAIL
            and row.claimant is None
            and (
                row.status is Status.QUEUED
                or (row.status is Status.DEFERRED and row.not_before <= self.clock)
            )
        }
        keys = [key_of(word) for word in words] or None
        claimed = [each.key for each in claim(self.of[sender], keys, 9, self.clock)]
        assert set(claimed) == (free if keys is None else free & set(keys))
        return short(claimed)

    def intend_(self, sender: str, *words: str) -> str:
        """As a sender does it between 354 and the body: a last look, then the intents.

        With `limit:1` the quota of the account grants one.
        """
        limit = next((int(each[6:]) for each in words if each.startswith("limit:")), None)
        words = tuple(each for each in words if each.isdigit())
        ledger, asked = self.of[sender], self._latest(*words)
        may = {
            row.id
            for row in asked
            if row.claimant == sender and row.status in (*WAITS, Status.SENDING)
        }
        later = [row.id for row in asked if row.wave > 1]
        overtaken = set(ledger.reminders.overtaken(later))
        ledger.reminders.drop([*overtaken], self.clock)
        for row in asked:
            if row.id in ledger.reminders.undecided(later):
                ledger.hold(row.id, undecided(row.recipient), self.clock)
            if ruling := self._ruling(row.recipient, row.channel):
                keep_back(ledger, delivery_of(row), ruling, self.clock)
        kept_back = {row.recipient for row in asked} & (self._opted_out | self._undecided)
        wanted = [row for row in asked if row.id not in overtaken]
        intents = [
            Intent(
                delivery_id=row.id,
                message_id=f"<{row.recipient}.{row.wave}@example.org>",
                address=self._recipient(row.recipient).email or "",
                sha256="a" * 64,
                fingerprint="f" * 64,
            )
            for row in wanted
        ]
        limits = QuotaLimits(per_day=limit)
        commit = ledger.commit([], intents, self.account, limits, self.clock)
        for row in wanted:
            if row.id in commit.leaving:
                letter = (row.recipient, row.wave)
                assert row.id in may
                assert letter not in self._had or letter in self._may_again, "two bodies"
                assert row.wave == 1 or row.recipient not in self._answered | self._undecided
                assert row.recipient not in self._opted_out
                self._flight[letter] = sender
                self._offered.add((sender, row.id))
        held_back = {row.id for row in asked if row.recipient in kept_back} | overtaken
        assert {*commit.leaving, *commit.staying} >= may - held_back
        return short([self._rows[number].recipient for number in commit.leaving])

    def settle_(self, sender: str, word: str, outcome: str) -> str:
        """Also from a sender who has no business with it: late, or mistaken."""
        row, status = self._row(word), Status(outcome)
        if row is None or (status is Status.SENT and (sender, row.id) not in self._offered):
            return "-"  # no server says so of what no intent was written for
        is_in_hand = row.claimant == sender and (
            row.status is Status.SENDING
            or (row.status in (Status.QUEUED, Status.DEFERRED) and status is not Status.UNKNOWN)
        )
        is_late = status is Status.SENT and (
            row.status is Status.UNKNOWN
            or (row.status is Status.QUEUED and row.channel is Channel.EMAIL and not row.claimant)
        )
        one = settled(delivery_of(row), status, self.clock)
        if status is Status.DEFERRED:
            one = one._replace(not_before=self.clock + DUE)
        self.of[sender].commit([one], [], self.account, QuotaLimits(), self.clock)
        letter = (row.recipient, row.wave)
        if is_in_hand and self._flight.pop(letter, ""):
            self._lies_there(letter, status in (Status.SENT, Status.UNKNOWN))
        if is_late:
            self._lies_there(letter, True)
        expected = status if is_in_hand or is_late else row.status
        assert self.rows()[row.id].status is expected
        return self.stands_(word)

    def _lies_there(self, letter: tuple[str, int], is_taken: bool) -> None:
        if is_taken:
            self._had.add(letter)
            self._may_again.discard(letter)

    def send_(self, sender: str, word: str, outcome: str) -> str:
        """Claimed, written down, handed over."""
        self.claim_(sender, word)
        self._hold_promises("claim")
        self.intend_(sender, word)
        self._hold_promises("intend")
        return self.settle_(sender, word, outcome)

    def refuse_(self, sender: str, word: str, outcome: str) -> str:
        """Claimed, and refused before anything was written down."""
        self.claim_(sender, word)
        self._hold_promises("claim")
        return self.settle_(sender, word, outcome)

    def release_(self, sender: str, *words: str) -> str:
        ids = [row.id for row in self._latest(*words)]
        self.of[sender].release(ids)
        for row in self._latest(*words):
            if row.claimant == sender:
                self._flight.pop((row.recipient, row.wave), None)
                after = self.rows()[row.id]
                waits = Status.QUEUED if row.status is Status.SENDING else row.status
                assert (after.claimant, after.status) == (None, waits)
        return self.stands_(*words)

    def die_(self, sender: str) -> str:
        """It dies, the other finds out, and another with its name begins."""
        self.dead.add(sender)
        (other,) = set(SENDERS) - {sender}
        n = self.of[other].release_dead_senders()
        self.dead.discard(sender)
        theirs = [letter for letter, whose in self._flight.items() if whose == sender]
        for letter in theirs:
            self._lies_there(letter, True)
            del self._flight[letter]
        return str(n)

    def live_(self, sender: str) -> str:
        """The other looks for dead ones, and there is none."""
        (other,) = set(SENDERS) - {sender}
        return str(self.of[other].release_dead_senders())

    def hold_(self, sender: str, word: str) -> str:
        for row in self._latest(word):
            fault = LetterFault(key=row.recipient, code="empty-value", field="nom")
            self.of[sender].hold(row.id, fault, self.clock)
            may = may_move(row.channel, row.status, Status.HELD)
            self._expect(row, Status.HELD, may and row.claimant in (None, sender))
            if row.claimant == sender and may:
                self._flight.pop((row.recipient, row.wave), None)
        return self.stands_(word)

    def requeue_(self, word: str) -> str:
        """Its letter is right again."""
        for row in self._latest(word):
            self.ledger.requeue([row.id])
            self._expect(row, Status.QUEUED, row.status is Status.HELD)
        return self.stands_(word)

    def _expect(self, row: Row[Any], status: Status, may: bool) -> None:
        after = self.rows()[row.id].status
        assert after is (status if may else row.status), (row.status, after)

    # Doubts, and what comes back

    def resolve_(self, word: str, outcome: str) -> str:
        row = self._row(word)
        try:
            self.ledger.resolve(key_of(word), Status(outcome), self.clock, "camille")
        except ValueError:
            return "no such move"
        assert row is not None
        if outcome == Status.QUEUED:
            self._may_again.add((row.recipient, row.wave))
        return self.stands_(word)

    def prove_(self, word: str) -> str:
        for row in self._latest(word):
            self.ledger.prove_sent({row.id: "proof-copy"}, self.clock, "camille")
        return self.stands_(word)

    def bounce_(self, word: str, why: str = "unknown", to: str = "", wave: str = "1") -> str:
        outcome = SPAM if why == "spam" else UNKNOWN_USER
        message_id = f"<{key_of(word)}.{wave}@example.org>"
        report = Bounce(message_id=message_id, to=to, at=self.clock, outcome=outcome)
        found = self.ledger.bounced([report], lambda _reports: None, since=NOON)
        for each in (*found.bounced, *found.about_us):
            self._may_again.add((each.key, each.wave))
            self._accepted.discard((each.key, each.wave))
        return "back" if found.bounced else "about us" if found.about_us else "-"

    def decide_(self, word: str, decision: Any) -> str:
        self.ledger.decide_refused(decision, [key_of(word)], self.clock, "camille")
        return self.stands_(word)

    # Who wants no letters, and who has answered

    def _gate(self) -> Gate:
        return Gate(self.desk.accounts.suppression, self.ledger.campaign_id)

    def _recipient(self, key: str) -> Recipient:
        recipient = self.ledger.recipient(key)
        assert recipient is not None
        return recipient

    def _ruling(self, key: str, channel: Channel) -> Any:
        return self._gate().ruling(self._recipient(key), channel)

    def _line(self, word: str) -> SuppressedName:
        recipient = self.ledger.recipient(key_of(word)) or town(int(word))
        return named_of(recipient, self.ledger.campaign_id)

    def optout_(self, word: str) -> str:
        line = self._line(word)
        self.desk.accounts.suppression.add([line], "asked", self.clock)
        self._opted_out.add(key_of(word))
        keep_suppressed(self.ledger, self._gate(), self.clock)
        return self.stands_(word)

    def optin_(self, word: str) -> str:
        line = self._line(word)
        self.desk.accounts.suppression.take_back([line])
        self._opted_out.discard(key_of(word))
        end_suppression(self.ledger, self._gate(), [line], self.clock, "a slip")
        return self.stands_(word)

    def suppress_(self, sender: str, word: str) -> str:
        """Without a line on the list."""
        for row in self._latest(word):
            self.of[sender].suppress({row.id: "by telephone"}, self.clock)
            may = may_move(row.channel, row.status, Status.SUPPRESSED)
            self._expect(row, Status.SUPPRESSED, may and row.claimant in (None, sender))
        return self.stands_(word)

    def restore_(self, word: str) -> str:
        self.ledger.restore([row.id for row in self._latest(word)], self.clock, "a slip")
        return self.stands_(word)

    def answer_(self, word: str) -> str:
        key = key_of(word)
        self.ledger.answers.add(
            Answer(key=key, meaning=Meaning.YES, at=self.clock, noted_at=self.clock)
        )
        self._answered.add(key)
        return "heard"

    def _mail(self, sort: Sort, **more: Any) -> None:
        identity = f"{len(self.history):064}"
        self.ledger.replies.keep([Reply(identity=identity, sort=sort, at=self.clock, **more)])

    def complain_(self, word: str) -> str:
        self._mail(Sort.COMPLAINT, key=key_of(word))
        self._answered.add(key_of(word))
        return "heard"

    def reply_(self, word: str) -> str:
        self._mail(Sort.ANSWER, key=key_of(word))
        self._answered.add(key_of(word))
        return "heard"

    def mail_(self, word: str) -> str:
        """One that may be of this town."""
        proposals = (Proposal("99999", "domain"), Proposal(key_of(word), "commune"))
        self._mail(Sort.ANSWER, proposals=proposals)
        self._undecided.add(key_of(word))
        return "heard"

    def dismiss_(self) -> str:
        """None of the mails that nobody had decided is an answer."""
        for mail in self.ledger.replies.undecided():
            self.ledger.replies.dismiss(mail.number)
        self._undecided.clear()
        return "heard"

    def remind_(self, wave: str) -> str:
        """Who gets a reminder, by what; why the others get none."""
        known = heard(self.ledger.answers.all(), self.ledger.replies.all())
        known = Heard(answered=known.answered, undecided=frozenset(self._undecided))
        found = plan(self.ledger, self._gate(), known, wave=int(wave), keys=None, before=self.clock)
        chosen = [(who.key, channel) for who, channel in found.chosen]
        assert not {key for key, _ in chosen} & (self._answered | self._opted_out)
        self.ledger.reminders.open(int(wave), chosen, self.clock)
        told = {int(key): str(channel) for key, channel in chosen}
        told |= {int(key): str(why) for key, why in found.left_out.items()}
        return ", ".join(f"{number} {what}" for number, what in sorted(told.items()))

    def takeback_(self, wave: str) -> str:
        return str(self.ledger.reminders.take_back(int(wave)))

    def overtake_(self) -> str:
        """Close the reminders that should not leave any more."""
        n = let_go_of_the_overtaken(self.ledger, self.clock)
        assert self.ledger.reminders.overtaken() == [
            row.id
            for row in self.rows().values()
            if row.id in self.ledger.reminders.overtaken() and row.claimant
        ]
        return str(n)

    # Paper

    def paper_(self, *words: str) -> str:
        """Whom a lot would take; with `!`, also whose e-mail has not left."""
        keys = [key_of(word) for word in words if word != "!"] or None
        return short([one.key for one in self.ledger.for_paper(keys, all_queued="!" in words)])

    def stack_(self, *words: str) -> str:
        """Pages are made of the letters as they stand."""
        self._stack = {row.recipient: delivery_of(row) for row in self._latest(*words)}
        self._stack_number = self.ledger.next_lot()
        return short([*self._stack])

    def bind_(self) -> str:
        """The pages become a lot, if all may still be taken."""
        found = [self._rows.get(one.id) for one in self._stack.values()]
        ids = [one.id for one in self._stack.values()]
        if not ids:
            return "-"
        for late in (self.ledger.reminders.overtaken, self.ledger.reminders.undecided):
            if late(ids):
                return "overtaken"
        if any(self._ruling(key, Channel.PAPER) for key in self._stack):
            return "suppressed"
        pages = tuple(
            Page(key=key, position=at, sheets=1, sha256="b" * 64)
            for at, key in enumerate(self._stack, 1)
        )
        lot = LotFile(path="lot.pdf", sha256="c" * 64, sheets=len(pages) + 1, pages=pages)
        taken = {
            key: Taken(
                delivery_id=one.id,
                fingerprint="d" * 64,
                address=place_of(self._recipient(key)),
            )
            for key, one in self._stack.items()
        }
        made = self.ledger.commit_lot(lot, self._stack_number, self.clock, taken)
        assert made is (
            self._stack_number == self._next_of_before
            and all(row is not None and self._may_be_printed(row) for row in found)
        )
        for row in found if made else ():
            assert row is not None
            letter = (row.recipient, row.wave)
            assert letter not in self._had or letter in self._may_again, "paper beside a body"
            assert row.wave == 1 or row.recipient not in self._answered | self._undecided
            assert row.recipient not in self._opted_out
        self._stack = {} if made else self._stack
        return "made" if made else "refused"

    @property
    def _next_of_before(self) -> int:
        return max((lot.number for lot in self._lots), default=0) + 1

    def _may_be_printed(self, row: Row[Any]) -> bool:
        refused = self.ledger.stands_of_refused()
        may = (
            row.status is Status.QUEUED
            or (row.channel is Channel.EMAIL and row.status in TAKEN_BY_PAPER)
        ) and refused.get(row.id) not in ("waits", "left")
        return may and row.claimant is None and row is self._row(row.recipient)

    def lot_(self, *words: str) -> str:
        """A lot of those of these that one may take, in one go."""
        keys = [key_of(word) for word in words]
        found = list(self.ledger.for_paper(keys, all_queued=True))
        self._stack = {one.key: one for one in found}
        self._stack_number = self.ledger.next_lot()
        return self.bind_()

    def mark_(self, outcome: str, *without: str) -> str:
        """A person's word on the last lot; some letters were taken out of it by hand."""
        number = self._lots[-1].number if self._lots else 1
        lies = {row.recipient: row for row in self._rows.values() if row.lot == number}
        keys = [key_of(word) for word in without]
        found = self.ledger.mark_lot(number, Status(outcome), self.clock, keys)
        for row in self.rows().values():
            before = lies.get(row.recipient)
            if before is not None and before.id == row.id and row.status is Status.POSTED:
                self._lies_there((row.recipient, row.wave), before.status is not Status.POSTED)
        return str(found.status)

    def post_(self, *words: str) -> str:
        """A lot of these, made and posted."""
        if (made := self.lot_(*words)) != "made":
            return made
        self._hold_promises("lot")
        return self.mark_("posted")

    def hand_(self, when: str = "") -> str:
        """To the printer; `late` by somebody who does not know of the last time."""
        if not self._lots:
            return "-"
        lot = self._lots[-1]
        self.ledger.note_handed_over(
            lot.number, "bureau", self.clock, None if when == "late" else lot.handed_at
        )
        return "handed"

    def again_(self, first: str, last: str) -> str:
        """Some letters of the last lot once more."""
        before = self.rows()
        self.ledger.note_range(self._lots[-1].number, int(first), int(last), self.clock)
        assert self.rows() == before
        return "noted"

    def return_(self, word: str) -> str:
        found = self.ledger.mark_returned(key_of(word), self.clock)
        self._may_again.add((found.key, found.wave))
        return self.stands_(word)

    # Copies

    def save_(self) -> str:
        """Of a file; what a server has is copied otherwise (tests/rooms/ledger)."""
        if self.desk.accounts.server:
            return "-"
        self._close_all()
        shutil.copy(self.desk.ledger, self.desk.folder / "saved")
        self._open()
        self._saved = (self.ledger.counter, [*self._people])
        return "saved"

    def putback_(self) -> str:
        """The older copy in its place: refused where a letter left since, until a person adopts."""
        if self._saved is None:
            return "-"
        counter, self._people = self._saved[0], [*self._saved[1]]
        is_behind = self.ledger.counter > counter
        self._close_all()
        with self.desk.open("share"):  # the next command, which sees how far it is
            pass
        shutil.copy(self.desk.folder / "saved", self.desk.ledger)
        for beside in ("-wal", "-shm"):
            Path(f"{self.desk.ledger}{beside}").unlink(missing_ok=True)
        if is_behind:
            assert self.desk.refusal() == "ledger-behind"
            assert adopt(self.desk.folder, accounts=self.desk.accounts).behind > 0
        with self.desk.open("share"):
            pass
        self._open()
        self._rows, self._tries = self.rows(), 0
        self._may_again |= self._had | self._flight.keys()  # the person was told
        self._accepted.clear()
        self._flight.clear()
        self._offered.clear()
        self._answered, self._undecided = set(), set()
        self._stack, self._saved = {}, None
        return "behind" if is_behind else "as it was"

    def _close_all(self) -> None:
        for ledger in self.of.values():
            ledger._database.close()

    # What a story looks at

    def due_(self, *words: str) -> str:
        """Whose e-mail may go: not yet tried, tried before; when the next of all others may."""
        keys = [*map(key_of, words)] or None
        first, again = (
            [
                f"{int(self._rows[number].recipient)}@{domain}"
                for number, domain in self.ledger.may_go(keys, self.clock, again=again)
            ]
            for again in (False, True)
        )
        outlook = self.ledger.outlook(keys, self.clock)
        assert outlook.now == len(first) + len(again)
        at = f"{outlook.next_at:%H:%M}" if outlook.next_at else "-"
        return f"{' '.join(first) or '-'}, again {' '.join(again) or '-'}, next {at}"

    def check_(self, channels: str, *words: str) -> str:
        """Whose letter could still leave on one of `email+paper`."""
        chosen = [*map(Channel, channels.split("+"))]
        assert not [*self.ledger.candidates([], chosen)], "nobody is not everybody"
        found = self.ledger.candidates([*map(key_of, words)] or None, chosen)
        them = [*found]
        assert (len(found), [*found]) == (len(them), them)
        assert all(self._rows[one.delivery_id].recipient == one.recipient.key for one in them)
        return ", ".join(
            f"{int(one.recipient.key)} {one.channel}{' held' if one.is_held else ''}"
            for one in them
        )

    def stands_(self, *words: str) -> str:
        """The channel and the status of each, and the wave of a reminder."""
        found = [self.ledger.delivery(key_of(word)) for word in words]
        return ", ".join(
            f"{one.channel} {one.status}{' reminder' if one.wave > 1 else ''}" if one else "none"
            for one in found
        )

    def has_(self, word: str, *names: str) -> str:
        """What else the ledger says of its letter."""
        one = self.ledger.delivery(key_of(word))
        return " ".join(shown(getattr(one, name)) for name in names)

    def knows_(self, word: str, name: str) -> str:
        """What the ledger says of a recipient."""
        recipient = self.ledger.recipient(key_of(word))
        return shown(getattr(recipient, name)) if recipient else "nobody"

    def told_(self, word: str) -> str:
        """The story of its letters."""
        found = self.ledger.attempts(key_of(word))
        return ", ".join(f"{one.phase or '-'} {one.status}" for one in found) or "-"

    def readdressed_(self, word: str) -> str:
        """When its letter was given the address that it waits for."""
        at = self.ledger.readdressed_at(key_of(word))
        return f"{at:%H:%M}" if at else "-"

    def forget_(self, word: str) -> str:
        """Where its letter went, as in a ledger of before that was written down."""
        with self.ledger._database.writing() as tx:
            mine = update(schema.deliveries).where(schema.deliveries.c.recipient == key_of(word))
            tx.execute(mine.values(address=""))
        return "forgotten"

    def people_(self) -> str:
        return short([one.key for one in self.ledger.recipients()])

    def counter_(self) -> str:
        return str(self.ledger.counter)

    def wait_(self, minutes: str) -> str:
        self.clock += timedelta(minutes=int(minutes))
        return "later"

    # What holds after each step

    def _hold_promises(self, verb: str) -> None:
        before, after = self._rows, self.rows()
        counts = self.ledger.counts()
        assert sums_agree(counts)
        assert counts.recipients == len(self._people[-1])
        for number, new in after.items():
            old = before.get(number)
            if old is not None:
                assert old.claimant in (None, new.claimant) or new.claimant is None
                assert moved_rightly(old, new, verb), (verb, old, new)
        for number in before.keys() - after.keys():
            assert before[number].status in WAITS or verb == "undo", (verb, before[number])
        self._accepted |= {
            (row.recipient, row.wave)
            for row in after.values()
            if (row.channel, row.status) == (Channel.EMAIL, Status.SENT)
        }
        stand = {(row.recipient, row.wave): row.status for row in after.values()}
        for letter in self._accepted & stand.keys() - self._may_again:
            assert stand[letter] is Status.SENT, letter
        with self.ledger._database.reading() as tx:
            tries = tx.execute(select(func.count()).select_from(schema.attempts)).scalar_one()
        assert tries >= self._tries, "an attempt is forgotten"
        self._tries, self._rows, self._lots = tries, after, self.ledger.lots()


def reached(change: ImportChange) -> tuple[int, int, int]:
    """By e-mail, on paper, by neither: what an import says before it is kept."""
    counts = change.counts
    return sum(counts.email.values()), sum(counts.paper.values()), counts.unreachable


def delivery_of(row: Row[Any]) -> Delivery:
    names = {name: row._mapping[name] for name in ("id", "wave", "channel", "status", "at")}
    return Delivery(key=row.recipient, **names)


def moved_rightly(old: Row[Any], new: Row[Any], verb: str) -> bool:
    """By the states of its channel; or a sheet, an edit or a lot has put it on the other one."""
    if (old.channel, old.status) == (new.channel, new.status):
        return True
    if verb in ("import", "undo") and new.status is Status.RETURNED:
        return old.status in TOUCHED_BY_IMPORT  # it waited for an address that is none
    if verb == "bounce" and new.status is Status.BOUNCED:  # which proves that it was sent
        return old.status is Status.SENT or may_move(old.channel, old.status, Status.SENT)
    if old.channel is new.channel:
        return may_move(old.channel, old.status, new.status)
    if new.status is Status.QUEUED:
        return old.status in (*WAITS, *REQUEUED_BY_EDIT, Status.MADE, Status.PRINTED)
    taken = (*TAKEN_BY_PAPER, Status.QUEUED)
    return new.channel is Channel.PAPER and old.status in taken
