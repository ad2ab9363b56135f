"""Hand a campaign over to somebody else: close it here, and pack it into one .zip."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from merge.app.backup import note
from merge.app.campaign_files import of_folder, others
from merge.app.opening import Campaign, account_name, now, open_campaign, who
from merge.app.running import missing, running
from merge.errors import ExitCode
from merge.job import Consent, Give, Listener, Result, Want
from merge.ledger import handover
from merge.ledger.handover import HandOverRequest
from merge.ledger.identity import HAND_OVER


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """The campaign to hand over, and the .zip to be written."""

    folder: Path
    file: Path
    waiting: int  # letters that could still leave
    opted_out: int  # lines of the suppression list in the .zip

    @property
    def wants(self) -> tuple[Want, ...]:
        """Consent to that nothing can be sent from here any more."""
        facts = {"folder": self.folder.name, "waiting": self.waiting}
        return (Want(code="hand-over", facts=facts, give=Give.YES, option="--yes"),)


def file_for(place: Path) -> Path:
    """The default file: beside the campaign's folder, by its name and the day."""
    folder = place.resolve()
    return folder.with_name(f"{folder.name}-{now():%Y-%m-%d}.zip")


@contextmanager
def open(place: Path, file: Path | None, listener: Listener) -> Iterator[Job]:
    """Hand over the campaign in this folder; `file` is `file_for` it where none is named."""
    with open_campaign(place, access="hand-over", command=HAND_OVER, listener=listener) as campaign:
        yield Job(campaign, file or file_for(place))


class Job:
    """One hand-over."""

    def __init__(self, campaign: Campaign, file: Path) -> None:
        self._campaign = campaign
        self._file = file

    def plan(self) -> Plan:
        """What would be handed over."""
        campaign = self._campaign
        return Plan(
            folder=campaign.folder.resolve(),
            file=self._file,
            waiting=campaign.ledger.counts().waiting,
            opted_out=campaign.accounts.passing.give(
                campaign.ledger.campaign_id, account_name(campaign.settings), now()
            ).opted_out,
        )

    def run(self, consents: Sequence[Consent]) -> Result:
        """Close the campaign here, then write the .zip. Facts: `file`, `files`, `left_out`,
        `others`.

        Errors as `backup.save`.
        """
        if wants := missing(self.plan().wants, consents):
            return Result(code=ExitCode.REFUSED, wants=wants)
        campaign, file = self._campaign, self._file
        note(campaign, HAND_OVER, file)
        with running(campaign, HAND_OVER, {"file": file.name}, consents) as job:
            saved = handover.hand_over(self._request(), file, of_folder)
            left_out = [str(path) for path in saved.left_out]
            facts = {"file": str(file), "files": saved.files, "left_out": left_out}
            facts["others"] = others(campaign.folder)
            return job.end(Result(code=ExitCode.DONE, facts=facts))

    def _request(self) -> HandOverRequest:
        campaign = self._campaign
        return HandOverRequest(
            folder=campaign.folder,
            accounts=campaign.accounts,
            campaign_id=campaign.ledger.campaign_id,
            account=account_name(campaign.settings),
            at=now(),
            who=who(),
        )
