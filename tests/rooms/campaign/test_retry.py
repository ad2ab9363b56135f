"""What becomes of a letter that was refused for now. How it goes again is in `test_deliver`."""

from __future__ import annotations

from merge.campaign.retry import refusals
from merge.model import Attempt, Channel, Status
from tests.place import START


def test_only_refusals_of_the_recipient_bring_it_nearer_to_being_given_up() -> None:
    def attempt(status: Status, code: int | None) -> Attempt:
        return Attempt(
            key="1", wave=1, at=START, channel=Channel.EMAIL, status=status, phase="rcpt",
            code=code, enhanced="", words="", duration_ms=0, sender="",
        )  # fmt: skip

    grey, lost = attempt(Status.DEFERRED, 450), attempt(Status.DEFERRED, None)
    quota, busy = attempt(Status.DEFERRED, 550), attempt(Status.DEFERRED, 421)
    assert refusals([grey, lost, quota, busy, grey]) == [grey, grey]
    assert refusals([grey, attempt(Status.FAILED, 550), grey]) == [grey]
