"""Runs of letters, one after the other, by as many processes as there are cores.

The same letters give the same bytes, on whatever machine: what a process knows from the runs before
only saves it time. Where a run ends depends on how many of its letters WeasyPrint laid out. So a
lot goes through one press in one process, while others set the lots that follow. Where the first
run shows that the press is no help, WeasyPrint by itself sets the others, in all processes. Proofs
leave no bytes: whoever is free makes them.

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
import tempfile
import threading
import time
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import closing, contextmanager, suppress
from itertools import chain, count, islice
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TypeVar

from merge.confined.limits import confine, shut_in
from merge.model import Letter
from merge.paper.maker import LETTERS_LAID_OUT, PAGES, AnyMaker, Finished, Letters, Maker, Setup
from merge.paper.press import Tier, comparisons

LETTERS_IN_A_RUN = 250  # a press keeps no boxes; what is set together has its fonts once
LETTERS_IN_A_PROOF = 100  # nobody keeps these pages, so what they save is memory
WORTH_WORKERS_S = 8.0  # of work ahead: each worker needs about one second to begin

_Task = TypeVar("_Task", bound=tuple[Letters, Path | None, Tier, int])
"""Letters, the folder of their files, how they are set, and how many of them are compared."""


def finished(
    maker: AnyMaker,
    letters: Iterable[Letter],
    n: int,
    *,
    folder: Path | None = None,
    workers: int,
    tier: Tier = "auto",
    compared: int | None = None,
) -> Generator[Finished]:
    """The `n` letters in runs, in their order, each as soon as it is made; PDFs go into `folder`.

    This process sets runs by itself until it sees that the others are work for several. Of all
    letters `compared` are set both ways, by default as many as `press.comparisons` says.
    LetterError as in `Typesetter.run`, for the first run that has one.
    """
    waiting = iter(letters)
    numbers = count()
    length = LETTERS_IN_A_PROOF if folder is None else LETTERS_IN_A_RUN
    left: Letters = ()
    is_fast = False
    share = _shares(n, comparisons(n) if compared is None else compared)
    while run := (*left, *islice(waiting, length - len(left))):
        start = time.perf_counter()
        path = folder and folder / f"run-{next(numbers)}.pdf"
        made = maker.finish(run, path, tier, share(len(run)))
        took_s = time.perf_counter() - start
        yield made
        done = len(made.proofs)
        left = run[done:]
        n -= done
        is_fast = is_fast or made.ways.fast > 0
        if folder is not None and not is_fast and tier != "plain":
            tier = "plain"
        may_share = folder is None or tier == "plain"
        if workers > 1 and may_share and n / done * took_s > WORTH_WORKERS_S:
            break
    else:
        return
    length = length if is_fast else min(length, LETTERS_LAID_OUT)
    letters = chain(left, waiting)
    runs = iter(lambda: tuple(islice(letters, length)), ())
    tasks = (
        (run, folder and folder / f"runs-{next(numbers)}", tier, share(len(run))) for run in runs
    )
    with closing(_by_workers(maker, workers, tasks, ahead=2 * workers)) as shared:
        for _task, some in shared:
            yield from some


def lots_finished(
    maker: AnyMaker, lots: Iterable[Letters], n: int, *, folder: Path, workers: int
) -> Generator[tuple[Letters, tuple[Finished, ...]]]:
    """Each lot's letters and its runs, in order, `n` letters in all; PDFs go below `folder`.

    A press that learns cannot share a lot, so whole lots are the work of several processes. The
    files of a lot are gone when the next is asked for. LetterError as in `finished`.
    """
    share = _shares(n, comparisons(n))
    tasks: Iterator[tuple[Letters, Path, Tier, int]] = (
        (lot, folder / f"lot-{number}", "auto", share(len(lot)))
        for number, lot in zip(count(), lots, strict=False)
    )
    for lot, place, tier, compared in tasks:
        start = time.perf_counter()
        made = _whole(maker, lot, place, tier, compared, workers)
        took_s = time.perf_counter() - start
        yield lot, made
        shutil.rmtree(place)
        n -= len(lot)
        if workers > 1 and n / len(lot) * took_s > WORTH_WORKERS_S:
            break
        del lot, made  # or it would be in memory beside the next
    else:
        return
    with closing(_by_workers(maker, workers, tasks, ahead=workers + 1)) as shared:
        for (lot, place, _tier, _compared), made in shared:
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


def _shares(n: int, compared: int) -> Callable[[int], int]:
    """Gives the next letters, as many as it is told, their share of what is compared of `n`."""
    done = 0

    def share(letters: int) -> int:
        nonlocal done
        before, done = done * compared // n, done + letters
        return done * compared // n - before

    return share


def _whole(
    maker: AnyMaker,
    letters: Letters,
    place: Path | None,
    tier: Tier,
    compared: int,
    workers: int = 1,
) -> tuple[Finished, ...]:
    if place is not None:
        place.mkdir(exist_ok=True)  # a worker that was killed may have begun it
    made = finished(
        maker,
        letters,
        len(letters),
        folder=place,
        workers=workers,
        tier=tier,
        compared=compared,
    )
    return tuple(made)


def _by_workers(
    maker: AnyMaker, workers: int, tasks: Iterable[_Task], *, ahead: int
) -> Generator[tuple[_Task, tuple[Finished, ...]]]:
    """Each task and what was made of it, in order; `ahead` of them at most are under way.

    Where the system kills a worker, perhaps for its memory, all that is left is made here.
    """
    with _pool(maker, workers) as pool:
        under_way: deque[tuple[_Task, Future[tuple[Finished, ...]] | None]] = deque()

        def submit(task: _Task) -> Future[tuple[Finished, ...]] | None:
            with suppress(BrokenProcessPool):
                return pool.submit(_finish, *task)
            return None

        def next_result() -> tuple[_Task, tuple[Finished, ...]]:
            task, future = under_way.popleft()
            with suppress(BrokenProcessPool):
                if future is not None:
                    return task, future.result()
            return task, _whole(maker, *task)

        for task in tasks:
            under_way.append((task, submit(task)))
            if len(under_way) >= ahead:
                yield next_result()
        while under_way:
            yield next_result()


@contextmanager
def _pool(maker: AnyMaker, workers: int) -> Iterator[ProcessPoolExecutor]:
    temporary = TemporaryDirectory(prefix="publipostage-", ignore_cleanup_errors=True)
    pool = ProcessPoolExecutor(
        workers,
        mp_context=multiprocessing.get_context("spawn"),
        initializer=_begin,
        initargs=(maker.setup, temporary.name),
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
        temporary.cleanup()


# --- in a worker ---------------------------------------------------------------------------------

_makers: list[Maker] = []  # one


def _begin(setup: Setup, temporary: str) -> None:
    """Load what all runs need, once. What WeasyPrint leaves in the folder goes with the pool."""
    tempfile.tempdir = temporary
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    shut_in()
    confine(PAGES)
    threading.Thread(target=_end_with_the_command, daemon=True).start()
    _makers.append(Maker(setup))


def _finish(
    letters: Letters, place: Path | None, tier: Tier, compared: int
) -> tuple[Finished, ...]:
    return _whole(_makers[0], letters, place, tier, compared)


def _end_with_the_command() -> None:
    """Nobody reads what an orphan makes, and it would wait for its next run for ever."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        multiprocessing.connection.wait([parent.sentinel])
        os._exit(1)
