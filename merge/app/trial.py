"""Send a test letter to oneself."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from merge.app import letters, mail
from merge.app.chosen import Narrowing
from merge.app.opening import Campaign, open_campaign
from merge.app.running import Clock, running
from merge.campaign.ports import Watch
from merge.campaign.trial import try_out, whose
from merge.errors import ExitCode, Misuse
from merge.job import Result
from merge.model import LetterFault, Recipient, Status
from merge.outcome import Outcome


@dataclass(frozen=True, slots=True, kw_only=True)
class TestResult:
    """The outcome, and the recipient whose letter was sent."""

    recipient: Recipient
    outcome: Outcome | LetterFault


def run(campaign: Campaign, narrowing: Narrowing, address: str, watch: Watch) -> TestResult:
    """Send the letter of one of the chosen recipients to `address`. Errors as `Job.try_out`."""
    template = letters.template(campaign)
    recipient = whose(campaign.ledger, campaign.chosen(narrowing), template)
    with (
        running(campaign, "send", {"test": True}, (), watch=watch) as job,
        mail.sender(campaign, template, job) as sender,
    ):
        outcome = try_out(sender, recipient, address)
        is_sent = not isinstance(outcome, LetterFault) and outcome.status is Status.SENT
        job.end(Result(code=ExitCode.DONE if is_sent else ExitCode.PARTLY))
    if isinstance(outcome, LetterFault) and (outcome.field, outcome.value) == ("email", address):
        # The address that was typed, not the recipient's.
        raise Misuse("value-unfit", value=address, example="group@example.org")
    return TestResult(recipient=recipient, outcome=outcome)


def try_one(place: Path, address: str) -> TestResult:
    """The same in the campaign of this folder, for any of its recipients."""
    with open_campaign(place, access="share", command="send") as campaign:
        tried = run(campaign, Narrowing(), address, Clock())
    # What its sheet said of it is nobody's business here, and no pickle takes it.
    return replace(tried, recipient=tried.recipient._replace(fields={}))
