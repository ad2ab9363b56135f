"""Letters → finished pages, a run of them at a time, by as many processes as there are cores.

A run is what is set together: it shares fonts and pictures, and its length bounds the memory. Where
one run ends and the next begins depends on the letters alone, so the pages are the same to the byte
whoever made them. Each run is measured when it is finished; a letter with a fault in its window is
told, and left out.

The processes are spawned: a fork would share the locks of the ledger's threads. They hear no
Ctrl-C, which is for the command to judge, and end when it ends, however it ends.
"""

from __future__ import annotations

import multiprocessing
import multiprocessing.connection
import os
import signal
import sys
import threading
from collections import deque
from collections.abc import Generator, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from itertools import chain, count, islice
from pathlib import Path

from merge.model import Letter, LetterFault, Proof, Slotted, Ways
from merge.paper import binding, measuring
from merge.paper.press import Press, Tally
from merge.paper.typesetting import Typesetter
from merge.paper.window import Window

LETTERS_IN_A_RUN = 50  # about 30 MB of boxes that WeasyPrint keeps until they are written
_AHEAD = 2  # runs a worker that wait for it or for us: letters and results stay few

Run = tuple[Letter, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Finished:
    """One run, as it was made.

    `pdf` has the pages of the letters that are right, one behind the other; `digests` is theirs,
    as `binding.digests` has it. Without a file to write to, None and ().
    """

    proofs: tuple[Proof, ...]
    pdf: Path | None = None
    digests: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    ways: Ways = field(default_factory=Ways)


@dataclass(frozen=True, kw_only=True)
class Maker:
    """Sets runs for one campaign folder, and measures them where the window is known."""

    folder: Path
    window: Window | None = None

    @cached_property
    def typesetter(self) -> Typesetter:
        """Made at the first letter: a command that ends up printing nothing loads no fonts."""
        return Typesetter(self.folder)

    @cached_property
    def press(self) -> Press:
        """Sets letters as the typesetter does, and what it learns from one run serves the next."""
        return Press(self.folder, typesetter=self.typesetter)

    def finish(self, letters: Run, target: Path | None) -> Finished:
        """Set and measure a run; write it to `target`. LetterError as in `Typesetter.run`."""
        self.press.tally = Tally()
        made = self.press.run((letter.key, _page(letter)) for letter in letters)
        ways = self.press.tally.ways()
        faults: tuple[LetterFault | None, ...] = (None,) * len(letters)
        if self.window is not None:
            addresses = [letter.address for letter in letters]
            found = measuring.flaws(made.pdf, made.pages, addresses, self.window)
            faults = tuple(
                LetterFault(key=letter.key, code=flaw.code, value=flaw.words) if flaw else None
                for letter, flaw in zip(letters, found, strict=True)
            )
        proofs = tuple(
            Proof(key=letter.key, pages=pages, fault=fault)
            for letter, pages, fault in zip(letters, made.pages, faults, strict=True)
        )
        digests: tuple[str, ...] = ()
        right = tuple(letter for letter, fault in zip(letters, faults, strict=True) if not fault)
        if target is not None and right:
            if len(right) < len(letters):
                made = self.press.run((letter.key, _page(letter)) for letter in right)
            target.write_bytes(made.pdf)
            digests = binding.digests(target, made.pages)
        return Finished(
            proofs=proofs,
            pdf=target if digests else None,
            digests=digests,
            warnings=self.typesetter.warnings,
            ways=ways,
        )


def finished(
    maker: Maker, letters: Iterable[Letter], *, folder: Path | None = None, workers: int
) -> Generator[Finished]:
    """The letters in runs, in their order, each as soon as it is made; PDFs go into `folder`.

    With one worker, or letters for one run, all is done in this process. LetterError as in
    `Typesetter.run`, for the first run that has one.
    """
    numbered = (
        (run, folder and folder / f"run-{number}.pdf")
        for number, run in zip(count(), _runs(letters), strict=False)
    )
    first = list(islice(numbered, 2))
    if workers == 1 or len(first) < 2:
        yield from (maker.finish(*task) for task in chain(first, numbered))
        return
    with _pool(maker, workers) as pool:
        under_way: deque[tuple[tuple[Run, Path | None], Future[Finished]]] = deque()
        for task in chain(first, numbered):
            under_way.append((task, pool.submit(_finish, *task)))
            if len(under_way) >= workers * _AHEAD:
                yield _result(maker, *under_way.popleft())
        while under_way:
            yield _result(maker, *under_way.popleft())


def cores() -> int:
    """How many processes can work at once here."""
    if sys.version_info >= (3, 13):
        return os.process_cpu_count() or 1
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _page(letter: Letter) -> Slotted:
    return letter.page or Slotted((letter.html,), ())


def _runs(letters: Iterable[Letter]) -> Iterator[Run]:
    waiting = iter(letters)
    while run := tuple(islice(waiting, LETTERS_IN_A_RUN)):
        yield run


def _result(maker: Maker, task: tuple[Run, Path | None], future: Future[Finished]) -> Finished:
    try:
        return future.result()
    except BrokenProcessPool:  # the system killed a worker, perhaps for its memory
        return maker.finish(*task)


@contextmanager
def _pool(maker: Maker, workers: int) -> Iterator[ProcessPoolExecutor]:
    pool = ProcessPoolExecutor(
        workers,
        mp_context=multiprocessing.get_context("spawn"),
        initializer=_begin,
        initargs=(maker.folder, maker.window),
    )
    before = multiprocessing.active_children()
    try:
        yield pool
    except BaseException:  # a fault of the letter, or the second Ctrl-C: nobody waits for the rest
        for process in multiprocessing.active_children():
            if process not in before:
                process.kill()
        raise
    finally:
        pool.shutdown(cancel_futures=True)


# --- in a worker ---------------------------------------------------------------------------------

_makers: list[Maker] = []  # one


def _begin(folder: Path, window: Window | None) -> None:
    """Load what all runs need, once."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    threading.Thread(target=_end_with_the_command, daemon=True).start()
    _makers.append(Maker(folder=folder, window=window))


def _finish(letters: Run, target: Path | None) -> Finished:
    return _makers[0].finish(letters, target)


def _end_with_the_command() -> None:
    """Nobody reads what an orphan makes, and it would wait for its next run for ever."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        multiprocessing.connection.wait([parent.sentinel])
        os._exit(1)
