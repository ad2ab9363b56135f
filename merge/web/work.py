"""What the page's jobs do, each a function for `jobs.start`: open, look again, act as agreed."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from merge.app import send as sending
from merge.app.send import Options, Sent
from merge.campaign.ports import Watch
from merge.job import Consent


def send(watch: Watch, place: Path, options: Options, consents: Sequence[Consent]) -> Sent:
    """Send what was agreed to. Where something has changed since, nothing leaves, and the result
    says what is to be agreed to now.
    """
    with sending.open(place, options, watch=watch) as job:
        job.refresh(consents)
        return job.run(consents)
