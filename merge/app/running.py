"""A job while it runs: its row in the ledger, what it tells, and whether it is to end."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta

from merge.app.opening import Campaign, now, who
from merge.errors import ExitCode, Trouble
from merge.job import Consent, Event, Facts, Listener, Result, Stop, Want

LOOK_EVERY = timedelta(seconds=1)
"""How often a job looks into its row whether somebody asked it to end."""


class _Never:
    """Of a command that nobody ends in the middle."""

    @property
    def asked(self) -> bool:
        return False


NEVER = _Never()


def missing(wants: Sequence[Want], consents: Sequence[Consent]) -> tuple[Want, ...]:
    """What is still to be agreed. A consent counts for the very facts that it named."""
    return tuple(want for want in wants if want.agreed() not in consents)


class Running:
    """One job at work. It is a `Stop` itself: of whoever called it, or of its row's."""

    def __init__(self, campaign: Campaign, number: int, listener: Listener, stop: Stop) -> None:
        self.number = number
        self._commands = campaign.ledger.commands
        self._listener = listener
        self._stop = stop
        self._looked_at = datetime.min.replace(tzinfo=now().tzinfo)
        self._requested = False

    @property
    def asked(self) -> bool:
        """Whether it is to end after what it has in hand."""
        if not self._requested and now() - self._looked_at >= LOOK_EVERY:
            self._requested = self._commands.stop_requested(self.number)
            self._looked_at = now()
        return self._requested or self._stop.asked

    def tell(self, event: Event) -> None:
        """Keep an event in the ledger, and hand it to whoever listens."""
        self._commands.tell(self.number, event, now())
        self._listener(event)

    def end(self, result: Result) -> Result:
        """Keep what came of it."""
        self._commands.end(self.number, result.code, result.facts, now())
        return result


@contextmanager
def running(
    campaign: Campaign,
    command: str,
    options: Facts,
    consents: Sequence[Consent],
    *,
    listener: Listener = lambda event: None,
    stop: Stop = NEVER,
) -> Iterator[Running]:
    """A row for this run, from now until it ends, also by an error. No secret is an option."""
    number = campaign.ledger.commands.begin(command, options, consents, now(), who())
    job = Running(campaign, number, listener, stop)
    try:
        yield job
    except Trouble as trouble:
        job.end(Result(code=trouble.exit_code, facts={"trouble": trouble.code}))
        raise
    except BaseException:
        job.end(Result(code=ExitCode.INTERRUPTED))
        raise
