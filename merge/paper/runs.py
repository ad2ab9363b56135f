"""Letters → finished pages, a run of them at a time, by as many processes as there are cores.

A run is what is set together: it shares fonts and pictures, and ends where those of its letters
that WeasyPrint has laid out, whose boxes it keeps until they are written, fill enough memory. Each
run is measured when it is finished; a letter with a fault in its window is told, and left out.

The same letters give the same bytes, on whatever machine. A press learns from the letters of a lot
how the next ones are set. So each lot begins anew and goes through one press in one process, while
others set the lots that follow: what a process knows from the lot before only saves it time. Where
the first run shows that the press is no help, WeasyPrint, which learns nothing, sets the others, in
all processes. Proofs leave no bytes: whoever is free makes them.

The processes are spawned: a fork would share the locks of the ledger's threads. They hear no
Ctrl-C, which is for the command to judge, and end when it ends, however it ends.
"""

from __future__ import annotations

import multiprocessing
import multiprocessing.connection
import os
import shutil
import signal
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import closing, contextmanager, suppress
from copy import copy
from dataclasses import dataclass, field
from itertools import chain, count, islice
from pathlib import Path
from typing import Any, TypeVar

from merge.confined.limits import MEBIBYTE, Limits, confine, shut_in
from merge.model import Letter, LetterFault, Proof, Ways
from merge.paper import binding, measuring
from merge.paper.press import Press, Tally, Tier
from merge.paper.typesetting import Typesetter
from merge.paper.window import Window

LETTERS_IN_A_RUN = 250  # a press keeps no boxes; what is set together has its fonts once
LETTERS_IN_A_PROOF = 100  # nobody keeps these pages, so what they save is memory
LETTERS_LAID_OUT = 50  # in a run: about 30 MB of boxes
WORTH_WORKERS_S = 8.0  # of work ahead: each worker needs about one second to begin

PAGES = Limits(cpu_s=30, memory=2048 * MEBIBYTE, wall_s=3600, files=1 << 40)
"""What a process may use for each letter, or to write a run; a file as large as the disk."""

Run = tuple[Letter, ...]
_Task = TypeVar("_Task", bound=tuple[Any, ...])
_Made = TypeVar("_Made")


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


class Maker:
    """Sets the runs of a lot for one campaign folder, and measures them where the window is known.

    A `typesetter` of the folder is used when there is one.
    """

    def __init__(
        self,
        folder: Path,
        window: Window | None = None,
        tier: Tier = "auto",
        *,
        typesetter: Typesetter | None = None,
    ) -> None:
        self.folder = folder
        self.window = window
        self.tier = tier
        self.is_fast = False  # whether the press has been of help
        self._typesetter = typesetter or Typesetter(folder)
        self._press = Press(folder, tier, typesetter=self._typesetter)

    def anew(self) -> Maker:
        """One for another lot of the same folder."""
        other = copy(self)
        other.is_fast, other._press = False, self._press.anew()
        return other

    def set_plainly(self) -> None:
        """From now on, as `Typesetter` does."""
        if self.tier != "plain":
            self.tier = "plain"
            self._press = Press(self.folder, self.tier, typesetter=self._typesetter)

    def finish(self, letters: Run, target: Path | None) -> Finished:
        """Set and measure a run of these, which may end before the last; write it to `target`.

        LetterError as in `Typesetter.run`.
        """
        self._press.tally = Tally()
        pages = ((letter.key, letter.page) for letter in letters)
        made = self._press.run(pages, most_laid_out=LETTERS_LAID_OUT)
        letters = letters[: len(made.pages)]
        ways = self._press.tally.ways()
        self.is_fast = self.is_fast or ways.fast > 0
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
                made = self._press.run((letter.key, letter.page) for letter in right)
            target.write_bytes(made.pdf)
            digests = binding.digests(target, made.pages)
        return Finished(
            proofs=proofs,
            pdf=target if digests else None,
            digests=digests,
            warnings=self._typesetter.warnings,
            ways=ways,
        )


def finished(
    maker: Maker, letters: Iterable[Letter], n: int, *, folder: Path | None = None, workers: int
) -> Generator[Finished]:
    """The `n` letters in runs, in their order, each as soon as it is made; PDFs go into `folder`.

    This process sets runs by itself until it sees that the others are work for several.
    LetterError as in `Typesetter.run`, for the first run that has one.
    """
    waiting = iter(letters)
    numbers = count()
    length = LETTERS_IN_A_PROOF if folder is None else LETTERS_IN_A_RUN
    left: Run = ()
    while run := (*left, *islice(waiting, length - len(left))):
        start = time.perf_counter()
        made = maker.finish(run, folder and folder / f"run-{next(numbers)}.pdf")
        took_s = time.perf_counter() - start
        yield made
        done = len(made.proofs)
        left = run[done:]
        n -= done
        if folder is not None and not maker.is_fast:
            maker.set_plainly()
        may_share = folder is None or maker.tier == "plain"
        if workers > 1 and may_share and n / done * took_s > WORTH_WORKERS_S:
            break
    else:
        return
    tasks = (
        (run, folder and folder / f"runs-{next(numbers)}")
        for run in _runs(
            chain(left, waiting), length if maker.is_fast else min(length, LETTERS_LAID_OUT)
        )
    )

    def by_ourselves(task: tuple[Run, Path | None]) -> tuple[Finished, ...]:
        return _whole(maker, *task, workers=1)

    shared = _by_workers(maker, workers, _finish, tasks, by_ourselves, ahead=2 * workers)
    with closing(shared):
        for _task, some in shared:
            yield from some


