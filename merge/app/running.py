"""A job while it runs: its row in the ledger, what it tells, and whether it is to end."""

from __future__ import annotations

import select
import signal
import socket
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from datetime import UTC, datetime, timedelta
from types import FrameType
from typing import TypeVar

from merge.app.opening import Campaign, now, who
from merge.campaign.ports import Watch
from merge.errors import ExitCode, Trouble
from merge.job import Consent, Event, Facts, Listener, Result, Want, facts_of, silent
from merge.ledger.commands import Commands

LOOK_EVERY = timedelta(seconds=1)
"""How often a job looks into its row whether somebody asked it to end."""

R = TypeVar("R", bound=Result)

_tell_number: ContextVar[Callable[[int], object]] = ContextVar(
    "_tell_number", default=lambda number: None
)


@contextmanager
def telling_number(told: Callable[[int], object]) -> Iterator[None]:
    """Within it, whoever started this process is told the number of each row that begins."""
    before = _tell_number.set(told)
    try:
        yield
    finally:
        _tell_number.reset(before)


class Clock:
    """The watch of a job that no signal ends."""

    asked = False

    def now(self) -> datetime:
        """The time, in UTC."""
        return now()

    def wait_until(self, when: datetime) -> None:
        """Sleep until then."""
        time.sleep(max(0.0, (when - now()).total_seconds()))


def missing(wants: Sequence[Want], consents: Sequence[Consent]) -> tuple[Want, ...]:
    """What is still to be agreed. A consent counts for the very facts that it named."""
    return tuple(want for want in wants if want.agreed() not in consents)


class Running:
    """One job at work. `asked` is true if the caller or the ledger row asks to stop."""

    def __init__(
        self, campaign: Campaign, number: int, listener: Listener, watch: Watch, helps: int | None
    ) -> None:
        self.number = number
        self._helps = helps
        self._commands: Commands | None = campaign.ledger.commands
        self._listener = listener
        self._watch = watch
        self._look_at_s = 0.0  # when next, by a clock that nobody sets
        self._until = now()  # what it waits for
        self._requested = False
        self._behind = timedelta()  # the clock of a server that several machines share

    @property
    def asked(self) -> bool:
        """Whether to stop after the letters in hand."""
        if self._commands and not self._requested and time.monotonic() >= self._look_at_s:
            self.look(self._commands)
            self._look_at_s = time.monotonic() + LOOK_EVERY.total_seconds()
        return self._requested or self._watch.asked

    def now(self) -> datetime:
        """The time, in UTC; of all machines that send one campaign the same."""
        return self._watch.now() + self._behind

    def wait_until(self, when: datetime) -> None:
        """Return then, or soon after somebody asked it to end."""
        while not self.asked and self.now() < when:
            self.sleep_until(min(when, self.now() + LOOK_EVERY))

    def sleep_until(self, when: datetime) -> None:
        """The same, and nobody but a signal is heard meanwhile."""
        self._watch.wait_until(when - self._behind)

    def tell(self, event: Event) -> None:
        """Keep an event in the ledger, and hand it to whoever listens."""
        if self._commands:
            self._commands.tell(self.number, event, now())
        self._listener(event)

    def let_go(self, until: datetime, token: str) -> None:
        """Its process closes the campaign until then, and lives by `token`."""
        if self._commands:
            self._commands.wait(self.number, until, now(), token)
        self._commands, self._until = None, until

    def look(self, commands: Commands) -> None:
        """Read from its row whether somebody asked it to end, and from the server what time it is.
        Its process may hold nothing meanwhile.
        """
        requested, self._behind = commands.look(self.number, self._watch.now())
        self._requested = (
            self._requested
            or requested
            or (self._helps is not None and commands.was_called_off(self._helps))
        )

    def take_up(self, campaign: Campaign) -> None:
        """Its process has opened the campaign again.

        In an older ledger that was restored and adopted meanwhile, letters that have left wait
        again, and what was agreed to was not about them: the job ends.
        """
        if campaign.ledger.commands.go_on(self.number, self._until, now()):
            self._commands = campaign.ledger.commands
        else:
            self._requested = True

    def end(self, result: R) -> R:
        """Keep what came of it, unless the campaign could not be opened again."""
        if self._commands:
            self._commands.end(self.number, result.code, result.facts, now())
        return result


