"""What may follow what: nothing that may have left is sent again by itself."""

from __future__ import annotations

from pathlib import Path

from merge.channels import STATUSES, TAKEN_BY_PAPER
from merge.ledger.states import may_move
from merge.model import Channel, Status
from tests.facts import facts, wrong

TABLE = Path(__file__).with_suffix(".txt")


def test_a_letter_moves_as_the_table_says() -> None:
    def may_become(where: str) -> str:
        channel, status = where.split()
        return " ".join(each for each in Status if may_move(Channel(channel), Status(status), each))

    told = [where for (where,), _ in facts(TABLE, "it may become")]
    assert told == [f"{channel} {each}" for channel in STATUSES for each in STATUSES[channel]]
    assert wrong(TABLE, "it may become", may_become) == []


def test_paper_takes_whom_an_e_mail_certainly_did_not_reach() -> None:
    assert set(TAKEN_BY_PAPER) == {Status.FAILED, Status.BOUNCED}
