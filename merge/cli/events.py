"""What a run tells while it is at work: a warning is a line, and how far it is a bar."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager

from merge.cli import output
from merge.job import Event, Listener
from merge.words import findings, mailbox, printing, reminders, suppression, troubles
from merge.words.language import N_, translate

BARS: Mapping[str, str] = {
    "letters-made": N_("Making the letters"),
    "pages-measured": N_("Measuring the pages"),
    "pages-made": N_("Making the pages"),
}
LINES: Mapping[str, Callable[..., Iterable[str]]] = {
    "answers-elsewhere": lambda address: [mailbox.answers_elsewhere(address)],
    "suppressed": lambda n: [suppression.stopped(n)],
    "overtaken": lambda n: findings.closed(n),
    "undecided": lambda n: [reminders.held(n)],
    "lot-handed-over": lambda number: [printing.handed_over(number)],
    "lot-printed": lambda job, lot: [printing.came_of(job, lot)],
    "printer-complains": lambda words: [printing.complains(words)],
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
        if event.code == "caution":
            output.say_each(troubles.warning(**event.facts))
        elif event.code in LINES:
            output.say_each(LINES[event.code](**event.facts))
        elif event.code in BARS:
            n, of = event.facts["n"], event.facts["of"]
            if not n:
                self._bar.close()
                label = translate(BARS[event.code])
                self._advance, self._n = self._bar.enter_context(output.progress(label, of)), 0
            self._advance(n - self._n)
            self._n = n
            if n >= of:
                self._bar.close()
