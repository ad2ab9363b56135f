"""The first signal asks, the second aborts, and neither is missed by one who waits."""

from __future__ import annotations

import os
import pty
import signal
import sys
from datetime import UTC, datetime, timedelta
from itertools import count

import pytest

from merge.app.running import Signals
from merge.cli.running import listening


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_the_first_signal_ends_the_waiting_and_the_second_aborts(number: signal.Signals) -> None:
    with listening() as signals:
        os.kill(os.getpid(), number)
        signals.wait_until(signals.now() + timedelta(days=1))
        assert signals.asked
        with pytest.raises(KeyboardInterrupt):
            os.kill(os.getpid(), number)


def test_a_wait_ends_though_the_clock_is_set_back_meanwhile(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    began, looks = datetime.now(UTC), count()

    def now(_signals: Signals) -> datetime:
        return began - min(next(looks), 1) * timedelta(days=1)

    def select(*_waited_for: object) -> None:
        assert next(looks) < 100_000

    monkeypatch.setattr(Signals, "now", now)
    monkeypatch.setattr("merge.app.running.select.select", select)
    with listening() as signals:
        signals.wait_until(began + timedelta(milliseconds=5))


def test_a_window_that_is_closed_asks_to_stop_and_never_aborts() -> None:
    """The shell says so, and the system once more."""
    with listening() as signals:
        for _ in range(2):
            os.kill(os.getpid(), signal.SIGHUP)
        assert signals.asked
        with pytest.raises(KeyboardInterrupt):
            os.kill(os.getpid(), signal.SIGTERM)


def test_whoever_runs_under_nohup_goes_on_without_a_window() -> None:
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with listening() as signals:
            os.kill(os.getpid(), signal.SIGHUP)
            assert not signals.asked
    finally:
        signal.signal(signal.SIGHUP, before)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_the_handlers_of_before_are_back_afterwards(number: signal.Signals) -> None:
    before = signal.getsignal(number)
    with listening():
        assert signal.getsignal(number) != before
    assert signal.getsignal(number) == before


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_while_a_person_is_asked_the_first_signal_aborts(number: signal.Signals) -> None:
    with listening() as signals:
        with pytest.raises(KeyboardInterrupt), signals.asking():
            os.kill(os.getpid(), number)
        assert not signals.asked
        os.kill(os.getpid(), number)
        assert signals.asked


def test_whoever_asked_to_stop_is_asked_nothing() -> None:
    with listening() as signals:
        os.kill(os.getpid(), signal.SIGINT)
        with pytest.raises(KeyboardInterrupt), signals.asking():
            pytest.fail("asked all the same")


def test_the_first_signal_is_acknowledged_at_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    ours, theirs = pty.openpty()
    with os.fdopen(theirs, "w") as terminal, listening():
        monkeypatch.setattr(sys, "stderr", terminal)
        os.kill(os.getpid(), signal.SIGINT)
        assert b"Ctrl-C once more" in os.read(ours, 1000)
    os.close(ours)
