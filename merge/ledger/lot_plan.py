"""Which lot is made of which letters, and who makes it, where several machines print one campaign.

Whoever begins a printing plans it once: the number of each lot and its deliveries. Each machine
takes one number after the other, in one transaction each, and what a dead one had in hand is taken
again; so the lots are the same however many there are. The plan decides nothing else: a lot counts
once it is committed (`Printing.commit_lot`), by whoever has it in hand then.

Two facts of the campaign hold it: PLAN is written once, IN_HAND with every lot.
"""

from __future__ import annotations

import json
from array import array
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import count
from typing import Any

from sqlalchemy import Connection, delete, select

from merge.ledger import schema
from merge.ledger.driver.database import Database, json_object, telling_damage, upsert

PLAN, IN_HAND = "lot_plan", "lots_in_hand"

_NOBODY = ""  # has it in hand: all of its letters went another way


@dataclass(slots=True)
class _Hands:
    """Who has what in hand: tokens by the number of a lot."""

    printing: int
    last: int  # number that is planned
    tokens: dict[int, str]


class LotPlan:
    """The plan of the printing at work, if there is one. `sender` is the token of this process."""

    def __init__(self, database: Database, sender: str, alive: Callable[[str], bool]) -> None:
        self._database = database
        self._sender = sender
        self._alive = alive

    def begin(self, printing: int, lots: Sequence[Sequence[int]]) -> None:
        """Plan lots of these deliveries, in the place of any plan before: what others still make by
        that one is refused when they commit it.

        Numbers that no lot has come first: a printing that was killed left them to this one.
        """
        with self._database.writing() as tx:
            made = _made(tx)
            free = (number for number in count(1) if number not in made)
            planned = {number: list(ids) for number, ids in zip(free, lots, strict=False)}
            plan = {"printing": printing, "lots": planned}
            _put(tx, PLAN, plan)
            _put_hands(tx, _Hands(printing, max(planned, default=0), {}))

    def lots(self, printing: int) -> Mapping[int, Sequence[int]]:
        """The deliveries of each lot of this printing, by its number; none where it is over."""
        with self._database.reading() as tx:
            said = _fact(tx, PLAN)
            return _planned(said["lots"]) if said.get("printing") == printing else {}

    def take(self, printing: int, numbers: Iterable[int]) -> int | None:
        """The first of these lots that is not made, and that nobody who lives has in hand: it is
        this process's now. None where there is none, or the printing is over.
        """
        with self._database.reading() as tx:
            found = _hands(tx)
        dead = {token for token in self._others(found) if not self._alive(token)}
        with self._database.writing() as tx:
            hands = _hands(tx)
            if hands is None or hands.printing != printing:
                return None
            made = _made(tx)
            for number in numbers:
                if number not in made and hands.tokens.get(number) in (None, *dead):
                    hands.tokens[number] = self._sender
                    _put_hands(tx, hands)
                    return number
        return None

    def give_back(self, number: int | None = None) -> None:
        """Another may take this lot, or all that this process has in hand."""
        self._change(number, None)

    def leave_out(self, number: int) -> None:
        """There is nobody whose letter could be in this lot."""
        self._change(number, _NOBODY)

    def goes_on(self, printing: int, numbers: Iterable[int]) -> bool:
        """Whether one of these lots is still to be made, or somebody who lives has one in hand,
        also one that is made and not yet told.
        """
        with self._database.reading() as tx:
            hands, made = _hands(tx), _made(tx)
        if hands is None or hands.printing != printing:
            return False
        if any(n not in made and hands.tokens.get(n) != _NOBODY for n in numbers):
            return True
        return any(map(self._alive, self._others(hands)))

    def end(self, printing: int) -> bool:
        """It is over, and nobody makes lots by it any more. False where another has its place."""
        with self._database.writing() as tx:
            hands = _hands(tx)
            if hands is None or hands.printing != printing:
                return False
            tx.execute(delete(schema.facts).where(schema.facts.c.name.in_((PLAN, IN_HAND))))
            return True

    def _others(self, hands: _Hands | None) -> set[str]:
        """Tokens of those who have something in hand."""
        return set(hands.tokens.values()) - {self._sender, _NOBODY} if hands else set()

    def _change(self, number: int | None, token: str | None) -> None:
        """Of that lot, or of all that this process has in hand."""
        with self._database.writing() as tx:
            hands = _hands(tx)
            if hands is None:
                return
            for each in [n for n, holder in hands.tokens.items() if holder == self._sender]:
                if number in (None, each):
                    del hands.tokens[each]
                    if token is not None:
                        hands.tokens[each] = token
            _put_hands(tx, hands)


def is_held(tx: Connection, printing: int, number: int, sender: str) -> bool:
    """Whether this process has that lot in hand, and nobody has made it."""
    hands = _hands(tx)
    if hands is None or hands.printing != printing or number in _made(tx):
        return False
    return hands.tokens.get(number) == sender


def last_planned(tx: Connection) -> int:
    """The last number that a plan keeps for itself; 0 without one."""
    hands = _hands(tx)
    return hands.last if hands else 0


def _made(tx: Connection) -> set[int]:
    return set(tx.execute(select(schema.lots.c.number)).scalars())


def _fact(tx: Connection, name: str) -> dict[str, Any]:
    query = select(schema.facts.c.value).where(schema.facts.c.name == name)
    text = tx.execute(query).scalar_one_or_none()
    return json_object(text) if text else {}


def _put(tx: Connection, name: str, said: Mapping[str, Any]) -> None:
    tx.execute(upsert(schema.facts).values(name=name, value=json.dumps(said)))


@telling_damage
def _planned(said: Mapping[str, Sequence[int]]) -> Mapping[int, Sequence[int]]:
    return {int(number): array("q", ids) for number, ids in said.items()}


def _hands(tx: Connection) -> _Hands | None:
    said = _fact(tx, IN_HAND)
    return _read(said) if said else None


@telling_damage
def _read(said: Mapping[str, Any]) -> _Hands:
    tokens = {int(number): str(token) for number, token in said["tokens"].items()}
    return _Hands(int(said["printing"]), int(said["last"]), tokens)


def _put_hands(tx: Connection, hands: _Hands) -> None:
    said = {"printing": hands.printing, "last": hands.last, "tokens": hands.tokens}
    _put(tx, IN_HAND, said)
