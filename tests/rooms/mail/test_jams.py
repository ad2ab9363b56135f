"""A printer eats sheets: the marks on the last good one say what to print again, and nothing else.

Sheets are told apart as a person does it: by what stands on them.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.desk import Desk
from tests.pages import texts
from tests.printers import OwnLp, paper
from tests.printers import desk as desk
from tests.printers import lp as lp

pytestmark = pytest.mark.usefixtures("pages_can_be_made")

pytest_plugins = ["tests.servers.fixtures"]

MARK = re.compile(r"lot (\d+) · (\d+)/(\d+)$")
LOT = Path("outbox/lots/lot-0001.pdf")


class Sheet(NamedTuple):
    """What a sheet in the tray says of itself."""

    lot: int
    letter: int
    letters: int


def sheets(path: Path) -> list[Sheet]:
    found = (MARK.search(text) for text in texts(path))
    return [Sheet(*map(int, mark.groups())) for mark in found if mark]


def made(desk: Desk, *words: str) -> Path:
    """The file that `print --from` has made, by its answer."""
    return desk.folder / desk.ok(*words).out.split(":")[0]


@pytest.mark.parametrize("eaten", [(2, 2), (3, 4), (4, 6), (5, 8), (8, 9), (2, 9)])
def test_what_a_jam_has_eaten_is_printed_again_from_the_last_good_sheet(
    desk: Desk, eaten: tuple[int, int]
) -> None:
    """Two sheets a letter, so that a letter may be half eaten."""
    settings = desk.folder / "campaign.toml"
    text = settings.read_text("utf-8").replace('"long-edge"', '"one-sided"')
    settings.write_text(text, "utf-8")
    desk.ok("print")
    printed = sheets(desk.folder / LOT)
    assert [each.letter for each in printed] == [1, 1, 2, 2, 3, 3, 4, 4]
    before, behind = printed[: eaten[0] - 2], printed[eaten[1] - 1 :]  # 1 is the cover's
    words = ["print", "--lot", "1"]
    words += ["--from", f"{before[-1].letter}/4" if before else "1"]
    words += ["--to", str(behind[0].letter)] if behind else []
    again = sheets(made(desk, *words))
    kept = [each for each in (*before, *behind) if each.letter not in {one.letter for one in again}]
    assert sorted([*kept, *again]) == printed
    assert paper(desk) == {"made": 4}


def test_what_is_missing_goes_to_the_printer_with_the_same_marks(desk: Desk, lp: OwnLp) -> None:
    desk.ok("print", "--printer", "bureau")
    desk.ok("print", "--lot", "1", "--from", "Ambérieu-en-Bugey", "--printer", "bureau")
    whole, part = (Path(words[-1]) for words in lp.told)
    assert sheets(part) == sheets(whole)[2:]
    assert [each.letter for each in sheets(part)] == [3, 4]


BY_NAME = [
    (("--from", "2"), (2, 4)),
    (("--to", "2/4"), (1, 2)),
    (("--from", "01002", "--to", "1004"), (2, 3)),
    (("--from", "Réf. 01002", "--to", "ref 01004"), (2, 3)),
    (("--from", "l'abergement de varey", "--to", "AMBÉRIEU-EN-BUGEY"), (2, 3)),
    (("--from", " 3 ", "--to", "4 / 4"), (3, 4)),
]
NO_NAMES = [
    ("--from", "Rennes"),
    ("--from", "35238"),
    ("--from", "5"),
    ("--from", "0"),
    ("--from", ""),
    ("--from", "3/40"),
    ("--from", "3", "--to", "Ambérieu-en-Bugey/2"),
    ("--from", "4", "--to", "01002"),
    ("--from", "9" * 30),
    ("--from", "2", "--from", "3"),
]


def test_a_letter_is_named_by_its_place_its_reference_or_its_commune(desk: Desk) -> None:
    desk.ok("print")
    codes = {words: desk.run("print", "--lot", "1", *words).code for words in NO_NAMES}
    assert codes == dict.fromkeys(NO_NAMES, 2)
    assert [path.name for path in (desk.folder / LOT).parent.iterdir()] == [LOT.name]
    failures = []
    for words, (first, last) in BY_NAME:
        said = desk.ok("print", "--lot", "1", *words).out
        if f"letters {first} to {last}, " not in said:
            failures.append((words, said))
    assert failures == []


def test_of_two_letters_to_one_town_the_places_are_told(tmp_path: Path) -> None:
    desk = Desk(tmp_path / "campaign")
    desk.make(audience="people")
    header = "Numéro;Prénom;Nom;Adresse;Code postal;Ville"
    rows = [f"{n};Anne;{name};{n} rue Neuve;35170;Bruz" for n, name in ((7, "ROY"), (8, "PETIT"))]
    desk.ok(
        "import", str(desk.sheet(*rows, "9;Lou;MARTIN;3 rue Neuve;44000;Nantes", header=header))
    )
    (desk.folder / "letter.md").write_text("---\nsubject: x\n---\nBonjour\n", "utf-8")
    desk.ok("print")
    said = desk.run("print", "--lot", "1", "--from", "Bruz")
    assert (said.code, "“Bruz: 1, 2” is not one letter" in said.err) == (2, True)
    assert "letters 2 to 3" in desk.ok("print", "--lot", "1", "--from", "Petit").out
    assert "letters 3 to 3" in desk.ok("print", "--lot", "1", "--from", "Nantes").out


def test_a_lot_without_marks_has_none(desk: Desk) -> None:
    settings = desk.folder / "campaign.toml"
    settings.write_text(settings.read_text("utf-8") + "marks = false\n", "utf-8")
    desk.ok("print")
    assert sheets(desk.folder / LOT) == []


def test_the_cover_says_the_campaign_the_index_and_what_it_weighs(desk: Desk) -> None:
    settings = desk.folder / "campaign.toml"
    more = "grammage = 120\nenvelope_grammes = 13\n"
    settings.write_text(settings.read_text("utf-8") + more, "utf-8")
    desk.ok("print")
    cover = texts(desk.folder / LOT)[0]
    assert "Pas de VSA" in cover
    assert "4 × up to 100 g" in cover
    assert "1 01400 L'Abergement-Clémenciat 2 01400 L'Abergement-de-Varey" in cover
    part = texts(made(desk, "print", "--lot", "1", "--from", "3"))[0]
    assert "Pas de VSA" in part
    assert "Ambérieu-en-Bugey" in part
    assert "Varey" not in part
    assert "Weight, with envelopes 41 g" in part  # 2 × 20.48 g, by the settings
    assert "2 × up to 100 g" in part
