"""Claims about what only one recipient's letter says."""

from __future__ import annotations

import re
from html import unescape
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markupsafe import escape

from merge.letters.kinds import Unwritable
from merge.letters.local import Passage, columns, paragraphs
from merge.letters.remarks import Remark, Remarks
from merge.model import Recipient
from tests.desk import HAVRE as HAVRE_ROW
from tests.desk import HEADER, NICE, Desk
from tests.examples import each_line

HAVRE = Recipient(
    key="76351", commune="Le Havre", insee="76351", article_code=2, department="76", sex="F"
)

COLUMN = "Paragraphe local"


def with_cell(cell: str, header: str = COLUMN) -> Recipient:
    return HAVRE._replace(fields={header: cell})


def of_cell(cell: str, header: str = COLUMN) -> Passage:
    return paragraphs(with_cell(cell, header), columns([header]))


@each_line
def test_a_column_of_that_name_holds_local_paragraphs(header):
    assert of_cell("Au port.", header) == "Au port."


def test_no_other_column_does():
    assert of_cell("Au port.", "Locaux") == ""


def test_everybody_else_has_nothing():
    passage = paragraphs(HAVRE, [COLUMN])
    assert (str(passage), passage.__html__(), bool(passage)) == ("", "", False)


@each_line
def test_the_lines_of_a_cell_are_paragraphs(end):
    passage = of_cell(f"  Un.{end}Deux ?{end}")
    assert passage == "Un.\n\nDeux\u202f?"
    assert passage.__html__() == "<p>Un.</p>\n<p>Deux\u202f?</p>\n"


def test_a_cell_is_text_and_never_template_or_markup():
    cell = "**{{ commune }}** <script>alert(1)</script> [a](b) {% if %} &amp;"
    passage = of_cell(cell)
    assert passage == cell
    assert passage.__html__() == f"<p>{escape(cell)}</p>\n"


@each_line
def test_an_empty_cell_is_nothing(cell):
    assert (of_cell(cell), of_cell(cell).__html__()) == ("", "")


def test_a_cell_that_no_letter_can_carry_holds_its_recipient():
    with pytest.raises(Unwritable) as held:
        of_cell("Un.\nDeux\x07.")
    assert (held.value.code, held.value.field) == ("control-character", COLUMN)


@given(st.text(st.sampled_from("ab<>&\"'{}%*_[]()#-\n\r :?é\u2028"), max_size=60))
def test_no_cell_can_change_the_structure_of_a_letter(cell):
    passage = of_cell(cell)
    html = passage.__html__()
    shown = re.findall("<p>([^<>]*)</p>\n", html)
    assert html == "".join(f"<p>{each}</p>\n" for each in shown)
    assert [unescape(each) for each in shown] == (passage.split("\n\n") if passage else [])


def test_local_paragraphs_without_a_place_in_the_letter_are_told_and_counted():
    unwritable = with_cell("\x07")._replace(key="35360")
    readers = [HAVRE, with_cell("Un."), unwritable, with_cell(" ")._replace(key="35361")]
    told = Remark(code="local-unplaced", keys=("76351", "35360"), words="", row=1)
    assert Remarks("Un.", readers, columns=[COLUMN]).found() == (told,)
    assert Remarks("Un.\n\n{{ local }}", readers, columns=[COLUMN]).found() == ()


# --- In a campaign ------------------------------------------------------------------------------


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    desk = Desk.made(tmp_path)
    header = f"{HEADER};{COLUMN}"
    desk.ok("import", str(desk.sheet(f"{NICE};", f"{HAVRE_ROW};Au port.", header=header)))
    letter = desk.folder / "letter.md"
    letter.write_text(f"{letter.read_text('utf-8')}\n{{{{ local }}}}\n", "utf-8")
    return desk


def test_a_local_paragraph_that_was_edited_outlives_a_sheet_without_its_column(desk: Desk) -> None:
    desk.ok("edit", "06088", f"{COLUMN}=Au marché.\nEt au port.")
    desk.ok("import", str(desk.sheet(NICE, HAVRE_ROW)))
    assert "\n\nAu marché.\n\nEt au port.\n\n" in desk.ok("preview", "06088", "--as", "text").out


def test_a_letter_never_leaves_without_a_paragraph_that_is_a_file(desk: Desk) -> None:
    (desk.folder / "local").mkdir()
    (desk.folder / "local" / ".DS_Store").write_bytes(b"")
    assert "Au port." in desk.ok("preview", "76351", "--as", "text").out
    (desk.folder / "local" / "06088.md").write_text("Un mot de Nice.\n", "utf-8")
    for words in (("check",), ("send",), ("send", "--really", "--yes"), ("print",)):
        said = desk.run(*words)
        assert (said.code, "“Paragraphe local”" in said.err) == (2, True), said.err
    assert desk.figures()["email"]["queued"] == 1
