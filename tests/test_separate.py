"""Each letter of a lot as a PDF of its own, with the list of them and a .zip of all."""

from __future__ import annotations

import csv
import errno
import io
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest
from pikepdf import Page, Pdf

from merge.app.paper import MANIFEST
from merge.paper import separating
from tests.desk import Desk
from tests.house import ROOT
from tests.pages import need_pages, sha256, texts
from tests.test_printing import desk as desk
from tests.test_printing import paper

LOTS = Path("outbox/lots")
SEPARATE = ("print", "--lot", "1", "--separate")
NAMES = [
    "lot-01-001-l-abergement-clemenciat-01001.pdf",
    "lot-01-002-l-abergement-de-varey-01002.pdf",
    "lot-01-003-amberieu-en-bugey-01004.pdf",
    "lot-01-004-ambleon-01006.pdf",
    "lot-01-manifest.csv",
]


@pytest.fixture(autouse=True)
def _pages_can_be_made() -> None:
    need_pages()


def manifest(desk: Desk) -> list[dict[str, str]]:
    data = (desk.folder / LOTS / "lot-0001/lot-01-manifest.csv").read_bytes()
    assert data.startswith(b"\xef\xbb\xbf")
    rows = csv.DictReader(io.StringIO(data.decode("utf-8-sig")), delimiter=";")
    assert rows.fieldnames == list(MANIFEST)
    return list(rows)


def lying(desk: Desk) -> list[str]:
    """All that lies among the lots, below their folder."""
    lots = desk.folder / LOTS
    return sorted(str(path.relative_to(lots)) for path in lots.rglob("*") if path.is_file())


ALL = ["lot-0001.pdf", "lot-0001.zip", *(f"lot-0001/{name}" for name in NAMES)]


def test_the_list_says_of_each_letter_who_where_and_what_it_is(desk: Desk) -> None:
    desk.ok("print", "--separate")
    assert lying(desk) == sorted(ALL)
    rows = manifest(desk)
    assert [row["file"] for row in rows] == NAMES[:-1]
    first = rows[0]
    assert (first["place"], first["key"], first["reference"]) == ("1", "01001", "Réf. 01001")
    assert first["name"] == "L'Abergement-Clémenciat"
    assert [first[f"line{n}"] for n in range(1, 7)] == [
        *("Mairie de L'Abergement-Clémenciat", "Madame la Maire"),
        *("1 PLACE DE LA MAIRIE", "01400 L ABERGEMENT CLEMENCIAT", "", ""),
    ]
    for row in rows:
        file = desk.folder / LOTS / "lot-0001" / row["file"]
        assert row["sha256"] == sha256(file)
        with Pdf.open(file) as pdf:
            assert (len(pdf.pages), row["sheets"]) == (int(row["pages"]), "1")


def test_the_list_says_what_a_service_asks_that_prints_for_others(desk: Desk) -> None:
    desk.ok("print", "--separate")
    rows = manifest(desk)
    assert {row["duplex"] for row in rows} == {"yes"}
    sides = ("left", "top", "width", "height")
    assert [rows[0][f"window_{side}_mm"] for side in sides] == ["100", "55", "90", "24"]
    with Pdf.open(desk.folder / LOTS / "lot-0001.pdf") as lot, lot.open_outline() as outline:
        leads_to: list[Any] = [item.destination for item in outline.root]
        starts = [1 + lot.pages.index(Page(page)) for page, *_how in leads_to]
        assert [int(row["first_page"]) for row in rows] == starts
        assert int(rows[-1]["last_page"]) == len(lot.pages)


def test_the_zip_has_all_of_them_and_the_same_lot_gives_the_same_zip(desk: Desk) -> None:
    desk.ok("print", "--separate")
    zipped = desk.folder / LOTS / "lot-0001.zip"
    with ZipFile(zipped) as files:
        assert files.namelist() == NAMES
        for name in NAMES:
            assert files.read(name) == (zipped.with_suffix("") / name).read_bytes()
    before = sha256(zipped)
    zipped.unlink()
    desk.ok(*SEPARATE)
    assert sha256(zipped) == before


def test_no_cell_of_the_list_starts_a_formula(tmp_path: Path) -> None:
    desk = Desk(tmp_path / "campaign")
    desk.make(audience="organisations")
    header = "Numéro;Organisation;Adresse;Code postal;Ville"
    desk.ok("import", str(desk.sheet("1;+ de vélo;1 rue X;35170;Bruz", header=header)))
    (desk.folder / "letter.md").write_text("---\nsubject: x\n---\nBonjour\n", "utf-8")
    desk.ok("print", "--separate")
    (row,) = manifest(desk)
    assert row["name"] == "'+ de vélo"
    assert not [cell for cell in row.values() if cell[:1] in ("=", "+", "-", "@")]


def test_a_lot_made_for_another_window_has_the_addresses_of_the_ledger(desk: Desk) -> None:
    desk.ok("print")
    settings = desk.folder / "campaign.toml"
    settings.write_text(settings.read_text("utf-8").replace('"nf-right"', '"din"'), "utf-8")
    desk.ok(*SEPARATE)
    row = manifest(desk)[0]
    assert [row["line1"], row["line2"]] == ["1 PLACE DE LA MAIRIE", "01400 L ABERGEMENT CLEMENCIAT"]
    assert {row["window_left_mm"] for row in manifest(desk)} == {""}


