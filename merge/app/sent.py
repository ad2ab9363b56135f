"""The result of a sending: its exit code, and how the deliveries stood before and after."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from merge.app.running import why_of
from merge.campaign.sender import Run
from merge.errors import ExitCode, Trouble
from merge.job import Result
from merge.model import Counts, Status

if TYPE_CHECKING:
    from merge.app.send import Plan


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent(Result):
    """What came of a sending: the run, and how the deliveries stood before and after."""

    run: Run
    before: Counts
    counts: Counts

    @classmethod
    def refused(cls, plan: Plan, run: Run, before: Counts, counts: Counts) -> Sent:
        """Something is to be agreed to, or stands in the way."""
        return cls(
            code=plan.trouble.exit_code if plan.trouble else ExitCode.REFUSED,
            facts=figures(run),
            wants=plan.wants,
            trouble=plan.trouble,
            run=run,
            before=before,
            counts=counts,
        )

    @classmethod
    def stopped(cls, trouble: Trouble, run: Run, before: Counts, counts: Counts) -> Sent:
        """The server, or something else, has ended it."""
        return cls(
            code=trouble.exit_code,
            facts=figures(run) | why_of(trouble),
            trouble=trouble,
            run=run,
            before=before,
            counts=counts,
        )

    @classmethod
    def ended(cls, run: Run, before: Counts, counts: Counts, came_back: int) -> Sent:
        """It came to its end, for now at least; so many came back at the last look."""
        failed = sum(run.by_status[s] for s in (Status.FAILED, Status.UNKNOWN, Status.HELD))
        came_back += counts.email[Status.BOUNCED] - before.email[Status.BOUNCED]
        code = ExitCode.PARTLY if failed or came_back else ExitCode.DONE
        if run.stopped_by:
            is_interrupted = run.stopped_by == "interrupted"
            code = ExitCode.INTERRUPTED if is_interrupted else ExitCode.STOPPED
        return cls(code=code, facts=figures(run), run=run, before=before, counts=counts)


def figures(run: Run) -> dict[str, object]:
    """A run, as its row and its events keep it."""
    return {"by_status": run.by_status, "stopped_by": run.stopped_by, "next_at": run.next_at}
