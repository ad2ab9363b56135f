"""A run of letters → finished pages that were measured, here or in a confined helper.

A run is what is set together: it shares fonts and pictures, and ends where those of its letters
that WeasyPrint has laid out, whose boxes it keeps until they are written, fill enough memory. Each
run is measured when it is finished; a letter with a fault in its window is told, and left out.

A look, a picture or a letter may be a stranger's: a style that stands in itself, a drawing that
draws itself over and over, or a picture of a hundred million pixels ends the helper and no other
process. One helper sets all that a `ConfinedMaker` asks for, and knows its fonts and what it has
learned, as a `Maker` here would.
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
from dataclasses import dataclass, field, replace
from functools import lru_cache, partial
from itertools import chain, count, islice
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TypeVar

from merge.confined.helpers import Kept, RanAway
from merge.confined.limits import MEBIBYTE, Limits, confine, shut_in
from merge.confined.plain import rebuilt
from merge.disks import disk_full_told
from merge.errors import LetterError
from merge.model import Letter, LetterFault, Proof, Ways
from merge.paper import binding, measuring
from merge.paper.press import Press, Tally, Tier, comparisons
from merge.paper.typesetting import Typesetter
from merge.paper.window import A4, Area, SheetFormat, Window

LETTERS_LAID_OUT = 50  # in a run: about 30 MB of boxes

PAGES = Limits(cpu_s=30, memory=2048 * MEBIBYTE, wall_s=3600, files=1 << 40)
"""What a process may use for each letter, or to write a run; a file as large as the disk."""

# A run says nothing until it is set: the clock is for what neither computes nor ends.
_WAIT_S = 60.0 if os.name == "posix" else 30.0
_A_LETTER_S = 10.0

Letters = tuple[Letter, ...]

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


@dataclass(frozen=True, slots=True, kw_only=True)
class Setup:
    """What a maker is to make, for which campaign folder.

    Runs are measured where the window is known. The front of each sheet (each page, unless
    `duplex`) has nothing in the area `clear`. Unless `fast`, no press is used.
    """

    folder: Path
    window: Window | None = None
    clear: Area | None = None
    duplex: bool = True
    fast: bool = True

    @property
    def sheet(self) -> SheetFormat:
        """The paper that is made for."""
        return self.window.sheet if self.window else A4


class Maker:
    """Sets the runs of one lot after the other."""

    def __init__(self, setup: Setup) -> None:
        self.setup = setup
        self._typesetter = Typesetter(setup.folder, setup.sheet)
        self._press = Press(setup.folder, typesetter=self._typesetter)

    def finish(self, letters: Letters, target: Path | None, tier: Tier, compared: int) -> Finished:
        """Set and measure a run of these, which may end before the last; write it to `target`.

        `compared` of those that the press sets are compared with plain pages. LetterError as in
        `Typesetter.run`.
        """
        self._press.tally = Tally()
        if not self.setup.fast:
            tier = "plain"
        pages = ((letter.key, letter.page) for letter in letters)
        made = self._press.run(pages, tier=tier, most_laid_out=LETTERS_LAID_OUT, compared=compared)
        letters = letters[: len(made.pages)]
        ways = self._press.tally.ways()
        faults: tuple[LetterFault | None, ...] = (None,) * len(letters)
        window = self.setup.window
        if window is not None:
            addresses = [letter.address for letter in letters]
            sides = 2 if self.setup.duplex else 1
            found = measuring.flaws(
                made.pdf, made.pages, addresses, window, self.setup.clear, sides=sides
            )
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
                pages = ((letter.key, letter.page) for letter in right)
                made = self._press.run(pages, tier=tier, compared=0)
            target.write_bytes(made.pdf)
            digests = binding.digests(target, made.pages)
        return Finished(
            proofs=proofs,
            pdf=target if digests else None,
            digests=digests,
            warnings=self._typesetter.warnings,
            ways=ways,
        )

    def page(self, html: str, size_mm: tuple[float, float] | None = None) -> bytes:
        """Pages of our own, as PDF."""
        return self._typesetter.run([("", html)], size_mm).pdf

    def tagged(self, key: str, html: str) -> bytes:
        """One letter with tags for screen readers, as `Typesetter.alone`."""
        return self._typesetter.alone(key, html)


class ConfinedMaker:
    """A maker in a helper with limits. LetterError("letter-runaway"), whose `words` say which."""

    def __init__(self, setup: Setup) -> None:
        self.setup = replace(setup, folder=setup.folder.absolute())
        self._helper = Kept(__name__)

    def finish(self, letters: Letters, target: Path | None, tier: Tier, compared: int) -> Finished:
        """See `Maker`."""
        path = target and target.absolute()
        task = partial(_made, self.setup, Maker.finish, letters, path, tier, compared)
        return self._ask(Finished, task, letters=len(letters))

    def page(self, html: str, size_mm: tuple[float, float] | None = None) -> bytes:
        """See `Maker`."""
        return self._ask(bytes, partial(_made, self.setup, Maker.page, html, size_mm))

    def tagged(self, key: str, html: str) -> bytes:
        """See `Maker`."""
        return self._ask(bytes, partial(_made, self.setup, Maker.tagged, key, html), key)

    def _ask(
        self, kind: type[_Made], task: Callable[[], object], key: str = "", letters: int = 1
    ) -> _Made:
        limits = replace(PAGES, wall_s=_WAIT_S + letters * _A_LETTER_S)
        try:
            return rebuilt(kind, self._helper.run(task, limits))
        except RanAway as error:
            raise LetterError("letter-runaway", key=key, words=error.limit) from None


AnyMaker = Maker | ConfinedMaker


_maker = lru_cache(1)(Maker)  # in a process that makes one lot after the other


@disk_full_told()
def _made(setup: Setup, make: Callable[..., _Made], *what: object) -> _Made:
    """In the helper."""
    return make(_maker(setup), *what)


# --- runs, one after the other, by as many processes as there are cores ---------------------------

# The same letters give the same bytes, on whatever machine: what a process knows from the runs
# before only saves it time. Where a run ends depends on how many of its letters WeasyPrint laid
# out. So a lot goes through one press in one process, while others set the lots that follow. Where
# the first run shows that the press is no help, WeasyPrint by itself sets the others, in all
# processes. Proofs leave no bytes: whoever is free makes them.
#
# The processes are spawned: a fork would share the locks of the ledger's threads. They hear no
# Ctrl-C, which is for the command to judge, and end when it ends, however it ends.

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
                return pool.submit(_finish, maker.setup, *task)
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


def _begin(setup: Setup, temporary: str) -> None:
    """Load what all runs need, once. What WeasyPrint leaves in the folder goes with the pool."""
    tempfile.tempdir = temporary
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    shut_in()
    confine(PAGES)
    threading.Thread(target=_end_with_the_command, daemon=True).start()
    _maker(setup)


def _finish(
    setup: Setup, letters: Letters, place: Path | None, tier: Tier, compared: int
) -> tuple[Finished, ...]:
    return _whole(_maker(setup), letters, place, tier, compared)


def _end_with_the_command() -> None:
    """Nobody reads what an orphan makes, and it would wait for its next run for ever."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        multiprocessing.connection.wait([parent.sentinel])
        os._exit(1)
