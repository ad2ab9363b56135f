"""A campaign folder with towns in its real ledger, for tests of the core."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from merge.campaign.deliver import Run, send
from merge.campaign.pace import Hours, wakes_at
from merge.campaign.ports import PostOffice, Sender
from merge.campaign.returns import OwnAccount
from merge.campaign.suppression import Gate
from merge.ledger.accounts import Accounts
from merge.ledger.opening import create_ledger, open_ledger
from merge.ledger.records import QuotaLimits
from merge.model import Recipient, Status
from tests.fakes import OwnWatch, PlainComposer, PlainTemplate, ScriptedOffice, at_most

START = OwnWatch().now()


class Place:
    """A campaign folder with `n` towns in its ledger, and the accounts of its user."""

    def __init__(self, folder: Path, recipients: list[Recipient]) -> None:
        self.folder = folder / "campaign"
        self.accounts = Accounts(folder / "accounts.db")
        create_ledger(self.folder, accounts=self.accounts)
        self.take(recipients)

    def take(self, recipients: list[Recipient]) -> None:
        """Import them."""
        with self.opened("exclusive") as sender, sender.ledger.importing(START) as intake:
            intake.take(recipients)
            intake.keep([])

    @contextmanager
    def opened(
        self,
        access: str = "share",
        *,
        office: PostOffice | None = None,
        watch: OwnWatch | None = None,
        template: PlainTemplate | None = None,
        limits: QuotaLimits | None = None,
        hours: Hours | None = None,
        receiver: Callable[[str], str] = lambda domain: "",
    ) -> Iterator[Sender]:
        with open_ledger(
            self.folder,
            access=access,  # type: ignore[arg-type]
            command="send",
            accounts=self.accounts,
        ) as opened:
            watch, office = watch or OwnWatch(), office or ScriptedOffice()
            at_most(5_000, office)
            yield Sender(
                ledger=opened.ledger,
                archive=opened.archive,
                accounts=self.accounts,
                gate=Gate(self.accounts.suppression, opened.ledger.campaign_id),
                template=template or PlainTemplate(),
                composer=PlainComposer(),
                post_office=office,
                watch=watch,
                account=OwnAccount(
                    accounts=self.accounts,
                    name="groupe@example.org",
                    campaign_id=opened.ledger.campaign_id,
                ),
                limits=limits or QuotaLimits(),
                hours=hours,
                receiver=receiver,
                envelope_sender="groupe@example.org",
            )

    def statuses(self) -> Mapping[Status, int]:
        with self.opened("read") as sender:
            return Counter(delivery.status for delivery in sender.ledger.deliveries())


def send_on(sender: Sender) -> Run:
    """As `send`, and again after each long wait; what came of it in all."""
    run = send(sender)
    while run.next_at:
        sender.watch.wait_until(wakes_at(run.next_at, sender.ledger.campaign_id))
        send(sender, run)
    return run


Make = Callable[[list[Recipient]], Place]


@pytest.fixture
def make(tmp_path: Path) -> Iterator[Make]:
    with ExitStack() as stack:

        def make(recipients: list[Recipient]) -> Place:
            place = Place(tmp_path, recipients)
            stack.callback(place.accounts.close)
            return place

        yield make
