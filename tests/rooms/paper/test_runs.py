"""Claims about runs of letters, and about the processes that set them."""

from __future__ import annotations

import multiprocessing
import os
import select
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path

import pytest

from merge.errors import LetterError
from merge.model import LotFile
from merge.paper import runs
from merge.paper.pdf import LotPress
from merge.paper.runs import Finished, Maker, Setup, finished
from merge.paper.window import PROFILES
from tests.house import ROOT
from tests.needs import need
from tests.pages import (
    AT,
    HAVRE,
    SHORT,
    TINY,
    campaign_folder,
    letter,
    need_pages,
    separated,
    texts,
)
from tests.vsa import everyone

WINDOW = PROFILES["nf-right"]
WIDE = letter("00002", "de X", "Mairie", "W" * 48, "76600 LE HAVRE", paragraphs=1)
LONG = letter("00003", "de X", "Mairie", "01000 X", paragraphs=20)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A campaign folder; two letters are a run, and whatever follows is worth workers."""
    need_pages()
    monkeypatch.setattr(runs, "WORTH_WORKERS_S", 0)
    monkeypatch.setattr(runs, "LETTERS_IN_A_RUN", 2)
    monkeypatch.setattr(runs, "LETTERS_IN_A_PROOF", 2)
    yield campaign_folder(tmp_path / "campaign")
    assert multiprocessing.active_children() == [], "a worker outlived its work"


def test_letters_are_proved_in_their_order_with_pages_and_faults(folder: Path) -> None:
    press = LotPress(folder, window=WINDOW)
    proofs = list(press.prove(iter([HAVRE, WIDE, LONG, SHORT, TINY]), 5))
    assert [(proof.key, proof.pages) for proof in proofs] == [
        ("76351", 2),
        ("00002", 1),
        ("00003", 5),
        ("94038", 1),
        ("80829", 2),
    ]
    faults = [(p.fault.key, p.fault.code, p.fault.value) for p in proofs if p.fault]
    assert faults == [("00002", "address-not-in-window", "W" * 48)]


def test_a_letter_at_fault_is_left_out_of_the_lot_as_if_it_had_never_been(folder: Path) -> None:
    press = LotPress(folder, window=WINDOW)
    made = press.make(1, [HAVRE, WIDE, SHORT, TINY], AT)
    without = press.make(1, [HAVRE, SHORT, TINY], AT)
    assert [fault.key for fault in made.faults] == ["00002"]
    assert made.pages == without.pages
    assert texts(folder / made.path) == texts(folder / without.path)


def test_letters_that_a_press_sets_are_the_same_however_many_workers(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runs, "LETTERS_IN_A_RUN", 8)  # enough for the press to learn from
    letters = everyone()[:18]  # two in the last run: too few
    alone = LotPress(folder, window=WINDOW).make(1, letters, AT)
    assert LotPress(folder, window=WINDOW, workers=2).make(1, letters, AT) == alone


def test_lots_are_the_same_whoever_sets_them_and_whatever_was_set_before(folder: Path) -> None:
    lots = [[HAVRE, SHORT], [TINY, WIDE], [SHORT, LONG], [TINY, HAVRE]]

    def made(press: LotPress) -> list[LotFile]:
        with closing(press.ahead(iter(lots), 8)) as ahead:
            return [press.make(number, lot, AT) for number, lot in enumerate(ahead, 1)]

    alone = [LotPress(folder, window=WINDOW).make(n, lot, AT) for n, lot in enumerate(lots, 1)]
    for workers in (1, 2):
        assert made(LotPress(folder, window=WINDOW, workers=workers)) == alone
    scratch = [path for path in (folder / "outbox/making").iterdir() if path.is_dir()]
    assert scratch == []


def test_a_lot_that_cannot_be_made_stops_those_behind_it_and_not_those_before(
    folder: Path,
) -> None:
    bad = letter("00004", "de X", "Mairie", paragraphs=1, more='<img src="gone.png">')
    press = LotPress(folder, workers=2)
    made: list[LotFile] = []
    with (
        pytest.raises(LetterError) as stopped,
        closing(press.ahead(iter([[SHORT], [TINY], [bad], [TINY]]), 4)) as ahead,
    ):
        made.extend(press.make(number, lot, AT) for number, lot in enumerate(ahead, 1))
    assert (stopped.value.code, stopped.value.path) == ("letter-file-unfit", "gone.png")
    assert stopped.value.facts == {"key": "00004", "words": ""}
    assert [page.key for lot in made for page in lot.pages] == ["94038", "80829"]


def test_what_a_killed_command_left_behind_is_gone_after_a_day(folder: Path) -> None:
    press = LotPress(folder)
    path = press.make(1, [TINY], AT).path
    making, lots = folder / "outbox/making", folder / "outbox/lots"
    lots.mkdir()
    left = [making / ".setting-a", making / ".setting-b", lots / ".cutting-a", lots / ".cutting-b"]
    for each in left:
        (each / "lot-0").mkdir(parents=True)
        (each / "lot-0/run-0.pdf").touch()
    for each in (*left[::2], folder / path):
        os.utime(each, (0, 0))
    with closing(press.ahead(iter([[TINY]]), 1)) as ahead:
        made = [press.make(2, lot, AT) for lot in ahead]
    assert {each.name for each in making.iterdir()} == {".setting-b", Path(made[0].path).name}
    separated(press, made[0], 2)
    assert {each.name for each in lots.iterdir()} == {
        ".cutting-b", "lot-0002", "lot-0002.pdf", "lot-0002.zip",
    }  # fmt: skip


def test_a_worker_that_the_system_kills_costs_no_letter(folder: Path) -> None:
    letters = [SHORT] * 24
    made = finished(Maker(Setup(folder=folder)), letters, len(letters), workers=2)
    first = [next(made), next(made)]
    for worker in multiprocessing.active_children():
        worker.kill()
    assert keys([*first, *made]) == [each.key for each in letters]


def keys(made: Sequence[Finished]) -> list[str]:
    return [proof.key for run in made for proof in run.proofs]


SCRIPT = """
import multiprocessing, os, signal, sys
from pathlib import Path
from merge.paper import runs
from merge.paper.runs import Maker, Setup
from tests.pages import SHORT
if __name__ == "__main__":
    signal.signal(signal.SIGINT, lambda *_: os.write(1, b"heard\\n"))
    runs.LETTERS_IN_A_PROOF, runs.WORTH_WORKERS_S = 1, 0
    made = runs.finished(Maker(Setup(folder=Path(sys.argv[1]))), [SHORT] * 400, 400, workers=2)
    next(made), next(made)
    print(*(child.pid for child in multiprocessing.active_children()), flush=True)
    for _ in range(20):
        next(made)
    print("went on", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def command(folder: Path) -> Iterator[subprocess.Popen[str]]:
    """A command that has workers, in a group of its own as in a terminal."""
    need(hasattr(os, "pidfd_open"), "Linux", "")  # no package brings it
    process = subprocess.Popen(
        [sys.executable, "-c", SCRIPT, str(folder)],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    yield process
    process.kill()
    process.communicate()


def read(process: subprocess.Popen[str]) -> str:
    assert process.stdout
    return process.stdout.readline().strip()


def test_workers_hear_no_ctrl_c_and_end_with_the_command_however_it_ends(
    command: subprocess.Popen[str],
) -> None:
    workers = [os.pidfd_open(int(pid)) for pid in read(command).split()]
    assert len(workers) == 2
    os.killpg(command.pid, signal.SIGINT)
    assert sorted([read(command), read(command)]) == ["heard", "went on"]
    command.kill()  # and nobody tells them
    for worker in workers:
        ended, _, _ = select.select([worker], [], [], 20)
        assert ended
        os.close(worker)