def why_of(trouble: Trouble) -> dict[str, object]:
    """What a row keeps of a trouble: enough to say it to whoever follows the job."""
    return {"trouble": trouble.code, "why": facts_of(trouble)}


@contextmanager
def running(
    campaign: Campaign,
    command: str,
    options: Facts,
    consents: Sequence[Consent],
    *,
    listener: Listener = silent,
    watch: Watch | None = None,
    helps: int | None = None,
) -> Iterator[Running]:
    """A row for this run, from now until it ends, also by an error. No secret is an option.

    `helps`: the number of another run, which ends this one with itself if somebody stops it.
    """
    number = campaign.ledger.commands.begin(command, options, consents, now(), who())
    job = Running(campaign, number, listener, watch or Clock(), helps)
    try:
        _tell_number.get()(number)
        yield job
    except BaseException as error:
        result = Result(code=ExitCode.INTERRUPTED)
        if isinstance(error, Trouble):
            result = Result(code=error.exit_code, facts=why_of(error))
        elif isinstance(error, Exception):
            facts = {"trouble": "unexpected", "kind": type(error).__name__}
            result = Result(code=ExitCode.PARTLY, facts=facts)
        with suppress(Trouble):  # a full disk takes no row, and it is the first error that is told
            job.end(result)
        raise


_WINDOW_CLOSED = getattr(signal, "SIGHUP", None)  # None on Windows
LOOK_AGAIN_S = 30.0  # after a night with the lid closed, the wall clock counts, not the sleep


class Signals:
    """Fills `Watch`: the system's clock, and whether a signal asked to stop.

    A handler runs between any two steps of what it interrupts, so it takes no lock: that of a
    `threading.Event` may be held by the very wait that it shall end, and then neither goes on.
    `acknowledge` is called in it, too. Without `aborts` each signal is a first one: for what
    somebody may ask to stop who has no keyboard, and more than once.
    """

    def __init__(
        self, acknowledge: Callable[[], object] = lambda: None, *, aborts: bool = True
    ) -> None:
        self._acknowledge = acknowledge
        self._aborts = aborts
        self._asked = False
        self._has_nothing_in_hand = False
        self._waker, self._woken = socket.socketpair()

    @property
    def asked(self) -> bool:
        """Whether someone asked to stop."""
        return self._asked

    def now(self) -> datetime:
        """The time, in UTC."""
        return datetime.now(UTC)

    def wait_until(self, when: datetime) -> None:
        """Return then, or as soon as someone asks to stop; no later where the clock is set back."""
        ends_s = time.monotonic() + (when - self.now()).total_seconds()
        while not self.asked:
            left_s = min((when - self.now()).total_seconds(), ends_s - time.monotonic())
            if left_s <= 0:
                return
            select.select([self._woken], [], [], min(left_s, LOOK_AGAIN_S))

    @contextmanager
    def asking(self) -> Iterator[None]:
        """A person is asked: what wishes to stop aborts, before the question or at it."""
        if self._asked:
            raise KeyboardInterrupt
        self._has_nothing_in_hand = True
        try:
            yield
        finally:
            self._has_nothing_in_hand = False

    def receive(self, signal_number: int, frame: FrameType | None) -> None:
        """The handler of all these signals."""
        insists = self._asked and self._aborts and signal_number != _WINDOW_CLOSED
        if self._has_nothing_in_hand or insists:
            raise KeyboardInterrupt
        self._asked = True
        self._waker.send(b"!")
        self._acknowledge()

    def close(self) -> None:
        """Nobody waits any more."""
        self._waker.close()
        self._woken.close()


@contextmanager
def listening(
    acknowledge: Callable[[], object] = lambda: None, *, aborts: bool = True
) -> Iterator[Signals]:
    """Listen for Ctrl-C, SIGTERM and a window that is closed while a long command runs."""
    signals = Signals(acknowledge, aborts=aborts)
    numbers = [signal.SIGINT, signal.SIGTERM]
    if _WINDOW_CLOSED and signal.getsignal(_WINDOW_CLOSED) is not signal.SIG_IGN:  # not by nohup
        numbers.append(_WINDOW_CLOSED)
    before = {number: signal.signal(number, signals.receive) for number in numbers}
    try:
        yield signals
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        signals.close()
