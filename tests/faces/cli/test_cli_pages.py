"""What a group is told of its pages before and while they are made."""

from __future__ import annotations

import gc
import subprocess
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest

from merge.campaign import check as checking
from merge.campaign.check import Findings
from merge.ledger.reading import Candidates
from merge.ledger.records import Candidate
from merge.letters.examples import BUILT_IN
from merge.model import Letter, Proof, Recipient
from merge.paper.pdf import LotPress
from tests.desk import HAVRE, NICE, Desk, Said, Y
from tests.pages import need_pages


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    """Nice and Y by e-mail, Le Havre on paper."""
    need_pages()
    return Desk.made(tmp_path, NICE, HAVRE, Y)


def test_check_reads_all_recipients_before_pages_want_memory_and_lets_them_go(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    def alive() -> int:
        """Of those made since the campaign was opened: what was there before is set aside."""
        gc.collect()
        made = (each for each in gc.get_objects() if type(each) is Recipient)
        return sum(each not in BUILT_IN for each in made)

    events: list[object] = []
    read, measure = Candidates.__iter__, checking.check_pages

    def reading(candidates: Candidates) -> Iterator[Candidate]:
        events.append("read")
        return read(candidates)

    def measuring(*arguments: Any, **more: Any) -> Findings:
        events.append(alive())
        return measure(*arguments, **more)

    monkeypatch.setattr(Candidates, "__iter__", reading)
    monkeypatch.setattr(checking, "check_pages", measuring)
    desk.ok("check")
    assert events[0] == "read"
    assert 0 in events


def test_the_pages_of_one_recipient_are_the_same_bit_for_bit_whenever_they_are_cut(
    desk: Desk,
) -> None:
    assert desk.run("show", "Le Havre", "--pdf").code == 2
    desk.ok("print", "--all", "--separate")
    for key in ("06088", "76351"):
        (own,) = (desk.folder / "outbox/lots/lot-0001").glob(f"*-{key}.pdf")
        at_once = own.read_bytes()
        assert shown(desk, key) == at_once
        own.unlink()
    before = desk.figures()
    desk.ok("print", "--lot", "1", "--separate")
    assert (own.read_bytes(), desk.figures()) == (at_once, before)
    with (desk.folder / "outbox/lots/lot-0001.pdf").open("ab") as lot:
        lot.write(b"\n")
    assert desk.run("show", "Le Havre", "--pdf").code == 3


def shown(desk: Desk, key: str) -> bytes:
    command = [sys.executable, "-m", "merge", "-C", str(desk.folder), "show", key, "--pdf"]
    return subprocess.run(command, check=True, capture_output=True).stdout


def test_check_says_the_same_of_many_letters_of_which_only_the_longest_are_set(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    said, set_ones = list[Said](), list[str]()
    prove = LotPress.prove

    def proving(press: LotPress, those: Iterable[Letter], n: int) -> Iterator[Proof]:
        for proof in prove(press, those, n):
            set_ones.append(proof.key)
            yield proof

    monkeypatch.setattr(LotPress, "prove", proving)
    letter = desk.folder / "letter.md"
    for text in ("", "\n\nEncore une ligne." * 60):
        letter.write_text(letter.read_text(encoding="utf-8") + text, encoding="utf-8")
        for most in (1, 0):
            monkeypatch.setattr(checking, "SET_AT_MOST", most)
            said.append(desk.run("check"))
    assert said[0] == said[1] != said[2] == said[3]
    assert set_ones == ["76351"] * (1 + 2 + 1 + 3)
