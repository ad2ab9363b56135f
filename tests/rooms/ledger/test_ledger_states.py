"""What may follow what: nothing that may have left is sent again by itself."""

from __future__ import annotations

import pytest

from merge.channels import MOVES, STATUSES, TAKEN_BY_PAPER
from merge.ledger.states import (
    may_move,
    sources,
)
from merge.model import Channel, Status


def test_sent_is_never_left_but_for_bounced() -> None:
    assert [s for s in Status if may_move(Channel.EMAIL, Status.SENT, s)] == [Status.BOUNCED]


def test_unknown_is_only_left_by_proof_or_a_persons_word() -> None:
    after = {s for s in Status if may_move(Channel.EMAIL, Status.UNKNOWN, s)}
    assert after == {Status.SENT, Status.QUEUED}


def test_only_what_has_not_left_can_be_sent() -> None:
    assert set(sources(Channel.EMAIL, Status.SENDING)) == {Status.QUEUED, Status.DEFERRED}


def test_paper_takes_nobody_whom_an_e_mail_may_have_reached() -> None:
    never = {Status.SENDING, Status.SENT, Status.DEFERRED, Status.UNKNOWN, Status.SUPPRESSED}
    assert not set(TAKEN_BY_PAPER) & never


@pytest.mark.parametrize("channel", [Channel.EMAIL, Channel.PAPER])
def test_a_channel_moves_between_its_own_states_alone(channel: Channel) -> None:
    own = set(STATUSES[channel])
    assert MOVES[channel].keys() <= own
    assert {after for moves in MOVES[channel].values() for after in moves} <= own


@pytest.mark.parametrize("channel", [Channel.EMAIL, Channel.PAPER])
def test_no_channel_writes_again_to_whom_it_has_reached(channel: Channel) -> None:
    moves = MOVES[channel]
    assert set(moves.get(Status.SENT, ())) <= {Status.BOUNCED}
    assert set(moves.get(Status.POSTED, ())) <= {Status.RETURNED}


@pytest.mark.parametrize("channel", [Channel.EMAIL, Channel.PAPER])
def test_every_channel_can_hold_suppress_and_queue_again(channel: Channel) -> None:
    moves = MOVES[channel]
    assert {Status.HELD, Status.SUPPRESSED} <= set(moves[Status.QUEUED])
    for status in (Status.HELD, Status.SUPPRESSED):
        assert Status.QUEUED in moves[status]