def lots_finished(
    begun: Callable[[], Maker], lots: Iterable[Run], n: int, *, folder: Path, workers: int
) -> Generator[tuple[Run, tuple[Finished, ...]]]:
    """Each lot's letters and its runs, in order, `n` letters in all; PDFs go below `folder`.

    Each lot has a maker that has set nothing yet, so whole lots are the work of several processes
    where a press that learns cannot share one. The files of a lot are gone when the next is asked
    for. LetterError as in `finished`.
    """
    waiting = ((lot, folder / f"lot-{number}") for number, lot in zip(count(), lots, strict=False))
    for lot, place in waiting:
        start = time.perf_counter()
        made = _whole(begun(), lot, place, workers)
        took_s = time.perf_counter() - start
        yield lot, made
        shutil.rmtree(place)
        n -= len(lot)
        if workers > 1 and n / len(lot) * took_s > WORTH_WORKERS_S:
            break
        del lot, made  # or it would be in memory beside the next
    else:
        return

    def by_ourselves(task: tuple[Run, Path]) -> tuple[Finished, ...]:
        return _whole(begun(), *task, workers)

    shared = _by_workers(begun(), workers, _finish_lot, waiting, by_ourselves, ahead=workers + 1)
    with closing(shared):
        for (lot, place), made in shared:
            yield lot, made
            shutil.rmtree(place)
            del lot, made


def cores() -> int:
    """How many processes can work at once here."""
    if sys.version_info >= (3, 13):
        return os.process_cpu_count() or 1
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _runs(letters: Iterable[Letter], length: int) -> Iterator[Run]:
    waiting = iter(letters)
    while run := tuple(islice(waiting, length)):
        yield run


def _whole(maker: Maker, letters: Run, place: Path | None, workers: int) -> tuple[Finished, ...]:
    if place is not None:
        place.mkdir(exist_ok=True)  # a worker that was killed may have begun it
    return tuple(finished(maker, letters, len(letters), folder=place, workers=workers))


def _by_workers(
    maker: Maker,
    workers: int,
    work: Callable[..., _Made],
    tasks: Iterable[_Task],
    by_ourselves: Callable[[_Task], _Made],
    *,
    ahead: int,
) -> Generator[tuple[_Task, _Made]]:
    """Each task and what `work` makes of it, in order; `ahead` of them at most are under way.

    Where the system kills a worker, perhaps for its memory, all that is left is made here.
    """
    with _pool(maker, workers) as pool:
        under_way: deque[tuple[_Task, Future[_Made] | None]] = deque()

        def submit(task: _Task) -> Future[_Made] | None:
            with suppress(BrokenProcessPool):
                return pool.submit(work, *task)
            return None

        def next_result() -> tuple[_Task, _Made]:
            task, future = under_way.popleft()
            with suppress(BrokenProcessPool):
                if future is not None:
                    return task, future.result()
            return task, by_ourselves(task)

        for task in tasks:
            under_way.append((task, submit(task)))
            if len(under_way) >= ahead:
                yield next_result()
        while under_way:
            yield next_result()


@contextmanager
def _pool(maker: Maker, workers: int) -> Iterator[ProcessPoolExecutor]:
    pool = ProcessPoolExecutor(
        workers,
        mp_context=multiprocessing.get_context("spawn"),
        initializer=_begin,
        initargs=(maker.folder, maker.window, maker.tier),
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


def _begin(folder: Path, window: Window | None, tier: Tier) -> None:
    """Load what all runs need, once."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    shut_in()
    confine(PAGES)
    threading.Thread(target=_end_with_the_command, daemon=True).start()
    _makers.append(Maker(folder, window, tier))


def _finish(letters: Run, place: Path | None) -> tuple[Finished, ...]:
    return _whole(_makers[0], letters, place, workers=1)


def _finish_lot(lot: Run, place: Path) -> tuple[Finished, ...]:
    return _whole(_makers[0].anew(), lot, place, workers=1)


def _end_with_the_command() -> None:
    """Nobody reads what an orphan makes, and it would wait for its next run for ever."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        multiprocessing.connection.wait([parent.sentinel])
        os._exit(1)