def test_the_list_has_the_address_without_the_senders_above_it(desk: Desk) -> None:
    """Also of a lot that was made when the settings still wanted it there."""
    settings = desk.folder / "campaign.toml"
    without = settings.read_text("utf-8")
    settings.write_text(without.replace("[paper]", "[paper]\nreturn_address = true", 1), "utf-8")
    desk.ok("print", "--separate")
    assert " · 1 rue de l’Exemple" in texts(desk.folder / LOTS / "lot-0001" / NAMES[0])[0]
    of_it = manifest(desk)[0]
    assert of_it["line1"] == "Mairie de L'Abergement-Clémenciat"
    settings.write_text(without, "utf-8")
    desk.ok(*SEPARATE)
    assert manifest(desk)[0] == of_it


def test_letters_named_as_before_give_way_and_what_a_person_put_there_stays(desk: Desk) -> None:
    desk.ok("print", "--separate")
    folder = desk.folder / LOTS / "lot-0001"
    for name in ("lot-0001-0001-01001.pdf", "lot-01-001-old-name-01001.pdf", "à moi.pdf", "x.txt"):
        (folder / name).write_bytes(b"x")
    (folder / NAMES[0]).write_bytes(b"cut short")
    desk.ok(*SEPARATE)
    assert sorted(path.name for path in folder.iterdir()) == sorted([*NAMES, "à moi.pdf", "x.txt"])
    assert {row["sha256"] for row in manifest(desk)} == {sha256(folder / n) for n in NAMES[:-1]}


def test_a_lot_that_is_given_back_takes_its_letters_and_their_zip_along(desk: Desk) -> None:
    desk.ok("print", "--separate")
    desk.ok("print", "--discard", "1", "--yes")
    assert lying(desk) == []
    there = {path.name for path in (desk.folder / "outbox/discarded").iterdir()}
    assert there == {"lot-0001", "lot-0001.pdf", "lot-0001.zip"}


def test_who_is_erased_is_in_no_zip_and_no_list(desk: Desk) -> None:
    desk.ok("print", "--separate")
    desk.ok("print", "--posted", "1")
    desk.ok("purge", "01001", "--really", "--yes")
    assert lying(desk) == []


KILLED = """
import os, signal, sys
from merge.cli import main
from merge.paper import binding, separating
from merge import disks
at, folder = int(sys.argv[1]), sys.argv[2]
n = 0
def counted(call):
    def do(*arguments, **more):
        global n
        n += 1
        if n == at:
            os.kill(os.getpid(), signal.SIGKILL)
        return call(*arguments, **more)
    return do
binding._cut = counted(binding._cut)
separating._zip = counted(separating._zip)
separating._put = counted(separating._put)
disks.move = counted(disks.move)
main(["-C", folder, "print", "--lot", "1", "--separate"])
"""


@pytest.mark.skipif(os.name == "nt", reason="no SIGKILL")
@pytest.mark.parametrize("again", [False, True])
@pytest.mark.parametrize("at", [1, 3, 5, 6, 7])
def test_a_kill_leaves_nothing_half_written_and_the_next_makes_all(
    desk: Desk, at: int, again: bool
) -> None:
    """Cut, cut, …, zipped, the folder put in its place, the .zip put in its place."""
    desk.ok("print", *(["--separate"] if again else []))
    whole = {}
    if again:
        whole = {name: (desk.folder / LOTS / name).read_bytes() for name in ALL}
    killed = subprocess.run(
        [sys.executable, "-c", KILLED, str(at), str(desk.folder)], cwd=ROOT, capture_output=True
    )
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    lots = desk.folder / LOTS
    seen = [name for name in lying(desk) if not name.startswith(".cutting-")]
    if again:
        assert seen == sorted(ALL)
        assert {name: (lots / name).read_bytes() for name in ALL} == whole
    else:
        assert seen in (["lot-0001.pdf"], sorted(set(ALL) - {"lot-0001.zip"}))
        for row in manifest(desk) if len(seen) > 1 else ():
            assert row["sha256"] == sha256(lots / "lot-0001" / row["file"])
    desk.ok(*SEPARATE)
    assert [name for name in lying(desk) if not name.startswith(".cutting-")] == sorted(ALL)
    assert paper(desk) == {"made": 4}


def test_a_full_disk_is_told_and_leaves_nothing(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patch:
        patch.setattr(separating, "_zip", full)
        said = desk.run("print", "--separate")
        assert (said.code, "disk is full" in said.err) == (1, True), said
        assert "outbox/lots/lot-0001.pdf: 4 letters" in said.out
        assert lying(desk) == ["lot-0001.pdf"]
        again = desk.run(*SEPARATE)
        assert (again.code, "disk is full" in again.err) == (3, True)
        assert lying(desk) == ["lot-0001.pdf"]
    desk.ok(*SEPARATE)
    assert lying(desk) == sorted(ALL)


def test_letters_cut_out_carry_the_marks_of_their_sheets(desk: Desk) -> None:
    desk.ok("print", "--separate")
    for place, name in enumerate(NAMES[:-1], start=1):
        (front, back) = texts(desk.folder / LOTS / "lot-0001" / name)
        assert f"lot 1 · {place}/4" in front
        assert "lot" not in back
