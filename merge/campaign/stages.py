"""A campaign sent in stages: between them somebody looks at what came back.

The first stage of a campaign is ten letters. A wrong list, or a sender that everybody refuses, is
found after ten towns instead of after all of them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from functools import partial

from merge.campaign.deliver import order_of, send
from merge.campaign.sender import Run, Sender
from merge.model import Status

FIRST_STAGE = 10  # letters
LATER_STAGE = 100
BOUNCES_TAKE = timedelta(minutes=2)  # what a server needs to find that nobody has such an address


def send_in_stages(
    sender: Sender,
    *,
    look: Callable[[], object] | None,
    keys: Sequence[str] | None = None,
    limit: int | None = None,
    wait: bool = False,
    advance: Callable[[Status], object] = lambda status: None,
    waiting: Callable[[Run], object] = lambda run: None,
    begun: Callable[[int], object] = lambda sent: None,
) -> Run:
    """As `deliver.send`, and `look` between the stages, which raises Stopped to end it.

    Behind the first stage of a campaign of which a letter left, `begun` is told, and the look waits
    for BOUNCES_TAKE. Where nobody can look, it is one stage.
    """
    if look is None:
        return send(sender, keys=keys, limit=limit, wait=wait, advance=advance, waiting=waiting)
    total, order = Run(), order_of(sender, keys)
    is_first = sender.ledger.first_sent_at() is None
    while True:
        most = FIRST_STAGE if is_first else LATER_STAGE
        left = None if limit is None else limit - offered(total)
        run = send(
            sender,
            order=order,
            limit=most if left is None else min(most, left),
            wait=wait,
            advance=advance,
            waiting=partial(_told_in_all, waiting, total),
        )
        total = together(total, run)
        if run.stopped_by != "limit" or offered(total) == limit:
            return total
        if is_first and total.sent:
            begun(total.sent)
            sender.watch.wait_until(sender.watch.now() + BOUNCES_TAKE)
            is_first = False
        if not sender.watch.asked:
            look()


def _told_in_all(waiting: Callable[[Run], object], before: Run, run: Run) -> None:
    waiting(together(before, run))


def offered(run: Run) -> int:
    """How many letters the server heard of: neither one at fault nor one kept back is one."""
    return run.by_status.total() - run.by_status[Status.HELD] - run.by_status[Status.SUPPRESSED]


def together(before: Run, run: Run) -> Run:
    """What came of both, and how the later one ended."""
    by_status = before.by_status + run.by_status
    return replace(run, by_status=by_status)
