"""What a run tells while it is at work: a warning is a line, and how far it is a bar."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime

from merge.cli import output
from merge.job import Event, Listener
from merge.words.events import told
from merge.words.language import N_, translate

BARS: Mapping[str, str] = {
    "domains-asked": N_("Asking for the mail servers of domains"),
    "letters-made": N_("Making the letters"),
    "letters-sent": N_("Sending"),
    "pages-measured": N_("Measuring the pages"),
    "pages-made": N_("Making the pages"),
}


@contextmanager
def shown() -> Iterator[Listener]:
    """A listener that shows each event on the terminal."""
    with ExitStack() as bar:
        terminal = _Terminal(bar)
        yield terminal.show


class _Terminal:
    """One bar at a time: an event without any progress begins it."""

    def __init__(self, bar: ExitStack) -> None:
        self._bar = bar
        self._n = 0
        self._advance: Callable[[int], object] = lambda n: None

    def show(self, event: Event) -> None:
        if event.code == "work-ended":
            self._bar.close()
        elif event.code not in BARS:
            output.say_each(told(event, datetime.now(UTC)))
        else:
            n, of = event.facts["n"], event.facts["of"]
            if not n:
                self._bar.close()
                label = translate(BARS[event.code])
                self._advance, self._n = self._bar.enter_context(output.progress(label, of)), 0
            self._advance(n - self._n)
            self._n = n
            if n >= of:
                self._bar.close()
